"""The figures of `status`: what the account is worth, how far it is from its limits, and when it last decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tradewind.domain.money import plain
from tradewind.domain.time import NS_PER_MINUTE, NS_PER_SECOND

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.app.control.desk import Desk
    from tradewind.engine.engine import Engine


def money(engine: Engine) -> dict[str, Any]:
    """Return equity with what is known of it, and how far it lies below its peak and the day's start, as fractions.

    Peak and day are kept by the breakers; in a session without any they are not known.
    """
    watch = engine.breakers
    if watch is None:
        equity = engine.view.equity()
        state, worth = ("unknown" if equity is None else "known"), None
    else:
        known, equity = watch.equity.look(engine.view.now)
        state, worth = known.value, watch.board.worth
    return {
        "equity": _told(equity),
        "equity_state": state,
        "drawdown": None if worth is None else _below(worth.peak, equity),
        "daily_loss": None if worth is None else _below(worth.baseline, equity),
    }


def limits_used(engine: Engine) -> dict[str, dict[str, str | None]]:
    """Return each limit of the whole session that is set, with how much of it is used; None if that is unknown."""
    limits, view, risk = engine.risk.limits, engine.view, engine.risk
    gross, equity = view.gross_exposure(), view.equity()
    leverage = None if gross is None or not equity else gross / equity
    sent = sum(1 for at in risk.sent_lately if at > view.now - NS_PER_MINUTE)
    held = sum(1 for position in engine.portfolio.totals.values() if not position.is_flat)
    parameters = limits.parameters
    found: list[tuple[str, Decimal | int | None, Decimal | int | None]] = [
        ("max_gross_value", limits.gross_value_max, gross),
        ("max_leverage", limits.leverage_max, leverage),
        ("max_orders_per_minute", limits.orders_per_minute_max, sent),
        ("max_concurrent_positions", None if parameters is None else parameters.max_concurrent_positions, held),
        ("max_total_exposure", None if parameters is None else parameters.max_total_exposure, leverage),
    ]
    return {
        name: {"limit": str(limit), "used": None if used is None else str(round(used, 6))}
        for name, limit, used in found
        if limit is not None
    }


def conduct(desk: Desk) -> dict[str, Any]:
    """Return how the session goes: its heartbeat, how long it runs, what it has sent, and what it last decided."""
    counts, alerts = desk.counts, desk.run.alerts
    decided = counts.decided_at
    return {
        "heartbeat_age_seconds": round(desk.run.supervision.supervisor.silent_seconds, 3),
        "uptime_seconds": round(desk.uptime_seconds, 3),
        "orders_submitted": counts.submitted,
        "last_decision": counts.decided or None,
        "last_decision_age_seconds": None if decided is None else (desk.engine.view.now - decided) / NS_PER_SECOND,
        "alerts": None
        if alerts is None
        else {"sent": alerts.sent, "waiting": alerts.unsent, "not_delivered": alerts.given_up},
    }


def _below(top: Decimal | None, equity: Decimal | None) -> str | None:
    """Return how far equity lies below something, as a fraction; not below zero."""
    if top is None or equity is None or top <= 0:
        return None
    return plain(max(round((top - equity) / top, 6), top * 0))


def _told(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)
