"""What the engine itself wishes for when a session, a strategy or a position ends: cancels and closes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.ids import EXTERNAL
from tradewind.domain.money import ZERO
from tradewind.domain.order import OrderType, Purpose, Side
from tradewind.domain.signal import AmendIntent, CancelIntent, OrderIntent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from tradewind.domain.control import StopRequested
    from tradewind.domain.fill import Fill
    from tradewind.domain.ids import ClientOrderId, InstrumentId, StrategyId
    from tradewind.domain.instrument import Instrument
    from tradewind.domain.signal import Intent
    from tradewind.execution.order_ids import OrderIds
    from tradewind.execution.orders import Order, Orders
    from tradewind.portfolio.portfolio import Portfolio


def last_wishes(event: StopRequested, orders: Orders, portfolio: Portfolio, ids: OrderIds) -> Iterator[Intent]:
    """Yield the cancels and closes that the stop asks for; protective orders stay unless all are to go.

    What somebody else has on the account is not ours to end.
    """
    flat = event.flatten
    for order in orders.open():
        wanted = event.cancel == "all" or flat or (event.cancel == "entries" and not protects(order))
        if wanted and order.spec.strategy != EXTERNAL:
            yield CancelIntent(order.spec.strategy, order.spec.id)
    for strategy, instrument in sorted(portfolio.positions) if flat else ():
        if strategy != EXTERNAL:
            yield from closes(strategy, instrument, portfolio, ids, Purpose.SHUTDOWN)


def closes(
    strategy: StrategyId, instrument: InstrumentId, portfolio: Portfolio, ids: OrderIds, purpose: Purpose
) -> Iterator[OrderIntent]:
    """Yield the orders that close what one owner holds of an instrument, at the market."""
    position = portfolio.positions.get((strategy, instrument))
    if position is None or position.is_flat:
        return
    for quantity in parts(abs(position.quantity), portfolio.instruments[instrument]):
        yield OrderIntent(
            id=ids.next(),
            strategy=strategy,
            instrument=instrument,
            side=Side.SELL if position.quantity > 0 else Side.BUY,
            quantity=quantity,
            reduce_only=True,
            purpose=purpose,
        )


def parts(quantity: Decimal, instrument: Instrument) -> list[Decimal]:
    """Return a quantity in as few orders as the venue's maximum allows, of nearly equal size: none is a crumb."""
    lots = int(quantity // instrument.lot)
    lots_max = int(instrument.quantity_max // instrument.lot) or lots
    count = -(-lots // lots_max)
    each, more = divmod(lots, count)
    return [(each + (place < more)) * instrument.lot for place in range(count)]


def entries_of(strategy: StrategyId, orders: Orders) -> list[CancelIntent]:
    """Return the cancels of what a held strategy has resting: nobody would watch over a fill; its exits stay."""
    return [CancelIntent(strategy, order.spec.id) for order in orders.open(None, strategy) if not protects(order)]


def exits_left(fill: Fill, orders: Orders, portfolio: Portfolio) -> Iterator[Intent]:
    """Yield what is to become of exits that no longer fit the position after an execution.

    Attached ones have nothing left to close when something else closed the position; among themselves
    they are settled by the venue. Netted ones the venue takes for plain orders, so they are kept within
    the strategy's position here.
    """
    position = portfolio.position(fill.instrument, fill.strategy)
    closed = position.is_flat and orders.by_id[fill.order].spec.parent is None
    for order in orders.open(fill.instrument, fill.strategy):
        spec = order.spec
        if spec.purpose is Purpose.PROTECTION and position.is_flat:
            yield CancelIntent(spec.strategy, spec.id)
        elif spec.parent is not None:
            if closed and _has_ended(orders, spec.parent):
                yield CancelIntent(spec.strategy, spec.id)
        elif spec.netted and spec.type is not OrderType.MARKET:
            instrument = portfolio.instruments[spec.instrument]
            room = max(instrument.quantity(-position.quantity * spec.side.sign), ZERO)
            if room < max(instrument.lot, instrument.quantity_min):
                yield CancelIntent(spec.strategy, spec.id)
            elif order.open_quantity > room and not order.amending:
                yield AmendIntent(spec.strategy, spec.id, order.filled + room)


def _has_ended(orders: Orders, order: ClientOrderId | None) -> bool:
    """Tell whether an entry can open no more; one that was forgotten has ended long ago."""
    entry = None if order is None else orders.by_id.get(order)
    return entry is None or entry.is_closed


def protects(order: Order) -> bool:
    """Tell whether an order can only reduce a position: it is marked so, or is an exit of another one."""
    return order.spec.reduce_only or order.spec.parent is not None
