"""What the venue has locked against what resting orders explain."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.execution.test_reconcile import SECOND, Books, kinds, listed
from tradewind.domain import events as ev
from tradewind.domain.account import AccountKind, Balance, VenuePosition
from tradewind.domain.ids import Asset, ClientOrderId
from tradewind.domain.order import OrderType, Side
from tradewind.domain.reconciliation import Kind, Mode, Severity
from tradewind.execution.comparison import Ours
from tradewind.execution.reconcile import at_length, reconcile
from tradewind.testing import BTC, accepted, filled, order_spec

D = Decimal
USDT, COIN = Asset("USDT"), Asset("BTC")
CASH = AccountKind.CASH


class Locks(Books):
    """Books of a cash account with 1,000 USDT and 5 BTC; what is locked is as the orders say unless a test says so."""

    def __init__(self, mode: Mode = Mode.WARN_ONLY, **settings: Any) -> None:
        super().__init__(held=5, mode=mode, **settings)
        self.wallet[COIN] = D(5)
        self.kind = CASH

    def place(self, side: Side, quantity: Any, price: Any = 100, *, name: str = "t-1", **terms: Any) -> None:
        kind = terms.pop("type", OrderType.LIMIT)
        self.orders.submit(order_spec(side, quantity, id=name, type=kind, price=price, **terms))
        self.orders.apply(accepted(name))

    def snapshot(self, at: float, usdt: Any = 0, coin: Any = 0, **changes: Any) -> ev.AccountSnapshot:
        balances = (Balance(USDT, D(1_000), D(usdt)), Balance(COIN, D(5), D(coin)))
        orders = tuple(
            msgspec.structs.replace(listed(name, order), trigger=order.spec.trigger, type=order.spec.type)
            for name, order in self.orders.living.items()
        )
        positions, ts = (VenuePosition(BTC, D(5), D(100), tells_average=True),), int(at * SECOND)
        known: dict[str, Any] = {"orders": orders, "fills": (), "account": CASH, "tells_locked": True}
        return msgspec.structs.replace(ev.AccountSnapshot("v", balances, positions, ts, ts), **(known | changes))

    def both(self, **theirs: Any) -> list[tuple[Kind, Severity]]:
        """Compare twice, and see that a glance finds what the whole comparison finds."""
        for at in (0, 5):
            ours = Ours(self.orders, {BTC: self.position}, self.wallet, {BTC: self.facts}, account=self.kind)
            sides = ours, self.snapshot(at, **theirs), self.settings, self.suspects
            outcome = reconcile(*sides)
            assert outcome == at_length(*sides, ({}, {}))  # type: ignore[arg-type] # nothing is decided
            assert not outcome.corrections
            self.suspects = outcome.suspects
        return kinds(outcome)


@pytest.mark.parametrize(
    ("more", "severity"),
    [("0", None), ("9", None), ("15", Severity.MINOR), ("40", Severity.MODERATE), ("60", Severity.CRITICAL)],
)
def test_what_no_order_explains_counts_as_a_part_of_the_amount(more: str, severity: Severity | None) -> None:
    books = Locks()
    assert books.both(usdt=more) == ([] if severity is None else [(Kind.LOCKED, severity)])


def test_orders_lock_what_they_would_give() -> None:
    books = Locks()
    books.place(Side.BUY, 2)
    books.place(Side.SELL, 3, name="t-2")
    assert books.both(usdt=200, coin=3) == []
    assert books.both(usdt="200.2", coin=3) == [], "with the fee"
    assert books.both(usdt=100, coin=3) == [(Kind.LOCKED, Severity.CRITICAL)], "less than they need"
    assert books.both(usdt=200, coin=5) == [(Kind.LOCKED, Severity.CRITICAL)]


def test_what_has_filled_is_locked_no_more() -> None:
    books = Locks()
    books.place(Side.SELL, 4)
    books.orders.apply(filled("t-1", 1, 100, trade_id="f"))
    assert books.both(coin=3) == []
    assert books.both(coin=4) == [(Kind.LOCKED, Severity.CRITICAL)]


@pytest.mark.parametrize("locked", [0, 1, 3])
def test_what_venues_do_differently_is_no_difference(locked: int) -> None:
    books = Locks()
    books.place(Side.SELL, 3, None, type=OrderType.STOP, trigger=90, reduce_only=True)
    assert books.both(coin=locked) == []


@pytest.mark.parametrize("locked", [0, 500])
def test_of_a_buy_at_the_market_no_most_is_known(locked: int) -> None:
    books = Locks()
    books.place(Side.BUY, 3, None, type=OrderType.STOP, trigger=110)
    assert books.both(usdt=locked) == []


@pytest.mark.parametrize(
    "unknown", [{"tells_locked": False}, {"account": None}, {"account": AccountKind.MARGIN}, {"orders": None}]
)
def test_what_is_unknown_is_no_difference(unknown: dict[str, Any]) -> None:
    books = Locks()
    books.kind = unknown.get("account", CASH) or CASH
    assert Kind.LOCKED not in {kind for kind, _ in books.both(usdt=500, **unknown)}


def test_nothing_is_said_while_an_order_is_under_way() -> None:
    books = Locks()
    books.orders.submit(order_spec(Side.BUY, 2, id="t-1", type=OrderType.LIMIT, price=100))
    ours = Ours(books.orders, {BTC: books.position}, books.wallet, {BTC: books.facts}, account=CASH)
    outcome = reconcile(ours, books.snapshot(0, usdt=500), books.settings, {})
    assert Kind.LOCKED not in {each.kind for each in outcome.report.suspected}


@given(
    orders=st.lists(st.tuples(st.sampled_from(Side), st.integers(1, 3), st.integers(90, 110)), max_size=4),
    fees=st.sampled_from(["0", "0.001", "0.0075"]), mode=st.sampled_from(Mode),
)  # fmt: skip
def test_a_venue_that_locks_what_its_orders_need_never_differs(
    orders: list[tuple[Side, int, int]], fees: str, mode: Mode
) -> None:
    books = Locks(mode, cash_tolerance=D(0))
    locked = {Side.BUY: D(0), Side.SELL: D(0)}
    for number, (side, quantity, price) in enumerate(orders):
        books.place(side, quantity, price, name=f"t-{number}")
        locked[side] += D(quantity) * (price if side is Side.BUY else 1) * (1 + D(fees))
    assert books.both(usdt=locked[Side.BUY], coin=locked[Side.SELL]) == []
    assert ClientOrderId("t-0") in books.orders.by_id or not orders
