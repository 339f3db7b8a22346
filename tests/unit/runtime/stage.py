"""A small live session for tests: one symbol, bars of a minute, strategies and sources that the test gives."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tradewind import Strategy
from tradewind.domain.account import Balance
from tradewind.domain.commands import SubmitOrder
from tradewind.domain.errors import VenueUnavailable
from tradewind.domain.events import OrderAccepted, OrderFilled, SessionStarted
from tradewind.domain.ids import Asset, InstrumentId, StrategyId, TradeId, VenueOrderId
from tradewind.domain.instrument import Instrument, InstrumentKind
from tradewind.domain.market import Bar
from tradewind.domain.money import money_context
from tradewind.domain.order import Liquidity
from tradewind.domain.time import NS_PER_MINUTE, NS_PER_SECOND
from tradewind.engine.engine import Engine, EngineSettings
from tradewind.engine.timeline import Timeline
from tradewind.record.journal.writer import MemoryJournal
from tradewind.runtime.calendar import AlwaysOpen
from tradewind.runtime.live import LiveSession, LiveSettings
from tradewind.venues.replay.venue import ReplayClock, ReplayData
from tradewind.venues.sim.settings import SimModels
from tradewind.venues.sim.venue import SimVenue

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence

    from tradewind.domain.commands import Effect
    from tradewind.domain.events import Event
    from tradewind.domain.market import MarketEvent
    from tradewind.domain.step import Step
    from tradewind.risk.breakers.settings import BreakerSettings

START = 1_700_000_000 // 3600 * 3600 * NS_PER_SECOND
COIN, USDT = InstrumentId("sim:COINUSDT"), Asset("USDT")
INSTRUMENT = Instrument(
    COIN, "COINUSDT", "sim", InstrumentKind.SPOT, Asset("COIN"), USDT, Decimal("0.01"), Decimal("0.001")
)
OPENING = (Balance(USDT, Decimal(10_000)),)


def bar(number: int, close: float = 100.0, ts_recv: int | None = None) -> Bar:
    opened = START + number * NS_PER_MINUTE
    end = opened + NS_PER_MINUTE
    return Bar(COIN, "1m", opened, end, end if ts_recv is None else ts_recv, close, close + 1, close - 1, close, 10.0)


def bars(first: int, end: int) -> list[Bar]:
    return [bar(number, 100.0 + number % 7) for number in range(first, end)]


class Past:
    """History that has every bar (port `History`), and notes what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, int]] = []

    def bars(self, instrument: InstrumentId, interval: str, start: int, end: int) -> Iterator[Bar]:
        first, last = ((ts - START) // NS_PER_MINUTE for ts in (start, end))
        self.asked.append((first, last))
        return iter(bars(first, last))


class Listener(Strategy):
    """Notes what it hears; buys at the bars that it is told."""

    buy_at: tuple[int, ...] = ()

    def on_start(self, ctx: Any) -> None:
        self.heard: list[Any] = []
        self.numbers: list[int] = []

    def on_bar(self, ctx: Any, bar: Bar) -> None:
        number = (bar.ts_open - START) // NS_PER_MINUTE
        self.numbers.append(number)
        if number in self.buy_at:
            ctx.buy(1, tag=str(number))

    def on_gap(self, ctx: Any, gap: Any) -> None:
        self.heard.append(gap)

    def on_link(self, ctx: Any, link: Any) -> None:
        self.heard.append(link)

    def on_refusal(self, ctx: Any, refusal: Any) -> None:
        self.heard.append(refusal)

    def on_timer(self, ctx: Any, timer: str) -> None:
        self.heard.append((timer, ctx.now))

    def on_stop(self, ctx: Any) -> None:
        self.heard.append("stop")


class Source:
    """A source that the test writes as a generator; a new one for each time that it is asked."""

    def __init__(self, *parts: Callable[[], AsyncIterator[MarketEvent]]) -> None:
        self._parts = iter(parts)

    def stream(self) -> AsyncIterator[MarketEvent]:
        return next(self._parts)()


@dataclass
class Stage:
    """A session with its parts at hand."""

    session: LiveSession
    engine: Engine
    journal: MemoryJournal
    strategy: Strategy
    warming: bool

    def run(self, warmup: Iterable[Bar] = ()) -> list[Step]:
        asyncio.run(self.begin(warmup))
        return self.journal.steps

    async def begin(self, warmup: Iterable[Bar] = ()) -> None:
        await self.session.run(SessionStarted(START, "sim", OPENING, self.warming), warmup)

    @property
    def events(self) -> list[Any]:
        return [step.event for step in self.journal.steps]


def stage(
    source: Any,
    strategy: Strategy | None = None,
    *,
    clock: Any = None,
    journal: Any = None,
    warming: bool = False,
    settings: LiveSettings | None = None,
    outbox: Any = None,
    breakers: BreakerSettings | None = None,
    **parts: Any,
) -> Stage:
    """Build a session; a list is a replay of it at full speed. With an `outbox` there is no simulated venue."""
    strategy = Listener() if strategy is None else strategy
    clock = ReplayClock(None) if clock is None else clock
    journal = MemoryJournal() if journal is None else journal
    source = ReplayData(source, clock) if isinstance(source, list) else source
    with money_context():
        timeline = Timeline()
        chosen = EngineSettings(breakers=breakers)
        engine = Engine([INSTRUMENT], {StrategyId("s"): strategy}, chosen, recording=True)
        venue = SimVenue([INSTRUMENT], SimModels(), timeline, base=USDT, opening=OPENING, calendar=AlwaysOpen())
    session = LiveSession(
        engine, timeline, source=source, venue=None if outbox is not None else venue, outbox=outbox, clock=clock,
        journal=journal, settings=settings or LiveSettings(venue="sim", handle_signals=False), **parts,
    )  # fmt: skip
    return Stage(session, engine, journal, strategy, warming)


def kinds(events: Sequence[Any]) -> list[str]:
    return [type(event).__name__ for event in events]


async def until(condition: Callable[[], bool]) -> None:
    """Let others run until something is so."""
    while not condition():  # noqa: ASYNC110 - what is waited for is not the test's to set
        await asyncio.sleep(0)


def broken_after(*events: MarketEvent) -> Any:
    async def part() -> AsyncIterator[MarketEvent]:
        for event in events:
            yield event
        raise VenueUnavailable("the line is cut")

    return part


def ending_after(*events: MarketEvent) -> Any:
    async def part() -> AsyncIterator[MarketEvent]:
        for event in events:
            yield event

    return part


class SilentVenue:
    """Takes what it is sent and never answers (port `Venue`)."""

    def __init__(self) -> None:
        self.sent: list[Effect] = []
        self.answers: asyncio.Queue[Event] = asyncio.Queue()

    async def execute(self, effect: Effect) -> None:
        self.sent.append(effect)

    async def events(self) -> AsyncIterator[Event]:
        while True:
            yield await self.answers.get()


class HonestVenue(SilentVenue):
    """Accepts and fills every order; checks first that a commit has covered the step that asked for it."""

    def __init__(self, journal: MemoryJournal) -> None:
        super().__init__()
        self.journal = journal

    async def execute(self, effect: Effect) -> None:
        committed = self.journal.steps[: self.journal.durable]
        assert any(effect is there for step in committed for there in step.effects), "it left before its commit"
        await asyncio.sleep(0)
        await super().execute(effect)
        assert isinstance(effect, SubmitOrder)
        name, size, now = effect.order.id, effect.order.quantity, committed[-1].event.ts_recv
        self.answers.put_nowait(OrderAccepted(name, VenueOrderId(f"v{name}"), now, now))
        self.answers.put_nowait(
            OrderFilled(name, TradeId(f"t{name}"), size, size, size, Asset("USDT"), Liquidity.TAKER, now, now)
        )
