"""The turns of one live key: something is taken by its engine, kept on the disk, and handed over, in that order.

One turn at a time: a candle, a word, an answer that was waited for. While the disk takes nothing, no entry goes out;
when the journal broke, a new session begins from what is on the disk.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tradewind.app.signals.data import fetched
from tradewind.app.signals.result import watched
from tradewind.app.signals.session import KeySession
from tradewind.domain.errors import JournalError
from tradewind.domain.money import money_context
from tradewind.domain.time import NS_PER_MINUTE, NS_PER_SECOND
from tradewind.strategy.signals.states import State

if TYPE_CHECKING:
    from tradewind.app.signals.account import SharedAccount
    from tradewind.app.signals.handover import Handover
    from tradewind.app.signals.keeper import SignalKeeper
    from tradewind.app.signals.session import Defined
    from tradewind.app.signals.setup import LiveClock
    from tradewind.app.signals.state import KeptState
    from tradewind.domain.events import AdviceCame
    from tradewind.domain.step import Step
    from tradewind.domain.time import TimeNs
    from tradewind.strategy.signals.candles import Candle

WARMUP_MINUTES = 60


class KeyTurns:
    """What the engine of a key takes, and that it is kept before anybody hears of it."""

    def __init__(
        self, defined: Defined, account: SharedAccount, keeper: SignalKeeper, clock: LiveClock, handover: Handover
    ) -> None:
        self._defined, self._account = defined, account
        self._keeper, self._clock, self._handover = keeper, clock, handover
        definition, exchange, symbol = defined
        self._names = (definition.strategy_name, exchange.exchange_name, symbol)
        self.session: KeySession
        """The engine that runs the key now; another one after its journal broke."""
        self._turn = asyncio.Lock()
        """Held by whoever lets the engine take something, until that is kept."""

    async def begin(self, kept: KeptState) -> None:
        """Build the world, and restore what was on."""
        now, past, symbol = self._clock.now(), self._keeper.history, self._names[2]
        done = kept.done or now - now % NS_PER_MINUTE
        candles = await self._warmup(done)
        with money_context():
            session = KeySession(self._defined, kept, past, candles, self._account, done=done)
            if self._keeper.file.damaged:
                session.world.strategy.setting.paused.add(symbol)
            self._keeper.begin(session.world, session.restored_at())
            self.session = session
            session.begin(self._take)
            self._keeper.commit()
            self._withdraw()
        for moved in past.undelivered():
            self._handover.give(moved)

    async def _warmup(self, done: TimeNs) -> list[Candle]:
        _, exchange, symbol = self._defined
        try:
            return (await fetched(exchange, symbol, "1m", done - WARMUP_MINUTES * NS_PER_MINUTE, done))[0]
        except Exception as error:  # noqa: BLE001 - whatever a user's exchange raises; the ticks will ask again
            self._handover.failed(f"candles before the start: {error}")
            return []

    async def candle(self, candle: Candle, end: TimeNs, *, late: bool) -> None:
        """Take a candle that ended at `end`; nobody is asked about one that comes late."""
        async with self._turn:
            before, session = len(self._handover.held), self.session
            with money_context():
                session.mute(late=late)
                session.feed(candle)
            try:
                if not late:  # all keys whose candle is in are asked before what each decided is carried on
                    await asyncio.sleep(0)
            finally:
                with money_context():
                    session.follow()
            await self._keep()
            session.done = end
            if len(self._handover.held) == before:
                price = session.world.strategy.average(self._names[2], end)
                self._handover.telling.result(watched(self._names, session.key.row, price, end))
            self._hand_over()

    async def word(self, word: str) -> None:
        """Take a word from outside."""
        async with self._turn:
            with money_context():
                self.session.tell(word, max(self._clock.now(), self.session.now))
            await self._keep()
            self._hand_over()

    async def reset(self, breaker: str, reason: str, operator: str) -> str:
        """Reset a breaker and keep that; return where it stands then."""
        async with self._turn:
            with money_context():
                self.session.reset(breaker, reason, operator, max(self._clock.now(), self.session.now))
            await self._keep()
            self._hand_over()
        return self.session.breakers.get(breaker, "")

    async def answer(self, session: KeySession, answer: AdviceCame, asked: TimeNs) -> None:
        """Take an answer to what was asked at `asked`; a session that has ended takes none, the new one asks anew."""
        async with self._turn:
            if self.session is not session:
                return
            now = session.now
            if now != asked or self._clock.now() - asked > NS_PER_SECOND + NS_PER_MINUTE:
                now = max(now, self._clock.now())
            with money_context():
                session.advise(answer, now)
            await self._keep()
            self._hand_over()

    async def retry(self) -> None:
        """Try to keep what could not be kept."""
        if self._keeper.trouble:
            async with self._turn:
                await self._keep()
                self._hand_over()
            await self.began_again()

    async def began_again(self) -> bool:
        """Begin a new session from the disk if the journal broke and the disk takes one; tell whether it did.

        What was not kept is found again: the candles since are taken once more, exits where they were.
        """
        keeper = self._keeper
        if not keeper.is_broken:
            return False
        async with self._turn:
            history, session = keeper.history, self.session
            try:
                await self.begin(keeper.reopen())
            except (OSError, JournalError) as error:
                keeper.history, self.session = history, session
                self._account.join((self._names[0], self._names[2]), session.world)
                keeper.trouble = session.venue.shut = f"cannot be kept: {error}"
                return False
            self._handover.held.clear()
            return True

    def _take(self, step: Step) -> None:
        """Take note of a step, before its effects go to the paper account, which dies with this process."""
        self._keeper.take(step)
        self._handover.note(step)

    async def _keep(self) -> None:
        """Have kept what was taken; while that fails no entry goes out, and one that waits is taken back."""
        await self._keeper.keep()
        self._withdraw()

    def _withdraw(self) -> None:
        session = self.session
        session.venue.shut = self._keeper.trouble
        if self._keeper.trouble and session.key.state is State.SCHEDULED:
            with money_context():
                session.tell("withdraw", session.now)

    def _hand_over(self) -> None:
        """Give away what happened; what could not be kept is held back until it can."""
        if not self._keeper.trouble:
            self._handover.over()
