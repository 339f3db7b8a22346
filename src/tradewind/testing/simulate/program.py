"""Runs worlds by seed on all cores, or one of them with a trace.

A world that fails is told with its seed, the command that runs it again, and the smallest world that fails likewise.
A long run is kept in a file as it goes (`--keep`); the same command goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import sys
import time
from multiprocessing import cpu_count
from pathlib import Path

import msgspec

from tradewind.testing.plan import Plan, draw
from tradewind.testing.simulate.kept import KeptRun
from tradewind.testing.simulate.minimise import RUNS_MAX, Minimiser
from tradewind.testing.simulate.pace import Pace
from tradewind.testing.simulate.reached import table
from tradewind.testing.simulate.seeds import chunks, run_parts
from tradewind.testing.simulate.tally import Tally
from tradewind.testing.trace import told
from tradewind.testing.world import World

FAILURES_MAX = 5
"""So many are told and minimised; more would only hide the first."""


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
    parser.add_argument("--keep", type=Path, help="a file of what is done: the same command goes on from there")
    parser.add_argument("--reached", action="store_true", help="print how often each fault and each path was met")
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
    kept = None if asked.keep is None else KeptRun(asked.keep)
    tally = Tally() if kept is None else kept.tally
    begun = time.monotonic()
    parts = list(chunks(asked.first, asked.seeds) if kept is None else kept.left(chunks(asked.first, asked.seeds)))
    pace = Pace(tally.worlds, sum(count for _, count in parts), begun)
    for part, done in run_parts(parts, asked.workers or cpu_count(), begun + 60 * asked.minutes):
        if kept is None:
            tally.add(done)
        else:
            kept.keep(part, done)
        pace.tell(tally)
    _say(str(tally))
    _say(tally.cost())
    if asked.reached:
        _say(table(tally.worlds, tally.worlds_with, tally.times))
    for seed, _, _ in tally.failures[:FAILURES_MAX]:
        _say(report(seed))
    for seed, _, what in tally.failures[FAILURES_MAX:]:
        _say(f"seed {seed}: {what}")
    return 1 if tally.failures else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
