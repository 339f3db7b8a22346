"""The block `breakers`: what stops new risk, when, and under which conditions it may go on."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, model_validator

from tradewind.app.config.position_times import zone_of
from tradewind.domain.instrument import ALWAYS_OPEN
from tradewind.runtime.calendar import code_of
from tradewind.venues.registry.fields import Count, Fraction, NotNegative, Positive, Seconds, Settings, mistake

Action = Literal["refuse", "cancel", "reduce", "flatten", "stop"]
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


def _time_of_day(text: str) -> str:
    if not _CLOCK.fullmatch(text):
        raise mistake("a time of day is due, such as 00:00 or 17:30")
    return text


class AccountBreaker(Settings):
    """Breakers `account_daily` and `account_drawdown`, on true equity."""

    mode: Literal["active", "dry_run", "off"] = "active"
    """`dry_run` tells of each trip and holds nothing back."""
    daily_loss_limit: Fraction = Decimal("0.025")
    """A loss of this fraction of what the day began with holds entries back until the next day."""
    drawdown_halt: Fraction = Decimal("0.15")
    """So does a fall by this fraction from the peak, until most of it is made good:"""
    drawdown_recovery: Fraction = Decimal("0.05")
    """a fall of no more than this."""
    action: Action = "refuse"
    """What is done beside: `refuse`, `cancel`, `reduce`, `flatten` or `stop`."""

    @model_validator(mode="after")
    def _recovers(self) -> AccountBreaker:
        if self.drawdown_recovery >= self.drawdown_halt:
            raise mistake("drawdown_recovery is not less than drawdown_halt", "drawdown_recovery")
        return self


class MaxDrawdown(Settings):
    """Breaker `max_drawdown`: it latches, and cannot be switched off."""

    cap: Fraction = Decimal("0.20")
    """A fall by this fraction from the peak."""
    warning_at: Fraction = Decimal("0.5")
    """It warns at this part of the cap,"""
    critical_at: Fraction = Decimal("0.8")
    """and again at this part."""
    repeat_seconds: Seconds = 900
    """A warning that lasts is told again after this time."""
    on_breach: Literal["close_only", "flatten"] = "close_only"
    """Whether all positions are closed at the market as well."""

    @model_validator(mode="after")
    def _grows(self) -> MaxDrawdown:
        if not self.warning_at < self.critical_at < 1:
            raise mistake("warning_at < critical_at < 1 is due", "critical_at")
        return self


class DailyLossBreaker(Settings):
    """Breaker `daily_loss`: limits of your own, realised and unrealised, fees in."""

    amount: Positive | None = None
    """A loss of so much in a day, in the base currency."""
    fraction: Fraction | None = None
    """A loss of this fraction of what the day began with."""
    warning: Positive | None = None
    """A loss that is told of, in the base currency."""
    caution: Positive | None = None
    """A loss from which on opening orders are smaller, in the base currency."""
    caution_factor: Fraction = Decimal("0.5")
    """By how much."""
    action: Action = "cancel"
    """What is done at the limit beside refusing entries."""

    @model_validator(mode="after")
    def _grows(self) -> DailyLossBreaker:
        steps = [each for each in (self.warning, self.caution, self.amount) if each is not None]
        if any(later <= earlier for earlier, later in pairwise(steps)):
            raise mistake("warning < caution < amount is due", "caution")
        return self


class DrawdownBreaker(Settings):
    """Breaker `drawdown`: a limit of your own from the peak of the last days; it latches."""

    fraction: Fraction | None = None
    """A fall by this fraction."""
    lookback_days: Count = 30
    """How many days the peak is looked for in."""
    action: Action = "cancel"
    """What is done at the limit beside refusing entries."""


class OrderRateBreaker(Settings):
    """Breaker `order_rate`."""

    max_orders: Count | None = None
    """One order more within the window is refused, and trips it until there is room again."""
    window_seconds: Seconds = 60
    """The window."""
    action: Action = "cancel"
    """What is done at the limit beside refusing entries."""


class ErrorRateBreaker(Settings):
    """Breaker `error_rate`: rejections by the venue, links that break, strategies that raise."""

    max_errors: Count | None = 5
    """More of them within the window trip it; null for no such breaker."""
    window_seconds: Seconds = 300
    """The window."""
    cool_down_seconds: NotNegative = Decimal(0)
    """How long it waits when the window has drained."""
    action: Action = "cancel"
    """What is done at the limit beside refusing entries."""


class LossesBreaker(Settings):
    """Breaker `consecutive_losses`."""

    max_losses: Count | None = None
    """So many round trips lost in a row."""
    cool_down_seconds: Seconds = 3600
    """How long nothing is opened then."""
    action: Action = "refuse"
    """What is done at the limit beside refusing entries."""


class StaleDataBreaker(Settings):
    """Breaker `stale_data`, of instruments whose market never closes."""

    max_age_seconds: Seconds | None = None
    """A last price of any instrument that is so old."""
    cool_down_seconds: NotNegative = Decimal(0)
    """How long it waits when all prices are fresh again."""
    action: Action = "refuse"
    """What is done at the limit beside refusing entries."""


class ClockSkewBreaker(Settings):
    """Breaker `clock_skew`: market data from our future, or the machine's clock was moved."""

    max_seconds: Seconds | None = None
    """By so much."""
    cool_down_seconds: NotNegative = Decimal(0)
    """How long it waits when the clocks agree again."""
    action: Action = "cancel"
    """What is done at the limit beside refusing entries."""


class ReconciliationBreaker(Settings):
    """Breaker `reconciliation`; it latches."""

    max_critical: Count | None = None
    """So many comparisons with the venue in a row that find a critical difference."""
    action: Action = "cancel"
    """What is done at the limit beside refusing entries."""


class HoursBreaker(Settings):
    """Breaker `trading_hours`: it trips as the exchange's session ends and lets go as the next one begins."""

    calendar: Annotated[str, AfterValidator(code_of)] | None = None
    """The code of an exchange's calendar, such as XNYS (needs the extra `calendars`); null for no such breaker."""
    before_seconds: NotNegative = Decimal(0)
    """So long before the end of the session it trips: what it closes then still finds a market."""
    action: Action = "cancel"
    """What is done beside refusing entries."""


class AlignmentBreaker(Settings):
    """Breaker `alignment`: how far a shadow run has diverged, as it is told; it latches."""

    max_divergence: Fraction | None = None
    """By this fraction."""
    action: Action = "cancel"
    """What is done at the limit beside refusing entries."""


class BreakersBlock(Settings):
    """Breakers; without this block there are none, and an empty one is these defaults."""

    enabled: bool = True
    """Whether there are any; of a configuration without this block, false."""
    account: AccountBreaker = AccountBreaker()
    """The account breaker."""
    max_drawdown: MaxDrawdown = MaxDrawdown()
    """The max-drawdown guard."""
    daily_loss: DailyLossBreaker = DailyLossBreaker()
    """A day's loss."""
    drawdown: DrawdownBreaker = DrawdownBreaker()
    """A fall from the peak of the last days."""
    order_rate: OrderRateBreaker = OrderRateBreaker()
    """Too many orders."""
    error_rate: ErrorRateBreaker = ErrorRateBreaker()
    """Too many errors."""
    consecutive_losses: LossesBreaker = LossesBreaker()
    """Losses in a row."""
    stale_data: StaleDataBreaker = StaleDataBreaker()
    """Old prices."""
    clock_skew: ClockSkewBreaker = ClockSkewBreaker()
    """Clocks that differ."""
    reconciliation: ReconciliationBreaker = ReconciliationBreaker()
    """Books that differ."""
    alignment: AlignmentBreaker = AlignmentBreaker()
    """A shadow run that differs."""
    trading_hours: HoursBreaker = HoursBreaker()
    """The hours of an exchange."""
    manual_action: Action = "cancel"
    """What is done beside refusing entries when an operator trips `manual`."""
    cancel_on_trip: Literal["opening", "all", "none"] = "opening"
    """What a trip that cancels takes back; with `opening`, protective and reducing orders stay."""
    mark_max_age_seconds: Seconds = 120
    """An older price makes equity degraded: it neither trips nor clears a limit."""
    day_end: Annotated[str, AfterValidator(_time_of_day)] = "00:00"
    """When a day ends, in `timezone`."""
    timezone: Annotated[str, AfterValidator(zone_of)] = "UTC"
    """The zone of `day_end`; summer time is known."""
    calendar: Annotated[str, AfterValidator(code_of)] = ALWAYS_OPEN
    """Whose days a daily loss is of: `24/7` for those of `day_end`, or an exchange's, which end as its sessions do."""

    @model_validator(mode="after")
    def _has_one_day(self) -> BreakersBlock:
        if self.calendar != ALWAYS_OPEN and (self.day_end, self.timezone) != ("00:00", "UTC"):
            raise mistake("the days of an exchange end with its sessions: day_end and timezone are of 24/7", "calendar")
        return self
