"""How fast a run is, and how long it will take: on a terminal in one line that moves on, else a line a minute."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    from tradewind.testing.simulate.tally import Tally

LINE_SECONDS = 60
"""Between two lines of a log."""


class Pace:
    """Tells how a run goes on that had `before` worlds when it `begun` (monotonic seconds), and `left` to run."""

    def __init__(
        self,
        before: int,
        left: int,
        begun: float,
        *,
        to: TextIO | None = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._before, self._left, self._begun = before, left, begun
        self._to = to or sys.stderr
        self._clock = clock or time.monotonic
        self._told = begun

    def tell(self, tally: Tally) -> None:
        """Tell how far it has come."""
        now, is_over = self._clock(), tally.worlds >= self._before + self._left
        if not self._to.isatty() and now - self._told < LINE_SECONDS and not is_over:
            return
        self._told = now
        line = self.line(tally, now)
        self._to.write(f"\r{line} " + ("\n" if is_over else "") if self._to.isatty() else f"{line}\n")
        self._to.flush()

    def line(self, tally: Tally, now: float) -> str:
        """Return how far it has come, how fast, and when it will be over at this pace."""
        run, seconds = tally.worlds - self._before, now - self._begun
        left = (self._left - run) * seconds / max(run, 1)
        return (
            f"{tally.worlds:,} of {self._before + self._left:,} worlds, {60 * run / max(seconds, 1e-9):,.0f} a minute, "
            f"{len(tally.failures)} failed, {_spoken(left)} left"
        )


def _spoken(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
