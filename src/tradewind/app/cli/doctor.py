"""`tradewind doctor`: whether this machine, a configuration and a venue are fit for the first order.

Each check says ok, warn or fail and how to mend it. Nothing is changed; nothing leaves this machine without --venue.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tradewind.app.cli.doctor_config import check_configuration
from tradewind.app.cli.doctor_machine import Check, Level, check_machine
from tradewind.app.cli.exits import Exit
from tradewind.app.cli.output import emit, table
from tradewind.app.cli.run_options import CATALOG
from tradewind.app.config import environment, load_account

app = typer.Typer(add_completion=False, rich_markup_mode=None)


class Asked(StrEnum):
    """The venues that can be asked."""

    BINANCE = "binance"


@app.command()
def doctor(
    config: Annotated[Path | None, typer.Option("-c", "--config", help="Check this configuration too.")] = None,
    *,
    venue: Annotated[Asked | None, typer.Option(help="Ask this venue too, with the keys of the configuration.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check this machine, a configuration and a venue before the first order.

    For example:

      tradewind doctor -c session.yaml --venue binance   # its clock, the key's rights, filters, what is open there
    """
    checks, output_path = check_configuration(config)
    is_right = not any(check.level is Level.FAIL for check in checks)
    catalog = Path(environment().get("TRADEWIND_CATALOG") or CATALOG)
    checks = [*check_machine(output_path, catalog), *checks]
    if venue is not None and is_right:
        from tradewind.app.cli.doctor_binance import check_binance

        checks += check_binance(None if config is None else load_account(config))
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
