"""The command line: a table of commands, and one place where errors become exit codes.

Each command is a module beside this one with a typer `app`, imported only when it is called: help is
printed from the table, in a twentieth of a second. (Typer's own group would import every command for
it; with rich it took 0.26 s on two cores, without a single command of ours.)
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from difflib import get_close_matches
from typing import TYPE_CHECKING

from tradewind.app.cli.exits import Exit, exit_of
from tradewind.app.cli.output import report_error, report_usage
from tradewind.domain.errors import TradewindError

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("tradewind.app.cli.demo", "Run a strategy on generated data: backtest, paper session, comparison."),
    "backtest": ("tradewind.app.cli.backtest", "Backtest a strategy."),
    "live": ("tradewind.app.cli.live", "Run a live session: on paper, or at a venue that is confirmed."),
    "control": ("tradewind.app.cli.control", "Show, pause, flatten and stop a running session."),
    "top": ("tradewind.app.cli.top", "Watch a running session."),
    "exchange": (
        "tradewind.app.cli.exchange",
        "Run a simulated exchange in its own process; show it, inject faults.",
    ),
    "strategy": ("tradewind.app.cli.strategy", "Inspect a strategy, check it for look-ahead, list installed ones."),
    "session": ("tradewind.app.cli.session", "List, show, query, report, replay and rebuild sessions."),
    "report": ("tradewind.app.cli.report", "Show what the trades of a session say of its stops and targets."),
    "events": ("tradewind.app.cli.events", "Read, filter and follow a session's structured events."),
    "db": ("tradewind.app.cli.db", "Show, verify, rebuild and migrate the operational database."),
    "data": ("tradewind.app.cli.data", "Download, import, check, list and resample market data."),
    "new": ("tradewind.app.cli.new", "Create a strategy: its file, a test and a configuration."),
    "schema": ("tradewind.app.cli.schema", "Print the JSON schema of the configuration or of a strategy."),
    "venues": ("tradewind.app.cli.venues", "List the venues and what each can do."),
    "doctor": ("tradewind.app.cli.doctor", "Check this machine and a configuration."),
}
"""Name → (module with a typer `app`, one line of help)."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; whoever calls it exits with what it returns."""
    words = list(sys.argv[1:] if argv is None else argv)
    as_json = "--json" in words
    try:
        return _run(words, as_json=as_json)
    except TradewindError as error:
        code = exit_of(error)
        report_error(error, code, as_json=as_json)
        return code
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:  # `tradewind … | head`: nobody listens any more, Python's last flush included
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.FAILED


def help_text() -> str:
    """Return what `tradewind --help` prints."""
    width = max(map(len, COMMANDS))
    commands = "\n".join(f"  {name:<{width}}  {line}" for name, (_, line) in COMMANDS.items())
    return (
        "Usage: tradewind COMMAND [OPTIONS]\n\n"
        "A live trading engine with backtest parity: one strategy in backtest, on paper and live.\n\n"
        f"Commands:\n{commands}\n\n"
        "Options:\n  --help     Show this, or `tradewind COMMAND --help` for one command.\n"
        "  --version  Show the version.\n\n"
        "With --json a command and its errors are JSON. Exit codes are listed in docs/cli.md."
    )


def _run(words: list[str], *, as_json: bool) -> int:
    first = words[0] if words else "--help"
    if first in {"--help", "-h", "help"}:
        print(help_text())
        return Exit.OK
    if first in {"--version", "version"}:
        from importlib import metadata  # slow, and nobody else needs it

        print(f"tradewind {metadata.version('tradewind')}")
        return Exit.OK
    if first not in COMMANDS:
        near = get_close_matches(first, COMMANDS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "`tradewind --help` lists the commands"
        report_usage(f"no such command: {first}; {hint}", as_json=as_json)
        return Exit.USAGE
    return _call(first, words[1:], as_json=as_json)


def _call(name: str, words: list[str], *, as_json: bool) -> int:
    """Import a command and call it; typer's ways of ending become exit codes."""
    module = COMMANDS[name][0]
    if importlib.util.find_spec(module) is None:
        raise TradewindError(f"`tradewind {name}` is not in this version")
    import typer  # `tradewind --help` does without

    imported = importlib.import_module(module)
    command = typer.main.get_command(imported.app)
    words = imported.completed(words) if hasattr(imported, "completed") else words
    try:
        result = command.main(args=words, prog_name=f"tradewind {name}", standalone_mode=False)
    except typer.TyperException as error:  # a wrong option or value
        context = getattr(error, "ctx", None)
        usage = f"{context.get_usage()}\nTry 'tradewind {name} --help'." if context else ""
        report_usage(error.format_message(), as_json=as_json, usage=usage, code=error.exit_code)
        return error.exit_code
    except typer.Abort:
        return Exit.INTERRUPTED
    return result if isinstance(result, int) else Exit.OK
