"""The simulator as a program: `python -m tradewind.testing.simulate`; `make sim` calls it.

It runs worlds by seed on all cores, or one of them with a trace. A world that fails is told with its
seed, the command that runs it again, and the smallest world that fails likewise.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from collections import deque
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import cpu_count
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from tradewind.testing.minimise import RUNS_MAX, Minimiser
from tradewind.testing.plan import Plan, draw
from tradewind.testing.trace import told
from tradewind.testing.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tradewind.testing.world import Outcome

CHUNK = 100
"""Worlds that a core runs before it reports."""
WORLDS_KEPT = 50
"""Worlds that are over, of which what knows itself is still in memory, before garbage is collected."""
FAILURES_MAX = 5
"""So many are told and minimised; more would only hide the first."""


@dataclass
class Tally:
    """What many worlds came to."""

    worlds: int = 0
    steps: int = 0
    steps_min: int = 10**9
    """Of worlds that ran to their end: one that fails is broken off there."""
    orders: int = 0
    fills: int = 0
    faults: int = 0
    restarts: int = 0
    failures: list[tuple[int, str, str]] = field(default_factory=list)
    """Seed, checker, what it says."""

    def count(self, outcome: Outcome) -> None:
        """Add a world."""
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

    def add(self, other: Tally) -> None:
        """Add what another core has done."""
        self.worlds += other.worlds
        self.steps += other.steps
        self.steps_min = min(self.steps_min, other.steps_min)
        self.orders += other.orders
        self.fills += other.fills
        self.faults += other.faults
        self.restarts += other.restarts
        self.failures += other.failures

    def __str__(self) -> str:
        """Tell it in one line."""
        least = f" (at least {self.steps_min} in each)" if len(self.failures) < self.worlds else ""
        return (
            f"{self.worlds:,} worlds, {self.steps:,} steps{least}, "
            f"{self.orders:,} orders, {self.fills:,} executions, {self.faults:,} faults, "
            f"{self.restarts:,} restarts, {len(self.failures)} failed"
        )


def run_seeds(first: int, count: int) -> Tally:
    """Run the worlds of so many seeds, one after the other."""
    tally = Tally()
    with _rare_collections() as collect:
        for number, seed in enumerate(range(first, first + count), 1):
            world = World(draw(seed))
            tally.count(world.run())
            world.dismantle()
            if number % WORLDS_KEPT == 0:
                collect()
    return tally


@contextmanager
def _rare_collections() -> Iterator[Callable[[], int]]:
    """Collect garbage by hand: worlds are made and thrown away, and the collector would walk them all the time."""
    was = gc.isenabled()
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield gc.collect
    finally:
        gc.unfreeze()
        if was:
            gc.enable()


def command(seed: int) -> str:
    """Return the one command that runs a world again."""
    return f"make sim SEED={seed}"


def report(seed: int, runs_max: int = RUNS_MAX) -> str:
    """Say all about a world that fails: what is wrong, how to see it again, and the smallest that fails likewise."""
    outcome = World(draw(seed)).run()
    if not outcome.blamed:
        return f"the world of seed {seed} has nothing to object to"
    minimiser = Minimiser(outcome.plan, outcome.blamed, runs_max=runs_max)
    small = minimiser.run()
    lines = [
        f"seed {seed}: {outcome.violations[0]}",
        f"  again: {command(seed)}",
        f"  the smallest that fails likewise, after {minimiser.runs} tries:",
        f"    {small.terms.bars} bars, {len(small.wishes)} wishes, {len(small.faults)} faults",
        *(f"    {told(each, 0)}" for each in (*small.wishes, *small.faults)),
    ]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Run what is asked for; the exit code is 1 if a world has failed."""
    parser = argparse.ArgumentParser(prog="python -m tradewind.testing.simulate", description=__doc__)
    parser.add_argument("--seed", type=int, help="one world, with a trace of all that happens")
    parser.add_argument("--small", action="store_true", help="with --seed: the smallest world that fails likewise")
    parser.add_argument("--plan", type=Path, help="one world from a file that --save wrote")
    parser.add_argument("--save", type=Path, help="write the plan of the world that was run")
    parser.add_argument("--seeds", type=int, default=2_000, help="so many worlds (2,000)")
    parser.add_argument("--first", type=int, default=0, help="the first seed of them (0)")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin no more worlds after so long")
    parser.add_argument("--workers", type=int, default=None, help="processes; all cores if not given")
    asked = parser.parse_args(arguments)
    if asked.seed is not None or asked.plan is not None:
        return _one(asked)
    return _many(asked)


def _one(asked: argparse.Namespace) -> int:
    plan = draw(asked.seed) if asked.plan is None else msgspec.json.decode(asked.plan.read_bytes(), type=Plan)
    if asked.small:
        outcome = World(plan).run()
        plan = Minimiser(plan, outcome.blamed).run() if outcome.blamed else plan
    outcome = World(plan, trace=_say).run()
    if asked.save is not None:
        asked.save.write_bytes(msgspec.json.encode(plan))
    _say(str(outcome.violations[0]) if outcome.blamed else "nothing to object to")
    return 1 if outcome.blamed else 0


def _many(asked: argparse.Namespace) -> int:
    tally, begun = Tally(), time.monotonic()
    for part in _parts(asked, begun + 60 * asked.minutes):
        tally.add(part)
        pace = tally.worlds / (time.monotonic() - begun) * 60
        failed = f"{len(tally.failures)} failed"
        sys.stderr.write(f"\r{tally.worlds:,} of {asked.seeds:,} worlds, {pace:,.0f} a minute, {failed} ")
        sys.stderr.flush()
    sys.stderr.write("\n")
    _say(str(tally))
    for seed, _, _ in tally.failures[:FAILURES_MAX]:
        _say(report(seed))
    for seed, _, what in tally.failures[FAILURES_MAX:]:
        _say(f"seed {seed}: {what}")
    return 1 if tally.failures else 0


def _parts(asked: argparse.Namespace, end: float) -> Iterator[Tally]:
    """Yield what the cores have done, in the order of the seeds, until all are done or the time is over."""
    workers = asked.workers or cpu_count()
    chunks, waiting = _chunks(asked.first, asked.seeds), deque[Future[Tally]]()
    with ProcessPoolExecutor(workers) as pool:
        while True:
            while len(waiting) < 2 * workers and time.monotonic() < end:
                chunk = next(chunks, None)
                if chunk is None:
                    break
                waiting.append(pool.submit(run_seeds, *chunk))
            if not waiting:
                return
            yield waiting.popleft().result()


def _chunks(first: int, count: int) -> Iterator[tuple[int, int]]:
    for start in range(first, first + count, CHUNK):
        yield start, min(CHUNK, first + count - start)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
