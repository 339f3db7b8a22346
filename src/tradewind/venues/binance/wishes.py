"""Effects as requests, and what must be remembered of them: names by number, orders that may yet be amended. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, assert_never

import msgspec

from tradewind.domain import events as ev
from tradewind.domain.commands import AmendOrder, CancelOrder, QueryAccount, QueryOrder, SubmitOrder
from tradewind.domain.errors import VenueRefused
from tradewind.venues.binance.errands import Errand
from tradewind.venues.binance.filters import Known, check
from tradewind.venues.binance.looks import AccountLook, OrderLook
from tradewind.venues.binance.product import Product
from tradewind.venues.binance.requests import amended, draft_of, named, new_order

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from tradewind.domain.ids import ClientOrderId, InstrumentId
    from tradewind.domain.order import OrderSpec
    from tradewind.domain.time import TimeNs
    from tradewind.venues.binance.holdings import Holdings
    from tradewind.venues.binance.replies import Wish
    from tradewind.venues.binance.rules import Rules

KEPT_MAX = 10_000


class Listing(NamedTuple):
    """What is traded: Binance's symbol, its rules, and which kinds of orders it takes."""

    symbol: str
    rules: Rules
    order_types: tuple[str, ...] = ()


class Wishes:
    """What an account of spot is asked for."""

    def __init__(self, listings: Mapping[InstrumentId, Listing], holdings: Holdings) -> None:
        self._listings = listings
        self._holdings = holdings
        self._names: dict[int, ClientOrderId] = {}
        self._specs: dict[ClientOrderId, OrderSpec] = {}
        self._amended: dict[ClientOrderId, Decimal] = {}
        """The quantity that we last asked for: the stream repeats what the answer tells."""

    def errands_of(self, wish: Wish) -> list[Errand]:
        """Return the requests that an effect begins with; raise `VenueRefused` for what cannot be asked."""
        match wish:
            case SubmitOrder():
                return [self._placing(wish)]
            case CancelOrder():
                symbol = self._listing(wish.instrument).symbol
                return [Errand("order.cancel", named(wish.order, symbol, Product.SPOT), wish, protective=True)]
            case AmendOrder():
                return [self._amending(wish)]
            case QueryOrder():
                return _begun(OrderLook(wish, self._listing(wish.instrument).symbol))
            case QueryAccount():
                symbols = [listing.symbol for listing in self._listings.values()]
                return _begun(AccountLook(wish, symbols, self._names, self._holdings))
            case _:
                assert_never(wish)

    def seen(self, events: tuple[ev.Event, ...]) -> tuple[ev.Event, ...]:
        """Take what the stream tells; return it without what only repeats the answer to an amendment of ours."""
        for each in events:
            if isinstance(each, ev.OrderAccepted):
                self.name(int(each.venue_order), each.order)
            elif isinstance(each, ev.BalanceTransferred):
                self._holdings.moved(each.asset, each.amount)
        return tuple(each for each in events if not self._is_repeated(each))

    def _is_repeated(self, event: ev.Event) -> bool:
        return isinstance(event, ev.OrderAmended) and self._amended.get(event.order) == event.quantity

    def amended(self, wish: AmendOrder, now: TimeNs) -> ev.OrderAmended:
        """Take it that an amendment was done."""
        spec = self._specs[wish.order]
        quantity = spec.quantity if wish.quantity is None else wish.quantity
        self._specs[wish.order] = msgspec.structs.replace(spec, quantity=quantity)
        return ev.OrderAmended(wish.order, quantity, spec.price, spec.trigger, now, now, wish.number)

    def name(self, number: int, name: ClientOrderId) -> None:
        """Note what we call an order of the venue's."""
        self._names[number] = name
        _forget(self._names)

    def _placing(self, wish: SubmitOrder) -> Errand:
        spec, listing = wish.order, self._listing(wish.order.instrument)
        if wish.attached:
            raise VenueRefused("exits attached to an entry are not sent to Binance: place them when it has filled")
        params = new_order(spec, listing.symbol, Product.SPOT)
        if listing.order_types and params["type"] not in listing.order_types:
            raise VenueRefused(f"{listing.symbol} takes no orders of type {params['type']}")
        broken = check(listing.rules, draft_of(spec), Known())
        if broken is not None:
            raise VenueRefused(broken.told())
        self._specs[spec.id] = spec
        _forget(self._specs)
        return Errand("order.place", params, wish, protective=spec.reduce_only)

    def _amending(self, wish: AmendOrder) -> Errand:
        spec = self._specs.get(wish.order)
        if spec is None:
            raise VenueRefused("the order is not known here any more: cancel it and place another")
        method, params = amended(wish, spec, self._listing(wish.instrument).symbol, Product.SPOT)
        if wish.quantity is not None:
            self._amended[wish.order] = wish.quantity
            _forget(self._amended)
        return Errand(method, params, wish, protective=spec.reduce_only)

    def _listing(self, instrument: InstrumentId) -> Listing:
        listing = self._listings.get(instrument)
        if listing is None:
            raise VenueRefused(f"{instrument} is not of this session")
        return listing


def _begun(look: OrderLook | AccountLook) -> list[Errand]:
    return [Errand(method, params, look) for method, params in look.begin()]


def _forget(kept: dict[int, ClientOrderId] | dict[ClientOrderId, OrderSpec] | dict[ClientOrderId, Decimal]) -> None:
    while len(kept) > KEPT_MAX:
        del kept[next(iter(kept))]  # type: ignore[arg-type] # its own first key
