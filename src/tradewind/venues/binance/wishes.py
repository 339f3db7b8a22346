"""Effects as requests, and what must be remembered of them: names by number, orders that may yet be amended. Pure.

Here are those of spot; what USD-M has otherwise is in `usdm_wishes.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import msgspec

from tradewind.domain import events as ev
from tradewind.domain.commands import AmendOrder, CancelOrder, PlaceExits, QueryAccount, QueryOrder, SubmitOrder
from tradewind.domain.errors import VenueRefused
from tradewind.domain.ids import ClientOrderId, VenueOrderId
from tradewind.domain.time import NS_PER_MS
from tradewind.venues.binance.answers import answer_of
from tradewind.venues.binance.errands import Errand
from tradewind.venues.binance.filters import Known, check
from tradewind.venues.binance.listing import Listing, forget
from tradewind.venues.binance.looks import AccountLook, OrderLook
from tradewind.venues.binance.order_lists import OrderList, accepted, is_pair, order_list
from tradewind.venues.binance.parse_account import read_event
from tradewind.venues.binance.parse_rest import name_of
from tradewind.venues.binance.product import Product
from tradewind.venues.binance.requests import amended, draft_of, named, new_order
from tradewind.venues.binance.terms import Terms
from tradewind.venues.binance.wire_rest import Order

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.order import OrderSpec
    from tradewind.domain.time import TimeNs
    from tradewind.venues.binance.heard import Heard
    from tradewind.venues.binance.holdings import Holdings
    from tradewind.venues.binance.replies import Wish
    from tradewind.venues.binance.requests import Params


_NOTHING_KNOWN = Known()


class Wishes:
    """What an account of spot is asked for."""

    product = Product.SPOT

    def __init__(self, listings: Mapping[InstrumentId, Listing], holdings: Holdings) -> None:
        self._terms = Terms(self.product, listings)
        self._listings = self._terms.listings
        self._holdings = holdings
        self._names: dict[int, ClientOrderId] = {}
        self._specs: dict[ClientOrderId, OrderSpec] = {}
        self._amended: dict[ClientOrderId, tuple[Decimal, Decimal | None]] = {}
        """The quantity and price that we last asked for: the stream repeats what the answer tells."""

    def errands_of(self, wish: Wish, now: TimeNs, *, quiet: bool = False) -> list[Errand]:
        """Return the requests that an effect begins with; raise `VenueRefused` for what cannot be asked.

        A `quiet` question for an order is ours alone: its answer brings executions and ends, and ends no inquiry.
        """
        match wish:
            case SubmitOrder():
                return [self._placing(wish, now)]
            case PlaceExits():
                return [self._pair(wish, now)]
            case CancelOrder():
                return [self._cancelling(wish)]
            case AmendOrder():
                return [self._amending(wish)]
            case QueryOrder():
                return _begun(self._order_look(wish, quiet=quiet))
            case QueryAccount():
                return _begun(self._account_look(wish))
            case _:
                assert_never(wish)

    def parts_of(self, wish: Wish) -> list[Wish]:
        """Return what leaves by itself of a wish: stop and target are one list of spot's, as both need the coins."""
        if not isinstance(wish, PlaceExits) or self._is_pair(wish):
            return [wish]
        return [SubmitOrder(msgspec.structs.replace(spec, oco=None)) for spec in wish.orders]

    def _is_pair(self, wish: PlaceExits) -> bool:
        return is_pair(wish.orders)

    def _pair(self, wish: PlaceExits, now: TimeNs) -> Errand:
        listing = self._listing(wish.orders[0].instrument)
        params = order_list(wish.orders, listing.symbol)
        for spec in wish.orders:
            alone = msgspec.structs.replace(spec, oco=None)
            self._check(alone, new_order(alone, listing.symbol, Product.SPOT, now), listing)
        return Errand("orderList.place.oco", params, wish, protective=True)

    def read(self, frame: bytes | msgspec.Raw, now: TimeNs) -> Heard:
        """Return what an event of the account's stream says."""
        return read_event(msgspec.Raw(frame), now)

    def after(self, look: str, now: TimeNs) -> list[Errand]:  # noqa: ARG002 - of USD-M alone
        """Return what there is to ask after an event that does not tell all."""
        return []

    def on_stream(self, now: TimeNs) -> list[Errand]:  # noqa: ARG002 - of USD-M alone
        """Return what there is to ask when the account's stream has opened."""
        return []

    def compare_terms(self, now: TimeNs) -> list[Errand]:
        """Ask in which steps our symbols are traded now."""
        return [Errand(method, params, self._terms) for method, params in self._terms.begin(now)]

    def seen(self, events: tuple[ev.Event, ...]) -> tuple[ev.Event, ...]:
        """Take what the stream tells; return it without what only repeats the answer to an amendment of ours."""
        for each in events:
            if isinstance(each, ev.OrderAccepted) and each.venue_order.isdecimal():
                self.name(int(each.venue_order), each.order)
            elif isinstance(each, ev.BalanceTransferred):
                self._holdings.transferred(each)
        self.paid(events)
        return tuple(each for each in events if not self._is_repeated(each))

    def paid(self, events: tuple[ev.Event, ...]) -> None:
        """Take the fees of executions, whoever tells of them."""
        for each in events:
            if isinstance(each, ev.OrderFilled):
                self._holdings.paid(each)

    def done(self, wish: Wish, method: str, body: bytes, now: TimeNs) -> tuple[ev.Event, ...]:
        """Return what the answer to a request that changes something says; raise `VenueProtocolError` if nothing."""
        match wish:
            case SubmitOrder():
                return (self._accepted(wish, method, body, now),)
            case PlaceExits():
                return tuple(accepted(answer_of(body, OrderList), self.name, now))
            case CancelOrder():
                return (ev.OrderCancelled(wish.order, "cancelled", now, now),)
            case AmendOrder():
                return (self._changed(wish, now),)
            case QueryOrder() | QueryAccount():
                raise AssertionError(f"a question has an answer of its own: {wish}")

    def _accepted(self, wish: SubmitOrder, method: str, body: bytes, now: TimeNs) -> ev.OrderAccepted:  # noqa: ARG002
        order = answer_of(body, Order)
        self.name(order.order_id, name_of(order))
        at = (order.transact_time or order.update_time) * NS_PER_MS or now
        return ev.OrderAccepted(wish.order.id, VenueOrderId(str(order.order_id)), at, now)

    def _is_repeated(self, event: ev.Event) -> bool:
        asked = self._amended.get(event.order) if isinstance(event, ev.OrderAmended) else None
        if asked is None or not isinstance(event, ev.OrderAmended):
            return False
        return asked[0] == event.quantity and (self.product is Product.SPOT or asked[1] == event.price)

    def _changed(self, wish: AmendOrder, now: TimeNs) -> ev.OrderAmended:
        spec = self._specs[wish.order]
        quantity = spec.quantity if wish.quantity is None else wish.quantity
        price = spec.price if wish.price is None else wish.price
        self._specs[wish.order] = msgspec.structs.replace(spec, quantity=quantity, price=price)
        return ev.OrderAmended(wish.order, quantity, price, spec.trigger, now, now, wish.number)

    def name(self, number: int, name: ClientOrderId) -> None:
        """Note what we call an order of the venue's."""
        self._names[number] = name
        forget(self._names)

    def look_behind(self, wish: CancelOrder) -> list[Errand]:
        """Return the questions for an order that is not there to be cancelled: it may have filled a moment before."""
        return _begun(self._order_look(QueryOrder(wish.order, wish.instrument), quiet=True, behind=wish))

    def _order_look(self, wish: QueryOrder, *, quiet: bool, behind: CancelOrder | None = None) -> OrderLook:
        return OrderLook(wish, self._listing(wish.instrument).symbol, quiet=quiet, behind=behind)

    def _account_look(self, wish: QueryAccount) -> AccountLook:
        symbols = [listing.symbol for listing in self._listings.values()]
        return AccountLook(wish, symbols, self._names, self._holdings)

    def _cancelling(self, wish: CancelOrder) -> Errand:
        symbol = self._listing(wish.instrument).symbol
        return Errand("order.cancel", named(wish.order, symbol, self.product), wish, protective=True)

    def _placing(self, wish: SubmitOrder, now: TimeNs) -> Errand:
        spec, listing = wish.order, self._listing(wish.order.instrument)
        params = new_order(spec, listing.symbol, Product.SPOT, now)
        self._check(spec, params, listing)
        return Errand("order.place", params, wish, protective=spec.reduce_only)

    def _check(self, spec: OrderSpec, params: Params, listing: Listing) -> None:
        """Raise `VenueRefused` for an order that breaks a rule of its symbol; keep it otherwise."""
        if listing.order_types and params["type"] not in listing.order_types:
            raise VenueRefused(f"{listing.symbol} takes no orders of type {params['type']}")
        broken = check(listing.rules, draft_of(spec), _NOTHING_KNOWN)
        if broken is not None:
            raise VenueRefused(broken.told())
        self._specs[spec.id] = spec
        forget(self._specs)

    def _amending(self, wish: AmendOrder) -> Errand:
        spec = self._specs.get(wish.order)
        if spec is None:
            raise VenueRefused("the order is not known here any more: cancel it and place another")
        method, params = amended(wish, spec, self._listing(wish.instrument).symbol, self.product)
        quantity = spec.quantity if wish.quantity is None else wish.quantity
        self._amended[wish.order] = (quantity, spec.price if wish.price is None else wish.price)
        forget(self._amended)
        return Errand(method, params, wish, protective=spec.reduce_only)

    def _listing(self, instrument: InstrumentId) -> Listing:
        listing = self._listings.get(instrument)
        if listing is None:
            raise VenueRefused(f"{instrument} is not of this session")
        return listing


def _begun(look: OrderLook | AccountLook) -> list[Errand]:
    return [Errand(method, params, look) for method, params in look.begin()]
