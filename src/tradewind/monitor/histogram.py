"""A histogram with fixed bounds, and the last values for percentiles."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

KEPT = 1_000
"""Values that percentiles are made of."""
SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Histogram:
    """Counts values up to each bound, in seconds."""

    def __init__(self, bounds: Sequence[float] = SECONDS) -> None:
        self._bounds = tuple(bounds)
        self._counts = [0] * (len(self._bounds) + 1)
        self.sum = 0.0
        self._last: deque[float] = deque(maxlen=KEPT)

    def add(self, seconds: float) -> None:
        """Count a value."""
        self._counts[bisect_left(self._bounds, seconds)] += 1
        self.sum += seconds
        self._last.append(seconds)

    @property
    def count(self) -> int:
        """How many there were."""
        return sum(self._counts)

    def buckets(self) -> list[tuple[str, int]]:
        """Return each bound as text with how many values were not above it, the last one without a bound."""
        total, found = 0, []
        for bound, count in zip((*map(str, self._bounds), "+Inf"), self._counts, strict=True):
            total += count
            found.append((bound, total))
        return found

    def percentiles(self) -> dict[str, float | None]:
        """Return p50, p95 and p99 of the last values, in milliseconds; None where there were none."""
        values = sorted(self._last)
        if not values:
            return {"p50": None, "p95": None, "p99": None}
        ranks = {"p50": 0.50, "p95": 0.95, "p99": 0.99}
        return {name: 1_000 * values[min(int(len(values) * rank), len(values) - 1)] for name, rank in ranks.items()}
