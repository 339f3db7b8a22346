"""What many worlds came to, as plain data: it goes from process to process, and into the file of a long run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tradewind.testing.world import Outcome


class Tally(msgspec.Struct):
    """What many worlds came to."""

    worlds: int = 0
    steps: int = 0
    steps_min: int = 10**9
    """Of worlds that ran to their end: one that fails is broken off there."""
    orders: int = 0
    fills: int = 0
    faults: int = 0
    restarts: int = 0
    cpu_seconds: float = 0.0
    memory_mb: float = 0.0
    """The most that a process held when it had run its worlds."""
    failures: list[tuple[int, str, str]] = msgspec.field(default_factory=list)
    """Seed, checker, what it says."""
    worlds_with: dict[str, int] = msgspec.field(default_factory=dict)
    """In how many worlds each fault struck and each path was taken, by the names of `reached.py`."""
    times: dict[str, int] = msgspec.field(default_factory=dict)
    """How often, in all of them."""

    def count(self, outcome: Outcome, reached: Mapping[str, int] | None = None) -> None:
        """Add a world, and what was reached in it."""
        self.worlds += 1
        self.steps += outcome.steps
        self.orders += outcome.orders
        self.fills += outcome.fills
        self.faults += outcome.faults
        self.restarts += outcome.restarts
        if outcome.blamed:
            self.failures.append((outcome.plan.seed, outcome.blamed, str(outcome.violations[0])))
        else:
            self.steps_min = min(self.steps_min, outcome.steps)
        if reached is not None:
            _sum(self.times, reached)
            _sum(self.worlds_with, dict.fromkeys(reached, 1))

    def add(self, other: Tally) -> None:
        """Add what another process has done."""
        self.worlds += other.worlds
        self.steps += other.steps
        self.steps_min = min(self.steps_min, other.steps_min)
        self.orders += other.orders
        self.fills += other.fills
        self.faults += other.faults
        self.restarts += other.restarts
        self.cpu_seconds += other.cpu_seconds
        self.memory_mb = max(self.memory_mb, other.memory_mb)
        self.failures += other.failures
        _sum(self.times, other.times)
        _sum(self.worlds_with, other.worlds_with)

    def __str__(self) -> str:
        """Tell it in one line."""
        least = f" (at least {self.steps_min} in each)" if len(self.failures) < self.worlds else ""
        return (
            f"{self.worlds:,} worlds, {self.steps:,} steps{least}, "
            f"{self.orders:,} orders, {self.fills:,} executions, {self.faults:,} faults, "
            f"{self.restarts:,} restarts, {len(self.failures)} failed"
        )

    def cost(self) -> str:
        """Tell what it took."""
        each = 1000 * self.cpu_seconds / max(self.worlds, 1)
        return f"{self.cpu_seconds:,.0f} s of processor time, {each:.1f} ms a world; {self.memory_mb:.0f} MB a process"


def _sum(ours: dict[str, int], theirs: Mapping[str, int]) -> None:
    for name, number in theirs.items():
        ours[name] = ours.get(name, 0) + number
