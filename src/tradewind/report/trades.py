"""The table of trades: one row a round trip, the first and the last of many."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tradewind.domain.ids import symbol_of
from tradewind.domain.money import money_context, plain
from tradewind.domain.order import Side
from tradewind.domain.time import iso
from tradewind.record.stats.counts import net_of
from tradewind.report.figures import money, percent, price, tone_of
from tradewind.report.thinning import duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tradewind.domain.trip import RoundTrip
    from tradewind.report.input import ReportInput


class Row(NamedTuple):
    """One round trip; `tone` is that of its profit."""

    cells: tuple[str, ...]
    tone: str


def heading(currency: str) -> tuple[str, ...]:
    """Name the columns."""
    net = f"Net P&L, {currency}" if currency else "Net P&L"
    return ("#", "Instrument", "Side", "Opened, UTC", "Held", "Quantity", "Entry", "Exit", net, "MFE", "MAE")


def first_and_last(report: ReportInput, count: int) -> tuple[list[Row], list[Row], str]:
    """Return the first and the last `count` rows, and a line that says how many there are."""
    trips = report.trips
    with money_context():
        if len(trips) <= 2 * count:
            return _rows(trips, 1), [], f"All {len(trips):,} trades." if trips else "No trade was closed."
        first, last = _rows(trips[:count], 1), _rows(trips[-count:], len(trips) - count + 1)
    return first, last, f"The first {count:,} and the last {count:,} of {len(trips):,} trades."


def _rows(trips: Sequence[RoundTrip], number: int) -> list[Row]:
    return [_row(trip, number + i) for i, trip in enumerate(trips)]


def _row(trip: RoundTrip, number: int) -> Row:
    net = net_of(trip)
    cells = (
        f"{number:,}",
        symbol_of(trip.instrument) or trip.instrument,
        "long" if trip.side is Side.BUY else "short",
        iso(trip.opened_at)[:16].replace("T", " "),
        duration(trip.closed_at - trip.opened_at),
        plain(trip.quantity),
        price(trip.entry_price),
        price(trip.exit_price),
        money(net, signed=True),
        percent(trip.mfe, signed=True),
        percent(trip.mae, signed=True),
    )
    return Row(cells, tone_of(net))
