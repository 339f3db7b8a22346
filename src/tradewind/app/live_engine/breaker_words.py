"""What an operator says about breakers to a running engine, as methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.app.live_engine.words import OperatorWords
from tradewind.domain.breakers import BreakerDrilled, BreakerIgnored
from tradewind.domain.control import BreakerDrillRequested, BreakerResetRequested, BreakerTripRequested
from tradewind.domain.errors import EngineSetupError

if TYPE_CHECKING:
    from tradewind.domain.step import Step


class BreakerWords(OperatorWords):
    """The breakers of an engine that runs."""

    async def trip_breaker(self, breaker: str = "manual", *, reason: str = "", operator: str = "") -> list[str]:
        """Trip a breaker; return why it was not, if not. Only a reset lets it go."""
        request = self._request()
        word = BreakerTripRequested(0, breaker, reason, operator, request)
        return _ignored(await self._tell(word, self._answers.taken(request)))

    async def reset_breaker(self, breaker: str, *, reason: str, operator: str = "") -> list[str]:
        """Let a breaker go, as soon as the venue's account was found to be ours; return why not, if not."""
        request = self._request()
        word = BreakerResetRequested(0, breaker, reason, operator, request)
        return _ignored(await self._tell(word, self._answers.taken(request)))

    async def drill_breaker(self, breaker: str, *, operator: str = "") -> BreakerDrilled:
        """Give a breaker made-up input at its limit; return what came of it. Nothing is done.

        Raises `EngineSetupError` where that is impossible: orders are real, it has tripped, or there is none.
        """
        request = self._request()
        step = await self._tell(BreakerDrillRequested(0, breaker, operator, request), self._answers.taken(request))
        drilled = next((notice for notice in step.notices if isinstance(notice, BreakerDrilled)), None)
        if drilled is None:
            raise EngineSetupError("; ".join(_ignored(step)))
        return drilled


def _ignored(step: Step) -> list[str]:
    ignored = [notice for notice in step.notices if isinstance(notice, BreakerIgnored)]
    return [f"{notice.breaker}: {notice.reason}" for notice in ignored]
