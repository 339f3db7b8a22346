"""The operator's desk of a running session: says words to the engine, and tells what came of them.

It runs in the loop of the session, between turns. A command is done when the journal says so.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from typing import TYPE_CHECKING, TypeVar

from tradewind.app.control.commands import Done, Outcome
from tradewind.app.control.waiting import Turns
from tradewind.domain.errors import EngineSetupError, EngineUnanswered
from tradewind.domain.ids import StrategyId
from tradewind.domain.step import DecisionIgnored, NothingHeld
from tradewind.monitor.counts import Counts
from tradewind.runtime.answers import Answers

if TYPE_CHECKING:
    from concurrent.futures import Future

    from tradewind.app.session.live_run import LiveRun
    from tradewind.domain.control import OperatorEvent
    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.step import Step
    from tradewind.engine.engine import Engine
    from tradewind.runtime.answers import Compared

T = TypeVar("T")


class Desk:
    """Words to one session, and the answers that its journal gives."""

    def __init__(self, run: LiveRun) -> None:
        self.run = run
        self.turns = Turns()
        self.answers = Answers()
        self.counts = Counts(run.session.clock.now, time.monotonic)
        self._numbers = itertools.count(1)
        self._began = time.monotonic()
        run.session.watch(self.turns)
        run.session.watch(self.answers)
        run.session.watch(self.counts)

    @property
    def engine(self) -> Engine:
        """The session's engine; read between turns."""
        return self.run.world.engine

    @property
    def uptime_seconds(self) -> float:
        """How long the session has been heard of."""
        return time.monotonic() - self._began

    def request(self) -> str:
        """Return the name of a new request."""
        return f"control-{next(self._numbers)}"

    async def say(self, word: OperatorEvent, seconds: float) -> Step:
        """Put a word before everything that waits; return the committed step in which it was taken."""
        request = word.request  # type: ignore[union-attr] # every word that is said here has one
        return await self._within(word, self.answers.taken(request), seconds)

    async def compare(self, word: OperatorEvent, seconds: float) -> Compared:
        """Say a word that asks for a comparison; return it."""
        request = word.request  # type: ignore[union-attr]
        return await self._within(word, self.answers.compared(request), seconds)

    async def _within(self, word: OperatorEvent, answer: Future[T], seconds: float) -> T:
        self.run.session.tell(word)
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.wrap_future(answer)
        except TimeoutError:
            raise EngineUnanswered(f"the engine has not answered within {seconds:g} s") from None

    def instrument(self, symbol: str | None) -> InstrumentId | None:
        """Return the instrument of a symbol, None for none; raise `EngineSetupError` for one that is not traded."""
        if symbol is None:
            return None
        for facts in self.engine.portfolio.instruments.values():
            if symbol in (facts.symbol, facts.id):
                return facts.id
        raise EngineSetupError(f"this session does not trade {symbol}")

    def strategy(self, name: str | None) -> StrategyId | None:
        """Return the strategy of a name, None for none; raise `EngineSetupError` for one that does not run here."""
        if name is None or name in self.engine.roster.members:
            return None if name is None else StrategyId(name)
        names = ", ".join(self.engine.roster.members)
        raise EngineSetupError(f"no strategy {name} in this session; there are {names}")


def refusals_of(step: Step) -> list[str]:
    """Return what of a word was refused, with the reason."""
    told = [f"{refusal.code.value}: {refusal.detail}" for refusal in step.refusals]
    for notice in step.notices:
        if isinstance(notice, NothingHeld):
            told.append(f"{notice.strategy} holds nothing of {notice.instrument}")
        elif isinstance(notice, DecisionIgnored):
            told.append(f"{notice.subject or notice.report}: {notice.reason}")
    return told


def done(command: str, step: Step | None, *told: str, left: list[str] | None = None) -> Done:
    """Return the answer of a command that was taken in `step`: refused if all that there is to say is why not."""
    refused = [] if step is None else refusals_of(step)
    if refused:
        return Done(command, Outcome.REFUSED, None if step is None else step.seq, (), tuple(refused))
    outcome = Outcome.PARTLY if left else Outcome.DONE
    return Done(command, outcome, None if step is None else step.seq, told, tuple(left or ()))
