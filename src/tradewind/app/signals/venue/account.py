"""The account of an exchange at its venue: its session begins with the first key that is started, ends with the last.

Everything here happens in one thread, between the session's turns: what keys are told of is committed.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from tradewind.app.signals.advice import answered
from tradewind.app.signals.history import GIVEN
from tradewind.app.signals.venue.configured import sessions_of
from tradewind.app.signals.venue.past import Moves, owed_of
from tradewind.app.signals.venue.session import opened
from tradewind.domain.errors import SignalError
from tradewind.domain.events import SignalCommanded
from tradewind.domain.ids import StrategyId
from tradewind.domain.market import Bar
from tradewind.domain.step import StrategyFailed
from tradewind.domain.trade_signal import SignalAlarm, SignalMoved, SignalRejected

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tradewind.app.signals.venue.run import VenueKey
    from tradewind.app.signals.venue.session import VenueSession
    from tradewind.domain.commands import AskAdvice
    from tradewind.domain.step import Step
    from tradewind.strategy.signals.definition import ExchangeDefinition
    from tradewind.strategy.signals.strategy import SignalStrategy

log = structlog.get_logger(__name__)


class KeyWatcher:
    """Tells an account of its session's committed steps (port `Watcher`)."""

    name, missed, is_behind = "signal keys", "", False

    def __init__(self, account: VenueAccount) -> None:
        self._account = account

    def observe(self, steps: Sequence[Step]) -> None:
        """Take the steps of a turn."""
        self._account.observe(steps)

    def close(self) -> None:
        """Nothing waits here."""


class VenueAccount:
    """Begins and ends the session of an exchange, and stands between it and the keys that were started."""

    def __init__(self, exchange: ExchangeDefinition) -> None:
        self.exchange = exchange
        self._keys: dict[tuple[str, str], VenueKey] = {}
        """The keys that were started and have not ended, by strategy and symbol."""
        self._owed: Moves = {}
        """What consumers have not been given: a key that is started later gives it."""
        self._session: VenueSession | None = None
        self._driving: asyncio.Future[tuple[None]] | None = None
        self._tasks: asyncio.TaskGroup | None = None
        self._asked: set[asyncio.Task[None]] = set()
        """Slow advice that has not been given."""
        self._is_stopping = False

    @property
    def is_idle(self) -> bool:
        """Whether no session runs."""
        return self._driving is None

    def strategy(self, name: str) -> SignalStrategy:
        """Return a strategy as it runs."""
        assert self._session is not None, "nobody asks before the session has begun"
        return self._session.strategies[StrategyId(name)]

    # --- keys come and go ---------------------------------------------------------------------------

    async def join(self, key: VenueKey) -> None:
        """Begin a key, and the session with the first; return when it is asked on the next candle."""
        while self._is_stopping and self._driving is not None:
            await asyncio.wait((self._driving,))
        self._keys[key.name] = key
        if self._driving is None:
            # Keys come and go while it runs, and none owns it: it is a task of its own.
            self._driving = asyncio.gather(self._drive())
        elif self._session is not None:
            self._begin(key, self._session)
        try:
            await key.begun()
        except BaseException:
            self.leave(key)
            raise

    def leave(self, key: VenueKey) -> None:
        """Let a key go: nothing is asked for it any more, what is open stays; with the last the session ends."""
        if self._keys.get(key.name) is key:
            del self._keys[key.name]
            self.tell(key, "rest")
        if not self._keys:
            self._stop()

    async def left(self) -> None:
        """Wait for the end of a session that is ending."""
        if self._is_stopping and self._driving is not None:
            await asyncio.wait((self._driving,))

    def tell(self, key: VenueKey, word: str) -> None:
        """Tell a strategy a word for one symbol."""
        session, (name, symbol) = self._session, key.name
        if session is not None and symbol in session.instruments:
            session.live.session.tell(SignalCommanded(StrategyId(name), session.instruments[symbol], word, 0))

    def _begin(self, key: VenueKey, session: VenueSession) -> None:
        name, symbol = key.name
        running = session.strategies.get(StrategyId(name))
        if running is None:
            key.over(SignalError(
                f"{name} was defined after the session of {self.exchange.exchange_name} began: define all strategies "
                "before the first key is started"
            ))  # fmt: skip
        elif symbol not in running.definition.symbols:
            key.over(SignalError(
                f"{name} does not trade {symbol} on {self.exchange.exchange_name}: it trades "
                f"{', '.join(running.definition.symbols) or 'nothing there'} (engine.symbols)"
            ))  # fmt: skip
        else:
            key.history.moves = self._owed.setdefault(key.name, [])
            self.tell(key, "begin")
            return
        del self._keys[key.name]

    # --- the session --------------------------------------------------------------------------------

    def _stop(self) -> None:
        if self._driving is not None and not self._is_stopping:
            self._is_stopping = True
            if self._session is not None:
                self._session.live.session.stop("no signal key runs any more")

    async def _drive(self) -> None:
        error: BaseException | None = None
        try:
            # Keys that are started in one go are all there before the first candle.
            self._owed = await asyncio.to_thread(owed_of, sessions_of(self.exchange), self.exchange.exchange_name)
            await self._run(opened(self.exchange, [name for name, _ in self._keys], self._ask))
        except BaseExceptionGroup as group:
            error = group
            while isinstance(error, BaseExceptionGroup):
                error = error.exceptions[0]
        except BaseException as failure:  # noqa: BLE001 - each key raises it where its consumer hears it
            error = failure
        finally:
            self._session = self._tasks = self._driving = None
            self._is_stopping = False
            keys, self._keys = list(self._keys.values()), {}
            for key in keys:
                key.over(error)
            if error is not None and not keys:
                log.error("the session of signals ended with a fault", error=str(error))

    async def _run(self, session: VenueSession) -> None:
        live, self._session = session.live, session
        live.session.watch(KeyWatcher(self))
        for key in list(self._keys.values()):
            self._begin(key, session)
        if self._is_stopping or not self._keys:
            self._is_stopping = True
            live.session.stop("no signal key runs any more")
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            try:
                await live.run()
            finally:
                for task in self._asked:
                    task.cancel()

    def _ask(self, question: AskAdvice) -> None:
        """Have slow advice given beside the session."""
        if self._tasks is not None:
            task = self._tasks.create_task(self._advise(question))
            self._asked.add(task)
            task.add_done_callback(self._asked.discard)

    async def _advise(self, question: AskAdvice) -> None:
        answer = await answered(self.strategy(question.strategy), question, 0)
        if self._session is not None:
            self._session.live.session.tell(answer)

    # --- what happens -------------------------------------------------------------------------------

    def owe(self, moved: SignalMoved) -> None:
        """Take note of what a consumer is to be given: its key does so, now or when it is started."""
        if moved.action in GIVEN:
            self._owed.setdefault((moved.row.strategy_name, moved.row.symbol), []).append(moved)

    def observe(self, steps: Sequence[Step]) -> None:
        """Tell keys of the steps of a turn; all of it is committed."""
        session = self._session
        assert session is not None, "it watches the session"
        keys = {(StrategyId(n), session.instruments.get(s)): key for (n, s), key in self._keys.items()}
        for step in steps:
            event = step.event
            if type(event) is SignalCommanded and event.command == "begin":
                begun = keys.get((event.strategy, event.instrument))
                if begun is not None:
                    begun.begin_now()
            elif type(event) is Bar and event.interval == "1m":
                for (_, instrument), key in keys.items():
                    if instrument == event.instrument:
                        key.tick(event)
            for notice in step.notices:
                if isinstance(notice, SignalMoved):
                    self.owe(notice)
                if isinstance(notice, SignalMoved | SignalRejected | SignalAlarm):
                    concerned = keys.get((notice.strategy, notice.instrument))
                    if concerned is not None:
                        concerned.note(notice)
                elif isinstance(notice, StrategyFailed):
                    for (name, _), key in keys.items():
                        if name == notice.strategy:
                            key.failed(f"strategy: {notice.error} ({notice.where})")
        for key in list(self._keys.values()):
            key.turned()
