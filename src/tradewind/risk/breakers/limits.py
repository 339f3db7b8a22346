"""Limits of equity: each says at which equity it trips, and at which it is over; both are reached, not passed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from tradewind.domain.money import ONE, ZERO
from tradewind.risk.breakers.settings import DrawdownGuard

if TYPE_CHECKING:
    from tradewind.risk.breakers.settings import BreakerSettings
    from tradewind.risk.breakers.worth import Worth


DIGITS = Decimal("1e-8")
"""As fine as figures are told; what is judged is exact."""


def figure(value: Decimal) -> Decimal:
    """Return a figure as it is told, without zeros at its end."""
    return value.quantize(DIGITS).normalize()


class OfDay(NamedTuple):
    """A loss since the day began: an amount, a fraction, or both; over with the day."""

    breaker: str
    amount: Decimal | None = None
    fraction: Decimal | None = None
    ends_with_day: bool = True

    def floor(self, worth: Worth) -> Decimal | None:
        """Return the equity at which it trips; None before it is known what the day began with."""
        baseline = worth.baseline
        if baseline is None:
            return None
        floors = [] if self.amount is None else [baseline - self.amount]
        if self.fraction is not None:
            floors.append(baseline * (ONE - self.fraction))
        return max(floors)

    def ceiling(self, worth: Worth) -> Decimal | None:  # noqa: ARG002 - of others it is a question
        """Return the equity at which it is over; None if no equity ends it."""
        return None

    def figures(self, worth: Worth, equity: Decimal) -> tuple[Decimal, Decimal]:
        """Return limit and value, in one unit."""
        baseline = worth.baseline or ZERO
        lost = baseline - equity
        if self.amount is not None and lost >= self.amount:
            return self.amount, lost
        assert self.fraction is not None
        return self.fraction, figure(lost / baseline) if baseline else ONE


class OfPeak(NamedTuple):
    """A fall from the peak: `recovery` is the fall at which it is over, None if it latches."""

    breaker: str
    halt: Decimal
    recovery: Decimal | None = None
    is_recent: bool = False
    """Whether the peak is that of the last days."""
    ends_with_day: bool = False

    def floor(self, worth: Worth) -> Decimal | None:
        """Return the equity at which it trips; None before a peak is known."""
        peak = self._peak(worth)
        return None if peak is None else peak * (ONE - self.halt)

    def ceiling(self, worth: Worth) -> Decimal | None:
        """Return the equity at which it is over; None if no equity ends it."""
        peak = self._peak(worth)
        return None if peak is None or self.recovery is None else peak * (ONE - self.recovery)

    def figures(self, worth: Worth, equity: Decimal) -> tuple[Decimal, Decimal]:
        """Return limit and value, in one unit."""
        peak = self._peak(worth)
        return self.halt, ONE if not peak else figure((peak - equity) / peak)

    def _peak(self, worth: Worth) -> Decimal | None:
        return worth.high if self.is_recent else worth.peak


EquityLimit = OfDay | OfPeak


class Level(NamedTuple):
    """A level at which a limit warns: the equity that reaches it comes from `limit`."""

    name: str
    limit: EquityLimit


class Ladder(NamedTuple):
    """The levels of a limit, the mildest first, and how often the worst that holds is told of again."""

    breaker: str
    levels: tuple[Level, ...]
    repeat_ns: int


def equity_limits(settings: BreakerSettings) -> list[EquityLimit]:
    """Return the limits of equity, in the order in which they are asked."""
    found: list[EquityLimit] = []
    account, day = settings.account, settings.daily_loss
    if account is not None:
        found += [
            OfDay("account_daily", fraction=account.daily_loss),
            OfPeak("account_drawdown", account.drawdown_halt, account.drawdown_recovery),
        ]
    if settings.max_drawdown is not None:
        found.append(OfPeak("max_drawdown", settings.max_drawdown.cap))
    if day is not None and (day.amount is not None or day.fraction is not None):
        found.append(OfDay("daily_loss", day.amount, day.fraction))
    if settings.drawdown is not None:
        found.append(OfPeak("drawdown", settings.drawdown.fraction, is_recent=True))
    return found


def ladders(settings: BreakerSettings) -> list[Ladder]:
    """Return the limits that warn before they are reached."""
    found: list[Ladder] = []
    guard, day = settings.max_drawdown, settings.daily_loss
    if guard is not None:
        parts = (("warning", guard.warning), ("critical", guard.critical))
        levels = tuple(Level(name, OfPeak("max_drawdown", guard.cap * part)) for name, part in parts)
        found.append(Ladder("max_drawdown", levels, guard.repeat_ns))
    if day is not None:
        losses = (("warning", day.warning), ("caution", day.caution))
        levels = tuple(Level(name, OfDay("daily_loss", loss)) for name, loss in losses if loss is not None)
        if levels:
            found.append(Ladder("daily_loss", levels, (guard or DrawdownGuard()).repeat_ns))
    return found


def edges(limits: list[EquityLimit]) -> list[tuple[int, float, float]]:
    """Return where something changes, as base, scale and shift: of the day's baseline (0), the peak (1), the high (2).

    Of a daily loss with two limits both are edges, though only the higher one trips.
    """
    found: list[tuple[int, float, float]] = []
    for limit in limits:
        if isinstance(limit, OfPeak):
            base = 2 if limit.is_recent else 1
            parts = [limit.halt] if limit.recovery is None else [limit.halt, limit.recovery]
            found += [(base, float(ONE - part), 0.0) for part in parts]
            continue
        if limit.amount is not None:
            found.append((0, 1.0, float(limit.amount)))
        if limit.fraction is not None:
            found.append((0, float(ONE - limit.fraction), 0.0))
    return found
