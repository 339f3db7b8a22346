"""What the engine itself wishes for when a session, a strategy or a position ends: cancels and closes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.order import Purpose, Side
from tradewind.domain.signal import CancelIntent, OrderIntent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tradewind.domain.control import StopRequested
    from tradewind.domain.fill import Fill
    from tradewind.domain.ids import ClientOrderId, StrategyId
    from tradewind.domain.signal import Intent
    from tradewind.execution.orders import Order, OrderIds, Orders
    from tradewind.portfolio.portfolio import Portfolio


def last_wishes(event: StopRequested, orders: Orders, portfolio: Portfolio, ids: OrderIds) -> Iterator[Intent]:
    """Yield the cancels and closes that the stop asks for; protective orders stay unless all are to go."""
    flat = event.flatten
    for order in orders.open():
        if event.cancel == "all" or flat or (event.cancel == "entries" and not _protects(order)):
            yield CancelIntent(order.spec.strategy, order.spec.id)
    for (strategy, instrument), position in portfolio.positions.items():
        if flat and not position.is_flat:
            yield OrderIntent(
                id=ids.next(),
                strategy=strategy,
                instrument=instrument,
                side=Side.SELL if position.quantity > 0 else Side.BUY,
                quantity=portfolio.instruments[instrument].quantity(abs(position.quantity)),
                reduce_only=True,
                purpose=Purpose.EXIT,
                tag="shutdown",
            )


def entries_of(strategy: StrategyId, orders: Orders) -> list[CancelIntent]:
    """Return the cancels of what a held strategy has resting: nobody would watch over a fill; its exits stay."""
    return [CancelIntent(strategy, order.spec.id) for order in orders.open(None, strategy) if not _protects(order)]


def exits_left(fill: Fill, orders: Orders, portfolio: Portfolio) -> list[CancelIntent]:
    """Return the cancels of attached exits that have nothing left to close, when something else closed the position."""
    closed_by = orders.by_id[fill.order].spec
    if closed_by.parent is not None or not portfolio.position(fill.instrument, fill.strategy).is_flat:
        return []  # among themselves exits are settled by the venue
    left = [order.spec for order in orders.open(fill.instrument, fill.strategy) if order.spec.parent is not None]
    return [CancelIntent(spec.strategy, spec.id) for spec in left if _has_ended(orders, spec.parent)]


def _has_ended(orders: Orders, order: ClientOrderId | None) -> bool:
    """Tell whether an entry can open no more; one that was forgotten has ended long ago."""
    entry = None if order is None else orders.by_id.get(order)
    return entry is None or entry.is_closed


def _protects(order: Order) -> bool:
    return order.spec.reduce_only or order.spec.parent is not None
