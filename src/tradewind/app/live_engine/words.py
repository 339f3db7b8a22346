"""What an operator says to a running engine, as methods that wait until it was taken, and say what came of it."""

from __future__ import annotations

import asyncio
import itertools
import time
from typing import TYPE_CHECKING, TypeVar

from tradewind.app.control.metrics import metrics_of
from tradewind.domain.control import (
    CancelRequested,
    DifferencesApproved,
    DifferencesRejected,
    FlattenRequested,
    Paused,
    ReconcileRequested,
    Resumed,
)
from tradewind.domain.errors import EngineSetupError, VenueUnavailable
from tradewind.domain.ids import EXTERNAL, ClientOrderId, StrategyId
from tradewind.domain.money import money_context
from tradewind.domain.step import DecisionIgnored, NothingHeld
from tradewind.domain.time import NS_PER_DAY, NS_PER_SECOND
from tradewind.runtime.answers import Answers

if TYPE_CHECKING:
    from concurrent.futures import Future

    from tradewind.app.control.metrics import Metrics
    from tradewind.app.session.live_run import LiveRun
    from tradewind.domain.control import OperatorEvent
    from tradewind.domain.reconciliation import ReconciliationReport
    from tradewind.domain.step import Step
    from tradewind.monitor.counts import Counts
    from tradewind.runtime.answers import Compared

T = TypeVar("T")

ANSWER_SECONDS = 30.0
"""How long an answer is waited for."""


class OperatorWords:
    """The operator's side of an engine that runs."""

    def __init__(self) -> None:
        self._run: LiveRun | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._answers = Answers()
        self._requests = itertools.count(1)
        self._counts: Counts | None = None
        self._began = 0.0

    @property
    def reports(self) -> list[ReconciliationReport]:
        """The last comparisons, oldest first; the journal has them all."""
        return list(self._answers.reports)

    async def force_reconciliation(self, operator: str = "") -> ReconciliationReport:
        """Compare with the venue now; return the report. Raise `VenueUnavailable` if it does not tell its account."""
        return (await self._compare(operator)).report

    async def approve(self, report_id: str, operator: str = "") -> list[str]:
        """Correct our books by what a report was certain of; return what could not be, with the reason.

        It is done by the comparison that follows at once, and so for what is still the same.
        """
        request = self._request()
        word, compared = DifferencesApproved(0, report_id, operator, request), self._answers.compared(request)
        ignored = _ignored(await self._tell(word, self._answers.taken(request)))
        await self._within(compared)
        return ignored

    async def reject(self, report_id: str, operator: str = "") -> list[str]:
        """Leave our books as they are, and do not raise it again until it changes; return what could not be."""
        request = self._request()
        word = DifferencesRejected(0, report_id, operator, request)
        return _ignored(await self._tell(word, self._answers.taken(request)))

    async def pause(self, reason: str = "", operator: str = "", for_seconds: float = 4 * 3_600.0) -> None:
        """Refuse every intent from the next event on, for so long by the session's clock."""
        request = self._request()
        word = Paused(0, reason, operator, request, int(for_seconds * NS_PER_SECOND))
        await self._tell(word, self._answers.taken(request))

    async def resume(self, operator: str = "", strategy: str | None = None) -> None:
        """Trade again, as far as nothing else holds it back: all, or one strategy that was held."""
        request = self._request()
        word = Resumed(0, operator, None if strategy is None else StrategyId(strategy), request)
        await self._tell(word, self._answers.taken(request))

    def get_metrics(self) -> Metrics:
        """Return counts, money and latencies so far; call it where the engine runs, in its loop."""
        run = self._running()
        assert self._counts is not None
        with money_context():
            return metrics_of(run.world.engine, self._counts)

    def get_status(self) -> dict[str, object]:
        """Return how the engine stands; call it where the engine runs, in its loop."""
        run = self._running()
        engine, counts = run.world.engine, self._counts
        health = run.session.health()
        return {
            "running": health["engine_running"], "paused": health["paused"], "mode": health["mode"],
            "strategies": sorted(engine.roster.members), "seq": engine.seq, "breakers": health["breakers"],
            "orders_submitted": 0 if counts is None else counts.submitted,
            "uptime_seconds": time.monotonic() - self._began,
        }  # fmt: skip

    async def cancel_order(self, order_id: str, operator: str = "") -> list[str]:
        """Take an order back, also one of somebody else that was adopted; return why not, if not."""
        request = self._request()
        word = CancelRequested(0, ClientOrderId(order_id), operator, request)
        return _refused(await self._tell(word, self._answers.taken(request)))

    async def flatten(self, symbol: str, strategy: str = EXTERNAL, operator: str = "") -> list[str]:
        """Close at the market what an owner holds of a symbol; return why not, if not."""
        instruments = self._running().world.engine.portfolio.instruments.values()
        name = next((facts.id for facts in instruments if facts.symbol == symbol), None)
        if name is None:
            return [f"this session does not trade {symbol}"]
        request = self._request()
        word = FlattenRequested(0, name, StrategyId(strategy), operator, request)
        return _refused(await self._tell(word, self._answers.taken(request)))

    async def _compare(self, operator: str = "", days_back: int | None = None) -> Compared:
        request = self._request()
        since = None if days_back is None else self._running().world.engine.view.now - days_back * NS_PER_DAY
        word = ReconcileRequested(0, operator, request, since)
        return await self._tell(word, self._answers.compared(request))

    async def _tell(self, word: OperatorEvent, answer: Future[T]) -> T:
        """Put a word before everything that waits, and wait for its answer."""
        run, loop = self._running(), self._loop
        assert loop is not None
        loop.call_soon_threadsafe(run.session.tell, word)
        return await self._within(answer)

    async def _within(self, answer: Future[T]) -> T:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await asyncio.wrap_future(answer)
        except TimeoutError:
            raise VenueUnavailable(f"no answer within {ANSWER_SECONDS:.0f} s") from None

    def _request(self) -> str:
        return f"word-{next(self._requests)}"

    def _running(self) -> LiveRun:
        if self._run is None or self._loop is None:
            raise EngineSetupError("the engine is not running: call run() first")
        return self._run


def _ignored(step: Step) -> list[str]:
    """Return what of a decision could not be done, with the reason."""
    ignored = [notice for notice in step.notices if isinstance(notice, DecisionIgnored)]
    return [f"{notice.subject or notice.report}: {notice.reason}" for notice in ignored]


def _refused(step: Step) -> list[str]:
    """Return what of a word was refused, with the reason."""
    refused = [f"{refusal.code.value}: {refusal.detail}" for refusal in step.refusals]
    return refused + [
        f"{n.strategy} holds nothing of {n.instrument}" for n in step.notices if isinstance(n, NothingHeld)
    ]
