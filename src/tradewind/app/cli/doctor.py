"""`tradewind doctor`: whether this machine and a configuration are fit for the first order.

Each check says ok, warn or fail and how to mend it. Nothing is sent anywhere and nothing is changed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tradewind.app.cli.doctor_config import check_configuration
from tradewind.app.cli.doctor_machine import Check, Level, check_machine
from tradewind.app.cli.exits import Exit
from tradewind.app.cli.output import emit, table
from tradewind.app.cli.run_options import CATALOG
from tradewind.app.config import environment

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def doctor(
    config: Annotated[Path | None, typer.Option("-c", "--config", help="Check this configuration too.")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check this machine and a configuration before the first order."""
    checks, output_path = check_configuration(config)
    catalog = Path(environment().get("TRADEWIND_CATALOG") or CATALOG)
    checks = [*check_machine(output_path, catalog), *checks]
    failed = any(check.level is Level.FAIL for check in checks)
    emit({"ok": not failed, "checks": checks}, _told(checks), as_json=as_json)
    if failed:
        raise typer.Exit(Exit.FAILED)


def _told(checks: list[Check]) -> str:
    lines = table(("", "check", "found"), [(c.level.value, c.name, c.found) for c in checks]).splitlines()[1:]
    told = []
    for index, (line, check) in enumerate(zip(lines, checks, strict=True)):
        said_again = index + 1 < len(checks) and checks[index + 1].fix == check.fix
        told += [line, *([f"      fix: {check.fix}"] if check.fix and not said_again else [])]
    counts = ", ".join(f"{sum(c.level is level for c in checks)} {level.value}" for level in Level)
    return "\n".join((*told, "", counts))
