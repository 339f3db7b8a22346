"""A live key at a venue, as those who started it see it: the session does the work, `account` tells what came of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tradewind.app.signals.handover import Handover
from tradewind.app.signals.result import watched
from tradewind.app.signals.setup import SETUP
from tradewind.app.signals.venue.past import history_of
from tradewind.domain.errors import SignalError
from tradewind.domain.trade_signal import SignalMoved
from tradewind.strategy.signals.states import State

if TYPE_CHECKING:
    from tradewind.app.signals.venue.account import VenueAccount
    from tradewind.domain.market import Bar
    from tradewind.domain.time import TimeNs
    from tradewind.domain.trade_signal import SignalNotice
    from tradewind.strategy.signals.definition import StrategyDefinition
    from tradewind.strategy.signals.key import Key
    from tradewind.strategy.signals.strategy import SignalStrategy


class VenueKey:
    """Drives nothing: it waits for its end, and hands over what its account tells it; `results` are for consumers."""

    quarantine = ""
    """No file of its own can be damaged."""

    def __init__(self, definition: StrategyDefinition, symbol: str, account: VenueAccount) -> None:
        self.definition, self.symbol = definition, symbol
        self.name = definition.strategy_name, symbol
        self.last_tick: TimeNs = 0
        self.trouble = ""
        exchange = account.exchange.exchange_name
        self.history = history_of(exchange, *self.name)
        self._noting: set[str] = set()
        """What was given, and may not have been noted yet."""
        self._names = (definition.strategy_name, exchange, symbol)
        self._account = account
        self._handover = Handover(definition, symbol)
        self.counters, self.results = self._handover.counters, self._handover.results
        self._strategy: SignalStrategy | None = None
        self._begun, self._over = asyncio.Event(), asyncio.Event()
        self._failure: BaseException | None = None
        self._has_begun = self._is_ending = self._has_moved = False
        self._bar: Bar | None = None

    # --- for those who started it -------------------------------------------------------------------

    @property
    def state(self) -> str:
        """The state of its signal."""
        return State.IDLE.value if self._strategy is None else self._key(self._strategy).state.value

    @property
    def health(self) -> str:
        """`starting`, `running` or `ended`."""
        return "ended" if self._over.is_set() else "running" if self._has_begun else "starting"

    async def begin(self) -> None:
        """Begin, and the session with the first key; raise what keeps it from beginning."""
        await self._account.join(self)

    async def drive(self) -> None:
        """Wait for the end: it is told to and has nothing open, the session ends, or nothing can go on."""
        telling = self._handover.telling
        try:
            async with asyncio.TaskGroup() as tasks:
                watching = tasks.create_task(telling.run(self._running))
                try:
                    await self._over.wait()
                finally:
                    telling.end()
                await watching
        finally:
            self._over.set()
            self._account.leave(self)
            await self._account.left()
            self.results.put_nowait(None)
        for error in (self._handover.fatal, self._failure):
            if error is not None:
                raise error

    def command(self, word: str) -> None:
        """Tell the strategy: `close`, `cancel`, `pause` or `resume`; journaled, and heard at once."""
        self._account.tell(self, word)

    def end(self, *, close: bool = False) -> None:
        """End as soon as nothing is on; nothing new begins. Twice is once."""
        self._is_ending = True
        if close:
            self.command("close")
        self.command("cancel")

    async def deliver(self, event_id: str, *, retry: bool = False) -> None:
        """Note that a consumer was given a step."""
        noting = self._noting
        noting.add(event_id)
        self.trouble = await self.history.note_given(event_id, SETUP, retry=retry)
        if not self.trouble:  # then all that was given before is noted too, and owed to nobody
            self.history.moves[:] = [moved for moved in self.history.moves if moved.event_id not in noting]
            noting.clear()

    # --- for its account ----------------------------------------------------------------------------

    async def begun(self) -> None:
        """Wait until it has begun; raise why it could not."""
        await self._begun.wait()
        if not self._has_begun:
            raise self._failure or SignalError(f"{self._names[0]}: the session ended before {self.symbol} had begun")

    def begin_now(self) -> None:
        """Take it that it has begun: what nobody was given before is given now."""
        self._strategy = self._account.strategy(self._names[0])
        self._has_begun = True
        self._begun.set()
        for moved in self.history.undelivered():
            self._handover.give(moved)

    def note(self, notice: SignalNotice) -> None:
        """Take note of what the strategy says about its signal."""
        if self._has_begun:
            self._has_moved = self._has_moved or isinstance(notice, SignalMoved)
            self._handover.note_all((notice,))

    def failed(self, text: str) -> None:
        """Count an error that ends nothing, and tell of it."""
        self._handover.failed(text)

    def tick(self, bar: Bar) -> None:
        """Take note of a minute."""
        if self._has_begun:
            self._bar = bar
            self.last_tick = SETUP.clock.now()
            self.counters["ticks"] += 1

    def turned(self) -> None:
        """Hand over what the turn has brought, and end if that is due."""
        if not self._has_begun or self._over.is_set():
            return
        assert self._strategy is not None
        self._handover.over()
        if self._bar is not None and not self._has_moved:
            when = self._bar.ts_venue
            row, price = self._key(self._strategy).row, self._strategy.average(self.symbol, when)
            self._handover.telling.result(watched(self._names, row, price, when))
        self._bar, self._has_moved = None, False
        if self._handover.fatal is not None or (self._is_ending and self.state == State.IDLE.value):
            self._over.set()

    def over(self, error: BaseException | None) -> None:
        """Take it that the session has ended, or does not take this key."""
        self._failure = error
        self._begun.set()
        self._over.set()

    def _running(self) -> SignalStrategy:
        assert self._strategy is not None, "nothing is told before it has begun"
        return self._strategy

    def _key(self, strategy: SignalStrategy) -> Key:
        return next(key for key in strategy.keys.values() if key.symbol == self.symbol)
