"""One backtest, from a configuration to its results."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tradewind.app.afterwards import look_back
from tradewind.app.bootstrap import input_of, world_of
from tradewind.app.keeping import BatchKeeper
from tradewind.app.results import report_input
from tradewind.app.strategy_parameters import strategies_of
from tradewind.app.tape import Tape
from tradewind.domain.money import money_context
from tradewind.domain.time import Interval
from tradewind.ports import Timed
from tradewind.runtime import backtest
from tradewind.runtime.loop import Loop

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.app.bootstrap import Input, World
    from tradewind.app.config import Config
    from tradewind.domain.step import StrategyFailed
    from tradewind.report.input import ReportInput

CATALOG = Path("data/catalog")
SAMPLES_BETWEEN_PROGRESS = 24


@dataclass(frozen=True)
class Outcome:
    """What a run came to."""

    report: ReportInput
    given: Input
    world: World
    seconds: float
    folder: Path | None = None
    failures: tuple[StrategyFailed, ...] = ()
    """What strategies raised."""
    warnings: int = 0
    """How many lines of the log were warnings or errors; none are known without a session."""
    first_warning: str = ""


def run_backtest(
    config: Config,
    catalog_root: Path,
    *,
    keep: Callable[[Config, Input, World], BatchKeeper] | None = None,
    progress: Callable[[int, int | None, float], None] | None = None,
) -> Outcome:
    """Run a configuration over its recorded or made-up bars; with `keep` the session is recorded.

    `progress(bars done, bars in all, equity)` is called now and then. Raises the errors of configuration, data
    and strategy loading.
    """
    given = input_of(config, catalog_root, time.time_ns())
    with money_context():
        strategies = strategies_of(config)
        for strategy in strategies.values():
            if isinstance(strategy, Timed):
                strategy.be_patient(backtest=True)
        world = world_of(config, given, strategies, recording=keep is not None)
        every = config.engine.equity_interval
        tape = Tape(world.engine, Interval.parse(every) if every else None)
        keeper = None if keep is None else keep(config, given, world)
        sink = tape.take if keeper is None else keeper.sink(tape.take)
        loop = Loop(world.engine, world.timeline, world.venue, sink=sink)
        counted = _Counted(given, tape, world, progress)
        began = time.perf_counter()
        try:
            backtest.run(
                world.engine, loop, world.start, given.events(), warmup=given.warmup(), watch=counted.watch,
                stop=world.stop, settle_ns=world.settle_ns,
            )  # fmt: skip
        except BaseException:
            if keeper is not None:
                keeper.leave()
            raise
        seconds = time.perf_counter() - began
        tape.finish()
        folder = None if keeper is None else keeper.close()
        report = report_input(config, given, world, tape)
        look_back(world.engine)
    return Outcome(report, given, world, seconds, folder, tuple(tape.failures), tape.warnings, tape.first_warning)


def recorded_backtest(config: Config, catalog_root: Path = CATALOG) -> Path:
    """Run a backtest and keep its session; return the folder. What a live engine's `run_sync` is for a live session."""
    folder = run_backtest(config, catalog_root, keep=BatchKeeper).folder
    assert folder is not None
    return folder


class _Counted:
    """Samples the equity on time, and tells of progress with every few samples."""

    def __init__(
        self, given: Input, tape: Tape, world: World, progress: Callable[[int, int | None, float], None] | None
    ) -> None:
        self._given = given
        self._tape = tape
        self._engine = world.engine
        self._progress = progress
        self._samples = self._told = 0

    def watch(self, ts: int) -> int:
        """Take a sample if one is due, and return when to be called next."""
        due = self._tape.watch(ts)
        if self._tape.moment == self._told:
            return due
        self._told = self._tape.moment
        self._samples += 1
        if self._progress is not None and self._samples % SAMPLES_BETWEEN_PROGRESS == 0 and self._tape.equity:
            self._progress(self._engine.seq, self._given.rows, self._tape.equity[-1][1])
        return due
