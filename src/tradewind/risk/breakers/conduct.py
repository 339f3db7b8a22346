"""What breakers make of everything but equity: orders, errors, losses in a row, data, clock, hours, account, shadow."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tradewind.domain.breakers import BreakerState
from tradewind.domain.time import NEVER, NS_PER_SECOND
from tradewind.risk.breakers.hours import Hours
from tradewind.risk.breakers.states import Signal
from tradewind.risk.breakers.window import Times

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tradewind.domain.breakers import BreakersState
    from tradewind.domain.time import TimeNs
    from tradewind.risk.breakers.board import Board
    from tradewind.risk.breakers.breaker import Breaker
    from tradewind.risk.breakers.settings import BreakerSettings

S = BreakerState
_SECOND = Decimal(NS_PER_SECOND)


class Conduct:
    """Windows and counters, and the breakers that they trip."""

    def __init__(self, settings: BreakerSettings, board: Board) -> None:
        self._settings = settings
        self._board = board
        rate, errors = settings.order_rate, settings.error_rate
        self.sent = Times(0 if rate is None else rate.window_ns)
        self.errors = Times(0 if errors is None else errors.window_ns)
        self.losses = self.criticals = 0
        self.hours = None if settings.trading_hours is None else Hours(settings.trading_hours)
        self.began: TimeNs = -1
        """Since when prices are expected: from the session's start or the end of its history on; -1 before."""

    def begin(self, now: TimeNs, *, anew: bool = True) -> None:
        """Hear that the session begins, or its history is over; if not `anew`, prices were expected before."""
        if anew or self.began < 0:
            self.began = now
        if self.hours is not None:
            self.hours.began = now

    def count_order(self, now: TimeNs) -> None:
        """Count an order that was let through, exits too."""
        if self._settings.order_rate is not None:
            self.sent.add(now)
            self.wait(now)

    def ask_rate(self, now: TimeNs) -> None:
        """Trip `order_rate` if one more order were one too many within the window."""
        rate = self._settings.order_rate
        if rate is not None and (count := self.sent.count(now)) >= rate.most:
            until = self.sent.room_at(now, rate.most - 1)
            self._trip("order_rate", now, f"{count} orders were sent already", (rate.most, count + 1), until)

    def error(self, now: TimeNs, what: str) -> None:
        """Count an error that nobody expects: a rejection by the venue, a link that broke, a strategy that raised."""
        errors = self._settings.error_rate
        if errors is None:
            return
        self.errors.add(now)
        if (count := self.errors.count(now)) > errors.most:
            until = self.errors.room_at(now, errors.most)
            self._trip("error_rate", now, f"the last of {count} errors: {what}", (errors.most, count), until)
        self.wait(now)

    def trade(self, now: TimeNs, *, is_lost: bool) -> None:
        """Count a round trip that has ended; after so many losses in a row comes the cool-down."""
        streak = self._settings.consecutive_losses
        if streak is None:
            return
        self.losses = self.losses + 1 if is_lost else 0
        if self.losses >= streak.most:
            lost, self.losses = self.losses, 0
            if self._trip("consecutive_losses", now, f"{lost} trades in a row were lost", (streak.most, lost)):
                self._board.take(self._board.breakers["consecutive_losses"].clear(now, "the cool-down has begun"))

    def age(self, now: TimeNs, what: str, age_ns: TimeNs, *, is_complete: bool = True) -> None:
        """Judge how old the oldest of the last prices is; only if all have one (`is_complete`) they can be fresh."""
        bound = self._settings.stale_data
        if bound is None:
            return
        if age_ns >= bound.most:
            seconds = bound.most / _SECOND, Decimal(age_ns) / _SECOND
            self._trip("stale_data", now, f"{what} has had no price for {age_ns // NS_PER_SECOND} s", seconds)
        elif is_complete:
            self._clear("stale_data", now, "all prices are fresh")

    def skew(self, now: TimeNs, ahead_ns: TimeNs, why: str = "market data come from our future") -> None:
        """Judge by how much the venue's clock is ahead of ours: what it tells has happened."""
        bound = self._settings.clock_skew
        if bound is None:
            return
        if ahead_ns >= bound.most:
            self._trip("clock_skew", now, why, (bound.most / _SECOND, Decimal(ahead_ns) / _SECOND))
        else:
            self._clear("clock_skew", now, "the clocks agree")

    def look_at_hours(self, now: TimeNs) -> None:
        """Judge whether the market is open."""
        hours = self.hours
        if hours is None or not hours.is_known(now):
            return
        if hours.is_open(now):
            self._clear("trading_hours", now, "the session has begun")
        else:
            self.shut(now, hours.reason(now))

    def shut(self, now: TimeNs, reason: str) -> None:
        """Trip `trading_hours`."""
        self._board.take(self._board.breakers["trading_hours"].breach(now, reason, None, None))

    def compared(self, now: TimeNs, *, is_critical: bool) -> None:
        """Count a comparison with the venue's account, of those that could say something."""
        bound = self._settings.reconciliation
        if bound is None:
            return
        self.criticals = self.criticals + 1 if is_critical else 0
        if self.criticals >= bound.most:
            reason = f"{self.criticals} comparisons in a row found a critical difference"
            self._trip("reconciliation", now, reason, (bound.most, self.criticals))

    def diverged(self, now: TimeNs, value: Decimal, reason: str) -> None:
        """Judge by how far a shadow run has diverged, as a fraction."""
        bound = self._settings.alignment
        if bound is not None and value >= bound.most:
            self._trip("alignment", now, reason or "the shadow run has diverged", (bound.most, value))

    def expire(self, now: TimeNs) -> None:
        """Let time do its part: cool-downs end, windows drain."""
        for breaker in self._board.breakers.values():
            if breaker.state is S.COOLING and breaker.until is not None and now >= breaker.until:
                self._board.take(breaker.move(Signal.COOLED, now, "the cool-down is over"))
        for breaker, room_at in self._waiting(now):
            if room_at <= now:
                self._clear(breaker.name, now, "its window has room again")
            else:
                breaker.until = room_at

    def wait(self, now: TimeNs) -> None:
        """Say when the windows of those that have tripped will have room: what is counted meanwhile makes it later."""
        for breaker, room_at in self._waiting(now):
            breaker.until = room_at

    def _waiting(self, now: TimeNs) -> Iterator[tuple[Breaker, TimeNs]]:
        """Yield the breakers of windows that have tripped, and when their windows will have room."""
        settings = self._settings
        windows = (
            ("order_rate", settings.order_rate, self.sent, 1),  # it trips at the next order, the other beyond its limit
            ("error_rate", settings.error_rate, self.errors, 0),
        )
        for name, window, times, more in windows:
            if window is not None and (breaker := self._board.breakers[name]).state is S.TRIPPED:
                yield breaker, times.room_at(now, window.most - more)

    def forget(self, breaker: str) -> None:
        """Forget what a breaker has counted: an operator has reset it."""
        match breaker:
            case "order_rate":
                self.sent.restore(())
            case "error_rate":
                self.errors.restore(())
            case "consecutive_losses":
                self.losses = 0
            case "reconciliation":
                self.criticals = 0

    def due(self, now: TimeNs) -> TimeNs | None:
        """Return when time lets the next breaker go; None if it lets none go."""
        waiting = (each for each in self._board.breakers.values() if each.state in (S.TRIPPED, S.COOLING))
        untils = [each.until for each in waiting if each.until is not None and each.until > now]
        if self.hours is not None and (change := self.hours.next(now)) != NEVER:
            untils.append(change)
        return min(untils, default=None)

    def state(self, now: TimeNs) -> tuple[tuple[TimeNs, ...], tuple[TimeNs, ...], int, int]:
        """Return windows and counters, as plain data."""
        return self.sent.state(now), self.errors.state(now), self.losses, self.criticals

    def restore(self, state: BreakersState) -> None:
        """Take over what `state` wrote down."""
        self.sent.restore(state.sent)
        self.errors.restore(state.errors)
        self.losses, self.criticals, self.began = state.losses, state.criticals, state.began

    def _trip(
        self, name: str, now: TimeNs, reason: str, figures: tuple[int | Decimal, int | Decimal],
        until: TimeNs | None = None,
    ) -> bool:  # fmt: skip
        limit, value = figures
        return self._board.take(self._board.breakers[name].breach(now, reason, Decimal(limit), Decimal(value), until))

    def _clear(self, name: str, now: TimeNs, reason: str) -> None:
        self._board.take(self._board.breakers[name].clear(now, reason))
