"""How the program ends: every exit code, and which error leads to which."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from tradewind.domain.errors import AccountHalted, ConfigError, StrategyLoadError

if TYPE_CHECKING:
    from tradewind.domain.errors import TradewindError


class Exit(enum.IntEnum):
    """What the caller, systemd or a script, learns from the end of the program."""

    OK = 0
    FAILED = 1
    USAGE = 2
    LEFT_OPEN = 3
    CONFIG = 78
    INTERRUPTED = 130


MEANINGS = {
    Exit.OK: "done; a session was stopped in good order",
    Exit.FAILED: "failed, crashed, or a check found something; the message says why",
    Exit.USAGE: "the command line is wrong: unknown command, option or value",
    Exit.LEFT_OPEN: "stopped, but orders or outcomes are still open at the venue: look before starting again",
    Exit.CONFIG: "the configuration, the strategy's file or the live flags are wrong, or the account is halted: "
    "starting again will not help",
    Exit.INTERRUPTED: "interrupted from the keyboard outside a session",
}


def exit_of(error: TradewindError) -> Exit:
    """Return the exit code of an error that nobody could handle."""
    return Exit.CONFIG if isinstance(error, ConfigError | StrategyLoadError | AccountHalted) else Exit.FAILED


def exit_table() -> str:
    """Print the codes as the Markdown table of `docs/cli.md`."""
    rows = (f"| {code.value} | {MEANINGS[code]} |" for code in Exit)
    return "\n".join(("| exit code | meaning |", "|---|---|", *rows))
