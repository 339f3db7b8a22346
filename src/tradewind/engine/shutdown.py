"""What the engine itself wishes for when a session or a strategy ends: orders taken back, positions closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.order import Purpose, Side
from tradewind.domain.signal import CancelIntent, OrderIntent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tradewind.domain.control import StopRequested
    from tradewind.domain.ids import StrategyId
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


def _protects(order: Order) -> bool:
    return order.spec.reduce_only or order.spec.parent is not None
