"""A figure: what was measured, in which unit, and the goal that it is held against. And how to measure fairly."""

from __future__ import annotations

import gc
import sys
import time
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 5


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One measured number; it has met its goal if it is within both bounds."""

    name: str
    value: float
    unit: str
    at_least: float | None = None
    at_most: float | None = None
    note: str = ""

    @property
    def goal(self) -> str:
        """Return the goal as it is printed, empty if there is none."""
        if self.at_least is not None:
            return f"≥ {self.at_least:,g}"
        return "" if self.at_most is None else f"< {self.at_most:,g}"

    @property
    def verdict(self) -> str:
        """Return `ok` or `miss`, empty without a goal."""
        if not self.goal:
            return ""
        low = self.at_least is None or self.value >= self.at_least
        high = self.at_most is None or self.value < self.at_most
        return "ok" if low and high else "miss"

    @property
    def text(self) -> str:
        """Return the number with as many digits as say something."""
        digits = 0 if abs(self.value) >= 1000 else 1 if abs(self.value) >= 100 else 2 if abs(self.value) >= 1 else 3
        return f"{self.value:,.{digits}f}"


def interleaved(
    *runs: Callable[[], object], rounds: int = ROUNDS, clock: Callable[[], float] = time.perf_counter
) -> list[float]:
    """Return the best time of each run, in seconds; they take turns, so that a noisy minute hits all of them."""
    best = [float("inf")] * len(runs)
    for turn in range(rounds):
        for place, run in enumerate(runs):
            progress(f"round {turn + 1} of {rounds}, {place + 1} of {len(runs)}")
            best[place] = min(best[place], seconds(run, clock))
    progress("")
    return best


def seconds(run: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """Return how long one run takes, from a clean collector; by `time.process_time`, others do not count."""
    gc.collect()
    began = clock()
    run()
    return clock() - began


def percentile(values: list[float], share: float) -> float:
    """Return the value that `share` of the others lie below."""
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


def progress(text: str) -> None:
    """Show what runs now, on a line that is written over; nothing where nobody looks."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{text}")
        sys.stderr.flush()
