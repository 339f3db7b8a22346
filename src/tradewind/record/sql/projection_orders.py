"""Rows of orders and of fills."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.ids import symbol_of
from tradewind.domain.money import ZERO, plain
from tradewind.execution.lifecycle import OrderState
from tradewind.execution.orders import CLOSED_KEPT_MAX
from tradewind.record.sql.changes import stored

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.ids import Asset, ClientOrderId
    from tradewind.domain.time import TimeNs
    from tradewind.execution.orders import Order
    from tradewind.record.recorder.books import Books
    from tradewind.record.recorder.facts import Executed, OrderMoved, Placed
    from tradewind.record.sql.changes import Changes
    from tradewind.record.sql.projection_events import EventRows
    from tradewind.record.sql.projection_names import Names

_GONE = frozenset((OrderState.CANCELLED, OrderState.EXPIRED))
_WITH_REASON = _GONE | {OrderState.REJECTED, OrderState.UNKNOWN}
_CODES = {
    OrderState.ASLEEP: "attached",
    OrderState.IN_FLIGHT: "submitted",
    OrderState.OPEN: "acknowledged",
    OrderState.CANCELLING: "cancel_requested",
    OrderState.UNKNOWN: "outcome_unknown",
    OrderState.FILLED: "filled",
    OrderState.CANCELLED: "cancelled",
    OrderState.EXPIRED: "expired",
    OrderState.REJECTED: "rejected",
}
"""The word of an event by the state that an order has come to."""


class _Track:
    """What is told of an order in its row, and what it does not know itself."""

    __slots__ = ("acknowledged", "cancelled", "executed", "fee", "fee_asset", "filled", "is_mixed", "position", "state")

    def __init__(self) -> None:
        self.acknowledged: TimeNs | None = None
        self.filled: TimeNs | None = None
        self.cancelled: TimeNs | None = None
        self.position: int | None = None
        self.fee: Decimal | None = None
        self.fee_asset: Asset | None = None
        self.is_mixed = False
        self.state: OrderState | None = None
        self.executed: Decimal = ZERO

    def pay(self, fee: Decimal, asset: Asset) -> None:
        """Add a fee; those of several assets have no sum."""
        self.is_mixed = self.is_mixed or self.fee_asset not in (None, asset)
        self.fee = None if self.is_mixed else fee if self.fee is None else self.fee + fee
        self.fee_asset = None if self.is_mixed else asset


class OrderRows:
    """Follows the orders of one session."""

    def __init__(self, names: Names, books: Books, events: EventRows, changes: Changes) -> None:
        self._names = names
        self._events = events
        self._books = books
        self._changes = changes
        self._tracks: dict[ClientOrderId, _Track] = {}

    def moved(self, moved: OrderMoved) -> None:
        """Put the row of an order as it stands."""
        order, placed = moved
        spec, track = order.spec, self._track(order)
        if order.state is OrderState.FILLED:
            track.filled = track.filled or placed.updated_at
        elif order.state in _GONE:
            track.cancelled = track.cancelled or placed.updated_at
        if order.venue_order is not None and track.acknowledged is None:
            track.acknowledged = placed.updated_at
        self._tell(order, track, placed)
        self._changes.put(
            "orders",
            spec.id,
            {
                "client_order_id": spec.id,
                "venue_order_id": order.venue_order,
                "position_id": track.position,
                "purpose": spec.purpose.value,
                "status": order.state.value,
                **self._names.booked(spec.strategy, spec.instrument),
                "side": spec.side.value,
                "type": spec.type.value,
                "tif": spec.tif.value,
                "quantity": stored(spec.quantity),
                "price": stored(spec.price),
                "trigger": stored(spec.trigger),
                "filled_quantity": stored(order.filled),
                "avg_price": stored(order.average_price) if order.filled else None,
                "fee": stored(track.fee),
                "fee_asset": track.fee_asset,
                "reason": placed.reason or None,
                "created": placed.ts,
                "acknowledged": track.acknowledged,
                "filled": track.filled,
                "cancelled": track.cancelled,
                "last_update": placed.updated_at,
                "parent_order_id": spec.parent,
                "tag": spec.tag or None,
            },
        )

    def executed(self, executed: Executed, position: int) -> None:
        """Put the row of a fill; its order is told next, and by then knows of it."""
        fill, spec = executed.fill, executed.spec
        track = self._tracks.get(fill.order)
        if track is not None:
            track.pay(fill.fee, fill.fee_asset)
            track.position = track.position or position
        self._changes.add(
            "fills",
            {
                "order_id": fill.order,
                "venue_trade_id": fill.trade_id,
                "position_id": position,
                **self._names.booked(fill.strategy, fill.instrument),
                "side": fill.side.value,
                "purpose": spec.purpose.value if spec else "liquidation",
                "quantity": stored(fill.quantity),
                "price": stored(fill.price),
                "fee": stored(fill.fee),
                "fee_asset": fill.fee_asset,
                "liquidity": fill.liquidity.value,
                "pnl": stored(executed.profit),
                "pnl_asset": executed.pnl_asset,
                "ts_venue": fill.ts_venue,
                "ts_recv": fill.ts_recv,
            },
        )

    def _tell(self, order: Order, track: _Track, placed: Placed) -> None:
        """Tell of a move of the order, or of a fill that moved nothing."""
        was, now, spec = track.state, order.state, order.spec
        if was is now and order.filled == track.executed:
            return
        code = "partially_filled" if was is now else _CODES[now]
        track.state, track.executed = now, order.filled
        facts = {"was": was, "now": now, "filled": plain(order.filled), "quantity": plain(spec.quantity)}
        why = f": {placed.reason}" if placed.reason and now in _WITH_REASON else ""
        self._events.tell(
            placed.updated_at, "order", code,
            f"{spec.id} {spec.side.value} {plain(spec.quantity)} {symbol_of(spec.instrument)} {code}{why}",
            severity="warning" if now in _WITH_REASON - _GONE else "info", strategy=spec.strategy,
            instrument=spec.instrument, order=spec.id, position=track.position, data=facts,
        )  # fmt: skip

    def _track(self, order: Order) -> _Track:
        name = order.spec.id
        track = self._tracks.get(name)
        if track is None:
            known = self._books.orders.by_id
            if len(self._tracks) > CLOSED_KEPT_MAX + len(known):
                self._tracks = {each: kept for each, kept in self._tracks.items() if each in known}
            track = self._tracks[name] = _Track()
        return track
