"""`tradewind strategy`: what a strategy is, of whatever style, whether it can be trusted, and which are installed."""

from __future__ import annotations

import sys
import time
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Annotated

import typer

from tradewind.app.cli import run_options as opt
from tradewind.app.cli.exits import Exit
from tradewind.app.cli.output import emit, json_text, logs_to_stderr, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tradewind.app.strategy_check.part import Part

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Look at a strategy of any style: inspect, check; list those that are installed.",
)

Spec = Annotated[
    str, typer.Argument(metavar="STRATEGY", help="`file.py:Name`, `package.module:Name`, a `.wasm`, an installed name.")
]


@app.command(epilog="Example: tradewind strategy inspect my.py:Mine")
def inspect(spec: Spec, *, as_json: opt.JsonOption = False) -> None:
    """Show what a strategy is: style, version, parameters, hash; of a WASM guest its imports and exports too."""
    from tradewind.app.strategy_facts import facts_of

    facts = facts_of(spec)
    if as_json:
        emit(facts, "", as_json=True)
        return
    plain = [(name, value) for name, value in facts.items() if isinstance(value, str | int)]
    parts = [table(("strategy", facts["name"]), [(name, value) for name, value in plain if name != "name"])]
    if facts["parameters"]:
        parts += ["", table(("parameter", "type", "default"), [tuple(each.values()) for each in facts["parameters"]])]
    for name in ("imports", "exports"):
        if facts.get(name):
            parts += ["", name, *(f"  {each}" for each in facts[name])]
    print("\n".join(parts))


@app.command("list", epilog="Example: tradewind strategy list --json")
def list_(*, as_json: opt.JsonOption = False) -> None:
    """List the strategies that installed packages offer (entry points of the group `tradewind.strategies`)."""
    from tradewind.strategy.load_installed import GROUP, installed

    points = installed()
    rows = [(point.name, point.target, f"{point.package} {point.package_version}".strip()) for point in points]
    text = table(("name", "strategy", "package"), rows) if rows else f"none: no installed package offers {GROUP}"
    emit([dict(zip(("name", "strategy", "package"), row, strict=True)) for row in rows], text, as_json=as_json)


@app.command()
def check(  # noqa: PLR0913 - the options of a run
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
    seed: opt.SeedOption = None,
    catalog: opt.CatalogOption = opt.CATALOG,
    bars: Annotated[int, typer.Option(min=10, help="Check on so many bars, from the first on.")] = 20_000,
    cuts: Annotated[int, typer.Option(min=1, help="Cut the history at so many places.")] = 20,
    warmup: Annotated[int | None, typer.Option(min=0, help="So many bars of warm-up must be enough.")] = None,
    tolerance: Annotated[
        float, typer.Option(min=0, help="By which fraction quantities and prices may differ, e.g. 1e-6.")
    ] = 0.0,
    allow: Annotated[
        list[str] | None, typer.Option(help="A part of the path of a file that it may read; may repeat.")
    ] = None,
    as_json: opt.JsonOption = False,
) -> None:
    """Check that a strategy decides from the past alone, after any start, and the same each time.

    It is run on cut histories, with more and less warm-up, twice, in other processes, and in the mirrored market;
    what it opens is listened to. Ends with 1 if something was found, or if it decided nothing that could be checked.

    For example:

      tradewind strategy check my.py:Mine --data sample

      tradewind strategy check my.py:Mine --data BTCUSDT_1h.parquet --warmup 500 --tolerance 1e-9 --json
    """
    from tradewind.app.config import load_config
    from tradewind.app.strategy_check.check import check as run
    from tradewind.app.strategy_check.check import children_of
    from tradewind.app.strategy_check.part import Options
    from tradewind.app.strategy_check.trial import trial_of

    logs_to_stderr()
    flags = opt.overrides_of(
        strategy=strategy, config=config, data=data, symbols=symbols, interval=interval, params=param, cash=cash,
        start=start, end=end, out=None, seed=seed, strategy_config=strategy_config,
    )  # fmt: skip
    trial = trial_of(load_config(config, flags), catalog, bars, time.time_ns())
    options = Options(cuts, warmup, tolerance, tuple(allow or ()))
    children = children_of(trial, catalog)
    if as_json:
        with redirect_stdout(sys.stderr):  # what the author prints must not stand in the answer
            parts = list(run(trial, options, children))
        print(json_text({"passed": _passed(parts), "checks": parts}))
    else:
        parts = _shown(lambda tell: run(trial, options, children, tell))
    raise typer.Exit(Exit.OK if _passed(parts) else Exit.FAILED)


def _shown(checks: Callable[[Callable[[str, float], None]], Iterator[Part]]) -> list[Part]:
    """Print each part as it comes, and on stderr how far the next one is."""
    from rich.console import Console

    found = []
    with Console(stderr=True).status("") as status:
        for part in checks(lambda name, share: status.update(f"{name} {share:.0%}")):
            found.append(part)
            print(f"{part.verdict:<12} {part.name:<10} {part.text}")
            if part.name == "warm-up" and any(row["differ"] for row in part.rows):
                print(_indented(table(tuple(part.rows[0])[:-1], [tuple(row.values())[:-1] for row in part.rows])))
    return found


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


def _passed(parts: list[Part]) -> bool:
    """Tell whether nothing was found, and there was something to find it in."""
    return all(part.verdict != "found" for part in parts) and parts[0].verdict == "ok"
