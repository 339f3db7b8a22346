"""Whatever somebody else does on the account, our books come to be the venue's, and what is theirs is left alone."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.engine.test_account import SECOND, T0, USDT, session
from tradewind.domain import events as ev
from tradewind.domain.account import Balance, VenueOrder, VenuePosition
from tradewind.domain.commands import AmendOrder, CancelOrder, Correct, QueryOrder, SubmitOrder
from tradewind.domain.ids import EXTERNAL, Asset, ClientOrderId, VenueOrderId
from tradewind.domain.order import OrderType, Side
from tradewind.domain.reconciliation import Mode, Strangers
from tradewind.testing import BTC, accepted, filled, order_spec

D = Decimal
NAMES = ("web-1", "web-2", "app-3", "tw-000007", "tw-000023")
"""Of two of them we could think that they are ours: who placed them before us had our prefix."""
LOOKS = 8
"""Twice for orders, then for positions, then for the money that positions explain."""
DEEDS = st.lists(
    st.tuples(
        st.sampled_from(("place", "cancel", "execute", "look", "look", "carry")),
        st.sampled_from(NAMES),
        st.sampled_from(Side),
        st.integers(1, 4),
    ),
    max_size=20,
)


class Account:
    """The account at the venue: an order of ours that rests, and whatever others do."""

    def __init__(self, mode: Mode) -> None:
        self.made: Any = session(mode, external=Strangers.ADOPT)
        self.made.orders.submit(order_spec(id="own", type=OrderType.LIMIT, price=40))
        self.made.process(accepted("own", T0))
        self.resting = {
            ClientOrderId("own"): VenueOrder(ClientOrderId("own"), VenueOrderId("v"), BTC, Side.BUY, D(1), D(0), D(40))
        }
        self.ended: list[VenueOrder] = []
        self.fills: list[ev.OrderFilled] = []
        self.held, self.cash, self.now = D(2), D(99_800), T0
        self.used: set[str] = set()
        self.effects: list[Any] = []

    def do(self, deed: str, name: str, side: Side, amount: int) -> None:
        known = self.resting.get(ClientOrderId(name))
        match deed:
            case "place" if name not in self.used:
                self.used.add(name)
                price = D(50 if side is Side.BUY else 150)
                order = VenueOrder(ClientOrderId(name), VenueOrderId(f"v-{name}"), BTC, side, D(amount), D(0), price)
                self.resting[order.order] = order
            case "cancel" if known is not None:
                self.ended.append(self.resting.pop(known.order))
            case "execute" if known is not None:
                self.execute(known)
            case "carry":
                self.held += side.sign * amount  # moved in or out, by no order
            case "look":
                self.look(6)

    def execute(self, order: VenueOrder) -> None:
        assert order.price is not None
        trade = f"t{len(self.fills)}"
        self.fills.append(filled(order.order, 1, order.price, trade_id=trade, ts=self.now))
        self.held += order.side.sign
        self.cash -= order.side.sign * order.price
        done = msgspec.structs.replace(order, filled=order.filled + 1)
        self.resting[order.order] = done
        if done.filled >= done.quantity:
            self.ended.append(self.resting.pop(order.order))

    def look(self, seconds: int) -> None:
        ts = self.now = self.now + seconds * SECOND
        balances = Balance(USDT, self.cash), Balance(Asset("BTC"), self.held)
        positions = (VenuePosition(BTC, self.held, D(100)),) if self.held else ()
        told = ev.AccountSnapshot(
            "binance", balances, positions, ts, ts, tuple(self.resting.values()), tuple(self.fills),
            ended=tuple(self.ended),
        )  # fmt: skip
        self.tell(told)
        for timer, at in list(self.made.timers.items()):
            if timer.startswith("/ask/"):
                self.now = max(self.now, at)
                self.tell(ev.TimerFired(timer, self.now))

    def tell(self, *events: ev.Event) -> None:
        waiting: list[Any] = list(events)
        while waiting:
            effects = self.made.process(waiting.pop(0)).effects
            self.effects += effects
            for effect in effects:
                match effect:
                    case Correct(event=event):
                        waiting.append(event)
                    case QueryOrder(order=name):
                        gone = [] if name in self.resting else [ev.OrderCancelled(name, "gone", self.now, self.now)]
                        waiting += [*gone, ev.OrderFound(name, self.now, self.now)]


@given(DEEDS, st.sampled_from([Mode.WARN_ONLY, Mode.AUTO_ADJUST, Mode.MANUAL_APPROVAL]))
def test_what_others_do_is_adopted_and_left_alone(deeds: list[Any], mode: Mode) -> None:
    account = Account(mode)
    for deed in deeds:
        account.do(*deed)
    for _ in range(LOOKS):
        account.look(6)
    books = account.made
    assert not [e for e in account.effects if isinstance(e, SubmitOrder | CancelOrder | AmendOrder)]
    assert ClientOrderId("own") in books.orders.living, "ours that rests is never dropped"
    theirs = {name: order.filled for name, order in account.resting.items() if name != "own"}
    assert {o.spec.id: o.filled for o in books.view.open_orders(None, EXTERNAL)} == theirs
    if mode is Mode.AUTO_ADJUST:
        assert books.view.position(BTC).quantity == account.held
    ours = [int(name[3:]) for name in account.resting if name.startswith("tw-")]
    assert books.ids.count >= max(ours, default=0), "an id that is taken is not given again"
    assert len({f.trade_id for f in account.fills}) == len(account.fills)


@given(DEEDS)
def test_rp_20_4_looking_again_at_the_same_account_changes_nothing(deeds: list[Any]) -> None:
    account = Account(Mode.AUTO_ADJUST)
    for deed in deeds:
        account.do(*deed)
    for _ in range(LOOKS):
        account.look(6)
    before = account.made.portfolio.state(), [order.kept() for order in account.made.orders.by_id.values()]
    account.look(6)
    assert (account.made.portfolio.state(), [o.kept() for o in account.made.orders.by_id.values()]) == before
