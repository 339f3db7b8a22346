"""One live key: minute after minute, from the exchange's candles to what consumers are given.

Order within a minute: candle, engine, journal, file, then whoever watches and consumes (`turns.py`). The clock on the
wall only says when to look; everything else is the session's (`session.py`).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tradewind.app.signals.advice import answered
from tradewind.app.signals.data import fetched
from tradewind.app.signals.handover import Handover
from tradewind.app.signals.turns import KeyTurns
from tradewind.app.signals.words import Words
from tradewind.domain.time import NS_PER_MINUTE, NS_PER_MS, NS_PER_SECOND, iso
from tradewind.strategy.signals.states import State

if TYPE_CHECKING:
    from tradewind.app.signals.account import SharedAccount
    from tradewind.app.signals.keeper import SignalKeeper
    from tradewind.app.signals.session import KeySession
    from tradewind.app.signals.setup import LiveClock
    from tradewind.app.signals.world import SignalWorld
    from tradewind.domain.commands import AskAdvice
    from tradewind.domain.time import TimeNs
    from tradewind.strategy.signals.candles import Candle
    from tradewind.strategy.signals.definition import ExchangeDefinition, StrategyDefinition

TICK_TTL = 60_001
"""Milliseconds from one minute's begin to the tick of its end: a minute, and one more for its candle to be there."""
FETCH_SECONDS = 60.0
RETRY_SECONDS = 1.0


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
        self.last_tick: TimeNs = 0
        self._words = Words()
        self._handover = Handover(definition, symbol)
        self.counters, self.results = self._handover.counters, self._handover.results
        self._turns = KeyTurns((definition, exchange, symbol), account, keeper, clock, self._handover)
        self._has_begun = self._has_ended = False

    @property
    def session(self) -> KeySession:
        """What runs the key now; another one after its journal broke."""
        return self._turns.session

    @property
    def world(self) -> SignalWorld:
        """The engine of the session, and all around it."""
        return self.session.world

    @property
    def state(self) -> str:
        """The state of its signal."""
        return self.world.key.state.value

    @property
    def trouble(self) -> str:
        """Why what happened cannot be kept; empty if it can."""
        return self.keeper.trouble

    @property
    def quarantine(self) -> str:
        """Where the state lies that was damaged and that nobody has cleared; empty if none was."""
        return str(self.keeper.file.path) if self.keeper.file.damaged else ""

    async def deliver(self, event_id: str, *, retry: bool = False) -> None:
        """Note that a consumer was given a step."""
        await self.keeper.deliver(event_id, retry=retry)

    @property
    def described(self) -> str:
        """How far it has come, for people."""
        return iso(self.session.done)

    @property
    def health(self) -> str:
        """`starting`, `running`, `quarantined` while a damaged file has not been looked at, or `ended`."""
        if self._has_ended:
            return "ended"
        if not self._has_begun:
            return "starting"
        return "quarantined" if self.keeper.file.damaged else "running"

    # --- start and end ------------------------------------------------------------------------------

    async def begin(self) -> None:
        """Recover: read what is kept, build the world, and restore what was on."""
        kept = self.keeper.open()
        try:
            await self._turns.begin(kept)
        except BaseException:
            self._let_go()
            raise
        self._has_begun = True

    async def drive(self) -> None:
        """Take minute after minute until it is told to end and has nothing open, or nothing can go on."""
        telling = self._handover.telling
        try:
            async with asyncio.TaskGroup() as tasks:
                watching = tasks.create_task(telling.run(lambda: self.world.strategy))
                try:
                    while not self._is_over():
                        await self._minute(tasks)
                finally:
                    telling.end()
                await watching
        except BaseExceptionGroup as group:
            error: BaseException = group
            while isinstance(error, BaseExceptionGroup):
                error = error.exceptions[0]
            raise error from None
        finally:
            self._has_ended = True
            self._let_go()
            self.results.put_nowait(None)
        if self._handover.fatal is not None:
            raise self._handover.fatal

    def _let_go(self) -> None:
        self._account.leave((self.definition.strategy_name, self.symbol))
        self.keeper.close()

    def _is_over(self) -> bool:
        over = self._words.is_ending and self.session.key.state is State.IDLE
        return over or self._handover.fatal is not None

    # --- minutes ------------------------------------------------------------------------------------

    async def _minute(self, tasks: asyncio.TaskGroup) -> None:
        await self._obey()
        if self._is_over():
            return
        now = self.clock.now()
        due = self.session.done + TICK_TTL * NS_PER_MS
        if now < due:
            await self._words.wait(self.clock, (due - now) / NS_PER_SECOND)
            return
        candles = await self._fetch(now - now % NS_PER_MINUTE)
        for candle in candles:
            await self._obey()
            await self._feed(candle, candle.timestamp * NS_PER_MS + NS_PER_MINUTE)
            await self._advise(tasks)
            if self._is_over() or await self._turns.began_again():
                return
        if not candles:
            await self._turns.retry()
            await self._words.wait(self.clock, RETRY_SECONDS)

    async def _fetch(self, until: TimeNs) -> list[Candle]:
        """Return the candles since the last one taken; a failing exchange is asked again, and never ends the run."""
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                candles, faults = await fetched(self.exchange, self.symbol, "1m", self.session.done, until)
        except Exception as error:  # noqa: BLE001 - whatever a user's exchange raises
            self._handover.failed(f"get_candles: {type(error).__name__}: {error}")
            return []
        for fault in faults:
            self._handover.failed(fault)
        return candles

    async def _feed(self, candle: Candle, end: TimeNs) -> None:
        late = self.clock.now() > end + int(self.exchange.late_candle_grace * NS_PER_SECOND)
        await self._turns.candle(candle, end, late=late)
        self.last_tick = self.clock.now()
        self.counters["late"] += late
        self.counters["ticks"] += 1

    # --- what is told from outside, and answered late -----------------------------------------------

    def command(self, word: str) -> None:
        """Tell the strategy: `close`, `cancel`, `pause` or `resume`; heard at once."""
        self._words.say(word)

    async def reset_breaker(self, breaker: str, reason: str, operator: str) -> str:
        """Reset a breaker; return where it stands then, empty if there is no such one."""
        return await self._turns.reset(breaker, reason, operator)

    def end(self, *, close: bool = False) -> None:
        """End as soon as nothing is on; nothing new begins. Twice is once."""
        self._words.end(close=close)

    async def _obey(self) -> None:
        while (word := self._words.next()) is not None:
            await self._turns.word(word)

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
        await self._turns.answer(session, answer, asked)
