"""What every venue outside this process must do, as cards with ids: importable, to be played at a venue of your own.

    stage = Stage(venue, instrument, price, can={"stop", "post_only"})
    async with stage.listening():
        for card in CARDS:
            if not card.skipped_by(stage):
                await card.play(stage)

A card raises `AssertionError` with its id where the venue does otherwise, `TimeoutError` where it says nothing. Cards
leave nothing behind: what rests is cancelled, what is bought is sold.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from tradewind.domain import events as ev
from tradewind.domain.commands import CancelOrder, QueryAccount, QueryOrder, SubmitOrder
from tradewind.domain.ids import ClientOrderId, StrategyId
from tradewind.domain.instrument import Rounding
from tradewind.domain.order import OrderSpec, OrderType, Side

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from decimal import Decimal

    from tradewind.domain.instrument import Instrument
    from tradewind.ports import Venue

E = TypeVar("E")
ANSWER_SECONDS = 20.0


@dataclass
class Stage:
    """A venue that cards are played at; `price` is the market's, `can` names what it has beyond the common."""

    venue: Venue
    instrument: Instrument
    price: float
    quantity: Decimal
    can: frozenset[str] = frozenset()
    prefix: str = "tc"
    heard: list[Any] = field(default_factory=list)
    _count: Any = field(default_factory=lambda: itertools.count(1))
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Hear the venue while the block runs."""

        async def hear() -> None:
            async for event in self.venue.events():
                self.heard.append(event)
                self._news.set()

        async with asyncio.TaskGroup() as tasks:
            hearing = tasks.create_task(hear())
            yield
            hearing.cancel()

    def order(self, kind: OrderType = OrderType.MARKET, side: Side = Side.BUY, **terms: Any) -> OrderSpec:  # noqa: ANN401
        """Return an order with an id of its own."""
        name = ClientOrderId(f"{self.prefix}-{next(self._count)}")
        return OrderSpec(name, StrategyId("contract"), self.instrument.id, side, kind, self.quantity, **terms)

    def far(self, part: float) -> Decimal:
        """Return a price at this part of the market's."""
        return self.instrument.price(self.price * part, Rounding.DOWN)

    async def submit(self, spec: OrderSpec) -> OrderSpec:
        """Send an order."""
        await self.venue.execute(SubmitOrder(spec))
        return spec

    async def until(self, kind: type[E], order: ClientOrderId | None = None) -> E:
        """Return the first event of a kind, of an order, that was heard or comes; each is returned once."""
        async with asyncio.timeout(ANSWER_SECONDS):
            while True:
                for event in self.heard:
                    if isinstance(event, kind) and order in (None, getattr(event, "order", None)):
                        self.heard.remove(event)
                        return event
                self._news.clear()
                await self._news.wait()


@dataclass(frozen=True)
class Card:
    """One thing that a venue must do."""

    id: str
    says: str
    play: Callable[[Stage], Awaitable[None]]
    skip_when: str = ""
    """The ability without which it is skipped; empty for all venues."""

    def skipped_by(self, stage: Stage) -> bool:
        """Tell whether this venue need not do it."""
        return bool(self.skip_when) and self.skip_when not in stage.can


async def _rests(stage: Stage) -> None:
    spec = await stage.submit(stage.order(OrderType.LIMIT, price=stage.far(0.9)))
    await stage.until(ev.OrderAccepted, spec.id)
    await stage.venue.execute(CancelOrder(spec.id, stage.instrument.id))
    await stage.until(ev.OrderCancelled, spec.id)


async def _fills(stage: Stage) -> None:
    for side in (Side.BUY, Side.SELL):
        spec, filled, trades = await stage.submit(stage.order(side=side)), stage.quantity * 0, set()
        while filled < spec.quantity:
            fill = await stage.until(ev.OrderFilled, spec.id)
            if fill.trade_id not in trades:
                trades.add(fill.trade_id)
                filled += fill.quantity
                assert fill.price > 0, "TC-02"
        assert filled == spec.quantity, f"TC-02: {filled} of {spec.quantity}"


async def _is_found(stage: Stage) -> None:
    spec = await stage.submit(stage.order(OrderType.LIMIT, price=stage.far(0.9)))
    await stage.until(ev.OrderAccepted, spec.id)
    await stage.venue.execute(QueryOrder(spec.id, stage.instrument.id))
    await stage.until(ev.OrderFound, spec.id)
    await stage.venue.execute(QueryAccount(0, 7))
    told = await stage.until(ev.AccountSnapshot)
    assert told.number == 7, f"TC-03: the answer to question 7 has number {told.number}"
    assert spec.id in {each.order for each in told.orders or ()}, f"TC-03: {told.orders} is without {spec.id}"
    await stage.venue.execute(CancelOrder(spec.id, stage.instrument.id))
    await stage.until(ev.OrderCancelled, spec.id)


async def _is_not_found(stage: Stage) -> None:
    name = stage.order().id
    await stage.venue.execute(QueryOrder(name, stage.instrument.id))
    await stage.until(ev.OrderNotFound, name)
    await stage.venue.execute(CancelOrder(name, stage.instrument.id))
    await stage.until(ev.CancelRejected, name)


async def _is_refused(stage: Stage) -> None:
    spec = await stage.submit(stage.order(OrderType.LIMIT, price=stage.far(0.9) + stage.instrument.tick / 3))
    assert (await stage.until(ev.OrderRejected, spec.id)).reason, "TC-05: a refusal says why"


async def _stops(stage: Stage) -> None:
    spec = await stage.submit(stage.order(OrderType.STOP, trigger=stage.far(1.1)))
    await stage.until(ev.OrderAccepted, spec.id)
    await stage.venue.execute(CancelOrder(spec.id, stage.instrument.id))
    await stage.until(ev.OrderCancelled, spec.id)


async def _makes(stage: Stage) -> None:
    spec = await stage.submit(stage.order(OrderType.LIMIT, price=stage.far(1.02), post_only=True))
    async with asyncio.timeout(ANSWER_SECONDS):
        await stage.until(ev.OrderRejected, spec.id)


CARDS = (
    Card("TC-01", "a limit order rests, and is cancelled", _rests),
    Card("TC-02", "a market order fills, each execution told with an id of its own", _fills),
    Card("TC-03", "an order that rests is found by its id, and stands in the account", _is_found),
    Card("TC-04", "an order that nobody has is not found, and cannot be cancelled", _is_not_found),
    Card("TC-05", "an order off the tick is refused with a reason", _is_refused),
    Card("TC-06", "a stop waits, and is cancelled", _stops, skip_when="stop"),
    Card("TC-07", "a post-only order that would take is refused", _makes, skip_when="post_only"),
)
