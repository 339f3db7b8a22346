"""Orders and fills against the venue's, for `reconcile.py`."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.events import OrderAccepted, OrderCancelled, OrderFilled, OutcomeUnknown
from tradewind.domain.ids import EXTERNAL
from tradewind.domain.money import ZERO
from tradewind.domain.order import OrderType
from tradewind.domain.reconciliation import Discrepancy, Kind, Severity
from tradewind.execution.comparison import Found, Slack
from tradewind.execution.lifecycle import OrderState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tradewind.domain.account import VenueOrder
    from tradewind.domain.events import AccountSnapshot, PositionLiquidated
    from tradewind.domain.ids import ClientOrderId, InstrumentId
    from tradewind.domain.order import OrderSpec
    from tradewind.domain.time import TimeNs
    from tradewind.execution.comparison import Ours, Reconciliation
    from tradewind.execution.orders import Order, Orders

_UNDER_WAY = (OrderState.IN_FLIGHT, OrderState.CANCELLING)


def missed_fills(orders: Orders, theirs: AccountSnapshot) -> Iterator[OrderFilled]:
    """Yield the executions of our orders that nobody told us of; they come as if they had come in time."""
    seen = set()
    for fill in theirs.fills or ():
        order = orders.by_id.get(fill.order)
        if order is not None and fill.trade_id not in order.trade_ids and (fill.order, fill.trade_id) not in seen:
            seen.add((fill.order, fill.trade_id))
            yield msgspec.structs.replace(fill, ts_recv=theirs.ts_recv)


def orders_of(ours: Ours, theirs: AccountSnapshot, settings: Reconciliation) -> Iterator[Found]:
    """Compare the orders that live with those that rest at the venue, but for those that are being asked about."""
    if theirs.orders is None:
        return
    listed = {order.order: order for order in theirs.orders}
    for name, order in ours.orders.living.items():
        doubt = ours.orders.doubts.get(name)
        if doubt is not None:
            if doubt.is_forgotten and name not in listed and theirs.fills is not None:
                yield _forgotten(order, theirs, settings)
            continue  # it is being asked about
        what = _order(ours, order, listed.get(name))
        under_way = order.state in _UNDER_WAY or bool(order.amending)
        if not under_way and _is_bare(order, listed.get(name), theirs):
            what = Discrepancy(Kind.UNPROTECTED, Severity.CRITICAL, name, order.open_quantity)
            yield _asked(what, order, settings.exit_after_ns, theirs)
            continue
        if what is None:
            continue
        wait = max(settings.grace_ns, settings.confirm_after_ns) if under_way else settings.confirm_after_ns
        yield _asked(what, order, wait, theirs)
    yield from _risen(ours.orders, listed, theirs, settings)


def _asked(what: Discrepancy, order: Order, wait_ns: TimeNs, theirs: AccountSnapshot) -> Found:
    """Return a difference of an order that the venue is asked about: never guess that one has ended."""
    cure = OutcomeUnknown(order.spec.id, f"reconciliation: {what.kind.value}", theirs.ts_recv)
    return Found(what, (what, order.state), wait_ns, cure, is_fact=True)


def _risen(
    orders: Orders, listed: Mapping[ClientOrderId, VenueOrder], theirs: AccountSnapshot, settings: Reconciliation
) -> Iterator[Found]:
    """Yield the orders that have ended in our books and rest at the venue all the same."""
    for name, other in listed.items():
        known = orders.by_id.get(name)
        if known is not None and name not in orders.living:
            what = Discrepancy(Kind.ORPHANED_BROKER, Severity.CRITICAL, name, None, other.quantity - other.filled)
            lives = known.state is OrderState.REJECTED
            alive = OrderAccepted(name, other.venue_order, theirs.ts_venue, theirs.ts_recv) if lives else None
            yield Found(what, what.kind, settings.confirm_after_ns, alive, is_fact=True)


def _forgotten(order: Order, theirs: AccountSnapshot, settings: Reconciliation) -> Found:
    """Return the end of an order that the venue had and knows of no more: venues forget what has ended, alone.

    What it has executed stands in the same snapshot, and is booked before.
    """
    name = order.spec.id
    what = Discrepancy(Kind.ORPHANED_LOCAL, Severity.MODERATE, name, order.open_quantity)
    over = OrderCancelled(name, "the venue knows of it no more", theirs.ts_venue, theirs.ts_recv, order.filled)
    return Found(what, (what, order.state), settings.confirm_after_ns, over, is_fact=True)


def _is_bare(order: Order, other: VenueOrder | None, theirs: AccountSnapshot) -> bool:
    """Tell whether a stop of ours is not there as it should be, while the venue has the position that it protects.

    What somebody else has placed is theirs to end. Where an execution has not been told, it may have been the
    stop's: that comes first.
    """
    spec = order.spec
    if (
        not spec.protects
        or spec.strategy == EXTERNAL
        or order.state is not OrderState.OPEN
        or not theirs.positions
        or theirs.fills is None
    ):
        return False
    held = next((each.quantity for each in theirs.positions if each.instrument == spec.instrument), ZERO)
    if held * spec.side.sign >= 0 or any(fill.order == spec.id for fill in theirs.fills):
        return False
    if other is None:
        return True
    is_moved = spec.type is not OrderType.TRAILING_STOP and other.trigger != spec.trigger
    return other.side is not spec.side or other.quantity != spec.quantity or is_moved


def _order(ours: Ours, order: Order, other: VenueOrder | None) -> Discrepancy | None:
    """Compare one of our orders with the venue's; None if it is the same."""
    name, spec = order.spec.id, order.spec
    asleep = order.state is OrderState.ASLEEP
    if other is None:
        waits = spec.parent is None or (ours.exits_here and spec.after_ns is not None)
        if asleep and (waits or spec.parent in ours.orders.living):
            return None  # it waits here to be confirmed, or for its time; and not every venue lists what sleeps
        return Discrepancy(Kind.ORPHANED_LOCAL, Severity.MODERATE, name, order.open_quantity)
    if other.filled != order.filled:
        return Discrepancy(Kind.FILLED_MISMATCH, Severity.MODERATE, name, order.filled, other.filled)
    if order.state in _UNDER_WAY or (asleep and other.venue_order):
        # A cancel too: one that died with its process before it left would be waited for, for ever.
        return Discrepancy(Kind.STATUS_MISMATCH, Severity.MINOR, name)
    if (other.quantity, other.price) != (spec.quantity, spec.price) or order.amending:
        return Discrepancy(Kind.STATUS_MISMATCH, Severity.MINOR, name, spec.quantity, other.quantity)
    return None


def moving(
    ours: Ours, trades: Iterable[tuple[OrderSpec | PositionLiquidated, Decimal]], orders: list[Found]
) -> Mapping[InstrumentId, Slack]:
    """Return by how much the positions may differ because of what is under way."""
    down: defaultdict[InstrumentId, Decimal] = defaultdict(Decimal)
    up: defaultdict[InstrumentId, Decimal] = defaultdict(Decimal)
    asked = {each.what.subject for each in orders}
    for name, order in ours.orders.living.items():
        if order.state in _UNDER_WAY or name in ours.orders.doubts or name in asked:
            (up if order.spec.side.sign > 0 else down)[order.spec.instrument] += order.open_quantity
    for spec, quantity in trades:
        (up if spec.side.sign > 0 else down)[spec.instrument] += quantity
    return {name: Slack(down[name], up[name]) for name in [*down, *(name for name in up if name not in down)]}
