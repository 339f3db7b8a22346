from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tradewind.domain import events as ev
from tradewind.domain.account import AccountKind
from tradewind.domain.commands import AmendOrder, SubmitOrder
from tradewind.domain.ids import Asset, ClientOrderId
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.order import OrderType, Side
from tradewind.domain.signal import OrderIntent
from tradewind.risk.limits import Limits
from tradewind.testing import BTC, bar, cancelled, engine, filled, instrument, script

D = Decimal
AMOUNTS = st.decimals("0.1", "30", places=1)
TERMS = st.sampled_from(["market", "limit", "reduce", "amend", "amend price"])
TURNS = st.lists(
    st.lists(st.tuples(st.sampled_from(Side), AMOUNTS, TERMS), min_size=1, max_size=4), min_size=1, max_size=12
)


def wish(ctx: Any, side: Side, quantity: Decimal, terms: str) -> None:
    """Say one wish; an amendment is of the oldest order that rests, to any size or a price nearby."""
    if not terms.startswith("amend"):
        price = 99 if side is Side.BUY else 101
        extra: Any = {"limit": {"limit": price}, "reduce": {"reduce_only": True}}.get(terms, {})
        ctx.submit(side, quantity, **extra)
        return
    resting = [order.spec.id for order in ctx.open_orders() if order.spec.type is OrderType.LIMIT]
    if resting:
        ctx.amend(resting[0], **({"limit": 95 + quantity / 4} if terms == "amend price" else {"quantity": quantity}))


def fate_of_amendment(made: Any, asked: AmendOrder, *, taken: bool) -> None:
    """Let the venue take an amendment, or not; of an order that has ended it says nothing more."""
    order, now = made.orders.by_id[asked.order], made.view.now
    if order.is_closed:
        return
    if not taken or (asked.quantity is not None and asked.quantity <= order.filled):
        made.process(ev.AmendRejected(asked.order, "no", now, now))
        return
    quantity, price = asked.quantity or order.spec.quantity, asked.price or order.spec.price
    made.process(ev.OrderAmended(asked.order, quantity, price, None, now, now))


def fate_of_order(made: Any, name: ClientOrderId, *, taken: bool, allow_short: bool) -> None:
    """Let the venue fill an order as it is, or cancel it."""
    spec, now = made.orders.by_id[name].spec, made.view.now
    price = spec.price if spec.type is OrderType.LIMIT else D(100)
    held = made.view.position(BTC).quantity * -spec.side.sign
    lacks = spec.quantity > held and (spec.reduce_only or (spec.side is Side.SELL and not allow_short))
    if taken and not lacks:
        made.process(filled(name, spec.quantity, price, fee="0.1", ts=now))
    else:
        made.process(cancelled(name, now))


def play(turns: Any, *, kind: InstrumentKind, allow_short: bool, fate: Any) -> Any:
    """Let a strategy wish for anything; the venue answers each order and amendment as it likes, some of them late.

    What the account does not have, the venue does not sell: reduce-only orders may rest beside plain ones.
    """
    queue = list(turns)

    def on_bar(ctx: Any, _: Any) -> None:
        for wanted in queue.pop(0):
            wish(ctx, *wanted)

    limits = Limits(position_quantity_max=D(20), allow_short=allow_short)
    account = AccountKind.MARGIN if allow_short else AccountKind.CASH
    made = engine(script(on_bar=on_bar), instruments=[instrument(kind=kind)], account=account, limits=limits)
    waiting: list[Any] = []
    for number in range(len(turns)):
        waiting += made.process(bar(100, number)).effects
        yield made
        while waiting and fate.draw(st.booleans()):
            asked = waiting.pop(fate.draw(st.integers(0, len(waiting) - 1)))
            taken = fate.draw(st.booleans())
            if isinstance(asked, AmendOrder):
                fate_of_amendment(made, asked, taken=taken)
            else:
                fate_of_order(made, asked.order.id, taken=taken, allow_short=allow_short)
            yield made


@given(TURNS, st.data())
def test_a_cash_account_never_sells_short_nor_spends_what_it_has_not(turns: Any, fate: Any) -> None:
    for made in play(turns, kind=InstrumentKind.SPOT, allow_short=False, fate=fate):
        held = made.view.position(BTC).quantity
        assert held >= 0
        assert made.view.cash(Asset("BTC")) == held
        assert made.view.free_cash(Asset("USDT")) >= -1


@given(TURNS, st.data())
def test_no_limit_is_exceeded_even_if_all_that_is_on_its_way_is_filled(turns: Any, fate: Any) -> None:
    for made in play(turns, kind=InstrumentKind.PERPETUAL, allow_short=True, fate=fate):
        held = made.view.position(BTC).quantity
        assert held + made.view.pending(BTC, Side.BUY) <= 20
        assert -held + made.view.pending(BTC, Side.SELL) <= 20


@given(TURNS)
def test_lesson_34_a_wish_that_is_refused_leaves_no_order_and_no_effect(turns: Any) -> None:
    """Its number is not given again; nothing else is left of it."""
    wishes = [wish for turn in turns for wish in turn]
    limits = Limits(position_quantity_max=D(20), orders_per_minute_max=3)

    def on_bar(ctx: Any, _: Any) -> None:
        for each in wishes:
            wish(ctx, *each)

    made = engine(script(on_bar=on_bar), limits=limits)
    step = made.process(bar(100))
    refused = {refusal.intent.id for refusal in step.refusals if isinstance(refusal.intent, OrderIntent)}
    sent = {effect.order.id for effect in step.effects if isinstance(effect, SubmitOrder)}
    assert not refused & (sent | made.orders.by_id.keys())
    assert sent == {order.spec.id for order in made.orders.by_id.values() if order.spec.parent is None}
    assert len(refused) + len(sent) <= made.ids.count
