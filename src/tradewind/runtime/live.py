"""A live session: the same engine as in a backtest, in real time, with all slow work around it.

A turn processes what waits in the inbox, commits the journal once, releases the effects and notifies the observers.
An event for which the session only waits is taken in the very call in which its frame came, with no task in between.
One TaskGroup owns every task; the first one that fails ends them all, and the session with its error.
"""

from __future__ import annotations

import asyncio
import gc
from contextvars import copy_context
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import structlog

from tradewind.domain.control import StopRequested
from tradewind.domain.market import Bar
from tradewind.domain.money import money_context
from tradewind.domain.time import NEVER, NS_PER_SECOND
from tradewind.runtime.callbacks import Announcer, Callbacks, EngineStatus, call
from tradewind.runtime.failures import first_of
from tradewind.runtime.feed import CATCH_UP_SECONDS, Feed
from tradewind.runtime.health import Signs, health_of
from tradewind.runtime.health_status import HealthStatus, health_status
from tradewind.runtime.inbox import INBOX_MAX, Inbox
from tradewind.runtime.observers import ObserverThread, Watcher
from tradewind.runtime.stop_signals import stop_signals
from tradewind.runtime.turn import Advise, Turn

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Sequence

    from tradewind.domain.control import OperatorEvent
    from tradewind.domain.events import AdviceCame, SessionStarted, SignalCommanded
    from tradewind.domain.market import MarketEvent
    from tradewind.engine.engine import Engine
    from tradewind.engine.timeline import Timeline
    from tradewind.ports import (
        Clock,
        Fence,
        Handed,
        History,
        Journal,
        MarketData,
        Observer,
        Pace,
        SimulatedVenue,
        Venue,
    )
    from tradewind.runtime.checkpointer import Checkpointer
    from tradewind.runtime.outbox import Outbox
    from tradewind.runtime.supervisor import Supervisor

TURN_MAX = 2_048
"""Events in one turn, and so in one commit of the journal, at the most."""
IDLE_SECONDS = 0.5
"""How often an idle session looks at the clock."""

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
    mode: str = "paper"
    """Whether its orders are real (`live`) or not."""


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
        fence: Fence | None = None,
        supervisor: Supervisor | None = None,
        checkpoints: Checkpointer | None = None,
        pace: Pace | None = None,
        advise: Advise | None = None,
        settings: LiveSettings | None = None,
    ) -> None:
        self.settings = settings or LiveSettings()
        self.inbox = Inbox(self.settings.inbox_max)
        self.status = EngineStatus.STOPPED
        self._engine = engine
        self.clock = clock
        self._outbox = outbox
        self._account = account
        self._supervisor = supervisor
        self.checkpoints = checkpoints
        self._pace = pace
        self._callbacks = callbacks or Callbacks()
        self._announcer = Announcer(self._callbacks, self._fail, engine.orders.by_id)
        self._watchers: list[Watcher] = [*watchers, *(ObserverThread(observer) for observer in observers)]
        self._turn = Turn(engine, timeline, venue, journal=journal, departures=outbox, clock=clock, fence=fence,
                          advise=advise)  # fmt: skip
        self._loop = self._turn.loop
        self._failure: BaseException | None = None
        self._task: asyncio.Task[None] | None = None
        self._beside: list[Callable[[], Coroutine[None, None, None]]] = []
        self._stopping = False
        self._context = copy_context()
        self._feed = Feed(
            source, self.inbox, clock, venue=self.settings.venue, history=history,
            is_behind=self._is_behind, status=self._say, error=self._announcer.error,
            turn=self._turn_now if pace is None else None,
        )  # fmt: skip

    async def run(self, start: SessionStarted, warmup: Iterable[MarketEvent] = ()) -> None:
        """Run until the source ends, `stop` is called, a signal comes, or something breaks."""
        error: BaseException | None = None
        self._task = asyncio.current_task()
        try:
            with money_context():
                self._context = copy_context()
                await self._run(start, warmup)
        except BaseExceptionGroup as group:
            error = first_of(group)
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

    def watch(self, watcher: Watcher) -> None:
        """Tell one more of the steps from now on."""
        self._watchers.append(watcher)

    def beside(self, service: Callable[[], Coroutine[None, None, None]]) -> None:
        """Run this too, from the start until the session has ended: it must not raise, and is cancelled at the end."""
        self._beside.append(service)

    @property
    def troubles(self) -> list[str]:
        """What those who watched did not see: observers that failed or had steps dropped, callbacks as well."""
        told = [(watcher.name, watcher.missed) for watcher in self._watchers]
        told.append(("callbacks", self._announcer.missed))
        if self.checkpoints is not None:
            told.append(("checkpoints", self.checkpoints.trouble))
        return [f"{name}: {missed}" for name, missed in told if missed]

    def health(self) -> HealthStatus:
        """Return how the session stands; may be asked from any thread, and of a loop that hangs."""
        supervisor, written = self._supervisor, self.checkpoints
        signs = Signs(
            self.clock.now(),
            0.0 if supervisor is None else supervisor.silent_seconds,
            None if written is None else written.age_seconds,
            60.0 if written is None else written.interval_seconds,
            tuple(self.troubles),
        )
        engine, status = self._engine, self.status
        health = (
            health_of(engine, status, {}, signs) if supervisor is None else supervisor.health(engine, status, signs)
        )
        return health_status(
            engine, status, health, signs, mode=self.settings.mode,
            links={} if supervisor is None else supervisor.links,
            last_checkpoint=None if written is None else written.last_saved_at,
            journal_lag_ms=1_000 * self._turn.commit_seconds,
            queue_depth=len(self.inbox),
        )  # fmt: skip

    def tell(self, word: OperatorEvent | SignalCommanded | AdviceCame) -> None:
        """Put a word of an operator, a program or an adviser before everything that waits."""
        self.inbox.put_word(word)

    async def _run(self, start: SessionStarted, warmup: Iterable[MarketEvent]) -> None:
        await call(
            self._callbacks.on_engine_start,
            list(self.settings.symbols), self.settings.interval, self.settings.data_path,
        )  # fmt: skip
        await self._say(EngineStatus.PREFETCHING)
        async with asyncio.TaskGroup() as tasks:
            announcing = tasks.create_task(self._announcer.run())
            aside = [tasks.create_task(service()) for service in self._beside]
            with stop_signals(self, enabled=self.settings.handle_signals):
                await self._warm_up(start, warmup)
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
        self._raise()

    async def _warm_up(self, start: SessionStarted, warmup: Iterable[MarketEvent]) -> None:
        """Run history through the strategies, turn by turn, with ears for a stop in between."""
        goes_on = start.restored is not None
        self._feed.is_warming = start.warming and not goes_on
        self._loop.begin(start)
        take = self._loop.recall if goes_on else self._loop.feed
        for bar in warmup:
            self._beat()  # a turn of history may be long
            take(bar)
            if isinstance(bar, Bar):
                self._feed.expect(bar)
            if len(self._turn.steps) >= TURN_MAX:
                self._commit()
                await asyncio.sleep(0)
                while self._is_behind():
                    await asyncio.sleep(CATCH_UP_SECONDS)
                    self._beat()
                if self._stopping or self._failure is not None:
                    break
        if goes_on:
            self._loop.go_on()
        self._commit()
        if goes_on and self.checkpoints is not None:
            self.checkpoints.write()
        gc.freeze()

    async def _turns(self, feeding: asyncio.Task[None]) -> None:
        await self._tell_pace()
        while not self._engine.risk.stopping:
            self._raise()
            if feeding.done() and not len(self.inbox):
                return
            await self.inbox.wait(self._patience())
            self._raise()
            if self._outbox is not None and self._outbox.is_full:
                await self._outbox.has_room(self._beat)
            await self._take()
            if self._engine.breakers is not None and self._engine.breakers.ends_session and not self._stopping:
                self.stop("a breaker has tripped that ends the session")
            if self.checkpoints is not None:
                self.checkpoints.look()
            await asyncio.sleep(0)

    async def _take(self) -> None:
        """Turn once: take what has come, make it durable, and tell a source that wants to know how far we are."""
        handed = None if self._pace is None else self._pace.handed()
        if self._supervisor is not None:
            self._supervisor.beat()
            for word in self._supervisor.look(self._engine, self.status):
                self.inbox.put_word(msgspec.structs.replace(word, ts_recv=self.clock.now()))
        if self._pace is not None and self._pace.waits:
            self._turn.take(self.inbox.take(TURN_MAX), more=True)
            # Until the first event says that history is over, nobody knows whether it comes at this very moment: its
            # word goes before what is due then, so that waits for the next nanosecond.
            self._loop.advance(self._pace.over - self._feed.is_warming)
            self._commit()
        else:
            self._process()
        await self._tell_pace(handed)

    def _process(self) -> None:
        self._turn.take(self.inbox.take(TURN_MAX), more=bool(len(self.inbox)))
        self._commit()

    def _turn_now(self) -> None:
        """Turn in the moment an event comes that the session only waits for: `_turns` wakes after it, and looks."""
        if self._outbox is not None and self._outbox.is_full:
            return
        try:
            self._context.run(self._process)
        except Exception as error:  # noqa: BLE001 - it ends the session, not the source in whose call we are
            self._fail(error)

    async def _tell_pace(self, handed: Handed | None = None) -> None:
        pace = self._pace
        if pace is None:
            return
        if pace.waits and self._outbox is not None:
            await self._outbox.drained()
        if not len(self.inbox):
            due = self._loop.due
            pace.taken(
                pace.handed() if handed is None else handed, due if due == NEVER else due + self._feed.is_warming
            )

    async def _finish(self) -> None:
        """End in order: cancel what is configured, wait for the answers, write everything down."""
        await self._say(EngineStatus.STOPPING)
        if self._engine.risk.stopping:
            self._loop.settle(self.settings.settle_ns)
        else:
            self._loop.finish(self.settings.stop, self.settings.settle_ns)
        self._commit()
        if self._outbox is not None:
            await self._wait_for_answers(self._outbox)
        if self.checkpoints is not None:
            self.checkpoints.write()

    async def _wait_for_answers(self, outbox: Outbox) -> None:
        deadline = self.clock.now() + self.settings.settle_ns
        try:
            async with asyncio.timeout(self.settings.settle_ns / NS_PER_SECOND):
                await outbox.drained()
                if self._pace is not None:
                    self._pace.leave()
                while self._awaits_answers():
                    left = (deadline - self.clock.now()) / NS_PER_SECOND
                    await self.inbox.wait(min(left, self._patience()))
                    await self._take()
        except TimeoutError:
            log.warning("stopped with requests unanswered", seconds=self.settings.settle_ns / NS_PER_SECOND)

    def _awaits_answers(self) -> bool:
        orders = self._engine.orders
        return bool(orders.doubts) or any(order.state.value in ("in_flight", "cancelling") for order in orders.open())

    async def _hear(self, account: Venue) -> None:
        async for event in account.events():
            self.inbox.put(event)

    def _commit(self) -> None:
        """Make the turn durable, let its effects go, and tell who watches."""
        steps = self._turn.commit()
        if not steps:
            return
        if self._supervisor is not None:
            self._supervisor.beat()
            self._supervisor.hear(steps)
        if self.checkpoints is not None:
            self.checkpoints.observe(steps)
        for watcher in self._watchers:
            watcher.observe(steps)
        self._announcer.announce(steps)

    def _beat(self) -> None:
        if self._supervisor is not None:
            self._supervisor.beat()

    def _is_behind(self) -> bool:
        return self._announcer.is_behind or any(watcher.is_behind for watcher in self._watchers)

    def _patience(self) -> float:
        """Return how long to wait for the inbox before looking at the clock again, in seconds."""
        due = self._loop.due
        if due == NEVER or (self._pace is not None and self._pace.waits):
            return IDLE_SECONDS
        return min(max((due - self.clock.now()) / NS_PER_SECOND, 0.001), IDLE_SECONDS)

    def _fail(self, error: BaseException) -> None:
        self._failure = self._failure or error

    def _raise(self) -> None:
        if self._failure is not None:
            raise self._failure

    async def _say(self, status: EngineStatus) -> None:
        if status is not self.status:
            self.status = status
            await self._announcer.status(status)

    async def _close(self, error: BaseException | None) -> None:
        if self._supervisor is not None:
            self._supervisor.end()
        if self.checkpoints is not None:
            await asyncio.to_thread(self.checkpoints.close)
        for watcher in self._watchers:
            await asyncio.to_thread(watcher.close)
        await self._say(EngineStatus.STOPPED)
        await self._announcer.safely(self._callbacks.on_engine_stop, error)
