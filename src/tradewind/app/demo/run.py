"""What `tradewind demo` runs: a sample, a backtest, a paper session over the same bars, and the proof that they agree.

Prints nothing; `screen.py` and `story.py` do.
"""

from __future__ import annotations

import asyncio
import shlex
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tradewind.app.backtesting import run_backtest
from tradewind.app.cli.session_report import report_input
from tradewind.app.config import load_config
from tradewind.app.demo import strategy as demo_strategy
from tradewind.app.reporting import write
from tradewind.app.session.files import BacktestFiles
from tradewind.app.session.live_run import prepare
from tradewind.domain.errors import LocalError
from tradewind.record.journal.reader import digest
from tradewind.record.market_data.catalog import Catalog
from tradewind.record.market_data.sample import SYMBOLS, write_sample
from tradewind.record.sessions.find import find
from tradewind.record.sessions.query import query
from tradewind.runtime.replay import verify

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.app.config import Config
    from tradewind.app.session.live_run import LiveRun
    from tradewind.ports import Observer
    from tradewind.record.sessions.find import SessionEntry
    from tradewind.record.sessions.query import Answer
    from tradewind.report.input import ReportInput
    from tradewind.runtime.replay import Replay

STRATEGY = "tradewind.app.demo.strategy:TrendRider"
CASH, SLIPPAGE_BPS = 100_000, 1
QUESTION = """\
select symbol, purpose as left_by, count(*) as exits, sum(pnl) as pnl
from trades where side = 'sell' group by all order by all"""
PICTURES = ("report.png", "report.html")


@dataclass(frozen=True)
class Run:
    """One run of the demo: its session, the digest of its journal, and what is reported of it."""

    entry: SessionEntry
    digest: str
    report: ReportInput
    seconds: float


@dataclass(frozen=True)
class Sample:
    """The bars that both runs replay: made up by seed, kept in a catalog of their own."""

    out: Path
    seed: int
    days: int

    @property
    def catalog(self) -> Catalog:
        """The catalog that holds them."""
        return Catalog(self.out / f"catalog-{self.seed}-{self.days}")

    def make(self) -> int:
        """Write the bars; return how many there are."""
        made = write_sample(self.catalog, seed=self.seed, days=self.days)
        return sum(self.catalog.manifest(series).rows for series in made)

    def held(self) -> dict[str, float]:
        """Return what each symbol itself has gained, as a fraction: the yardstick of any strategy."""
        closes = {s.symbol: self.catalog.frame(s)["close"] for s in self.catalog.series()}
        return {symbol: float(close[-1] / close[0] - 1.0) for symbol, close in closes.items()}


def demo_config(sample: Sample, speed: str = "max") -> Config:
    """Return the configuration of both runs; they differ in who is given it."""
    return load_config(
        None,
        {
            "engine.symbols": list(SYMBOLS),
            "engine.interval": "1m",
            "engine.data_output_path": str(sample.out),
            "engine.seed": sample.seed,
            "market_data.provider_type": "replay",
            "market_data.config.path": [str(sample.catalog.root)],
            "market_data.config.speed": speed,
            "trading.provider_type": "paper",
            "trading.config.balances": {"USDT": CASH},
            "trading.config.slippage": {"kind": "fixed_bps", "bps": SLIPPAGE_BPS},
            "strategy.path": STRATEGY,
        },
    )


def strategy_file() -> str:
    """Return the path of the strategy's code, from here if it lies below."""
    return _from_here(Path(demo_strategy.__file__))


def program() -> str:
    """Return what has to be typed for `tradewind`: in a fresh checkout it is not on the path."""
    beside = Path(sys.executable).with_name("tradewind")
    if shutil.which("tradewind") or not beside.is_file():
        return "tradewind"
    return shlex.quote(_from_here(beside))


def _from_here(path: Path) -> str:
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def backtest(config: Config, progress: Callable[[int, int | None, float], None] | None) -> Run:
    """Run the strategy over the sample, with journal and tables."""
    outcome = run_backtest(config, _nowhere(config), keep=BacktestFiles, progress=progress)
    assert outcome.folder is not None
    return _run(outcome.folder, outcome.seconds)


def paper(config: Config, observers: list[Observer], begun: Callable[[LiveRun], Any]) -> Run:
    """Run the same strategy bar by bar on the live runtime; `begun` is told of the session before its first event."""
    run = prepare(config, _nowhere(config), observers=observers)
    begun(run)
    began = time.perf_counter()
    folder = asyncio.run(run.run())
    return _run(folder, time.perf_counter() - began)


def proof(live: Run) -> Replay:
    """Feed the journal of the paper session to a fresh engine; raise `ReplayMismatch` if a step comes out otherwise."""
    return verify(live.entry.journal)


def pictures(live: Run) -> tuple[list[Path], str]:
    """Write the report as PNG and HTML into the session's folder; say why, where that is not possible."""
    written: list[Path] = []
    for name in PICTURES:
        path = live.entry.home / name
        try:
            write(live.report, path)
        except LocalError as error:
            return written, error.message
        written.append(path)
    return written, ""


def ask(live: Run) -> Answer:
    """Put the demo's question to the tables of the paper session."""
    return query(QUESTION, [live.entry])


def _run(folder: Path, seconds: float) -> Run:
    entry = find(folder.parent.parent, f"{folder.parent.name}/{folder.name}")
    return Run(entry, digest(entry.journal), report_input(entry), seconds)


def _nowhere(config: Config) -> Path:
    """Return the catalog's place; the sample is named by its folder, so it is not asked."""
    return Path(config.engine.data_output_path)
