"""The demo as it is told in the terminal: a chapter for each thing that is run."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from tradewind.app.demo import run as demo_run
from tradewind.app.demo.screen import Screen
from tradewind.app.demo.table import answered, results

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from tradewind.app.config import Config
    from tradewind.app.demo.run import Run, Sample
    from tradewind.record.sessions.query import Answer
    from tradewind.runtime.replay import Replay


class Story:
    """The demo from its first line to its last."""

    backtest: Run
    paper: Run
    replay: Replay
    answer: Answer

    def __init__(self, config: Config, sample: Sample, console: Console) -> None:
        self._config = config
        self._sample = sample
        self._console = console
        self.written: list[Path] = []

    @property
    def agrees(self) -> bool:
        """Tell whether both journals hold the same."""
        return self.backtest.digest == self.paper.digest

    @property
    def command(self) -> str:
        """The command that asks the demo's question again."""
        where = f"--root {shlex.quote(str(self._sample.out))} --session {self.paper.entry.name}"
        question = "\n   ".join(demo_run.QUESTION.splitlines())
        return f'{demo_run.program()} session query {where} \\\n  "{question}"'

    def tell(self) -> None:
        """Run everything, and show it as it comes."""
        self._intro()
        self._backtest()
        self._paper()
        self._proof()
        self._results()
        self._folder()
        self._question()
        self._next()

    def facts(self) -> dict[str, Any]:
        """Return all of it as plain data."""
        return {
            "seed": self._sample.seed,
            "days": self._sample.days,
            "agrees": self.agrees,
            "replay": {"steps": self.replay.steps, "decisions": self.replay.decisions, "equity": self.replay.equity},
            "files": [str(path) for path in self.written],
            "query": {"command": self.command, "columns": self.answer.columns, "rows": self.answer.rows},
        } | {name: self._facts(run) for name, run in (("backtest", self.backtest), ("paper", self.paper))}

    def _facts(self, run: Run) -> dict[str, Any]:
        return {
            "session": str(run.entry.home),
            "digest": run.digest,
            "seconds": round(run.seconds, 3),
            "statistics": run.report.statistics,
        }

    def _intro(self) -> None:
        symbols = " and ".join(self._config.engine.symbols)
        self._console.print(
            f"[bold]Tradewind[/]: a strategy over {self._sample.days} days of made-up {symbols} minutes"
        )
        self._console.print(
            f"A trend follower on 15m bars, {demo_run.CASH:,} USDT, fees 10 bps, slippage {demo_run.SLIPPAGE_BPS} bps",
            style="dim",
        )
        self._console.print(f"Its code: {demo_run.strategy_file()}", style="dim", soft_wrap=True)
        self._rows = self._sample.make()

    def _chapter(self, number: int, title: str) -> None:
        self._console.print(f"\n[bold cyan]{number}[/]  [bold]{title}[/]")

    def _backtest(self) -> None:
        self._chapter(1, "Backtest")
        columns = (BarColumn(), MofNCompleteColumn(), TextColumn("bars  equity {task.fields[equity]:,.2f}"))
        quiet = not self._console.is_terminal
        with Progress(*columns, console=self._console, transient=True, disable=quiet) as display:
            task = display.add_task("", total=self._rows, equity=float(demo_run.CASH))

            def show(done: int, _: int | None, equity: float) -> None:
                display.update(task, completed=min(done, self._rows), equity=equity)

            self.backtest = demo_run.backtest(self._config, show)
        self._timed(self.backtest)

    def _paper(self) -> None:
        self._chapter(2, "The same file live on paper, bar by bar through the asyncio runtime")
        screen = Screen(self._console)
        self.paper = demo_run.paper(self._config, [screen], screen.begin)
        self._timed(self.paper)

    def _timed(self, run: Run) -> None:
        speed = self._rows / run.seconds
        self._console.print(f"{run.seconds:.1f} s, {speed:,.0f} bars a second, journal and tables written", style="dim")

    def _proof(self) -> None:
        self._chapter(3, "Proof")
        self.replay = demo_run.proof(self.paper)
        self._console.print(
            f"replay    {self.replay.steps:,} journaled steps in a fresh engine: each comes out the same"
        )
        for name, run in (("backtest", self.backtest), ("paper", self.paper)):
            self._console.print(f"{name:<8}  [dim]sha256[/] {run.digest[:56]}…")
        if self.agrees:
            self._console.print("[bold green]equal[/]     the live session decided as the backtest did, byte for byte")
        else:
            self._console.print("[bold red]NOT EQUAL[/] the live session is not the backtest: please report this")

    def _results(self) -> None:
        self._chapter(4, "Results")
        self._console.print(results(self.backtest.report, self.paper.report))
        itself = ", ".join(f"{symbol} {gain:+.1%}" for symbol, gain in self._sample.held().items())
        self._console.print(
            f"Holding instead: {itself}. The sample is made with trends in it, which suits a trend follower. "
            "On the real BTCUSDT minutes of 2022 to mid-2024 this one lost almost half, most of it to fees.",
            style="yellow",
        )

    def _folder(self) -> None:
        self._chapter(5, "The session's folder")
        self.written, why_not = demo_run.pictures(self.paper)
        for path in self.written:
            self._console.print(str(path), soft_wrap=True)
        if why_not:
            self._console.print(why_not, style="yellow")
        days = len(self.paper.entry.days)
        journal = self.paper.entry.home / self.paper.entry.journal.name
        self._console.print(f"{journal}  [dim]everything, in order; the rest is made from it[/]", soft_wrap=True)
        self._console.print(
            f"orders, trades, marks, equity … as Parquet, in a folder for each of {days} days", style="dim"
        )

    def _question(self) -> None:
        self._chapter(6, "Ask it in SQL")
        self.answer = demo_run.ask(self.paper)
        self._console.print(self.command, style="green", markup=False, soft_wrap=True)
        self._console.print(answered(self.answer))

    def _next(self) -> None:
        program = demo_run.program()
        self._console.print("\n[bold]What next[/]")
        for command, what in (
            ("new strategy MyIdea", "begin one of your own, with a test"),
            ("backtest my.py --data bars.csv", "on your data: docs/data.md"),
            ("--help", "the rest; docs/index.md is the map"),
        ):
            self._console.print(f"{program} {command:<32}[dim]{what}[/]", soft_wrap=True)
