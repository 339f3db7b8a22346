"""`tradewind report`: what the trades of a session say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from tradewind.app.cli.output import emit, table
from tradewind.app.cli.run_options import SESSIONS
from tradewind.record.sessions.find import LATEST, find

if TYPE_CHECKING:
    from tradewind.record.stats.excursions import Excursions

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="What the trades of a session say of its stops and targets.",
)


@app.callback()
def _commands() -> None:
    """Keep the name of the one command that there is."""


@app.command(epilog="Example: tradewind report mfe latest --out proposals.json")
def mfe(
    name: Annotated[
        str, typer.Argument(metavar="[SESSION]", help="`2025-10-01/run_1`, a folder, or `latest`.")
    ] = LATEST,
    *,
    root: Annotated[Path, typer.Option("--data-output", "--root", help="The folder of the session folders.")] = Path(
        SESSIONS
    ),
    out: Annotated[Path | None, typer.Option(help="Write figures and proposals to this file, as JSON.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show how far prices went for and against trades, and what stops and targets follow from it."""
    from tradewind.app.mfe import mfe_report

    found = mfe_report(find(root, name))
    if out is not None:
        plain = msgspec.to_builtins(found)
        out.write_text(json.dumps(plain, indent=2, default=str) + "\n", encoding="utf-8")
    emit(found, _text(found), as_json=as_json)


def _text(found: dict[str, Any]) -> str:
    headers = ("strategy", "instrument", "side", "trades", "MFE", "MAE", "MFE ÷ |MAE|", "kept of MFE")
    rows = [
        (each["strategy"], each["instrument"], each["side"], *_figures(each["moves"])) for each in found["groups"]
    ] + [("all", "", "", *_figures(found["overall"]))]
    lines = [f"{found['session']}: how far prices went for and against trades", "", table(headers, rows), ""]
    for strategy, proposal in found["proposals"].items():
        if proposal is None:
            lines.append(f"{strategy}: nothing is proposed of fewer than {found['trades_needed']} trades")
            continue
        targets = ", ".join(str(target) for target in proposal["targets"]) or "as they are"
        stop = proposal["stop_loss"] or "as it is"
        lines.append(f"{strategy}: of {proposal['trades']} trades: stop_loss {stop}, exit_targets {targets}")
    return "\n".join(lines)


def _figures(moves: Excursions) -> tuple[str, ...]:
    values = (moves.average_mfe, moves.average_mae, moves.ratio, moves.exit_efficiency)
    return (str(moves.count), *("" if value is None else f"{value:.4f}" for value in values))
