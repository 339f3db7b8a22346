"""The limits of breakers, as plain numbers: fractions are fractions, amounts are in the base currency.

None is no such breaker. A limit is met when the value reaches it.
"""

from __future__ import annotations

from decimal import Decimal

from tradewind.domain.breakers import BreakerAction
from tradewind.domain.message import Message
from tradewind.domain.time import NS_PER_DAY, NS_PER_SECOND, TimeNs

A = BreakerAction


class AccountLimits(Message, frozen=True, gc=False):
    """The account breaker (spec/risk-and-positions.md 15): breakers `account_daily` and `account_drawdown`."""

    daily_loss: Decimal = Decimal("0.025")
    drawdown_halt: Decimal = Decimal("0.15")
    drawdown_recovery: Decimal = Decimal("0.05")
    is_dry: bool = False
    action: BreakerAction = A.REFUSE


class DrawdownGuard(Message, frozen=True, gc=False):
    """The max-drawdown guard (16): breaker `max_drawdown`, which latches."""

    cap: Decimal = Decimal("0.20")
    warning: Decimal = Decimal("0.5")
    critical: Decimal = Decimal("0.8")
    """Parts of the cap at which it warns."""
    repeat_ns: TimeNs = 900 * NS_PER_SECOND
    action: BreakerAction = A.REFUSE


class DailyLoss(Message, frozen=True, gc=False):
    """The user's own limits of a day's loss (spec/live-controls.md 9): breaker `daily_loss`."""

    amount: Decimal | None = None
    fraction: Decimal | None = None
    warning: Decimal | None = None
    """A loss at which it warns."""
    caution: Decimal | None = None
    """A loss from which on opening orders are sized by `factor`."""
    factor: Decimal = Decimal("0.5")
    action: BreakerAction = A.CANCEL


class Drawdown(Message, frozen=True, gc=False):
    """The user's own limit of a drawdown from the peak of the last days: breaker `drawdown`, which latches."""

    fraction: Decimal
    lookback_days: int = 30
    action: BreakerAction = A.CANCEL


class Window(Message, frozen=True, gc=False):
    """So many of something within a time: breakers `order_rate`, `error_rate`, `consecutive_losses`."""

    most: int
    window_ns: TimeNs = 60 * NS_PER_SECOND
    cool_ns: TimeNs = 0
    action: BreakerAction = A.CANCEL


class Bound(Message, frozen=True, gc=False):
    """One bound: of seconds as nanoseconds (`stale_data`, `clock_skew`), of times in a row, or of a fraction."""

    most: Decimal
    cool_ns: TimeNs = 0
    action: BreakerAction = A.CANCEL


class TradingHours(Message, frozen=True, gc=False):
    """The sessions of an exchange: breaker `trading_hours`, which trips `before_ns` before each ends."""

    calendar: str
    before_ns: TimeNs = 0
    action: BreakerAction = A.CANCEL


class BreakerSettings(Message, frozen=True, gc=False):
    """All breakers of a session."""

    account: AccountLimits | None = AccountLimits()
    max_drawdown: DrawdownGuard | None = DrawdownGuard()
    daily_loss: DailyLoss | None = None
    drawdown: Drawdown | None = None
    order_rate: Window | None = None
    error_rate: Window | None = None
    consecutive_losses: Window | None = None
    stale_data: Bound | None = None
    clock_skew: Bound | None = None
    reconciliation: Bound | None = None
    alignment: Bound | None = None
    manual: BreakerAction = A.CANCEL
    cancel: str = "opening"
    """What a breaker that takes orders back takes back: `opening`, `all` or `none`."""
    mark_age_ns: TimeNs = 120 * NS_PER_SECOND
    """A price that is older makes equity degraded: it neither trips nor clears anything."""
    frozen_ns: TimeNs = NS_PER_DAY
    """So does equity that has not moved for so long while something is held."""
    day_end_ns: TimeNs = 0
    """When a day ends, after midnight UTC."""
    can_drill: bool = True
    """False where orders are real."""
    keeps_trough: bool = False
    """Whether the lowest equity since the peak is kept: dynamic risk goes by it."""
    day_calendar: str = ""
    """The calendar whose days a loss is of, in the place of `day_end_ns`; empty for that."""
    trading_hours: TradingHours | None = None
