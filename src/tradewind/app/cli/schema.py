"""`tradewind schema`: what a configuration, or the parameters of a strategy, may look like."""

from __future__ import annotations

from typing import Annotated

import typer

from tradewind.app.cli.output import json_text

app = typer.Typer(add_completion=False, rich_markup_mode=None, invoke_without_command=True)


@app.callback()
def schema(context: typer.Context) -> None:
    """Print the JSON schema of the configuration (the default) or of a strategy."""
    if context.invoked_subcommand is None:
        config()


@app.command()
def config(
    *, markdown: Annotated[bool, typer.Option("--markdown", help="Print tables of every key instead.")] = False
) -> None:
    """Print the JSON schema of the configuration."""
    if markdown:
        from tradewind.app.config.reference import reference

        print(reference())
        return
    from tradewind.app.config.schema import config_schema

    print(json_text(config_schema()))


@app.command()
def strategy(path: Annotated[str, typer.Argument(metavar="STRATEGY", help="As in `strategy.path`.")]) -> None:
    """Print the JSON schema of a strategy's parameters."""
    from tradewind.strategy.load import find

    print(json_text(find(path).schema()))
