from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tradewind.domain import events as ev
from tradewind.domain.fill import Fill
from tradewind.domain.ids import Asset, StrategyId
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.order import Side
from tradewind.portfolio.portfolio import Portfolio
from tradewind.testing import fill, instrument, started

D = Decimal
SPOT, PERP = instrument("BTCUSDT"), instrument("SOLUSDT", kind=InstrumentKind.PERPETUAL)
STOCK = instrument("AAPLUSD", kind=InstrumentKind.EQUITY, quote="USD", lot="1")
KINDS = [SPOT, PERP, STOCK]
AMOUNTS, PRICES = st.decimals("0.00001", "9", places=5), st.decimals("0.01", "99999", places=2)
FEES = st.decimals("-0.5", "2", places=6)
STRATEGIES = st.sampled_from([StrategyId("a"), StrategyId("b"), StrategyId("c")])


@st.composite
def happenings(draw: st.DrawFn) -> Any:
    """Draw anything that can move the books."""
    facts = draw(st.sampled_from(KINDS))
    amount, price, fee = draw(AMOUNTS), draw(PRICES), draw(FEES)
    match draw(st.sampled_from(["fill"] * 8 + ["funding", "borrow", "transfer", "liquidation"])):
        case "fill":
            return fill(
                draw(st.sampled_from(Side)), amount, price, fee=fee, instrument=facts.id, strategy=draw(STRATEGIES),
                fee_asset=draw(st.sampled_from([facts.quote, facts.quote, facts.base, "BNB"])),
            )  # fmt: skip
        case "funding":
            return ev.FundingPaid(PERP.id, fee, PERP.quote, 0, 0)
        case "borrow":
            return ev.BorrowCharged(facts.id, amount, facts.quote, 0, 0)
        case "transfer":
            return ev.BalanceTransferred("x", facts.quote, fee, 0)
        case _:
            side = draw(st.sampled_from(Side))
            return ev.PositionLiquidated(PERP.id, "L", side, amount, price, fee, PERP.quote, 0, 0)  # type: ignore[arg-type]


def book(books: Portfolio, event: Any) -> None:
    match event:
        case ev.FundingPaid():
            books.book_funding(event)
        case ev.BorrowCharged():
            books.book_borrow(event)
        case ev.BalanceTransferred():
            books.book_transfer(event)
        case ev.PositionLiquidated():
            books.book_liquidation(event)
        case _:
            books.book_fill(event)


@given(st.lists(happenings(), max_size=40))
def test_no_asset_appears_from_nowhere(events: list[Any]) -> None:
    books = Portfolio(KINDS, lambda _asset, _quote: None)
    books.book_opening(started(USDT=1_000, USD=500, BNB=3))
    for event in events:
        book(books, event)
        sums: dict[Asset, Decimal] = defaultdict(Decimal)
        for (_, asset), amount in books.ledger.balances().items():
            sums[asset] += amount
        assert not any(sums.values())


@given(st.lists(happenings(), max_size=40))
def test_the_total_is_the_sum_of_the_strategies(events: list[Any]) -> None:
    books = Portfolio(KINDS, lambda _asset, _quote: None)
    for event in events:
        book(books, event)
        for facts in KINDS:
            held = [p.quantity for (_, i), p in books.positions.items() if i == facts.id]
            assert books.totals[facts.id].quantity == sum(held)


def unrealised(books: Portfolio, marks: dict[str, Decimal]) -> Decimal:
    return sum((p.unrealized(marks[i]) for (_, i), p in books.positions.items()), D(0))


def is_of_this_account(event: Any, books: Portfolio) -> bool:
    """Leave out what no trip can bear: transfers, third assets, costs of what nobody holds."""
    if isinstance(event, ev.BalanceTransferred) or event.instrument == STOCK.id:
        return False
    if isinstance(event, ev.FundingPaid | ev.BorrowCharged):
        return event.instrument in books.exposed and bool(books.totals[event.instrument].quantity)
    if isinstance(event, ev.PositionLiquidated) and books.totals[PERP.id].quantity * event.side.sign >= 0:
        return False
    return event.fee_asset not in ("BNB", PERP.base)


@given(st.lists(happenings(), max_size=40), PRICES)
def test_net_of_the_trips_and_what_is_open_is_the_change_in_equity(events: list[Any], mark: Decimal) -> None:
    """To the last digit: spot and contracts, fees in quote and in base, funding, partial liquidations, turns."""
    instruments = [SPOT, PERP]
    books = Portfolio(instruments, lambda _asset, _quote: None)
    for event in events:
        if is_of_this_account(event, books):
            book(books, event)
    wallet = dict(books.ledger.wallet())
    equity = wallet.get(Asset("USDT"), D(0)) + wallet.get(Asset("BTC"), D(0)) * mark
    equity += books.totals[PERP.id].unrealized(mark)
    closed = sum((trip.net for trip in books.trips), D(0))
    open_trips = sum((t.gross - t.fees - t.funding - t.borrow for ts in books.exposed.values() for t in ts), D(0))
    assert closed + open_trips + unrealised(books, {SPOT.id: mark, PERP.id: mark}) == equity


@given(st.lists(happenings(), max_size=40))
def test_every_position_has_its_round_trip_and_no_other_has_one(events: list[Any]) -> None:
    books = Portfolio(KINDS, lambda _asset, _quote: None)
    for event in events:
        if isinstance(event, Fill) and abs(event.fee) >= event.quantity and event.fee_asset != "USDT":
            continue  # no venue takes more than it sells
        book(books, event)
        held = {key: p.quantity > 0 for key, p in books.positions.items() if not p.is_flat}
        open_trips = [trip for trips in books.exposed.values() for trip in trips]
        assert {(t.strategy, t.instrument): t.side is Side.BUY for t in open_trips} == held
        assert len(open_trips) == len(held)
