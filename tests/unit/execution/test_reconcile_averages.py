"""What positions have cost against what the venue says; the numbers are those of spec/risk-and-positions.md 20."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.unit.execution.test_reconcile import Books, kinds
from tradewind.domain import events as ev
from tradewind.domain.account import Balance, VenuePosition
from tradewind.domain.events import AverageAdjusted
from tradewind.domain.fill import Fill
from tradewind.domain.ids import Asset, ClientOrderId, TradeId
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.money import money_context
from tradewind.domain.order import Liquidity, OrderType, Side
from tradewind.domain.reconciliation import Kind, Mode, Severity
from tradewind.execution.comparison import Ours, Reconciliation
from tradewind.execution.reconcile import reconcile
from tradewind.portfolio.portfolio import Portfolio
from tradewind.testing import BTC, STRATEGY, instrument

D = Decimal
USDT = Asset("USDT")


def held(average: Any, *, tells: bool = True) -> tuple[VenuePosition, ...]:
    return (VenuePosition(BTC, D(2), D(average), tells),)


def look(average: Any, money: Any, mode: Mode = Mode.WARN_ONLY, **theirs: Any) -> Any:
    """Compare twice where we have bought 2 at 100, and the venue has so much more money than we."""
    books = Books(held=2, mode=mode, cash_tolerance=D(1))
    return books.twice(positions=held(average), cash=D(1_000) + D(money), **theirs)


@pytest.mark.parametrize(
    ("average", "severity"),
    [("100.001", None), ("100.9", Severity.MINOR), ("99.1", Severity.MINOR), ("104", Severity.MODERATE),
     ("106", Severity.CRITICAL), ("90", Severity.CRITICAL)],
)  # fmt: skip
def test_an_average_that_money_goes_with(average: str, severity: Severity | None) -> None:
    money = -2 * (D(average) - 100)
    assert kinds(look(average, money)) == ([] if severity is None else [(Kind.AVERAGE_PRICE, severity)])


def test_it_is_a_difference_as_far_as_the_money_goes_with_it() -> None:
    assert kinds(look(120, "-1")) == [(Kind.AVERAGE_PRICE, Severity.MINOR)], "half a dollar a piece"


@pytest.mark.parametrize("mode", Mode)
def test_what_the_order_of_the_same_executions_explains_is_taken_over_and_no_difference(mode: Mode) -> None:
    outcome = Books(held=2, mode=mode).look(positions=held(120))
    assert (outcome.report.confirmed, outcome.report.suspected) == ((), ())
    (event,) = outcome.corrections
    assert isinstance(event, AverageAdjusted)
    assert [event.quantity, event.was, event.cost] == [2, 200, 240]


@pytest.mark.parametrize(("mode", "cured"), [(mode, mode is Mode.AUTO_ADJUST) for mode in Mode])
def test_what_it_does_not_explain_is_put_right_as_the_mode_says(mode: Mode, *, cured: bool) -> None:
    outcome = look(90, 20, mode)
    assert [type(event) for event in outcome.corrections] == ([AverageAdjusted] if cured else [])


@pytest.mark.parametrize("unread", ["fills", "balances", "positions"])
def test_what_could_not_be_read_is_no_difference(unread: str) -> None:
    books = Books(held=2, mode=Mode.AUTO_ADJUST)
    theirs: dict[str, Any] = {"positions": held(90), "cash": 1_020} | {unread: None}
    outcome = books.twice(**theirs)
    assert Kind.AVERAGE_PRICE not in {each.kind for each in outcome.report.confirmed}
    assert not outcome.corrections


def test_what_the_venue_does_not_reckon_is_not_compared() -> None:
    outcome = Books(held=2).twice(positions=held(90, tells=False))
    assert (outcome.report.confirmed, outcome.corrections) == ((), ())


def test_nothing_is_said_while_an_order_is_under_way() -> None:
    books = Books(held=2)
    books.rest(is_open=False)
    outcome = books.look(positions=held(120), orders=())
    assert not outcome.corrections


def portfolio(kind: InstrumentKind, fills: list[tuple[int, int]]) -> Portfolio:
    """Return books of executions, each a signed quantity and a price, in their order."""
    facts = replace(instrument(), kind=kind)
    books = Portfolio([facts], lambda _, __: None)
    books.book_opening(ev.SessionStarted(0, "v", (Balance(USDT, D(100_000)),)))
    for number, (quantity, price) in enumerate(fills):
        side = Side.BUY if quantity > 0 else Side.SELL
        books.book_fill(
            Fill(
                TradeId(str(number)), ClientOrderId("t-1"), STRATEGY, BTC, side, D(abs(quantity)), D(price), D(0), USDT,
                Liquidity.TAKER, 0, 0,
            )
        )  # fmt: skip
    return books


def equity(books: Portfolio, mark: int) -> Decimal:
    """Return what the account is worth at a price."""
    total, facts = books.totals[BTC], books.instruments[BTC]
    wallet = dict(books.ledger.wallet())
    if facts.kind is InstrumentKind.PERPETUAL:
        return wallet[USDT] + total.unrealized(D(mark))
    return wallet[USDT] + wallet[facts.base] * mark


def snapshot(books: Portfolio) -> ev.AccountSnapshot:
    total = books.totals[BTC]
    listed = (VenuePosition(BTC, total.quantity, total.average_price, tells_average=True),) if total.quantity else ()
    owned = tuple(Balance(asset, amount) for asset, amount in books.ledger.wallet())
    return ev.AccountSnapshot("v", owned, listed, 0, 0, (), ())


executions = st.lists(st.tuples(st.integers(-3, 3).filter(bool), st.integers(80, 120)), min_size=1, max_size=7)


@given(
    fills=executions, draw=st.randoms(), mode=st.sampled_from(Mode),
    kind=st.sampled_from([InstrumentKind.PERPETUAL, InstrumentKind.SPOT]),
)  # fmt: skip
def test_executions_heard_of_in_any_order_come_to_the_venues_average_and_move_no_equity(
    fills: list[tuple[int, int]], draw: Any, mode: Mode, kind: InstrumentKind
) -> None:
    with money_context():
        heard = list(fills)
        draw.shuffle(heard)
        ours, theirs = portfolio(kind, heard), portfolio(kind, fills)
        before = equity(ours, 97), ours.totals[BTC].realized + ours.totals[BTC].unrealized(D(97))
        sides = Ours(Books().orders, ours.totals, dict(ours.ledger.wallet()), ours.instruments)
        outcome = reconcile(sides, snapshot(theirs), Reconciliation(mode, cash_tolerance=D(0)), {})
        assert (outcome.report.confirmed, outcome.report.suspected) == ((), ())
        for event in outcome.corrections:
            assert isinstance(event, AverageAdjusted)
            assert ours.book_average_adjustment(event)
            assert not ours.book_average_adjustment(event), "it holds once"
        own, other = ours.totals[BTC], theirs.totals[BTC]
        assert abs(own.average_price - other.average_price) <= D("1e-5") * other.average_price
        assert (equity(ours, 97), own.realized + own.unrealized(D(97))) == before
        assert not sum(ours.ledger.balances().values()), "each move leaves one account for another"


@given(
    ours=st.integers(80, 120), theirs=st.integers(80, 120), money=st.integers(-90, 90), mode=st.sampled_from(Mode),
    tells=st.booleans(), unread=st.sampled_from(["fills", "balances", "positions", "orders", None]),
)  # fmt: skip
def test_no_average_moves_us_away_from_the_venue(
    ours: int, theirs: int, money: int, mode: Mode, *, tells: bool, unread: str | None
) -> None:
    books = Books(held=2, mode=mode, cash_tolerance=D(1))
    books.position.cost = D(2 * ours)
    told: dict[str, Any] = {"positions": held(theirs, tells=tells), "cash": 1_000 + money}
    for at in (0, 5, 10):
        outcome = books.look(at, **(told | ({} if unread is None else {unread: None})))
        for event in outcome.corrections:
            if isinstance(event, AverageAdjusted):
                assert tells
                assert (unread or "orders") == "orders"
                assert [event.was, event.cost] == [books.position.cost, 2 * theirs]
                books.position.cost = event.cost
    if mode is Mode.AUTO_ADJUST and tells and (unread or "orders") == "orders":
        assert books.position.cost == 2 * theirs


def test_a_stop_that_rests_changes_nothing_about_it() -> None:
    books = Books(held=2)
    books.rest(Side.SELL)
    assert books.orders.by_id[ClientOrderId("t-1")].spec.type is OrderType.LIMIT
    assert [type(event) for event in books.look(positions=held(120)).corrections] == [AverageAdjusted]
