"""A command that ends in the way that it is told."""

from __future__ import annotations

import typer

from tradewind.domain.errors import ConfigError, DataNotFoundError, StrategyLoadError

app = typer.Typer(add_completion=False, rich_markup_mode=None)

ERRORS = {
    "config": ConfigError("c.yaml: 2 mistakes", ("c.yaml:1: a", "c.yaml:2: b")),
    "strategy": StrategyLoadError("no such class"),
    "data": DataNotFoundError("no bars", {"symbol": "BTCUSDT", "fix": "import some"}),
    "keyboard": KeyboardInterrupt(),
    "open": typer.Exit(3),
    "abort": typer.Abort(),
    "pipe": BrokenPipeError(),
}


@app.command()
def end(way: str, *, as_json: bool = typer.Option(False, "--json")) -> None:
    if way != "well":
        raise ERRORS[way]
