"""What the account was worth: its peak, and what the day began with. Only what is known goes in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.breakers import KeptWorth
from tradewind.domain.money import FINEST, ZERO
from tradewind.domain.time import NEVER, NS_PER_DAY, TimeNs

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.events import TradingDay


class Worth:
    """Peak, baseline and the highs of the look-back; all None before equity is known for the first time."""

    def __init__(
        self, *, day_end_ns: TimeNs, lookback_days: int, keeps_trough: bool = False, calendar: str = ""
    ) -> None:
        self._day_end_ns = day_end_ns
        self._calendar = calendar
        self._closes: TimeNs = 0
        """When the day of the calendar that was told last ends."""
        self._lookback_ns = lookback_days * NS_PER_DAY
        self.peak: Decimal | None = None
        self.peaked_at: TimeNs = 0
        self._keeps_trough = keeps_trough
        self.trough: Decimal | None = None
        """The lowest since the peak, where somebody goes by it."""
        self.baseline: Decimal | None = None
        self.day_until: TimeNs = 0
        """The end of the day that the baseline is of."""
        self.equity: Decimal | None = None
        self.highs: dict[TimeNs, Decimal] = {}
        self.is_moved = False

    def take(self, equity: Decimal, now: TimeNs) -> str:
        """Take what the account is worth; return why the baseline is a new one, empty if it is not."""
        if self.is_moved:
            self.is_moved = False
            if self.equity is not None:
                self.scale(self.equity, equity)
        reason = "" if now < self.day_until else "start" if self.baseline is None else "day"
        if reason:
            self.baseline, self.day_until = equity, self._day_end(now)
            self._forget(now)
        self.equity = equity
        if self.peak is None or equity > self.peak:
            self.peak, self.peaked_at = equity, now
            self.trough = equity if self._keeps_trough else None
        elif self._keeps_trough and (self.trough is None or equity < self.trough):
            self.trough = equity
        if self._lookback_ns:
            high = self.highs.get(self.day_until)
            if high is None or equity > high:
                self.highs[self.day_until] = equity
        return reason

    def scale(self, before: Decimal, after: Decimal) -> None:
        """Move what losses are reckoned from with a deposit or a withdrawal, which is neither profit nor loss."""
        if before <= 0 or after <= 0:
            return
        factor = after / before
        if self.peak is not None:
            self.peak = (self.peak * factor).quantize(FINEST)
        if self.trough is not None:
            self.trough = (self.trough * factor).quantize(FINEST)
        if self.baseline is not None:
            self.baseline = (self.baseline * factor).quantize(FINEST)
        self.highs = {day: (high * factor).quantize(FINEST) for day, high in self.highs.items()}
        self.equity = after

    def anew(self, now: TimeNs) -> None:
        """Set the peak to what the account is worth: an operator has reset what was reckoned from it."""
        if self.equity is None:
            self.peak = self.trough = None
            self.highs = {}
            return
        self.peak, self.peaked_at = self.equity, now
        self.trough = self.equity if self._keeps_trough else None
        self.highs = {self.day_until: self.equity} if self._lookback_ns else {}

    @property
    def high_of_day(self) -> Decimal | None:
        """The best of this day, where that is kept."""
        return self.highs.get(self.day_until)

    @property
    def high(self) -> Decimal | None:
        """The peak of the look-back."""
        return max(self.highs.values(), default=None)

    def fallen(self, equity: Decimal) -> Decimal:
        """Return the drawdown from the peak, as a fraction."""
        return ZERO if not self.peak or self.peak <= 0 else max(ZERO, (self.peak - equity) / self.peak)

    def state(self) -> KeptWorth:
        """Return it as plain data."""
        return KeptWorth(
            self.peak, self.peaked_at, self.baseline, self.day_until, self.equity,
            tuple(self.highs.items()), self.is_moved, self.trough,
        )  # fmt: skip

    def restore(self, kept: KeptWorth) -> None:
        """Take over what `state` wrote down."""
        self.peak, self.peaked_at = kept.peak, kept.peaked_at
        self.baseline, self.day_until, self.equity = kept.baseline, kept.day_until, kept.equity
        self.highs, self.is_moved, self.trough = dict(kept.highs), kept.is_moved, kept.trough

    def hear(self, day: TradingDay) -> None:
        """Hear of a trading day: what has begun since the last one ended is a part of it."""
        if day.calendar != self._calendar:
            return
        self._closes = day.ts_close
        if self.day_until == NEVER and day.ts_close > day.ts_recv:
            self.day_until = day.ts_close
            if NEVER in self.highs:
                self.highs[day.ts_close] = self.highs.pop(NEVER)

    def _day_end(self, now: TimeNs) -> TimeNs:
        if self._calendar:
            return self._closes if self._closes > now else NEVER
        return ((now - self._day_end_ns) // NS_PER_DAY + 1) * NS_PER_DAY + self._day_end_ns

    def _forget(self, now: TimeNs) -> None:
        """Forget the highs of days before the look-back."""
        self.highs = {day: high for day, high in self.highs.items() if day > now - self._lookback_ns}
