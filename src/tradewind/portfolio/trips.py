"""Round trips: what was opened, what it cost, and how far the price went for and against it.

Knows nothing of cash: the ledger does. Excursions are taken from closed bars after the one in which the
position was opened (spec/risk-and-positions.md, section 12).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.checkpoint import KeptTrip
from tradewind.domain.money import ZERO
from tradewind.domain.order import Side
from tradewind.domain.trip import RoundTrip

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.fill import Fill
    from tradewind.domain.market import Bar

_BUY = Side.BUY  # to look a member of an Enum up takes 0.1 us


class OpenTrip:
    """A round trip under way, of one strategy in one instrument."""

    __slots__ = (
        "borrow", "complete", "entry_quantity", "entry_value", "exit_quantity", "exit_value", "fees",
        "filled_at", "funding", "gross", "high", "instrument", "low", "opened_at", "peak_quantity", "side", "strategy",
    )  # fmt: skip

    def __init__(self, fill: Fill) -> None:
        self.strategy = fill.strategy
        self.instrument = fill.instrument
        self.side = fill.side
        self.opened_at = fill.ts_recv
        self.filled_at = fill.ts_venue
        self.entry_quantity = self.entry_value = self.exit_quantity = self.exit_value = ZERO
        self.peak_quantity = self.gross = ZERO
        self.fees = self.funding = self.borrow = ZERO
        self.complete = True
        self.high: float | None = None
        self.low: float | None = None

    def kept(self) -> KeptTrip:
        """Return it as plain data."""
        return KeptTrip(
            self.strategy, self.instrument, self.side, self.opened_at, self.filled_at, self.entry_quantity,
            self.entry_value, self.exit_quantity, self.exit_value, self.peak_quantity, self.gross, self.fees,
            self.funding, self.borrow, self.complete, self.high, self.low,
        )  # fmt: skip

    @classmethod
    def of(cls, kept: KeptTrip) -> OpenTrip:
        """Return the round trip that `kept` wrote down."""
        self = cls.__new__(cls)
        for name in cls.__slots__:
            setattr(self, name, getattr(kept, name))
        return self

    def add(self, side: Side, quantity: Decimal, price: Decimal, fee: Decimal | None) -> None:
        """Take an execution, or the part of one that belongs to this trip.

        The fee is in the quote asset; None means that its value is not known, and the trip says so.
        """
        if side is self.side:
            self.entry_quantity = held = self.entry_quantity + quantity
            self.entry_value += quantity * price
            if self.exit_quantity:
                held -= self.exit_quantity
            self.peak_quantity = max(self.peak_quantity, held)
        else:
            self.exit_quantity += quantity
            self.exit_value += quantity * price
        if fee is None:
            self.complete = False
        elif fee:
            self.fees += fee

    def see(self, bar: Bar) -> None:
        """Widen the excursion by a bar after the one of the entry: open at the fill or later, and heard of later.

        Both, as a fill at the open of a simulated bar is heard of with that bar's close.
        """
        if bar.ts_open < self.filled_at or bar.ts_recv <= self.opened_at:
            return
        if self.high is None or bar.high > self.high:
            self.high = bar.high
        if self.low is None or bar.low < self.low:
            self.low = bar.low

    def close(self, closed_at: int) -> RoundTrip:
        """Return the finished trip."""
        entry = self.entry_value / self.entry_quantity
        exit_price = self.exit_value / self.exit_quantity if self.exit_quantity else entry
        best, worst = (self.high, self.low) if self.side is _BUY else (self.low, self.high)
        start = 0.0 if best is None else float(entry)
        return RoundTrip(
            self.strategy, self.instrument, self.side, self.peak_quantity, entry, exit_price, self.opened_at, closed_at,
            self.gross, self.fees, self.funding, self.borrow,
            mfe=self._move(best, start), mae=self._move(worst, start), complete=self.complete,
        )  # fmt: skip

    def _move(self, price: float | None, start: float) -> float | None:
        return None if price is None else self.side.sign * (price / start - 1.0)
