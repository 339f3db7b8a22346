"""Who takes the orders that were approved: the table of orders, or whoever keeps what the venue has no orders for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tradewind.domain.events import OrderEvent, OrderFilled, TimerFired
from tradewind.engine.exits_here import TIMERS_OF_ATTACHED, ExitsHere

if TYPE_CHECKING:
    from tradewind.engine.engine import Engine
    from tradewind.execution.orders import Orders


def desk_of(engine: Engine, routes: dict[type, Any]) -> Orders | ExitsHere:
    """Return who takes orders that were approved; where the venue lacks some, who hears of all of them as well."""
    if not engine.settings.exits_here:
        return engine.orders
    desk = ExitsHere(engine.orders, engine.portfolio, engine.view, engine.words, timers=engine.timers)
    on_order, on_timer = routes[OrderFilled], routes[TimerFired]

    def heard(event: OrderEvent) -> bool:
        on_order(event)
        desk.heard(event.order, event.ts_recv)
        return True

    def fired(event: TimerFired) -> None:
        on_timer(event)
        if event.timer.startswith(TIMERS_OF_ATTACHED):
            desk.fired(event.timer, event.ts_recv)

    routes |= dict.fromkeys(OrderEvent.__args__, heard)
    routes[TimerFired] = fired
    return desk
