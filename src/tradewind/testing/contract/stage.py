"""A venue that cards are played at: what is sent there, and what was heard of it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from tradewind.domain.commands import CancelOrder, QueryAccount, SubmitOrder
from tradewind.domain.errors import VenueUnavailable
from tradewind.domain.events import AccountSnapshot, OrderAccepted, OrderCancelled, OrderFilled, SnapshotFailed
from tradewind.domain.ids import ClientOrderId, StrategyId
from tradewind.domain.instrument import Rounding
from tradewind.domain.market import Bar
from tradewind.domain.order import OrderSpec, OrderType, Side, TimeInForce
from tradewind.domain.time import NEVER, NS_PER_MINUTE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from decimal import Decimal

    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.instrument import Instrument
    from tradewind.ports import History, MarketData, Pace, Venue

    Deed = Callable[[], Awaitable[None]]

E = TypeVar("E")
ANSWER_SECONDS = 60.0
QUESTION = itertools.count(7)


@dataclass
class Stage:
    """A venue with what it can do; of one that only takes orders `market` is None, of one that only tells `venue`.

    `price` is the market's, `quantity` so much of the instrument as may be traded; `can` names what goes beyond
    orders at the market and at a limit: the keys of `ABILITIES`.
    """

    venue: Venue | None
    instrument: Instrument
    price: float = 0.0
    quantity: Decimal = None  # type: ignore[assignment] # of no use without a venue
    can: frozenset[str] = frozenset()
    market: MarketData | None = None
    history: History | None = None
    interval: str = "1m"
    break_link: Deed | None = None
    """Cuts the connection of the account, as a network does; it may come back at once."""
    lose_answer: Deed | None = None
    """Has the next order carried out, and its answer lost."""
    pace: Pace | None = None
    """Who wants to know how far we are, of a venue whose time waits for that."""
    taken: set[tuple[OrderType, TimeInForce]] = field(default_factory=set)
    """What kinds of orders it has taken, as far as cards have asked for them."""
    prefix: str = "tc"
    heard: list[Any] = field(default_factory=list)
    """What the venue has said and no card has asked for."""
    reports: list[Any] = field(default_factory=list)
    """All that the venue has said, in order."""
    told: list[Any] = field(default_factory=list)
    """All that the market has said, in order."""
    _count: Any = field(default_factory=lambda: itertools.count(1))
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def abilities(self) -> frozenset[str]:
        """Return what it can do, with what its parts say."""
        parts: dict[str, Any] = {"orders": self.venue, "bars": self.market, "history": self.history}
        parts |= {"reconnect": self.break_link, "lost_answer": self.lose_answer}
        return self.can | {name for name, part in parts.items() if part is not None}

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Hear venue and market while the block runs."""
        self._tell_pace()
        try:
            async with asyncio.TaskGroup() as tasks:
                hearing = [tasks.create_task(hear()) for hear in (self._hear_venue, self._hear_market)]
                yield
                for task in hearing:
                    task.cancel()
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from None  # what a card has found, or what broke the venue

    async def _hear_venue(self) -> None:
        if self.venue is None:
            return
        async for event in self.venue.events():
            self.reports.append(event)
            self.heard.append(event)
            self._news.set()
            asyncio.get_running_loop().call_soon(self._tell_pace)

    async def _hear_market(self) -> None:
        """Hear the market; a stream that breaks is asked for again, as a session does."""
        while self.market is not None:
            try:
                async for event in self.market.stream():
                    if event is not None:
                        self.told.append(event)
                        self._news.set()
                    asyncio.get_running_loop().call_soon(self._tell_pace)
            except VenueUnavailable:
                await asyncio.sleep(0.05)
            else:
                return

    def _tell_pace(self) -> None:
        if self.pace is not None:
            self.pace.taken(self.pace.handed(), NEVER)

    # --- what is sent -------------------------------------------------------------------------------

    def order(self, kind: OrderType = OrderType.MARKET, side: Side = Side.BUY, **terms: Any) -> OrderSpec:  # noqa: ANN401
        """Return an order with an id of its own."""
        name = ClientOrderId(f"{self.prefix}-{next(self._count)}")
        return OrderSpec(
            name, StrategyId("contract"), self.instrument.id, side, kind, **{"quantity": self.quantity} | terms
        )

    def far(self, part: float) -> Decimal:
        """Return a price at this part of the market's."""
        return self.instrument.price(self.price * part, Rounding.DOWN)

    async def send(self, effect: Any) -> None:  # noqa: ANN401 - any effect for a venue
        """Send an effect."""
        assert self.venue is not None, "a card for venues that take orders"
        await self.venue.execute(effect)

    async def submit(self, spec: OrderSpec) -> OrderSpec:
        """Send an order."""
        await self.send(SubmitOrder(spec))
        return spec

    async def rest(self) -> OrderSpec:
        """Have an order rest below the market."""
        spec = await self.submit(self.order(OrderType.LIMIT, price=self.far(0.9)))
        await self.until(OrderAccepted, spec.id)
        return spec

    async def cancel(self, spec: OrderSpec) -> None:
        """Take an order back."""
        await self.send(CancelOrder(spec.id, self.instrument.id))
        await self.until(OrderCancelled, spec.id)

    async def trade(self, side: Side, **terms: Any) -> list[OrderFilled]:  # noqa: ANN401
        """Trade at the market; return the executions, each once."""
        spec = await self.submit(self.order(side=side, **terms))
        fills: dict[str, OrderFilled] = {}
        while sum((fill.quantity for fill in fills.values()), spec.quantity * 0) < spec.quantity:
            fill = await self.until(OrderFilled, spec.id)
            fills.setdefault(fill.trade_id, fill)
        return list(fills.values())

    async def account(self, since: int | None = None) -> AccountSnapshot:
        """Ask for the account; return what it has, as the answer to this very question."""
        told = await self.look(since)
        assert isinstance(told, AccountSnapshot), f"the account was asked for, and is not known: {told.reason}"
        return told

    async def look(self, since: int | None = None) -> AccountSnapshot | SnapshotFailed:
        """Ask for the account; return the answer to this very question, which may be that it is not known."""
        answers: tuple[type[AccountSnapshot | SnapshotFailed], ...] = (AccountSnapshot, SnapshotFailed)
        if since is None:  # what was executed since our first report: that of half a year costs a minute's budget
            since = self.reports[0].ts_recv - NS_PER_MINUTE if self.reports else 0
        await self.send(QueryAccount(since, number := next(QUESTION)))
        while (told := await self.until(answers)).number != number:
            pass
        return told

    # --- what is heard ------------------------------------------------------------------------------

    async def until(self, kind: type[E] | tuple[type[E], ...], order: ClientOrderId | None = None) -> E:
        """Return the first event of a kind, of an order, that was heard or comes; each is returned once."""
        async with asyncio.timeout(ANSWER_SECONDS):
            while True:
                for event in self.heard:
                    if isinstance(event, kind) and order in (None, getattr(event, "order", None)):
                        self.heard.remove(event)
                        return event
                self._news.clear()
                await self._news.wait()

    async def bars(self, count: int) -> list[Bar]:
        """Return the closed bars of the instrument, as soon as there are so many."""
        return await self.telling(Bar, count, self.instrument.id)

    async def telling(self, kind: type[E], count: int, of: InstrumentId | None = None) -> list[E]:
        """Return what the market has told of one kind, of one instrument if asked, as soon as there is so much."""
        async with asyncio.timeout(ANSWER_SECONDS):
            while True:
                found = [e for e in self.told if isinstance(e, kind) and of in (None, getattr(e, "instrument", None))]
                if len(found) >= count:
                    return found
                self._news.clear()
                await self._news.wait()
