"""`tradewind backtest`: run a strategy over recorded market data and show the results."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradewind.app.cli import run_options as opt
from tradewind.app.cli.output import emit, logs_to_stderr
from tradewind.domain.errors import StrategyExecutionError

if TYPE_CHECKING:
    from tradewind.app.backtesting import Outcome

app = typer.Typer(add_completion=False, rich_markup_mode=None)

ReportOption = Annotated[
    Path | None,
    typer.Option("--report", help="Write a report to this .html, .md or .png file (extra `report`)."),
]
SessionOption = Annotated[
    bool, typer.Option("--session/--no-session", help="Keep the journal and the tables of the run; slower.")
]


@app.command()
def backtest(  # noqa: PLR0913 - the options of a run
    strategy: opt.StrategyArgument = None,
    *,
    config: opt.ConfigOption = None,
    strategy_config: opt.StrategyConfigOption = None,
    data: opt.DataOption = None,
    symbols: opt.SymbolsOption = None,
    interval: opt.IntervalOption = None,
    param: opt.ParamOption = None,
    cash: opt.CashOption = None,
    start: opt.StartOption = None,
    end: opt.EndOption = None,
    out: opt.OutOption = None,
    seed: opt.SeedOption = None,
    catalog: opt.CatalogOption = opt.CATALOG,
    session: SessionOption = True,
    report: ReportOption = None,
    as_json: opt.JsonOption = False,
) -> None:
    """Run a strategy over recorded bars, with fees and slippage, on the engine that also trades live.

    For example:

      tradewind backtest examples/sma_cross.py:SmaCross --data sample

      tradewind backtest my.py:Mine --data BTCUSDT_1m.parquet -p fast=10 --cash 10000 --report run.html

      tradewind backtest -c backtest.yaml --no-session --json
    """
    from tradewind.app.backtesting import run_backtest
    from tradewind.app.config import load_config
    from tradewind.app.reporting import check as check_report
    from tradewind.app.session.files import BacktestFiles

    logs_to_stderr()
    flags = opt.overrides_of(
        strategy=strategy, config=config, data=data, symbols=symbols, interval=interval, params=param, cash=cash,
        start=start, end=end, out=out, seed=seed, strategy_config=strategy_config,
    )  # fmt: skip
    checked = load_config(config, flags)
    if report is not None:
        check_report(report)
    keep = BacktestFiles if session else None
    outcome = run_backtest(checked, catalog, keep=keep) if as_json else _with_progress(checked, catalog, keep)
    if report is not None:
        write_report(outcome, report)
    emit(_summary(outcome), "", as_json=True) if as_json else _print(outcome, report)
    for failure in outcome.failures:
        held = "it was held from then on" if failure.halted else f"{len(outcome.failures)} times in all"
        raise StrategyExecutionError(f"{failure.strategy} raised {failure.error} at {failure.where}; {held}")


def write_report(outcome: Outcome, path: Path) -> None:
    """Write a report of the kind that the suffix names."""
    from tradewind.app.reporting import write
    from tradewind.app.results import with_bars

    write(with_bars(outcome.report, outcome.given), path)


def _with_progress(config: Any, catalog: Path, keep: Any) -> Outcome:  # noqa: ANN401 - passed on as they are
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from tradewind.app.backtesting import run_backtest

    done_of = (MofNCompleteColumn(), TextColumn("bars"), TimeElapsedColumn())
    columns = (TextColumn("{task.description}"), BarColumn(), *done_of)
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as display:
        task = display.add_task("backtest", total=None)

        def show(done: int, total: int | None, equity: float) -> None:
            display.update(task, total=total, completed=done, description=f"equity {equity:,.2f}")

        return run_backtest(config, catalog, keep=keep, progress=show)


def _summary(outcome: Outcome) -> dict[str, Any]:
    return {
        "title": outcome.report.title,
        "facts": outcome.report.facts,
        "bars": outcome.given.rows,
        "seconds": round(outcome.seconds, 3),
        "session": None if outcome.folder is None else str(outcome.folder),
        "statistics": outcome.report.statistics,
        "warnings": {"count": outcome.warnings, "first": outcome.first_warning},
    }


def _print(outcome: Outcome, report: Path | None) -> None:
    from rich.console import Console

    from tradewind.report.terminal import render_terminal

    console = Console()
    render_terminal(outcome.report, console)
    if outcome.warnings:
        told = f"Warnings in the log: {outcome.warnings:,}, the first: {outcome.first_warning}"
        console.print(told, style="yellow", markup=False, soft_wrap=True)
    rows = outcome.given.rows
    count, what = (outcome.world.engine.seq, "events") if rows is None else (rows, "bars")
    speed = count / outcome.seconds if outcome.seconds else 0
    console.print(f"{count:,} {what} in {outcome.seconds:.2f} s ({speed:,.0f} {what}/s)", style="dim")
    if outcome.folder is not None:
        console.print(f"session: {outcome.folder}", soft_wrap=True)
    if report is not None:
        console.print(f"report:  {report}", soft_wrap=True)
