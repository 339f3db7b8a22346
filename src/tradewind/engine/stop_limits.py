"""Watches stops with a limit: one that was triggered and does not fill in time goes out at the market.

A stop-limit can be jumped by a gap beyond trigger and limit, and then protects nothing. So many seconds after its
trigger it is taken back, and what it leaves of the position is closed. All that is kept are timers, so a restart, a
replay and a follower need nothing more: one for the wait, one as long as the cancel is under way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tradewind.domain import events as ev
from tradewind.domain.commands import CancelTimer, SetTimer
from tradewind.domain.ids import EXTERNAL, ClientOrderId, TimerId
from tradewind.domain.money import ZERO
from tradewind.domain.order import OrderType, Purpose, Side
from tradewind.domain.signal import CancelIntent, OrderIntent
from tradewind.domain.time import NS_PER_SECOND
from tradewind.engine.breaker_routes import then
from tradewind.engine.emergency import leaving
from tradewind.engine.shutdown import parts

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.time import TimeNs
    from tradewind.engine.engine import Engine
    from tradewind.execution.orders import Order

WAITS, LEAVES = "/stop-limit/", "/stop-limit-out/"
"""Timers of an order: until it is taken back, and until its end is known."""
_ENDS = (ev.OrderCancelled, ev.OrderExpired)


def watch_stop_limits(engine: Engine, routes: dict[type, Any]) -> None:
    """Watch them, where a session asks for it."""
    parameters = engine.settings.limits.parameters
    seconds = None if parameters is None else parameters.stop_limit_seconds
    if seconds is None:
        return
    watch = StopLimits(engine, seconds * NS_PER_SECOND)
    routes[ev.OrderTriggered] = then(routes[ev.OrderTriggered], watch.triggered)
    routes[ev.TimerFired] = then(routes[ev.TimerFired], watch.fired)
    for kind in _ENDS:
        routes[kind] = then(routes[kind], watch.ended)


class StopLimits:
    """Takes back the stops of one session that were triggered and did not fill."""

    def __init__(self, engine: Engine, wait_ns: TimeNs) -> None:
        self._engine = engine
        self._wait_ns = wait_ns

    def triggered(self, event: ev.OrderTriggered) -> None:
        """Begin to wait for the fill of a stop that has a limit and protects a position."""
        order = self._engine.orders.by_id.get(event.order)
        if order is None or order.is_closed or order.spec.strategy == EXTERNAL:
            return
        if order.spec.type is OrderType.STOP_LIMIT and order.spec.protects:
            self._set(WAITS, event.order, event.ts_recv)

    def fired(self, event: ev.TimerFired) -> None:
        """Take back one that is still there; ask again as long as its end is not known."""
        prefix = next((each for each in (WAITS, LEAVES) if event.timer.startswith(each)), "")
        order = self._engine.orders.by_id.get(ClientOrderId(event.timer[len(prefix) :])) if prefix else None
        if order is None:
            return
        if order.is_closed:
            if prefix == LEAVES:  # its end came before its last executions were told
                self._close(order)
            return
        self._engine.words.append(CancelIntent(order.spec.strategy, order.spec.id))
        self._set(LEAVES, order.spec.id, event.ts_recv)

    def ended(self, event: ev.OrderCancelled | ev.OrderExpired) -> None:
        """Close at the market what one leaves of the position that was taken back here."""
        engine, timer = self._engine, TimerId(f"{LEAVES}{event.order}")
        order = engine.orders.by_id.get(event.order)
        if order is None or not order.is_closed or timer not in engine.timers:
            return  # one whose end counts more executions than are told waits for them, and for its timer
        engine.words.append(CancelTimer(timer))
        self._close(order)

    def _close(self, order: Order) -> None:
        engine, spec = self._engine, order.spec
        instrument = engine.portfolio.instruments[spec.instrument]
        left = self._left(order)
        for part in parts(left, instrument) if left >= instrument.lot else ():
            engine.words.append(
                OrderIntent(
                    id=engine.ids.next(), strategy=spec.strategy, instrument=spec.instrument, side=spec.side,
                    quantity=part, reduce_only=True, purpose=Purpose.PROTECTION,
                )
            )  # fmt: skip

    def _left(self, order: Order) -> Decimal:
        """Return how much of the position the order would have closed and nothing else does."""
        spec = order.spec
        quantity = self._engine.portfolio.position(spec.instrument, spec.strategy).quantity
        held = quantity if spec.side is Side.SELL else -quantity
        rest = held - leaving(self._engine.orders, spec.strategy, spec.instrument)
        return max(min(spec.quantity - order.filled, rest), ZERO)

    def _set(self, prefix: str, order: ClientOrderId, now: TimeNs) -> None:
        self._engine.words.append(SetTimer(TimerId(f"{prefix}{order}"), now + self._wait_ns))
