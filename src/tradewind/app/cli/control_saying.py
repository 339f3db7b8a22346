"""What the commands of `tradewind control` share: which session, who says it, how it is told and how it ends."""

from __future__ import annotations

import enum
import getpass
import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, get_type_hints

import typer

from tradewind.app.cli.output import emit, report_error
from tradewind.app.cli.run_options import SESSIONS
from tradewind.domain.errors import CallRejected, NoEngine

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.app.control.client import Client

Session = Annotated[
    str, typer.Option("--session", help="`2025-10-01/run_1`, a folder or an id; the newest that runs if not given.")
]
Root = Annotated[Path | None, typer.Option("--data-output", "--root", help="The folder of the session folders.")]
ConfigFile = Annotated[Path | None, typer.Option("-c", "--config", help="The session's configuration.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept.")]
Operator = Annotated[str, typer.Option("--operator", help="Who says it; the user of this process if not given.")]
Timeout = Annotated[float | None, typer.Option("--timeout", help="Seconds to wait until it is done.", min=1, max=600)]

WHERE: dict[str, tuple[Any, Any]] = {
    "session": (Session, ""),
    "root": (Root, None),
    "config": (ConfigFile, None),
    "as_json": (AsJson, False),
}
"""The options of every command: type and default."""
WORD: dict[str, tuple[Any, Any]] = {"reason": (Reason, ""), "operator": (Operator, ""), "timeout": (Timeout, None)}
"""And of those that say a word."""


class Code(enum.IntEnum):
    """How a command ends."""

    DONE = 0
    REFUSED = 1
    UNANSWERED = 3
    PARTLY = 4


CODES = {"done": Code.DONE, "refused": Code.REFUSED, "partly": Code.PARTLY, "unanswered": Code.UNANSWERED}


def with_options(function: Callable[..., Any], call: Callable[..., None], extra: dict[str, tuple[Any, Any]]) -> Any:  # noqa: ANN401
    """Return `call` with the parameters of `function` and these, for typer to see."""
    hints = get_type_hints(function, include_extras=True)
    hints.pop("return", None)
    own = [each.replace(annotation=hints[each.name]) for each in inspect.signature(function).parameters.values()]
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for name, (kind, default) in extra.items()
    ]
    call.__signature__ = inspect.Signature([*own, *added])  # type: ignore[attr-defined] # as inspect documents
    call.__annotations__ = {**hints, **{name: kind for name, (kind, _) in extra.items()}}
    call.__name__, call.__doc__ = function.__name__, function.__doc__
    return call


def client_of(session: str, root: Path | None, config: Path | None) -> Client:
    """Return the client of the session that is meant; raise `NoEngine` if none runs."""
    from tradewind.app.control.address import door_of, running
    from tradewind.app.control.client import Client

    return Client(door_of(running(root_of(root, config), session).home))


def root_of(root: Path | None, config: Path | None) -> Path:
    """Return the folder of the session folders: as it is given, of a configuration, or where it is by default."""
    if root is None and config is not None:
        from tradewind.app.config import load_account

        return Path(load_account(config).engine.data_output_path)
    return root or Path(SESSIONS)


def say(name: str, said: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """Say a command; return what came of it, a refusal too. Ends the program if nobody answers."""
    operator = options["operator"] or getpass.getuser()
    word = {"operator": operator, "reason": options["reason"], "timeout_seconds": options["timeout"], **said}
    try:
        return client_of(options["session"], options["root"], options["config"]).command(name, **word)
    except NoEngine as error:
        nobody(error, as_json=options["as_json"])
    except CallRejected as error:
        return {"command": name, "outcome": "refused", "seq": None, "told": [], "left": [error.message]}


def tell(answer: dict[str, Any], *, as_json: bool) -> NoReturn:
    """Print what came of a command, and end with its code."""
    step = "" if answer["seq"] is None else f" (step {answer['seq']})"
    lines = [f"{answer['command']}: {answer['outcome']}{step}", *(f"  {line}" for line in answer["told"])]
    emit(answer, "\n".join([*lines, *(f"  ! {line}" for line in answer["left"])]), as_json=as_json)
    raise typer.Exit(CODES[answer["outcome"]])


def nobody(error: NoEngine, *, as_json: bool) -> NoReturn:
    """Tell that nobody answers, and end with the code for it."""
    report_error(error, Code.UNANSWERED, as_json=as_json)
    raise typer.Exit(Code.UNANSWERED)
