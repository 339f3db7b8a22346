"""Orders and fills against the venue's, for `reconcile.py`."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.events import OrderAccepted, OrderFilled, OutcomeUnknown
from tradewind.domain.reconciliation import Discrepancy, Kind, Severity
from tradewind.execution.comparison import Found, Slack
from tradewind.execution.lifecycle import OrderState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tradewind.domain.account import VenueOrder
    from tradewind.domain.events import AccountSnapshot
    from tradewind.domain.ids import InstrumentId
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
        if name in ours.orders.doubts:
            continue  # it is being asked about
        what = _order(ours.orders, order, listed.get(name))
        if what is None:
            continue
        under_way = order.state in _UNDER_WAY or bool(order.amending)
        wait = max(settings.grace_ns, settings.confirm_after_ns) if under_way else settings.confirm_after_ns
        cure = OutcomeUnknown(name, f"reconciliation: {what.kind.value}", theirs.ts_recv)
        yield Found(what, (what, order.state), wait, cure, is_fact=True)
    for name, other in listed.items():
        if name not in ours.orders.living:
            known = ours.orders.by_id.get(name)
            what = Discrepancy(Kind.ORPHANED_BROKER, Severity.CRITICAL, name, None, other.quantity - other.filled)
            lives = known is not None and known.state is OrderState.REJECTED
            alive = OrderAccepted(name, other.venue_order, theirs.ts_venue, theirs.ts_recv) if lives else None
            yield Found(what, what.kind, settings.confirm_after_ns, alive, is_fact=True)


def _order(orders: Orders, order: Order, other: VenueOrder | None) -> Discrepancy | None:
    """Compare one of our orders with the venue's; None if it is the same."""
    name, spec = order.spec.id, order.spec
    asleep = order.state is OrderState.ASLEEP
    if other is None:
        if asleep and spec.parent in orders.living:
            return None  # not every venue lists what sleeps
        return Discrepancy(Kind.ORPHANED_LOCAL, Severity.MODERATE, name, order.open_quantity)
    if other.filled != order.filled:
        return Discrepancy(Kind.FILLED_MISMATCH, Severity.MODERATE, name, order.filled, other.filled)
    if order.state is OrderState.IN_FLIGHT or (asleep and other.venue_order):
        return Discrepancy(Kind.STATUS_MISMATCH, Severity.MINOR, name)
    if (other.quantity, other.price) != (spec.quantity, spec.price) or order.amending:
        return Discrepancy(Kind.STATUS_MISMATCH, Severity.MINOR, name, spec.quantity, other.quantity)
    return None


def moving(ours: Ours, missed: list[OrderFilled], orders: list[Found]) -> Mapping[InstrumentId, Slack]:
    """Return by how much the positions may differ because of what is under way."""
    down: defaultdict[InstrumentId, Decimal] = defaultdict(Decimal)
    up: defaultdict[InstrumentId, Decimal] = defaultdict(Decimal)
    asked = {each.what.subject for each in orders}
    for name, order in ours.orders.living.items():
        if order.state in _UNDER_WAY or name in ours.orders.doubts or name in asked:
            (up if order.spec.side.sign > 0 else down)[order.spec.instrument] += order.open_quantity
    for fill in missed:
        spec = ours.orders.by_id[fill.order].spec
        (up if spec.side.sign > 0 else down)[spec.instrument] += fill.quantity
    return {name: Slack(down[name], up[name]) for name in [*down, *(name for name in up if name not in down)]}
