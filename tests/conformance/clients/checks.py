"""What the programs of all clients share: they print what they found, one JSON object a line, and a verdict at the end.

Runs in the clients' own environments: nothing of ours, and nothing but the standard library.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
import warnings
from typing import Any


class Checks:
    """Named checks of one run, and every warning that was logged meanwhile."""

    def __init__(self) -> None:
        self._warned: list[str] = []
        handler = _Keeper(self._warned)
        handler.setLevel(logging.WARNING)
        logging.getLogger().addHandler(handler)
        warnings.simplefilter("error", RuntimeWarning)

    def that(self, name: str, holds: object, seen: Any = None) -> None:
        """Print whether something holds, with what was seen."""
        print(json.dumps({"check": name, "ok": bool(holds), "seen": repr(seen)[:400]}), flush=True)

    def end(self) -> None:
        """Print the warnings, and that the program came to its end."""
        self.that("no warnings", not self._warned, self._warned)
        print(json.dumps({"ended": True}), flush=True)


class _Keeper(logging.Handler):
    def __init__(self, into: list[str]) -> None:
        super().__init__()
        self._into = into

    def emit(self, record: logging.LogRecord) -> None:
        self._into.append(f"{record.name}: {record.getMessage()}")


def arguments() -> tuple[str, str, str, str]:
    """Return the address of REST, that of sockets, the key and the secret."""
    port, key, secret = sys.argv[1:4]
    return f"http://127.0.0.1:{port}", f"ws://127.0.0.1:{port}", key, secret


def failed() -> None:
    """Print what was raised, and leave."""
    print(json.dumps({"check": "came to its end", "ok": False, "seen": traceback.format_exc()[-2000:]}), flush=True)
    sys.exit(1)
