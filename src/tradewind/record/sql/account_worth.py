"""What an account is worth against its start, the day's start and its peak: a fold of what `Books` tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.money import ZERO
from tradewind.record.sql.changes import stored
from tradewind.record.stats.drawdown import Drawdown
from tradewind.record.stats.equity import Units

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.time import TimeNs
    from tradewind.record.recorder.facts import Valued
    from tradewind.record.sessions.days import Days


class AccountWorth:
    """What the account is worth, against the start, the day's start and its peak."""

    def __init__(self, days: Days) -> None:
        self._day_of = days.of
        self._units = Units()
        self.drawdown = Drawdown()
        self.equity = self.initial = self.baseline = ZERO
        self.unrealized: Decimal | None = None
        self.moved: Decimal | None = ZERO
        """Deposits less withdrawals so far; None once one could not be valued."""
        self.moved_today: Decimal | None = ZERO
        self.day = ""
        self.peak: float | None = None
        self._peaked_at: TimeNs = 0
        self._trough = 0.0

    def see(self, ts: TimeNs, fact: Valued) -> None:
        """Take the worth of now."""
        day = self._day_of(ts)
        if not self.day:
            self.initial = self.baseline = fact.equity
        elif day != self.day:
            self.baseline = self.equity
            self.moved_today = ZERO if self.moved is not None else None
        self.day, self.equity, self.unrealized = day, fact.equity, fact.unrealized
        value = self._units.see(float(fact.equity))
        self.drawdown.see(ts, value)
        if self.peak is None or value >= self.peak:
            self.peak, self._peaked_at, self._trough = value, ts, value
        self._trough = min(self._trough, value)

    def transfer(self, amount: Decimal | None) -> None:
        """Take a deposit or a withdrawal, before the first worth that contains it."""
        if amount is None:
            self.moved = self.moved_today = None
            return
        self._units.transfer(float(amount))
        if self.moved is not None:
            self.moved += amount
        if self.moved_today is not None:
            self.moved_today += amount

    def earned(self, since: Decimal, moved: Decimal | None) -> Decimal | None:
        """Return what was earned since equity was `since`."""
        return None if moved is None else self.equity - since - moved

    def row(self) -> dict[str, object]:
        """Return the row of the peak."""
        return {
            "peak": self.peak,
            "peak_time": self._peaked_at,
            "trough": self._trough,
            "day": self.day,
            "day_baseline": stored(self.baseline),
        }
