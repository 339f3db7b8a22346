"""One backtest, from a configuration to its results."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tradewind.app.bootstrap import input_of, world_of
from tradewind.app.results import report_input
from tradewind.app.run_results import RunResults
from tradewind.app.session.after_run import call_after_run
from tradewind.app.session.files import BacktestFiles
from tradewind.app.strategy_parameters import strategies_of
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
    keep: Callable[[Config, Input, World], BacktestFiles] | None = None,
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
        results = RunResults(world.engine, Interval.parse(every) if every else None)
        files = None if keep is None else keep(config, given, world)
        sink = results.take if files is None else files.sink(results.take)
        loop = Loop(world.engine, world.timeline, world.venue, sink=sink)
        counted = _Counted(given, results, world, progress)
        began = time.perf_counter()
        try:
            backtest.run(
                world.engine, loop, world.start, given.events(), warmup=given.warmup(), watch=counted.watch,
                stop=world.stop, settle_ns=world.settle_ns,
            )  # fmt: skip
        except BaseException:
            if files is not None:
                files.leave()
            raise
        seconds = time.perf_counter() - began
        results.finish()
        folder = None if files is None else files.close()
        report = report_input(config, given, world, results)
        call_after_run(world.engine)
    return Outcome(
        report, given, world, seconds, folder, tuple(results.failures), results.warnings, results.first_warning
    )


def recorded_backtest(config: Config, catalog_root: Path = CATALOG) -> Path:
    """Run a backtest and keep its session; return the folder. What a live engine's `run_sync` is for a live session."""
    folder = run_backtest(config, catalog_root, keep=BacktestFiles).folder
    assert folder is not None
    return folder


class _Counted:
    """Samples the equity on time, and tells of progress with every few samples."""

    def __init__(
        self, given: Input, results: RunResults, world: World, progress: Callable[[int, int | None, float], None] | None
    ) -> None:
        self._given = given
        self._results = results
        self._engine = world.engine
        self._progress = progress
        self._samples = self._told = 0

    def watch(self, ts: int) -> int:
        """Take a sample if one is due, and return when to be called next."""
        due = self._results.watch(ts)
        if self._results.moment == self._told:
            return due
        self._told = self._results.moment
        self._samples += 1
        if self._progress is not None and self._samples % SAMPLES_BETWEEN_PROGRESS == 0 and self._results.equity:
            self._progress(self._engine.seq, self._given.rows, self._results.equity[-1][1])
        return due
