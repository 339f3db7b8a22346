from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tradewind.domain.account import AccountKind
from tradewind.domain.commands import SubmitOrder
from tradewind.domain.ids import Asset
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.order import OrderType, Side
from tradewind.risk.limits import Limits
from tradewind.testing import BTC, bar, cancelled, engine, filled, instrument, script

D = Decimal
AMOUNTS = st.decimals("0.1", "30", places=1)
TERMS = st.sampled_from(["market", "limit", "reduce"])
TURNS = st.lists(
    st.lists(
        st.tuples(st.sampled_from(Side), AMOUNTS, st.sampled_from(["market", "limit", "reduce"])),
        min_size=1,
        max_size=4,
    ),
    min_size=1,
    max_size=12,
)


def play(turns: Any, *, kind: InstrumentKind, allow_short: bool, fate: Any) -> Any:
    """Let a strategy wish for anything; the venue fills or cancels each order, some of them late.

    What the account does not have, the venue does not sell: reduce-only orders may rest beside plain ones.
    """
    queue = list(turns)

    def wish(ctx: Any, _: Any) -> None:
        for side, quantity, terms in queue.pop(0):
            price = 99 if side is Side.BUY else 101
            extra: Any = {"limit": {"limit": price}, "reduce": {"reduce_only": True}}.get(terms, {})
            ctx.submit(side, quantity, **extra)

    limits = Limits(position_quantity_max=D(20), allow_short=allow_short)
    account = AccountKind.MARGIN if allow_short else AccountKind.CASH
    made = engine(script(on_bar=wish), instruments=[instrument(kind=kind)], account=account, limits=limits)
    waiting: list[Any] = []
    for number in range(len(turns)):
        waiting += [e.order for e in made.process(bar(100, number)).effects if isinstance(e, SubmitOrder)]
        yield made
        while waiting and fate.draw(st.booleans()):
            spec = waiting.pop(fate.draw(st.integers(0, len(waiting) - 1)))
            price = spec.price if spec.type is OrderType.LIMIT else D(100)
            lacks = spec.side is Side.SELL and not allow_short and spec.quantity > made.view.position(BTC).quantity
            if fate.draw(st.booleans()) and not lacks:
                made.process(filled(spec.id, spec.quantity, price, fee="0.1", ts=made.view.now))
            else:
                made.process(cancelled(spec.id, made.view.now))
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
