"""One live key: minute after minute, from the exchange's candles to what consumers are given.

Order within a minute: candle, engine, journal, file, then whoever watches and consumes. The engine's time is that of
the candles, so the same candles make the same trades as in a backtest; the clock on the wall only says when to look.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from tradewind.app.signals_advice import answered
from tradewind.app.signals_data import ExchangeCandles, fetched
from tradewind.app.signals_observers import tell_error, tell_result
from tradewind.app.signals_paper import PaperVenue
from tradewind.app.signals_result import SignalResult, result_of, watched
from tradewind.app.signals_world import world_of
from tradewind.domain.errors import InvalidSignal, JournalError, TradewindError
from tradewind.domain.events import SignalCommanded
from tradewind.domain.market import Bar
from tradewind.domain.money import money_context
from tradewind.domain.time import NS_PER_MINUTE, NS_PER_MS, NS_PER_SECOND, iso
from tradewind.domain.trade_signal import SignalAlarm, SignalMoved, SignalRejected, SignalRow
from tradewind.runtime.loop import Loop
from tradewind.strategy.signals.candles import Candle, Columns
from tradewind.strategy.signals.setting import Setting
from tradewind.strategy.signals.states import State

if TYPE_CHECKING:
    from tradewind.app.signals_keeper import SignalKeeper
    from tradewind.app.signals_setup import LiveClock
    from tradewind.app.signals_state import KeptState
    from tradewind.domain.commands import AskAdvice
    from tradewind.domain.step import Step
    from tradewind.domain.time import TimeNs
    from tradewind.strategy.signals.definition import ExchangeDefinition, StrategyDefinition

FETCH_SECONDS = 60.0
RETRY_SECONDS = 1.0
WARMUP_MINUTES = 60


class SignalRun:
    """Drives one key; `results` is what consumers are given, in order."""

    def __init__(
        self,
        definition: StrategyDefinition,
        exchange: ExchangeDefinition,
        symbol: str,
        *,
        keeper: SignalKeeper,
        clock: LiveClock,
    ) -> None:
        self.definition, self.exchange, self.symbol = definition, exchange, symbol
        self.keeper, self.clock = keeper, clock
        self.counters = dict.fromkeys(("ticks", "errors", "rejections", "alarms", "late"), 0)
        self.health = "starting"
        self.last_tick: TimeNs = 0
        self.results: asyncio.Queue[SignalMoved | None] = asyncio.Queue()
        self._told: asyncio.Queue[SignalResult | str | None] = asyncio.Queue()
        self._steps: list[SignalMoved] = []
        self._words: list[str] = []
        self._asked: list[AskAdvice] = []
        self._given: set[str] = set()
        """What is in `results`, or has been: nothing is handed over twice by one run."""
        self._turn = asyncio.Lock()
        """Held by whoever lets the engine take something, until that is kept."""
        self._ends = asyncio.Event()
        self._awake = asyncio.Event()
        self._fatal: TradewindError | None = None

    # --- start --------------------------------------------------------------------------------------

    async def begin(self) -> None:
        """Recover: read what is kept, build the world, and restore what was on."""
        kept = self.keeper.open()
        try:
            await self._begin(kept)
        except BaseException:
            self.keeper.close()
            raise

    async def _begin(self, kept: KeptState) -> None:
        now = self.clock.now()
        past = self.keeper.history
        self._done = kept.done or now - now % NS_PER_MINUTE
        candles = await self._warmup()
        columns = self.columns = Columns(candles)
        setting = Setting(
            mode="live", keep_slots=self.definition.interval != "1m", used_ids=past.used,
            counts={self.symbol: kept.counted}, paused={self.symbol} if kept.paused else set(),
            slots={self.symbol: kept.last_slot} if kept.last_slot >= 0 else {},
            sources={self.symbol: ExchangeCandles(self.exchange, self.symbol, columns)},
        )  # fmt: skip
        if self.keeper.file.damaged:
            setting.paused.add(self.symbol)
        with money_context():
            prefix = f"tw{past.count + 1}"
            world = self.world = world_of(
                self.definition, self.exchange, self.symbol, setting, start=self._done, recording=True, id_prefix=prefix
            )
            price = self._restored_at(kept.row)
            self.keeper.begin(world, price)
            self.venue = PaperVenue(world.venue, world.timeline)
            self._loop = Loop(world.engine, world.timeline, self.venue, sink=self._take, advise=self._asked.append)
            self._loop.tell(world.start)
            if kept.row is not None and price is not None:
                self._restore(kept.row, price)
            self.keeper.commit()
            self._withdraw()
        for moved in past.undelivered():
            self._give(moved)
        self.health = "quarantined" if self.keeper.file.damaged else "running"

    async def _warmup(self) -> list[Candle]:
        since = self._done - WARMUP_MINUTES * NS_PER_MINUTE
        try:
            return (await fetched(self.exchange, self.symbol, "1m", since, self._done))[0]
        except Exception as error:  # noqa: BLE001 - whatever a user's exchange raises; the ticks will ask again
            await self._failed(f"candles before the start: {error}")
            return []

    def _restored_at(self, row: SignalRow | None) -> float | None:
        """Return the price that a row is taken up at; None without one."""
        if row is None:
            return None
        if row.fills:
            return row.price_open
        # A stop entry must not seem reached, so the true last price, or one on its near side.
        known, beside = len(self.columns), row.price_stop_loss
        return self.columns.close[-1] if known else row.price_open if beside is None else (row.price_open + beside) / 2

    def _restore(self, row: SignalRow, price: float) -> None:
        """Open in the new paper account what was open in the old one, at the same price and time."""
        world = self.world
        world.engine.pass_over(world.instrument, "1m", self._done, price)
        world.venue.pass_over(world.instrument, price)
        if row.fills:
            self.venue.restoring = row
        self._loop.tell(SignalCommanded(world.name, world.instrument, "restore", self._done, row))
        self._loop.advance(self._done)

    # --- run ----------------------------------------------------------------------------------------

    async def drive(self) -> None:
        """Take minute after minute until it is told to end and has nothing open, or nothing can go on."""
        try:
            async with asyncio.TaskGroup() as tasks:
                telling = tasks.create_task(self._tell())
                try:
                    while not self._is_over():
                        await self._minute(tasks)
                finally:
                    self._told.put_nowait(None)
                await telling
        except BaseExceptionGroup as group:
            error: BaseException = group
            while isinstance(error, BaseExceptionGroup):
                error = error.exceptions[0]
            raise error from None
        finally:
            self.health = "ended"
            self.keeper.close()
            self.results.put_nowait(None)
        if self._fatal is not None:
            raise self._fatal

    def _is_over(self) -> bool:
        over = self._ends.is_set() and self.world.key.state is State.IDLE
        return over or self._fatal is not None

    async def _minute(self, tasks: asyncio.TaskGroup) -> None:
        await self._obey()
        if self._is_over():
            return
        now = self.clock.now()
        due = self._done + NS_PER_MINUTE + NS_PER_MS
        if now < due:
            await self._wait((due - now) / NS_PER_SECOND)
            return
        candles = await self._fetch(now - now % NS_PER_MINUTE)
        grace = int(self.exchange.late_candle_grace * NS_PER_SECOND)
        for candle in candles:
            await self._obey()
            end = candle.timestamp * NS_PER_MS + NS_PER_MINUTE
            async with self._turn:
                self._mute(late=self.clock.now() > end + grace)
                await self._feed(candle, end)
            await self._advise(tasks)
            if self._is_over() or await self._began_again():
                return
        if not candles:
            await self._retry_disk()
            await self._wait(RETRY_SECONDS)

    async def _fetch(self, until: TimeNs) -> list[Candle]:
        """Return the candles since the last one taken; a failing exchange is asked again, and never ends the run."""
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                candles, faults = await fetched(self.exchange, self.symbol, "1m", self._done, until)
        except Exception as error:  # noqa: BLE001 - whatever a user's exchange raises
            await self._failed(f"get_candles: {type(error).__name__}: {error}")
            return []
        for fault in faults:
            await self._failed(fault)
        return candles

    async def _feed(self, candle: Candle, end: TimeNs) -> None:
        self.columns.append(candle)
        world = self.world
        start = candle.timestamp * NS_PER_MS
        bar = Bar(
            world.instrument, "1m", start, end, end,
            candle.open, candle.high, candle.low, candle.close, candle.volume,
        )  # fmt: skip
        before = len(self._steps)
        with money_context():
            if bar.ts_recv < world.engine.view.now:
                bar = msgspec.structs.replace(bar, ts_recv=world.engine.view.now)
            self._loop.feed(bar)
            self._loop.advance(bar.ts_recv)  # what it led to at the same moment; a backtest hears it before the next
        await self._keep()
        self._done, self.last_tick = end, self.clock.now()
        self.counters["ticks"] += 1
        if len(self._steps) == before:
            price = world.strategy.average(self.symbol, end)
            names = (self.definition.strategy_name, self.exchange.exchange_name, self.symbol)
            self._told.put_nowait(watched(names, world.key.row, price, end))
        self._hand_over()

    def _take(self, step: Step) -> None:
        """Take note of a step, before its effects go to the paper account, which dies with this process."""
        self.keeper.take(step)
        for notice in step.notices:
            if isinstance(notice, SignalMoved):
                self._steps.append(notice)
            elif isinstance(notice, SignalRejected):
                self.counters["rejections"] += 1
                self._told.put_nowait(f"rejected: {'; '.join(notice.violations)}")
                if self.definition.on_invalid == "stop":
                    self._fatal = InvalidSignal(f"{self.definition.strategy_name}: no signal", notice.violations)
            elif isinstance(notice, SignalAlarm):
                self.counters["alarms"] += 1
                self._told.put_nowait(f"alarm: {notice.signal}: {notice.text}")

    async def _keep(self) -> None:
        """Have kept what was taken; while that fails no entry goes out, and one that waits is taken back."""
        await self.keeper.keep()
        self._withdraw()

    def _withdraw(self) -> None:
        self.venue.shut = self.keeper.trouble
        if self.keeper.trouble and self.world.key.state is State.SCHEDULED:
            with money_context():
                world = self.world
                now = world.engine.view.now
                self._loop.tell(SignalCommanded(world.name, world.instrument, "withdraw", now))
                self._loop.advance(now)

    def _hand_over(self) -> None:
        """Give away what happened; what could not be kept is held back until it can."""
        if self.keeper.trouble:
            return
        steps, self._steps = self._steps, []
        for moved in steps:
            self._told.put_nowait(result_of(moved))
            if moved.action in ("opened", "closed"):
                self._give(moved)

    def _give(self, moved: SignalMoved) -> None:
        if moved.event_id not in self._given:
            self._given.add(moved.event_id)
            self.results.put_nowait(moved)

    async def _retry_disk(self) -> None:
        if self.keeper.trouble:
            async with self._turn:
                await self._keep()
                self._hand_over()
            await self._began_again()

    async def _began_again(self) -> bool:
        """Begin a new session from the disk if the journal broke and the disk takes one; tell whether it did.

        What was not kept is found again: the candles since are taken once more, exits where they were.
        """
        if not self.keeper.is_broken:
            return False
        async with self._turn:
            old = self.keeper.history, self.world, self.venue, self._loop, self.columns, self._done
            try:
                await self._begin(self.keeper.reopen())
            except (OSError, JournalError) as error:
                self.keeper.history, self.world, self.venue, self._loop, self.columns, self._done = old
                self.keeper.trouble = self.venue.shut = f"cannot be kept: {error}"
                return False
            self._steps.clear()
            return True

    # --- what is told from outside ------------------------------------------------------------------

    def command(self, word: str) -> None:
        """Tell the strategy: `close`, `cancel`, `pause` or `resume`; heard at once."""
        self._words.append(word)
        self._awake.set()

    def end(self, *, close: bool = False) -> None:
        """End as soon as nothing is on; nothing new begins. Twice is once."""
        self._ends.set()
        self.command("close" if close else "cancel")
        if close:
            self.command("cancel")

    async def _obey(self) -> None:
        self._awake.clear()
        while self._words:
            word = self._words.pop(0)
            async with self._turn:
                world = self.world
                now = max(self.clock.now(), world.engine.view.now)
                with money_context():
                    self._loop.tell(SignalCommanded(world.name, world.instrument, word, now))
                    self._loop.advance(now)
                await self._keep()
                self._hand_over()

    def _mute(self, *, late: bool) -> None:
        """Have the strategy asked on candles in time alone: what an outage hid is watched, not traded on."""
        world = self.world
        muted = world.instrument in world.strategy.muted
        if late:
            self.counters["late"] += 1
        if late != muted:
            word = "mute" if late else "unmute"
            with money_context():
                self._loop.tell(SignalCommanded(world.name, world.instrument, word, world.engine.view.now))

    async def _advise(self, tasks: asyncio.TaskGroup) -> None:
        """Let slow advice be given beside the ticks; what comes at once is taken at once."""
        while self._asked:
            task = tasks.create_task(self._answer(self._asked.pop(0), self.world.engine.view.now))
            for _ in range(2):
                await asyncio.sleep(0)
                if task.done():
                    break

    async def _answer(self, question: AskAdvice, asked: TimeNs) -> None:
        world = self.world
        answer = await answered(world.strategy, question, asked)
        async with self._turn:
            if self.world is not world:
                return  # a new session has begun since, which asks anew
            now = world.engine.view.now
            if now != asked or self.clock.now() - asked > NS_PER_SECOND + NS_PER_MINUTE:
                now = max(now, self.clock.now())
            with money_context():
                self._loop.tell(msgspec.structs.replace(answer, ts_recv=now))
                self._loop.advance(now)
            await self._keep()
            self._hand_over()

    # --- who watches --------------------------------------------------------------------------------

    async def _tell(self) -> None:
        strategy = self.world.strategy
        while (told := await self._told.get()) is not None:
            if isinstance(told, str):
                await tell_error(told)
                continue
            method, execution, _ = strategy.advise(self.symbol, told.ts * NS_PER_MS)
            await tell_result(told, self.definition, (method, execution), live=True)

    async def _failed(self, text: str) -> None:
        self.counters["errors"] += 1
        await tell_error(text)

    async def _wait(self, seconds: float) -> None:
        """Wait, or until somebody says something."""
        if self._words:
            return
        async with asyncio.TaskGroup() as tasks:
            sleeping = tasks.create_task(_sleep(self.clock, seconds))
            waking = tasks.create_task(self._awake.wait())
            await asyncio.wait((sleeping, waking), return_when=asyncio.FIRST_COMPLETED)
            sleeping.cancel()
            waking.cancel()

    @property
    def described(self) -> str:
        """How far it has come, for people."""
        return iso(self._done)


async def _sleep(clock: LiveClock, seconds: float) -> None:
    await clock.sleep(seconds)
