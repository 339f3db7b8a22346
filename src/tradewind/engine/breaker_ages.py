"""How old the last prices are, for the breaker `stale_data`: of each instrument whose market never closes.

A feed that is dead from the start has no last price: it is as old as the session. Such a one may be judged too old, but
never fresh: a breaker that has tripped is not let go by a restart, only by prices.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.instrument import ALWAYS_OPEN
from tradewind.domain.time import NEVER

if TYPE_CHECKING:
    from tradewind.domain.time import TimeNs
    from tradewind.engine.engine import Engine
    from tradewind.risk.breakers.conduct import Conduct


class Ages:
    """Judges by the oldest of the prices that ought to be fresh."""

    def __init__(self, engine: Engine, conduct: Conduct) -> None:
        self._conduct = conduct
        self._states = {
            name: engine.market.states[name]
            for name, facts in engine.portfolio.instruments.items()
            if facts.calendar == ALWAYS_OPEN
        }

    def look(self, now: TimeNs) -> None:
        """Judge by the oldest price."""
        since, name = self._oldest()
        if name:
            is_complete = all(state.priced_at >= 0 for state in self._states.values())
            self._conduct.age(now, name, now - since, is_complete=is_complete)

    def due(self, now: TimeNs, most: TimeNs) -> TimeNs:
        """Return when a price will be too old if none comes; `NEVER` if none can be."""
        since, name = self._oldest()
        return max(since + most, now + 1) if name else NEVER

    def _oldest(self) -> tuple[TimeNs, str]:
        """Return since when there was no price, and of what; without a name if there is nothing to judge by."""
        began, oldest, name = self._conduct.began, NEVER, ""
        for instrument, state in self._states.items():
            since = state.priced_at if state.priced_at >= 0 else began
            if 0 <= since < oldest:
                oldest, name = since, instrument
        return oldest, name
