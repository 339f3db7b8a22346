"""`tradewind demo`: a strategy trades while you watch, and its live session is the backtest, byte for byte."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tradewind.app.cli.exits import Exit
from tradewind.app.cli.output import emit

app = typer.Typer(add_completion=False, rich_markup_mode=None)

SEED, DAYS = 42, 30
OutOption = Annotated[Path, typer.Option("--out", help="The folder for the sample and the sessions.")]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="Which sample is made up: same seed, same bars.")]
DaysOption = Annotated[int, typer.Option("--days", min=2, help="How long the sample is.")]
SpeedOption = Annotated[str, typer.Option("--speed", help="Of the paper session: max, or 86400x for a day a second.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def demo(
    *,
    out: OutOption = Path("data/demo"),
    seed: SeedOption = SEED,
    days: DaysOption = DAYS,
    speed: SpeedOption = "max",
    as_json: JsonOption = False,
) -> None:
    """Run a strategy over made-up bars, in a backtest and live on paper, and show that both do the same.

    Nothing leaves this machine. Ends with 1 if the paper session is not the backtest, byte for byte.

    For example:

      tradewind demo

      tradewind demo --speed 86400x --seed 7

      tradewind demo --out /tmp/demo --json
    """
    from rich.console import Console

    from tradewind.app.demo.run import Sample, demo_config
    from tradewind.app.demo.story import Story

    sample = Sample(out, seed, days)
    story = Story(demo_config(sample, speed), sample, Console(quiet=as_json, highlight=False))
    story.tell()
    emit(story.facts(), "", as_json=True) if as_json else None
    raise typer.Exit(Exit.OK if story.agrees else Exit.FAILED)
