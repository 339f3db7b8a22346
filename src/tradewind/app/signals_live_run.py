"""One live key: minute after minute, from the exchange's candles to what consumers are given.

Order within a minute: candle, engine, journal, file, then whoever watches and consumes. The clock on the wall only
says when to look; everything else is the session's (`signals_session.py`).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tradewind.app.signals_advice import answered
from tradewind.app.signals_data import fetched
from tradewind.app.signals_result import result_of, watched
from tradewind.app.signals_session import KeySession
from tradewind.app.signals_telling import Telling
from tradewind.domain.errors import InvalidSignal, JournalError, TradewindError
from tradewind.domain.money import money_context
from tradewind.domain.time import NS_PER_MINUTE, NS_PER_MS, NS_PER_SECOND, iso
from tradewind.domain.trade_signal import SignalAlarm, SignalMoved, SignalRejected
from tradewind.strategy.signals.states import State

if TYPE_CHECKING:
    from tradewind.app.signals_account import SharedAccount
    from tradewind.app.signals_keeper import SignalKeeper
    from tradewind.app.signals_setup import LiveClock
    from tradewind.app.signals_state import KeptState
    from tradewind.app.signals_world import SignalWorld
    from tradewind.domain.commands import AskAdvice
    from tradewind.domain.step import Step
    from tradewind.domain.time import TimeNs
    from tradewind.strategy.signals.candles import Candle
    from tradewind.strategy.signals.definition import ExchangeDefinition, StrategyDefinition

TICK_TTL = 60_001
"""Milliseconds from one minute's begin to the tick of its end: a minute, and one more for its candle to be there."""
FETCH_SECONDS = 60.0
RETRY_SECONDS = 1.0
WARMUP_MINUTES = 60


class SignalRun:
    """Drives one key; `results` is what consumers are given, in order."""

    def __init__(  # noqa: PLR0913 - what it is about, and what it goes by
        self,
        definition: StrategyDefinition,
        exchange: ExchangeDefinition,
        symbol: str,
        *,
        keeper: SignalKeeper,
        clock: LiveClock,
        account: SharedAccount,
    ) -> None:
        self._account = account
        self.definition, self.exchange, self.symbol = definition, exchange, symbol
        self.keeper, self.clock = keeper, clock
        self.counters = dict.fromkeys(("ticks", "errors", "rejections", "alarms", "late"), 0)
        self.health = "starting"
        self.last_tick: TimeNs = 0
        self.results: asyncio.Queue[SignalMoved | None] = asyncio.Queue()
        self.session: KeySession
        """The engine that runs the key now; another one after its journal broke."""
        self._telling = Telling(definition, symbol)
        self._steps: list[SignalMoved] = []
        self._words: list[str] = []
        self._given: set[str] = set()
        """What is in `results`, or has been: nothing is handed over twice by one run."""
        self._turn = asyncio.Lock()
        """Held by whoever lets the engine take something, until that is kept."""
        self._ends = asyncio.Event()
        self._awake = asyncio.Event()
        self._fatal: TradewindError | None = None

    @property
    def world(self) -> SignalWorld:
        """What runs the key now."""
        return self.session.world

    @property
    def described(self) -> str:
        """How far it has come, for people."""
        return iso(self.session.done)

    # --- start --------------------------------------------------------------------------------------

    async def begin(self) -> None:
        """Recover: read what is kept, build the world, and restore what was on."""
        kept = self.keeper.open()
        try:
            await self._begin(kept)
        except BaseException:
            self._let_go()
            raise

    async def _begin(self, kept: KeptState) -> None:
        now, past = self.clock.now(), self.keeper.history
        done = kept.done or now - now % NS_PER_MINUTE
        candles = await self._warmup(done)
        with money_context():
            defined = self.definition, self.exchange, self.symbol
            session = KeySession(defined, kept, past, candles, self._account, done=done)
            if self.keeper.file.damaged:
                session.world.strategy.setting.paused.add(self.symbol)
            self.keeper.begin(session.world, session.restored_at())
            self.session = session
            session.begin(self._take)
            self.keeper.commit()
            self._withdraw()
        for moved in past.undelivered():
            self._give(moved)
        self.health = "quarantined" if self.keeper.file.damaged else "running"

    async def _warmup(self, done: TimeNs) -> list[Candle]:
        try:
            return (await fetched(self.exchange, self.symbol, "1m", done - WARMUP_MINUTES * NS_PER_MINUTE, done))[0]
        except Exception as error:  # noqa: BLE001 - whatever a user's exchange raises; the ticks will ask again
            self._failed(f"candles before the start: {error}")
            return []

    # --- run ----------------------------------------------------------------------------------------

    async def drive(self) -> None:
        """Take minute after minute until it is told to end and has nothing open, or nothing can go on."""
        try:
            async with asyncio.TaskGroup() as tasks:
                telling = tasks.create_task(self._telling.run(lambda: self.world.strategy))
                try:
                    while not self._is_over():
                        await self._minute(tasks)
                finally:
                    self._telling.end()
                await telling
        except BaseExceptionGroup as group:
            error: BaseException = group
            while isinstance(error, BaseExceptionGroup):
                error = error.exceptions[0]
            raise error from None
        finally:
            self.health = "ended"
            self._let_go()
            self.results.put_nowait(None)
        if self._fatal is not None:
            raise self._fatal

    def _let_go(self) -> None:
        self._account.leave((self.definition.strategy_name, self.symbol))
        self.keeper.close()

    def _is_over(self) -> bool:
        over = self._ends.is_set() and self.session.key.state is State.IDLE
        return over or self._fatal is not None

    async def _minute(self, tasks: asyncio.TaskGroup) -> None:
        await self._obey()
        if self._is_over():
            return
        now = self.clock.now()
        due = self.session.done + TICK_TTL * NS_PER_MS
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
                candles, faults = await fetched(self.exchange, self.symbol, "1m", self.session.done, until)
        except Exception as error:  # noqa: BLE001 - whatever a user's exchange raises
            self._failed(f"get_candles: {type(error).__name__}: {error}")
            return []
        for fault in faults:
            self._failed(fault)
        return candles

    async def _feed(self, candle: Candle, end: TimeNs) -> None:
        before, session = len(self._steps), self.session
        with money_context():
            session.feed(candle)
        await self._keep()
        session.done, self.last_tick = end, self.clock.now()
        self.counters["ticks"] += 1
        if len(self._steps) == before:
            price = session.world.strategy.average(self.symbol, end)
            names = (self.definition.strategy_name, self.exchange.exchange_name, self.symbol)
            self._telling.result(watched(names, session.key.row, price, end))
        self._hand_over()

    def _mute(self, *, late: bool) -> None:
        if late:
            self.counters["late"] += 1
        with money_context():
            self.session.mute(late=late)

    def _take(self, step: Step) -> None:
        """Take note of a step, before its effects go to the paper account, which dies with this process."""
        self.keeper.take(step)
        for notice in step.notices:
            if isinstance(notice, SignalMoved):
                self._steps.append(notice)
            elif isinstance(notice, SignalRejected):
                self.counters["rejections"] += 1
                self._telling.error(f"rejected: {'; '.join(notice.violations)}")
                if self.definition.on_invalid == "stop":
                    self._fatal = InvalidSignal(f"{self.definition.strategy_name}: no signal", notice.violations)
            elif isinstance(notice, SignalAlarm):
                self.counters["alarms"] += 1
                self._telling.error(f"alarm: {notice.signal}: {notice.text}")

    def _failed(self, text: str) -> None:
        self.counters["errors"] += 1
        self._telling.error(text)

    # --- what is kept, and handed over then ---------------------------------------------------------

    async def _keep(self) -> None:
        """Have kept what was taken; while that fails no entry goes out, and one that waits is taken back."""
        await self.keeper.keep()
        self._withdraw()

    def _withdraw(self) -> None:
        session = self.session
        session.venue.shut = self.keeper.trouble
        if self.keeper.trouble and session.key.state is State.SCHEDULED:
            with money_context():
                session.tell("withdraw", session.now)

    def _hand_over(self) -> None:
        """Give away what happened; what could not be kept is held back until it can."""
        if self.keeper.trouble:
            return
        steps, self._steps = self._steps, []
        for moved in steps:
            self._telling.result(result_of(moved))
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
            history, session = self.keeper.history, self.session
            try:
                await self._begin(self.keeper.reopen())
            except (OSError, JournalError) as error:
                self.keeper.history, self.session = history, session
                self._account.join((self.definition.strategy_name, self.symbol), session.world)
                self.keeper.trouble = session.venue.shut = f"cannot be kept: {error}"
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
                with money_context():
                    self.session.tell(word, max(self.clock.now(), self.session.now))
                await self._keep()
                self._hand_over()

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

    # --- slow advice --------------------------------------------------------------------------------

    async def _advise(self, tasks: asyncio.TaskGroup) -> None:
        """Let slow advice be given beside the ticks; what comes at once is taken at once."""
        session = self.session
        while session.asked:
            task = tasks.create_task(self._answer(session, session.asked.pop(0), session.now))
            for _ in range(2):
                await asyncio.sleep(0)
                if task.done():
                    break

    async def _answer(self, session: KeySession, question: AskAdvice, asked: TimeNs) -> None:
        answer = await answered(session.world.strategy, question, asked)
        async with self._turn:
            if self.session is not session:
                return  # a new session has begun since, which asks anew
            now = session.now
            if now != asked or self.clock.now() - asked > NS_PER_SECOND + NS_PER_MINUTE:
                now = max(now, self.clock.now())
            with money_context():
                session.advise(answer, now)
            await self._keep()
            self._hand_over()


async def _sleep(clock: LiveClock, seconds: float) -> None:
    await clock.sleep(seconds)
