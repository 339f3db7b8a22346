"""`tradewind session alive`: proof of life from outside the process, for whoever deploys or watches a session."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from tradewind.app.cli.exits import Exit
from tradewind.app.cli.output import emit
from tradewind.app.cli.run_options import SESSIONS
from tradewind.domain.time import NS_PER_SECOND, iso
from tradewind.record.sessions.find import LATEST, find

GRACE_SECONDS = 30.0


def alive(
    name: Annotated[
        str, typer.Argument(metavar="[SESSION]", help="`2025-10-01/run_1`, a folder, an id, or `latest` (the default).")
    ] = LATEST,
    *,
    root: Annotated[Path, typer.Option("--data-output", "--root", help="The folder of the session folders.")] = Path(
        SESSIONS
    ),
    grace: Annotated[
        float, typer.Option(min=0.0, help="So many seconds more than one bar may lie between two decisions.")
    ] = GRACE_SECONDS,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show when a running session decided last; ends with 1 unless that is at most a bar and the grace ago.

    It reads the session's files and asks no process: one that hangs, or only writes, decides nothing. A decision is a
    closed bar on which a strategy was asked and did not fail, after history was over.
    """
    from tradewind.record.sessions.decision import newest_decision

    entry = find(root, name)
    decided, now = newest_decision(entry), time.time_ns()
    fault = decided.fault(now, int(grace * NS_PER_SECOND))
    at = "never" if decided.decided_at is None else f"at {iso(decided.decided_at)}, on {decided.instrument}"
    facts = {
        "session": entry.name, "alive": not fault, "reason": fault, "decided_at": decided.decided_at,
        "age_seconds": None if decided.decided_at is None else (now - decided.decided_at) / NS_PER_SECOND,
        "instrument": decided.instrument, "seq": decided.seq, "bar_seconds": decided.bar_ns / NS_PER_SECOND,
        "grace_seconds": grace, "held_strategies": decided.held,
    }  # fmt: skip
    emit(facts, f"{entry.name}: {fault or 'alive'}; decided last {at}", as_json=as_json)
    if fault:
        raise typer.Exit(Exit.FAILED)
