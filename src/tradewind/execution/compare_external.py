"""Orders and trades on the account that are not in our books, for `reconcile.py`.

An id is in our books before the request leaves, so one that we do not know was never on its way from us.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.corrections import OrderAdopted
from tradewind.domain.ids import EXTERNAL, TradeId
from tradewind.domain.money import ZERO
from tradewind.domain.order import OrderSpec, OrderType
from tradewind.domain.order_events import OrderCancelled
from tradewind.domain.reconciliation import Discrepancy, Kind, Severity, Strangers
from tradewind.execution.compare_charges import forced_trades
from tradewind.execution.comparison import Found, id_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from tradewind.domain.account import VenueOrder
    from tradewind.domain.events import AccountSnapshot, OrderFilled
    from tradewind.execution.comparison import Ours, Reconciliation


def strangers_of(ours: Ours, theirs: AccountSnapshot, settings: Reconciliation) -> Iterator[Found]:
    """Yield orders that we never had: those that rest, and as far as they are adopted those that were executed."""
    for other in theirs.orders or ():
        if other.order not in ours.orders.by_id:
            wish = settings.orphans if ours.names(other.order) else settings.external
            yield _stranger(ours, theirs, settings, other, wish)
    if settings.external is Strangers.ADOPT:
        forced = forced_trades(theirs)
        for other in theirs.ended or ():
            # One of our own that ended so long ago that we have forgotten it was booked when it did.
            fills = () if other.order in ours.orders.by_id or ours.names(other.order) else _fills(theirs, other)
            # What the venue closed by force is an order of its own in its lists, and was booked as what it is.
            names = {(other.instrument, fill.trade_id) for fill in fills}
            if fills and not names & forced and not any(ours.is_liquidation(*name) for name in names):
                yield _stranger(ours, theirs, settings, other, settings.external, has_ended=True)


def trades_of(strangers: list[Found]) -> Iterator[tuple[OrderSpec, Decimal]]:
    """Yield what is about to be booked of them."""
    for each in strangers:
        if isinstance(each.cure, OrderAdopted) and each.is_certain:
            for event in each.then:
                quantity = getattr(event, "quantity", None)
                if quantity is not None:
                    yield each.cure.order, quantity


def _stranger(  # noqa: PLR0913 - both sides, and what is wished for one order of them
    ours: Ours,
    theirs: AccountSnapshot,
    settings: Reconciliation,
    other: VenueOrder,
    wish: Strangers,
    *,
    has_ended: bool = False,
) -> Found:
    name, left = other.order, other.quantity - other.filled
    what = Discrepancy(Kind.ORPHANED_BROKER, Severity.CRITICAL, name, None, other.filled if has_ended else left)
    kind = _type(other) or (OrderType.MARKET if has_ended else None)
    if wish is Strangers.REPORT or kind is None or other.instrument not in ours.instruments:
        return Found(what, what.kind, settings.confirm_after_ns, None, is_fact=True)
    fills = _fills(theirs, other)
    told = sum((fill.quantity for fill in fills), ZERO)
    spec = OrderSpec(
        name, EXTERNAL, other.instrument, other.side, kind, other.quantity, price=other.price, trigger=other.trigger,
        reduce_only=other.reduce_only,
    )  # fmt: skip
    adopted = OrderAdopted(TradeId(""), spec, other.venue_order, other.filled - told, theirs.ts_recv)
    adopted = msgspec.structs.replace(adopted, id=TradeId(id_of("adj", adopted)))
    then: list[OrderFilled | OrderCancelled] = list(fills)
    if has_ended and left > 0:
        then.append(OrderCancelled(name, "it had ended at the venue", theirs.ts_venue, theirs.ts_recv))
    return Found(
        what, what.kind, settings.confirm_after_ns, adopted, is_fact=True, then=tuple(then), is_certain=bool(fills),
        waits=theirs.fills is None and bool(other.filled),
    )  # fmt: skip


def _fills(theirs: AccountSnapshot, other: VenueOrder) -> list[OrderFilled]:
    found = {fill.trade_id: fill for fill in theirs.fills or () if fill.order == other.order}
    return [msgspec.structs.replace(fill, ts_recv=theirs.ts_recv) for fill in found.values()]


def _type(other: VenueOrder) -> OrderType | None:
    """Return an order's type, by its prices if the venue does not say; None if it has none that we could value."""
    if other.price is None and other.trigger is None:
        return None
    if other.type is not None:
        return other.type
    if other.trigger is None:
        return OrderType.LIMIT
    return OrderType.STOP if other.price is None else OrderType.STOP_LIMIT
