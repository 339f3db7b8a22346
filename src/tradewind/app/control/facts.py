"""What a running session is asked for, as plain data: read between two turns, from the engine itself."""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING, Any

from tradewind.app.control.figures import conduct, limits_used, money
from tradewind.domain.money import exact, plain
from tradewind.domain.time import iso
from tradewind.runtime.callbacks import EngineStatus

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.app.control.desk import Desk
    from tradewind.domain.confirmation import ConfirmationAsked
    from tradewind.engine.engine import Engine
    from tradewind.execution.orders import Order


def status(desk: Desk) -> dict[str, Any]:
    """Return how the session stands: mode, holds, equity, what is held and what is open."""
    run, engine = desk.run, desk.engine
    health = run.session.health()
    return {
        "session": run.files.folders.id,
        "version": metadata.version("tradewind"),
        "config_hash": run.files.header.config_hash,
        "account": run.files.header.account,
        "mode": health["mode"],
        "state": run.session.status.value,
        "ready": is_ready(desk),
        "health": health["status"],
        "reasons": health["reasons"],
        "paused": engine.risk.paused,
        "halted": [name or "all" for name in sorted(engine.risk.halted, key=str)],
        "close_only": dict(engine.risk.close_only),
        "cancel_only": dict(engine.risk.cancel_only),
        "breakers": health["breakers"],
        "strategies": sorted(engine.roster.members),
        "held_strategies": sorted(engine.roster.held),
        "now": engine.view.now,
        "seq": engine.seq,
        **money(engine),
        "base_currency": engine.view.base,
        "exposure": _told(engine.view.gross_exposure()),
        "positions": positions(desk),
        "orders_open": len(engine.orders.living),
        "awaiting_confirmation": list(engine.confirming.waiting),
        "links": health["links"],
        "data_age_seconds": health["data_age_seconds"],
        "journal_lag_ms": health["journal_lag_ms"],
        "limits": limits_used(engine),
        **conduct(desk),
    }


def is_ready(desk: Desk) -> bool:
    """Tell whether the session is warmed up, compared with its venue, and running."""
    risk = desk.engine.risk
    return desk.run.session.status is EngineStatus.RUNNING and risk.is_ready and not risk.warming


def positions(desk: Desk) -> list[dict[str, Any]]:
    """Return what each strategy holds, with the stop that the venue has for it, or none."""
    engine = desk.engine
    return [
        _position(engine, str(strategy), instrument, position)
        for (strategy, instrument), position in engine.portfolio.by_name()
        if not position.is_flat
    ]


def orders(desk: Desk) -> list[dict[str, Any]]:
    """Return the orders that are not over, oldest first."""
    waiting = desk.engine.confirming.waiting
    return [_order(order, waiting.get(order.spec.id)) for order in desk.engine.orders.open()]


def breakers(desk: Desk) -> list[dict[str, Any]]:
    """Return where each breaker stands, with what it does; none in a session without breakers."""
    watch = desk.engine.breakers
    if watch is None:
        return []
    return [
        {"breaker": name, "state": breaker.state.value, "action": breaker.action.value, "holds": breaker.holds}
        for name, breaker in watch.board.breakers.items()
    ]


def _position(engine: Engine, strategy: str, instrument: Any, position: Any) -> dict[str, Any]:  # noqa: ANN401
    last = engine.market.last_price(instrument)
    stops = [
        order.spec.trigger for order in engine.orders.open(instrument)
        if order.spec.strategy == strategy and order.spec.protects and order.venue_order is not None
    ]  # fmt: skip
    return {
        "strategy": strategy,
        "instrument": instrument,
        "symbol": engine.portfolio.instruments[instrument].symbol,
        "quantity": plain(position.quantity),
        "average_price": _told(position.average_price),
        "last_price": last,
        "unrealized": None if last is None else plain(position.unrealized(exact(last))),
        "stops_at_the_venue": [_told(stop) for stop in stops] or "NO STOP",
    }


def _order(order: Order, asked: ConfirmationAsked | None) -> dict[str, Any]:
    spec = order.spec
    return {
        "id": spec.id,
        "strategy": spec.strategy,
        "instrument": spec.instrument,
        "side": spec.side.value,
        "type": spec.type.value,
        "quantity": plain(spec.quantity),
        "filled": plain(order.filled),
        "price": _told(spec.price),
        "trigger": _told(spec.trigger),
        "reduce_only": spec.reduce_only,
        "purpose": spec.purpose.value,
        "state": order.state.value if asked is None else "awaits confirmation",
        "confirm_until": None if asked is None else iso(asked.until),
    }


def _told(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)
