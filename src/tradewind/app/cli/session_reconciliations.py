"""`tradewind session reconciliations`: what comparisons with the venue found, and what was decided about it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tradewind.app.cli.output import emit, table
from tradewind.app.cli.run_options import SESSIONS
from tradewind.record.sessions.find import LATEST, find

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tradewind.record.sessions.reconciliations import Comparison, Difference, Reconciliations

ROWS_SHOWN = 20


def reconciliations(
    name: Annotated[
        str, typer.Argument(metavar="[SESSION]", help="`2025-10-01/run_1`, a folder, an id, or `latest` (the default).")
    ] = LATEST,
    *,
    root: Annotated[Path, typer.Option("--data-output", "--root", help="The folder of the session folders.")] = Path(
        SESSIONS
    ),
    everything: Annotated[bool, typer.Option("--all", help="Also the comparisons that found nothing.")] = False,
    rows: Annotated[int, typer.Option(min=1, help="The last so many reports.")] = ROWS_SHOWN,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the comparisons with the venue's books, from the journal: differences, corrections, decisions.

    A report is `open` as long as the last comparison finds some of it and nobody has decided, `approved` or `rejected`
    by an operator, `gone` if it is not so any more, else `equal`. A session that runs can be read too.
    """
    from tradewind.record.sessions.reconciliations import reconciliations_of

    entry = find(root, name)
    found = reconciliations_of(entry.journal)
    shown = [each for each in found.comparisons if everything or each.says_something][-rows:]
    data = {
        "session": entry.name,
        "comparisons": len(found.comparisons),
        "stale_corrections": found.stale,
        "reports": shown,
    }
    emit(data, "\n".join(_text(entry.name, found, shown)), as_json=as_json)


def _text(name: str, found: Reconciliations, shown: list[Comparison]) -> Iterator[str]:
    many = len(found.comparisons)
    yield f"{name}: {many} comparison{'s' * (many != 1)} with the venue's books, {len(shown)} shown"
    if not shown:
        return
    from tradewind.domain.time import iso

    headers = ("report", "at", "state", "severity", "what", "ours", "theirs")
    lines: list[tuple[str, ...]] = []
    for each in shown:
        first = (each.id, iso(each.ts), each.state.value, each.severity)
        details = list(_details(each)) or [("our books are the venue's", "", "")]
        lines += [(first if place == 0 else ("", "", "", "")) + detail for place, detail in enumerate(details)]
    yield table(headers, lines)


def _details(each: Comparison) -> Iterator[tuple[str, str, str]]:
    if each.stale:
        yield "our books had stood still for more than an hour", "", ""
    yield from (_line("", what) for what in each.confirmed)
    yield from (_line("suspected: ", what) for what in each.suspected)
    yield from (_line("left as rejected: ", what) for what in each.rejected)
    yield from ((action, "", "") for action in each.actions)
    if each.decision is not None:
        yield f"{each.decision.word.value} by {each.decision.operator or 'the operator'}", "", ""
        yield from ((f"not done for {name}: {why}", "", "") for name, why in each.decision.ignored.items())


def _line(how: str, what: Difference) -> tuple[str, str, str]:
    ours, theirs = ("" if value is None else f"{value:f}" for value in (what.ours, what.theirs))
    return f"{how}{what.kind} {what.subject}", ours, theirs
