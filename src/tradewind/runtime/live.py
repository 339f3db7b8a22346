"""A live session: the same engine as in a backtest, on the clock, with everything that is slow around it.

A turn takes what waits in the inbox through the engine, commits the journal once, lets the effects go, and
tells those who watch. One TaskGroup owns every task; the first fault of one ends them all and the
session, with its error.
"""

from __future__ import annotations

import asyncio
import gc
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import structlog

from tradewind.domain.control import OperatorEvent, StopRequested
from tradewind.domain.market import Bar, MarketEvent
from tradewind.domain.money import money_context
from tradewind.domain.time import NEVER, NS_PER_SECOND
from tradewind.runtime.callbacks import Announcer, Callbacks, EngineStatus, call
from tradewind.runtime.feed import CATCH_UP_SECONDS, Feed
from tradewind.runtime.inbox import INBOX_MAX, Inbox
from tradewind.runtime.loop import Loop
from tradewind.runtime.observers import ObserverThread, Watcher

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tradewind.domain.events import Event, SessionStarted
    from tradewind.domain.step import Step
    from tradewind.engine.engine import Engine
    from tradewind.engine.timeline import Timeline
    from tradewind.ports import Clock, History, Journal, MarketData, Observer, SimulatedVenue, Venue
    from tradewind.runtime.outbox import Outbox

TURN_MAX = 2_048
"""Events in one turn, and so in one commit of the journal, at the most."""
IDLE_SECONDS = 0.5
"""How often an idle session looks at the clock."""

_MARKET_EVENTS = frozenset(MarketEvent.__args__)
_WORDS = frozenset(OperatorEvent.__args__)
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class LiveSettings:
    """How a live session is run; everything that moves its decisions is in the engine's settings instead."""

    venue: str = "sim"
    stop: StopRequested = StopRequested(0)  # noqa: RUF009 - frozen
    settle_ns: int = 30 * NS_PER_SECOND
    """How long the venue has to answer the last requests."""
    handle_signals: bool = True
    inbox_max: int = INBOX_MAX
    data_path: str = ""
    symbols: tuple[str, ...] = ()
    interval: str = "1m"


class LiveSession:
    """One run of an engine on the clock; `run` returns when it has ended, or raises what ended it."""

    def __init__(  # noqa: PLR0913 - the parts of a session
        self,
        engine: Engine,
        timeline: Timeline,
        *,
        source: MarketData,
        venue: SimulatedVenue | None,
        outbox: Outbox | None,
        clock: Clock,
        journal: Journal,
        observers: Sequence[Observer] = (),
        watchers: Sequence[Watcher] = (),
        callbacks: Callbacks | None = None,
        history: History | None = None,
        account: Venue | None = None,
        settings: LiveSettings | None = None,
    ) -> None:
        assert (venue is None) == (outbox is not None), "effects go to a simulated venue or to an outbox"
        self.settings = settings or LiveSettings()
        self.inbox = Inbox(self.settings.inbox_max)
        self.status = EngineStatus.STOPPED
        self._engine = engine
        self._clock = clock
        self._journal = journal
        self._outbox = outbox
        self._account = account
        self._callbacks = callbacks or Callbacks()
        self._announcer = Announcer(self._callbacks, self._fail, engine.orders.by_id)
        self._watchers: list[Watcher] = [*watchers, *(ObserverThread(observer) for observer in observers)]
        self._steps: list[Step] = []
        send = None if outbox is None else outbox.hold
        self._loop = Loop(engine, timeline, venue, sink=self._record, send=send)
        self._failure: BaseException | None = None
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        self._feed = Feed(
            source, self.inbox, clock, venue=self.settings.venue, history=history,
            is_behind=self._is_behind, status=self._say, error=self._announcer.error,
        )  # fmt: skip

    async def run(self, start: SessionStarted, warmup: Iterable[MarketEvent] = ()) -> None:
        """Run until the source ends, `stop` is called, a signal comes, or something breaks."""
        error: BaseException | None = None
        self._task = asyncio.current_task()
        try:
            with money_context():
                await self._run(start, warmup)
        except BaseExceptionGroup as group:
            error = _first(group)
            raise error from None
        except BaseException as failure:
            error = failure
            raise
        finally:
            gc.unfreeze()
            await self._close(error)

    def stop(self, reason: str = "") -> None:
        """Ask for an orderly end; a second call ends at once."""
        if self._stopping:
            if self._task is not None:
                self._task.cancel("stopped twice")
            return
        self._stopping = True
        log.info("stopping", reason=reason)
        self.inbox.put_word(self.settings.stop)

    @property
    def troubles(self) -> list[str]:
        """What those who watched did not see: observers that failed or had steps dropped, callbacks as well."""
        told = [(watcher.name, watcher.missed) for watcher in self._watchers]
        told.append(("callbacks", self._announcer.missed))
        return [f"{name}: {missed}" for name, missed in told if missed]

    def tell(self, word: OperatorEvent) -> None:
        """Put an operator's word before everything that waits."""
        self.inbox.put_word(word)

    async def _run(self, start: SessionStarted, warmup: Iterable[MarketEvent]) -> None:
        await call(
            self._callbacks.on_engine_start,
            list(self.settings.symbols), self.settings.interval, self.settings.data_path,
        )  # fmt: skip
        await self._say(EngineStatus.PREFETCHING)
        async with asyncio.TaskGroup() as tasks:
            announcing = tasks.create_task(self._announcer.run())
            with _signals(self, enabled=self.settings.handle_signals):
                await self._warm_up(start, warmup)
                aside = []
                if self._outbox is not None:
                    aside.append(tasks.create_task(self._outbox.run()))
                if self._account is not None:
                    aside.append(tasks.create_task(self._hear(self._account)))
                feeding = tasks.create_task(self._feed.run())
                await self._say(EngineStatus.RUNNING)
                await self._turns(feeding)
                feeding.cancel()
                await self._finish()
            for task in aside:
                task.cancel()
            await self._announcer.close()
            await announcing
        if self._failure is not None:
            raise self._failure

    async def _warm_up(self, start: SessionStarted, warmup: Iterable[MarketEvent]) -> None:
        """Run history through the strategies, turn by turn, with ears for a stop in between."""
        self._feed.is_warming = start.warming
        self._loop.tell(start)
        for bar in warmup:
            self._loop.feed(bar)
            if isinstance(bar, Bar):
                self._feed.expect(bar)
            if len(self._steps) >= TURN_MAX:
                await self._commit()
                await asyncio.sleep(0)
                while self._is_behind():  # noqa: ASYNC110 - observers are threads, they set no asyncio.Event
                    await asyncio.sleep(CATCH_UP_SECONDS)
                if self._stopping or self._failure is not None:
                    break
        await self._commit()
        gc.freeze()

    async def _turns(self, feeding: asyncio.Task[None]) -> None:
        while not self._engine.risk.stopping:
            if self._failure is not None:
                raise self._failure
            if feeding.done() and not len(self.inbox):
                return
            await self.inbox.wait(self._patience())
            now = self._clock.now()
            for event in self.inbox.take(TURN_MAX):
                self._one(event)
            if not len(self.inbox):
                self._loop.advance(max(now, self._engine.view.now))
            await self._commit()
            await asyncio.sleep(0)

    def _one(self, event: Event) -> None:
        engine_now = self._engine.view.now
        if event.ts_recv < engine_now or type(event) in _WORDS:
            # What waited behind a timer, or jumped the queue: the order of the inbox is the truth.
            ts = engine_now if len(self.inbox) else max(engine_now, self._clock.now())
            event = msgspec.structs.replace(event, ts_recv=ts)
        if type(event) in _MARKET_EVENTS:
            self._loop.feed(event)  # type: ignore[arg-type]
        else:
            self._loop.tell(event)

    async def _finish(self) -> None:
        """End in order: cancel what is configured, wait for the answers, write everything down."""
        await self._say(EngineStatus.STOPPING)
        if self._engine.risk.stopping:
            self._loop.settle(self.settings.settle_ns)
        else:
            self._loop.finish(self.settings.stop, self.settings.settle_ns)
        await self._commit()
        if self._outbox is not None:
            await self._wait_for_answers(self._outbox)

    async def _wait_for_answers(self, outbox: Outbox) -> None:
        deadline = self._clock.now() + self.settings.settle_ns
        try:
            async with asyncio.timeout(self.settings.settle_ns / NS_PER_SECOND):
                await outbox.drained()
                while self._awaits_answers():
                    left = (deadline - self._clock.now()) / NS_PER_SECOND
                    await self.inbox.wait(min(left, self._patience()))
                    for event in self.inbox.take(TURN_MAX):
                        self._one(event)
                    self._loop.advance(max(self._clock.now(), self._engine.view.now))
                    await self._commit()
        except TimeoutError:
            log.warning("stopped with requests unanswered", seconds=self.settings.settle_ns / NS_PER_SECOND)

    def _awaits_answers(self) -> bool:
        orders = self._engine.orders
        return bool(orders.doubts) or any(order.state.value in ("in_flight", "cancelling") for order in orders.open())

    async def _hear(self, account: Venue) -> None:
        async for event in account.events():
            self.inbox.put(event)

    def _record(self, step: Step) -> None:
        self._journal.append(step)
        self._steps.append(step)

    async def _commit(self) -> None:
        """Make the turn durable, then let its effects go and tell who watches."""
        if not self._steps:
            return
        self._journal.commit()
        if self._outbox is not None:
            self._outbox.release()
        steps, self._steps = self._steps, []
        for watcher in self._watchers:
            watcher.observe(steps)
        self._announcer.announce(steps)

    def _is_behind(self) -> bool:
        return self._announcer.is_behind or any(watcher.is_behind for watcher in self._watchers)

    def _patience(self) -> float:
        """Return how long to wait for the inbox before looking at the clock again, in seconds."""
        due = self._loop.due
        if due == NEVER:
            return IDLE_SECONDS
        return min(max((due - self._clock.now()) / NS_PER_SECOND, 0.001), IDLE_SECONDS)

    def _fail(self, error: BaseException) -> None:
        self._failure = self._failure or error

    async def _say(self, status: EngineStatus) -> None:
        if status is not self.status:
            self.status = status
            await self._announcer.status(status)

    async def _close(self, error: BaseException | None) -> None:
        for watcher in self._watchers:
            await asyncio.to_thread(watcher.close)
        await self._say(EngineStatus.STOPPED)
        await self._announcer.safely(self._callbacks.on_engine_stop, error)


class _signals:  # noqa: N801 - a context manager
    """SIGINT and SIGTERM ask for an orderly end while the session runs."""

    def __init__(self, session: LiveSession, *, enabled: bool) -> None:
        self._session = session
        self._wanted = (signal.SIGINT, signal.SIGTERM) if enabled else ()

    def __enter__(self) -> None:
        loop = asyncio.get_running_loop()
        for number in self._wanted:
            loop.add_signal_handler(number, self._session.stop, signal.Signals(number).name)

    def __exit__(self, *_: object) -> None:
        loop = asyncio.get_running_loop()
        for number in self._wanted:
            loop.remove_signal_handler(number)


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the fault that ended a group of tasks."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
