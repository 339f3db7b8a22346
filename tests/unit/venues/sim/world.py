"""A simulated venue on its own: orders go in, bars or ticks pass, and the reports are read off the timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tradewind.domain import events as ev
from tradewind.domain.account import Balance
from tradewind.domain.commands import AmendOrder, CancelOrder, QueryOrder, SubmitOrder
from tradewind.domain.ids import Asset, ClientOrderId
from tradewind.domain.money import exact, plain
from tradewind.domain.order import OrderSpec, OrderType, Side
from tradewind.domain.time import NS_PER_MINUTE
from tradewind.engine.timeline import Timeline
from tradewind.runtime.calendar import AlwaysOpen
from tradewind.testing import builders as make
from tradewind.venues.sim.models import BpsFees
from tradewind.venues.sim.settings import SimModels
from tradewind.venues.sim.venue import SimVenue

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tradewind.domain.instrument import Instrument
    from tradewind.domain.market import MarketEvent
    from tradewind.domain.order import OrderSpec as Spec

MINUTE = NS_PER_MINUTE
ENDS = (ev.OrderCancelled, ev.OrderExpired, ev.OrderRejected)


class World:
    """One venue without fees; minute bars are counted from 0, the first at 100 so that a price is known."""

    def __init__(
        self, *instruments: Instrument, cash: object = 100_000, first: float | None = 100.0, **models: Any
    ) -> None:
        self.instruments = instruments or (make.instrument(),)
        self.timeline = Timeline()
        models.setdefault("fees", BpsFees(exact(0), exact(0)))
        opening = (Balance(Asset("USDT"), exact(str(cash))),)
        self.venue = SimVenue(
            self.instruments, SimModels(**models), self.timeline,
            base=Asset("USDT"), opening=opening, calendar=AlwaysOpen(),
        )  # fmt: skip
        self.now = 0
        self.heard: list[Any] = []
        self.specs: dict[str, Spec] = {}
        self._numbers = 0
        if first is not None:
            self.bar(first, first, first, first)

    # --- what we send -------------------------------------------------------------------------------

    def spec(self, order: str, side: str = "buy", quantity: object = 1, **terms: Any) -> Spec:
        limit, trigger = terms.get("price"), terms.get("trigger")
        kind = OrderType.MARKET
        if "trail_amount" in terms or "trail_fraction" in terms:
            kind = OrderType.TRAILING_STOP
        elif trigger is not None:
            kind = OrderType.STOP if limit is None else OrderType.STOP_LIMIT
        elif limit is not None:
            kind = OrderType.LIMIT
        terms.setdefault("instrument", self.instruments[0].id)
        built = make.order_spec(Side(side), exact(str(quantity)), id=order, **({"type": kind} | terms))
        self.specs[order] = built
        return built

    def send(self, order: str, side: str = "buy", quantity: object = 1, **terms: Any) -> None:
        stop, target = terms.pop("stop_loss", None), terms.pop("take_profit", None)
        entry = self.spec(order, side, quantity, **terms)
        exits: list[OrderSpec] = []
        common = {"parent": order, "oco": f"{order}/exit", "reduce_only": True, "instrument": entry.instrument}
        if stop is not None:
            exits.append(self.spec("stop", entry.side.opposite.value, quantity, trigger=stop, **common))
        if target is not None:
            exits.append(self.spec("target", entry.side.opposite.value, quantity, price=target, **common))
        self.venue.execute(SubmitOrder(entry, tuple(exits)), self.now)

    def cancel(self, order: str) -> None:
        self.venue.execute(CancelOrder(ClientOrderId(order), self.instruments[0].id), self.now)

    def amend(self, order: str, **values: object) -> None:
        given: dict[str, Any] = {name: exact(str(value)) for name, value in values.items()}
        self.venue.execute(AmendOrder(ClientOrderId(order), self.instruments[0].id, **given), self.now)

    def query(self, order: str) -> None:
        self.venue.execute(QueryOrder(ClientOrderId(order), self.instruments[0].id), self.now)

    # --- what happens -------------------------------------------------------------------------------

    def market(self, event: MarketEvent) -> World:
        self.until(event.ts_recv)
        self.venue.on_market(event)
        return self.until(event.ts_recv)

    def bar(self, o: float, h: float, low: float, c: float, volume: float = 1.0, **values: Any) -> World:
        number = self._numbers
        self._numbers += 1
        prices: dict[str, Any] = {"open": float(o), "high": float(h), "low": float(low)}
        return self.market(make.bar(float(c), number, volume=volume, **prices, **values))

    def flat(self, *prices: float) -> World:
        for price in prices:
            self.bar(price, price, price, price)
        return self

    def until(self, ts: int) -> World:
        while (event := self.timeline.pop_before(ts, 1_000)) is not None:
            self.heard.append(event)
        self.now = max(self.now, ts)
        return self

    # --- what we read -------------------------------------------------------------------------------

    def of(self, order: str, *kinds: type) -> list[Any]:
        return [e for e in self.heard if getattr(e, "order", None) == order and (not kinds or isinstance(e, kinds))]

    def fills(self, order: str) -> list[tuple[str, str, str]]:
        """Return (quantity, price, liquidity) of each execution."""
        return [(plain(e.quantity), plain(e.price), e.liquidity.value) for e in self.of(order, ev.OrderFilled)]

    def end(self, order: str) -> str:
        """Return how an order ended: `filled`, `live`, or the end's name and reason; a second end is a bug."""
        ends = self.of(order, *ENDS)
        done = sum((e.quantity for e in self.of(order, ev.OrderFilled)), exact(0)) >= self.specs[order].quantity
        assert len(ends) + done <= 1, f"{order} ended more than once: {self.of(order)}"
        if done:
            return "filled"
        return f"{type(ends[0]).__name__.removeprefix('Order').lower()}: {ends[0].reason}" if ends else "live"

    def cash(self, asset: str = "USDT") -> str:
        return plain(self.venue.account.wallet(Asset(asset)))

    def held(self) -> str:
        return plain(self.venue.account.position(self.instruments[0].id))


def ends_once(world: World, orders: Iterable[str]) -> None:
    """Check that every order has ended exactly once, and that the venue has none left."""
    assert all(world.end(order) != "live" for order in orders)
    assert not list(world.venue.desk.all())
    assert not world.venue.desk.books
