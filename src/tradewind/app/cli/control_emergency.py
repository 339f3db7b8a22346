"""`tradewind control emergency-stop`, with the engine or without it, and the flag that the latter leaves."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradewind.app.cli import run_options as opt
from tradewind.app.cli.control_saying import (
    WHERE,
    WORD,
    AsJson,
    ConfigFile,
    Operator,
    Reason,
    client_of,
    nobody,
    tell,
    with_options,
)
from tradewind.app.cli.output import emit
from tradewind.domain.errors import CallRejected, ConfigError, ControlError, NoEngine

if TYPE_CHECKING:
    from tradewind.app.config import Config

ASK_SECONDS = 5.0
"""So long the engine has to say that it is there; then the stop goes to the venue by itself."""
SECONDS = 60.0
Folder = Annotated[Path | None, typer.Option("--leases", help="The folder of the leases, in the place of -c.")]


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    stop = with_options(_options, _emergency_stop, {**WORD, **WHERE})
    app.command("emergency-stop", epilog="Example: tradewind control emergency-stop --direct -c session.yaml")(stop)
    app.command("lift", epilog="Example: tradewind control lift halt-k3m9x2ab --reason 'found it' -c session.yaml")(
        _lift
    )
    app.command("halts", epilog="Example: tradewind control halts -c session.yaml")(_halts)


def _options(
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    direct: Annotated[bool, typer.Option("--direct", help="Go to the venue without the engine; needs -c.")] = False,
    catalog: opt.CatalogOption = opt.CATALOG,
) -> None:
    """Halt, take all orders back, close everything, and prove it; with -c also where no engine answers."""


def _emergency_stop(**options: Any) -> None:  # noqa: ANN401 - as typer gives them
    if not options["yes"]:
        typer.confirm("Cancel all orders and close all positions?", abort=True, err=True)
    answer = None
    if not options["direct"]:
        try:
            answer = _by_the_engine(options)
        except NoEngine as error:
            if options["config"] is None:
                nobody(error, as_json=options["as_json"])
            print(f"{error.message}; going to the venue without it", file=sys.stderr)
    tell(_directly(options) if answer is None else answer, as_json=options["as_json"])


def _by_the_engine(options: dict[str, Any]) -> dict[str, Any]:
    """Ask the engine; raise `NoEngine` if there is none, or it does not answer at once."""
    client = client_of(options["session"], options["root"], options["config"])
    client.read("/livez", ASK_SECONDS)
    said = {"operator": options["operator"] or getpass.getuser(), "reason": options["reason"]}
    try:
        return client.command("emergency-stop", **said, timeout_seconds=options["timeout"] or SECONDS)
    except CallRejected as error:
        raise NoEngine(error.message) from error


def _directly(options: dict[str, Any]) -> dict[str, Any]:
    import msgspec

    from tradewind.app.cli.output import logs_to_stderr
    from tradewind.app.control.direct.stop import stop_directly

    logs_to_stderr()
    done = stop_directly(
        _config(options["config"]), options["catalog"],
        reason=options["reason"], operator=options["operator"] or getpass.getuser(),
        seconds=options["timeout"] or SECONDS,
    )  # fmt: skip
    return dict(msgspec.to_builtins(done))


def _lift(  # noqa: PLR0913 - the options of a command
    name: Annotated[str, typer.Argument(help="The halt's name, as it was told.")],
    *,
    reason: Reason = "",
    operator: Operator = "",
    config: ConfigFile = None,
    leases: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Take down the flag of an emergency stop, so that the account may be traded again."""
    from tradewind.app.session.halts import lift
    from tradewind.app.session.lease import now_text
    from tradewind.record.lease.halts import Halts

    if not reason:
        raise typer.BadParameter("say why with --reason: it is kept")
    who = operator or getpass.getuser()
    if leases is not None:
        flag = Halts(leases).lift(name, reason, who, now_text())
    else:
        flag = lift(_config(config), name, reason, who)
    emit(flag, f"lifted: {flag.account} may be traded again", as_json=as_json)


def _halts(*, config: ConfigFile = None, leases: Folder = None, as_json: AsJson = False) -> None:
    """List the accounts that are halted by a flag."""
    from tradewind.app.session.halts import all_up
    from tradewind.record.lease.halts import Halts

    flags = all_up(_config(config)) if leases is None else Halts(leases).all()
    emit(flags, "\n".join(map(str, flags)) or "no account is halted", as_json=as_json)


def _config(path: Path | None) -> Config:
    from tradewind.app.config import load_account

    if path is None:
        raise ConfigError("-c: the session's configuration is needed to find the account")
    try:
        return load_account(path)
    except OSError as error:
        raise ControlError(f"{path} cannot be read: {error.strerror}") from error
