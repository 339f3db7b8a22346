"""Effects as requests to a USD-M account, where they differ from spot's. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain import events as ev
from tradewind.domain.ids import VenueOrderId
from tradewind.domain.time import NS_PER_MS
from tradewind.venues.binance.answers import answer_of
from tradewind.venues.binance.errands import Errand
from tradewind.venues.binance.parse_usdm import UsdmAccount
from tradewind.venues.binance.product import Product
from tradewind.venues.binance.requests import is_algo, named, new_order
from tradewind.venues.binance.usdm_account_look import UsdmAccountLook
from tradewind.venues.binance.usdm_looks import FundingLook, UsdmOrderLook
from tradewind.venues.binance.wire_usdm_rest import AlgoOrder
from tradewind.venues.binance.wishes import Wishes

if TYPE_CHECKING:
    from collections.abc import Mapping

    import msgspec

    from tradewind.domain.commands import CancelOrder, PlaceExits, QueryAccount, QueryOrder, SubmitOrder
    from tradewind.domain.ids import ClientOrderId, InstrumentId
    from tradewind.domain.time import TimeNs
    from tradewind.venues.binance.heard import Heard
    from tradewind.venues.binance.holdings import Holdings
    from tradewind.venues.binance.listing import Listing
    from tradewind.venues.binance.usdm_memory import Memory

FUNDING = "FUNDING_FEE"


class UsdmWishes(Wishes):
    """What an account of USD-M is asked for."""

    product = Product.USDM

    def __init__(self, listings: Mapping[InstrumentId, Listing], holdings: Holdings, memory: Memory) -> None:
        super().__init__(listings, holdings)
        self._memory = memory
        self._names = memory.names
        self._account = UsdmAccount(memory)

    def _is_pair(self, wish: PlaceExits) -> bool:  # noqa: ARG002 - there are no lists here
        return False

    def read(self, frame: bytes | msgspec.Raw, now: TimeNs) -> Heard:
        """Return what an event of the account's stream says."""
        return self._account.read(bytes(frame), now)

    def after(self, look: str, now: TimeNs) -> list[Errand]:  # noqa: ARG002 - of the port
        """Ask what funding was charged: whose it is, `income` alone says."""
        return self._funding() if look == FUNDING else []

    def on_stream(self, now: TimeNs) -> list[Errand]:  # noqa: ARG002 - of the port
        """Ask what funding was charged while nobody heard."""
        return self._funding()

    def _funding(self) -> list[Errand]:
        look = FundingLook(self._memory)
        return [Errand(method, params, look) for method, params in look.begin()]

    def name(self, number: int, name: ClientOrderId) -> None:
        """Note what we call an order of the venue's; that of a conditional one stays."""
        self._names.setdefault(number, name)

    def _placing(self, wish: SubmitOrder, now: TimeNs) -> Errand:
        spec, listing = wish.order, self._listing(wish.order.instrument)
        algo = is_algo(spec, Product.USDM)
        params = new_order(spec, listing.symbol, Product.USDM, now)
        self._check(spec, params, listing)
        self._memory.note(spec.id, algo=algo)
        method = "algoOrder.place" if algo else "order.place"
        return Errand(method, params, wish, protective=spec.reduce_only)

    def _accepted(self, wish: SubmitOrder, method: str, body: bytes, now: TimeNs) -> ev.OrderAccepted:
        if method != "algoOrder.place":
            return super()._accepted(wish, method, body, now)
        algo = answer_of(body, AlgoOrder)
        at = (algo.create_time or algo.update_time) * NS_PER_MS or now
        return ev.OrderAccepted(wish.order.id, VenueOrderId(f"algo-{algo.algo_id}"), at, now)

    def _cancelling(self, wish: CancelOrder) -> Errand:
        symbol, child = self._listing(wish.instrument).symbol, self._memory.child_of(wish.order)
        if child:
            return Errand("order.cancel", {"symbol": symbol, "orderId": child}, wish, protective=True)
        algo = self._memory.is_algo(wish.order)
        params = named(wish.order, symbol, Product.USDM, algo=algo)
        return Errand("algoOrder.cancel" if algo else "order.cancel", params, wish, protective=True)

    def _order_look(self, wish: QueryOrder, *, quiet: bool, behind: CancelOrder | None = None) -> UsdmOrderLook:
        return UsdmOrderLook(wish, self._listing(wish.instrument).symbol, self._memory, quiet=quiet, behind=behind)

    def _account_look(self, wish: QueryAccount) -> UsdmAccountLook:  # type: ignore[override] # asked in the same way
        return UsdmAccountLook(wish, [listing.symbol for listing in self._listings.values()], self._memory)
