"""Round trips: what was opened, what it cost, and how far the price went for and against it.

Knows nothing of cash: the ledger does. Excursions are taken from closed bars after the one in which the
position was opened (spec/risk-and-positions.md, section 12).
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tradewind.domain.money import ZERO
from tradewind.domain.order import Side
from tradewind.domain.trip import RoundTrip

if TYPE_CHECKING:
    from tradewind.domain.fill import Fill
    from tradewind.domain.market import Bar


class OpenTrip:
    """A round trip under way, of one strategy in one instrument."""

    __slots__ = (
        "borrow", "complete", "entry_quantity", "entry_value", "exit_quantity", "exit_value", "fees",
        "funding", "high", "instrument", "low", "opened_at", "peak_quantity", "side", "strategy",
    )  # fmt: skip

    def __init__(self, fill: Fill) -> None:
        self.strategy = fill.strategy
        self.instrument = fill.instrument
        self.side = fill.side
        self.opened_at = fill.ts_recv
        self.entry_quantity = self.entry_value = self.exit_quantity = self.exit_value = ZERO
        self.peak_quantity = ZERO
        self.fees = self.funding = self.borrow = ZERO
        self.complete = True
        self.high: float | None = None
        self.low: float | None = None

    def add(self, side: Side, quantity: Decimal, price: Decimal) -> None:
        """Take an execution, or the part of one that belongs to this trip."""
        if side is self.side:
            self.entry_quantity += quantity
            self.entry_value += quantity * price
            self.peak_quantity = max(self.peak_quantity, self.entry_quantity - self.exit_quantity)
        else:
            self.exit_quantity += quantity
            self.exit_value += quantity * price

    def charge(self, fee: Decimal | None) -> None:
        """Take a fee in the quote asset; None means that its value is not known, and the trip says so."""
        if fee is None:
            self.complete = False
        else:
            self.fees += fee

    def see(self, bar: Bar) -> None:
        """Widen the excursion by a bar that opened after the entry."""
        if bar.ts_open < self.opened_at and bar.ts_recv <= self.opened_at:
            return
        if self.high is None or bar.high > self.high:
            self.high = bar.high
        if self.low is None or bar.low < self.low:
            self.low = bar.low

    def close(self, closed_at: int, gross: Decimal) -> RoundTrip:
        """Return the finished trip; `gross` is its profit before costs, in the quote asset."""
        entry = self.entry_value / self.entry_quantity
        best, worst = (self.high, self.low) if self.side is Side.BUY else (self.low, self.high)
        return RoundTrip(
            strategy=self.strategy,
            instrument=self.instrument,
            side=self.side,
            quantity=self.peak_quantity,
            entry_price=entry,
            exit_price=self.exit_value / self.exit_quantity if self.exit_quantity else entry,
            opened_at=self.opened_at,
            closed_at=closed_at,
            gross=gross,
            fees=self.fees,
            funding=self.funding,
            borrow=self.borrow,
            mfe=self._move(best, entry),
            mae=self._move(worst, entry),
            complete=self.complete,
        )

    def _move(self, price: float | None, entry: Decimal) -> float | None:
        return None if price is None else self.side.sign * (price / float(entry) - 1.0)
