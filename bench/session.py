"""A live session made of parts for measuring: its own source, journal and venue, nobody watching."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING

from bench import bars
from bench.cross import NAME, USDT
from tradewind.domain.account import Balance
from tradewind.domain.commands import SubmitOrder
from tradewind.domain.events import OrderAccepted, OrderFilled, SessionStarted
from tradewind.domain.ids import TradeId, VenueOrderId
from tradewind.domain.money import ZERO, exact, money_context
from tradewind.domain.order import Liquidity
from tradewind.engine.engine import Engine, EngineSettings
from tradewind.engine.timeline import Timeline
from tradewind.runtime.clock import WallClock
from tradewind.runtime.live import LiveSession, LiveSettings
from tradewind.runtime.outbox import Outbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tradewind.domain.commands import Effect
    from tradewind.domain.events import Event
    from tradewind.ports import Clock, Journal, MarketData, Venue
    from tradewind.strategy.base import Strategy

PRICE = exact(40_000.0)
OPENING = (Balance(USDT, Decimal(10_000_000)),)


class PromptVenue:
    """A venue outside that fills every order at once (port `Venue`); `sent` holds when each effect left."""

    def __init__(self, clock: Clock) -> None:
        self.sent: list[int] = []
        self._clock = clock
        self._said: asyncio.Queue[Event] = asyncio.Queue()

    async def execute(self, effect: Effect) -> None:
        """Take the time, then fill the order."""
        now = self._clock.now()
        self.sent.append(now)
        assert isinstance(effect, SubmitOrder)
        order = effect.order
        number = len(self.sent)
        self._said.put_nowait(OrderAccepted(order.id, VenueOrderId(f"v{number}"), now, now))
        self._said.put_nowait(
            OrderFilled(order.id, TradeId(f"t{number}"), order.quantity, PRICE, ZERO, USDT, Liquidity.TAKER, now, now)
        )

    async def events(self) -> AsyncIterator[Event]:
        """Yield what became of the orders."""
        while True:
            yield await self._said.get()


class TimedOutbox(Outbox):
    """An outbox; `released` holds when each effect was free to leave."""

    def __init__(self, venue: Venue, clock: Clock) -> None:
        super().__init__(venue)
        self.released: list[int] = []
        self._clock = clock

    def hold(self, effect: Effect, ts: int) -> None:
        """Take an effect, and count it as not released."""
        super().hold(effect, ts)
        self.released.append(0)

    def release(self) -> None:
        """Let go what is held, and take the time of it."""
        super().release()
        if self.released and not self.released[-1]:
            self.released[-1] = self._clock.now()


async def run(source: MarketData, strategy: Strategy, journal: Journal, outbox: Outbox, venue: Venue) -> int:
    """Run a session until the source ends; return its number of steps."""
    timeline = Timeline()
    with money_context():
        engine = Engine([bars.instrument()], {NAME: strategy}, EngineSettings(), recording=True)
    session = LiveSession(
        engine, timeline, source=source, venue=None, outbox=outbox, clock=WallClock(), journal=journal,
        account=venue, settings=LiveSettings(venue="binance", handle_signals=False),
    )  # fmt: skip
    await session.run(SessionStarted(0, "binance", OPENING))
    return engine.seq
