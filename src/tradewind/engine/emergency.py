"""What the engine wishes for when everything is to end at once: every order back, every position closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from tradewind.domain.money import ZERO
from tradewind.domain.order import Purpose
from tradewind.domain.signal import CancelIntent
from tradewind.engine.shutdown import closes, protects

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from decimal import Decimal

    from tradewind.domain.ids import InstrumentId, StrategyId
    from tradewind.domain.signal import OrderIntent
    from tradewind.execution.order_ids import OrderIds
    from tradewind.execution.orders import Order, Orders
    from tradewind.portfolio.portfolio import Portfolio


_CLOSE_ALL = frozenset((Purpose.OPERATOR, Purpose.BREAKER))


def all_orders(
    orders: Orders, instrument: InstrumentId | None = None, strategy: StrategyId | None = None, *, entries: bool = False
) -> list[CancelIntent]:
    """Return the cancels of all open orders, or of `entries` alone; what closes at the market is left to do so."""
    return [
        CancelIntent(order.spec.strategy, order.spec.id)
        for order in orders.open(instrument, strategy)
        if not (order.is_unwanted or _closes_now(order) or (entries and protects(order)))
    ]


def way_out(
    orders: Orders, portfolio: Portfolio, ids: OrderIds, purpose: Purpose = Purpose.OPERATOR
) -> Iterator[OrderIntent]:
    """Yield the market orders that close every position, less what is on its way out already."""
    for strategy, instrument in sorted(portfolio.positions):
        wishes = closes(strategy, instrument, portfolio, ids, purpose)
        yield from less(wishes, leaving(orders, strategy, instrument))


def less(wishes: Iterable[OrderIntent], gone: Decimal) -> Iterator[OrderIntent]:
    """Yield orders that close a position, less what is on its way out of it already."""
    for wish in wishes:
        assert wish.quantity is not None
        taken = min(gone, wish.quantity)
        gone -= taken
        if wish.quantity > taken:
            yield replace(wish, quantity=wish.quantity - taken)


def leaving(orders: Orders, strategy: StrategyId, instrument: InstrumentId) -> Decimal:
    """Return how much of a position closes at this moment, by orders that have no end yet, unknown ones too."""
    return sum((order.open_quantity for order in orders.open(instrument, strategy) if _closes_now(order)), ZERO)


def _closes_now(order: Order) -> bool:
    return order.spec.purpose in _CLOSE_ALL and order.spec.trades_at_once and order.spec.reduce_only
