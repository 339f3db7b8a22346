"""From the block `breakers` to the engine's settings, and what of it real money asks for."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tradewind.domain.breakers import BreakerAction
from tradewind.domain.errors import ConfigError
from tradewind.domain.instrument import ALWAYS_OPEN
from tradewind.domain.time import NS_PER_SECOND
from tradewind.risk.breakers import settings as rules
from tradewind.runtime.calendar_local import days_name

if TYPE_CHECKING:
    from tradewind.app.config import Config
    from tradewind.app.config.breakers import AccountBreaker, BreakersBlock
    from tradewind.risk.dynamic.config import DynamicRiskConfig


def breakers_of(config: Config) -> rules.BreakerSettings | None:
    """Return the breakers of a session, None if it has none; where orders are real, none can be drilled."""
    block, cap, tiers = config.breakers, config.risk.max_drawdown, config.risk.dynamic.config()
    if not block.enabled:
        return None if cap is None else rules.BreakerSettings(account=None, max_drawdown=rules.DrawdownGuard(cap))
    return settings_of(block, _guard(block, cap, tiers), can_drill=not config.trading.is_real)


def settings_of(
    block: BreakersBlock, guard: rules.DrawdownGuard | None = None, *, can_drill: bool = True
) -> rules.BreakerSettings:
    """Return what a block says; `guard` is its max-drawdown guard where a configuration has more to say of that."""
    hours, minutes = map(int, block.day_end.split(":"))
    return rules.BreakerSettings(
        account=_account(block.account),
        max_drawdown=guard or _guard(block, None, None),
        daily_loss=_daily(block),
        drawdown=_fall(block),
        order_rate=_orders(block),
        error_rate=_errors(block),
        consecutive_losses=_losses(block),
        stale_data=_age(block),
        clock_skew=_skew(block),
        reconciliation=_bound(block.reconciliation.max_critical, block.reconciliation.action),
        alignment=_bound(block.alignment.max_divergence, block.alignment.action),
        manual=BreakerAction(block.manual_action),
        cancel=block.cancel_on_trip,
        mark_age_ns=_ns(block.mark_max_age_seconds),
        day_end_ns=_ns(3600 * hours + 60 * minutes),
        can_drill=can_drill,
        day_calendar=_days(block),
        trading_hours=_hours(block),
    )


def check_for_real_money(config: Config) -> None:
    """Raise `ConfigError` for real orders without a limit of a day's loss and one of a drawdown that act."""
    found = breakers_of(config)
    account = None if found is None else found.account
    acts = account is not None and not account.is_dry
    day = None if found is None else found.daily_loss
    has_day = day is not None and (day.amount is not None or day.fraction is not None)
    missing = [] if acts or has_day else ["a daily loss (breakers.account or breakers.daily_loss)"]
    if found is None or (not acts and found.max_drawdown is None and found.drawdown is None):
        missing.append("a drawdown (breakers.max_drawdown)")
    if missing:
        raise ConfigError(
            f"breakers: real money needs a limit of {' and one of '.join(missing)}; "
            "an empty block `breakers:` has both with their defaults"
        )


def _days(block: BreakersBlock) -> str:
    """Return the calendar of the days; those of UTC need none."""
    if block.calendar != ALWAYS_OPEN:
        return block.calendar
    return "" if block.timezone == "UTC" else days_name(block.day_end, block.timezone)


def _hours(block: BreakersBlock) -> rules.TradingHours | None:
    hours = block.trading_hours
    if hours.calendar is None:
        return None
    return rules.TradingHours(hours.calendar, _ns(hours.before_seconds), BreakerAction(hours.action))


def _ns(seconds: float | Decimal) -> int:
    return int(Decimal(str(seconds)) * NS_PER_SECOND)


def _account(account: AccountBreaker) -> rules.AccountLimits | None:
    if account.mode == "off":
        return None
    return rules.AccountLimits(
        account.daily_loss_limit, account.drawdown_halt, account.drawdown_recovery,
        account.mode == "dry_run", BreakerAction(account.action),
    )  # fmt: skip


def _guard(block: BreakersBlock, cap: Decimal | None, tiers: DynamicRiskConfig | None) -> rules.DrawdownGuard:
    guard = block.max_drawdown
    if cap is not None and guard.cap not in (cap, rules.DrawdownGuard().cap):  # a default is no word against it
        raise ConfigError(
            f"breakers.max_drawdown.cap: given {guard.cap}, and risk.max_drawdown {cap}: one limit in two places with "
            "different values"
        )
    action = BreakerAction.FLATTEN if guard.on_breach == "flatten" else BreakerAction.REFUSE
    cap = guard.cap if cap is None else cap
    for fault in () if tiers is None else tiers.beyond(cap):
        raise ConfigError(f"risk.dynamic: {fault} (breakers.max_drawdown.cap)")
    return rules.DrawdownGuard(cap, guard.warning_at, guard.critical_at, _ns(guard.repeat_seconds), action)


def _daily(block: BreakersBlock) -> rules.DailyLoss | None:
    day = block.daily_loss
    if day.amount is None and day.fraction is None and day.warning is None and day.caution is None:
        return None
    return rules.DailyLoss(
        day.amount, day.fraction, day.warning, day.caution, day.caution_factor, BreakerAction(day.action)
    )


def _fall(block: BreakersBlock) -> rules.Drawdown | None:
    fall = block.drawdown
    if fall.fraction is None:
        return None
    return rules.Drawdown(fall.fraction, fall.lookback_days, BreakerAction(fall.action))


def _orders(block: BreakersBlock) -> rules.Window | None:
    rate = block.order_rate
    if rate.max_orders is None:
        return None
    return rules.Window(rate.max_orders, _ns(rate.window_seconds), 0, BreakerAction(rate.action))


def _errors(block: BreakersBlock) -> rules.Window | None:
    errors = block.error_rate
    if errors.max_errors is None:
        return None
    cool = _ns(errors.cool_down_seconds)
    return rules.Window(errors.max_errors, _ns(errors.window_seconds), cool, BreakerAction(errors.action))


def _losses(block: BreakersBlock) -> rules.Window | None:
    losses = block.consecutive_losses
    if losses.max_losses is None:
        return None
    return rules.Window(losses.max_losses, 0, _ns(losses.cool_down_seconds), BreakerAction(losses.action))


def _age(block: BreakersBlock) -> rules.Bound | None:
    stale = block.stale_data
    if stale.max_age_seconds is None:
        return None
    return rules.Bound(Decimal(_ns(stale.max_age_seconds)), _ns(stale.cool_down_seconds), BreakerAction(stale.action))


def _skew(block: BreakersBlock) -> rules.Bound | None:
    skew = block.clock_skew
    if skew.max_seconds is None:
        return None
    return rules.Bound(Decimal(_ns(skew.max_seconds)), _ns(skew.cool_down_seconds), BreakerAction(skew.action))


def _bound(most: int | Decimal | None, action: str) -> rules.Bound | None:
    return None if most is None else rules.Bound(Decimal(most), 0, BreakerAction(action))
