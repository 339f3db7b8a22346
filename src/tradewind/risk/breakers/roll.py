"""Which breakers a session has: one of each kind that is configured, and `manual`."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tradewind.domain.step import RefusalCode
from tradewind.risk.breakers.breaker import Breaker
from tradewind.risk.breakers.settings import Bound, BreakerSettings, DailyLoss, Drawdown, TradingHours, Window

if TYPE_CHECKING:
    from collections.abc import Iterator

C = RefusalCode

MEANINGS = {
    "account_daily": "equity has lost a fraction of what the day began with",
    "account_drawdown": "equity has fallen by a fraction from its peak; over when most of it is made good",
    "max_drawdown": "equity has fallen so far from its peak that a person must look",
    "daily_loss": "the day has lost an amount or a fraction that the user has set",
    "drawdown": "equity has fallen by the user's fraction from the peak of the last days",
    "order_rate": "more orders within a time than allowed",
    "error_rate": "more unexpected errors within a time than allowed: rejections, links, strategies",
    "consecutive_losses": "so many round trips in a row were lost",
    "stale_data": "an instrument has had no price for too long, or none since the session began",
    "clock_skew": "market data come from our future, or the machine's clock was moved",
    "reconciliation": "so many comparisons in a row have found a critical difference",
    "alignment": "the shadow run has diverged",
    "trading_hours": "the exchange's session is over, or about to be",
    "manual": "an operator has said so",
}
"""All breakers that there are, in the order in which an entry asks them."""


def breakers_of(settings: BreakerSettings) -> dict[str, Breaker]:
    """Return the breakers of a session by name, in the order of `MEANINGS`."""
    made = {breaker.name: breaker for breaker in (*_of_equity(settings), *_of_conduct(settings), *_others(settings))}
    return {name: made[name] for name in MEANINGS if name in made}


def _of_equity(settings: BreakerSettings) -> Iterator[Breaker]:
    account, guard, day, fall = settings.account, settings.max_drawdown, settings.daily_loss, settings.drawdown
    if account is not None:
        dry, action = account.is_dry, account.action
        yield Breaker("account_daily", C.DAILY_LOSS, action, is_dry=dry, can_reset=False)
        yield Breaker("account_drawdown", C.BREAKER_DRAWDOWN, action, is_dry=dry, can_reset=False)
    if guard is not None:
        yield Breaker("max_drawdown", C.MAX_DRAWDOWN, guard.action, latches=True)
    if day is not None and (day.amount is not None or day.fraction is not None):
        yield Breaker("daily_loss", C.DAILY_LOSS, day.action, can_reset=False)
    if fall is not None:
        yield Breaker("drawdown", C.BREAKER_DRAWDOWN, fall.action, latches=True)


def _of_conduct(settings: BreakerSettings) -> Iterator[Breaker]:
    for name, code, window in (
        ("order_rate", C.ORDER_RATE, settings.order_rate),
        ("error_rate", C.BREAKER, settings.error_rate),
        ("consecutive_losses", C.BREAKER, settings.consecutive_losses),
    ):
        if window is not None:
            yield Breaker(name, code, window.action, cool_ns=window.cool_ns)


def _others(settings: BreakerSettings) -> Iterator[Breaker]:
    for name, code, bound, latches in (
        ("stale_data", C.BREAKER, settings.stale_data, False),
        ("clock_skew", C.BREAKER, settings.clock_skew, False),
        ("reconciliation", C.BREAKER, settings.reconciliation, True),
        ("alignment", C.BREAKER, settings.alignment, True),
    ):
        if bound is not None:
            yield Breaker(name, code, bound.action, latches=latches, cool_ns=bound.cool_ns)
    hours = settings.trading_hours
    if hours is not None:
        yield Breaker("trading_hours", C.SESSION_CLOSED, hours.action, can_reset=False)
    yield Breaker("manual", C.HALTED, settings.manual, latches=True)


def overview() -> str:
    """Print all breakers as a table: what trips each, the code of its refusals, and how it comes back."""
    window, bound = Window(1), Bound(Decimal(1))
    everything = BreakerSettings(
        daily_loss=DailyLoss(amount=Decimal(1)), drawdown=Drawdown(Decimal(1)), order_rate=window, error_rate=window,
        consecutive_losses=window, stale_data=bound, clock_skew=bound, reconciliation=bound, alignment=bound,
        trading_hours=TradingHours("XNYS"),
    )  # fmt: skip
    rows = ["| breaker | trips when | refusals say | lets go |", "|---|---|---|---|"]
    rows += [
        f"| `{name}` | {MEANINGS[name]} | `{breaker.code.value}` | {_ends(breaker)} |"
        for name, breaker in breakers_of(everything).items()
    ]
    return "\n".join(rows)


def _ends(breaker: Breaker) -> str:
    if breaker.latches:
        return "by an operator's reset alone"
    if breaker.name in ("account_daily", "daily_loss"):
        return "with the next day"
    if breaker.name == "trading_hours":
        return "with the next session"
    return "by itself" if breaker.can_reset else "by itself, with the equity"
