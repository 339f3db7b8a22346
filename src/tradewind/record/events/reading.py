"""Reads a session's structured events, across its files, also while they are written."""

from __future__ import annotations

import contextlib
import json
import os
import time
from typing import TYPE_CHECKING, Any

from tradewind.domain.errors import DataNotFoundError
from tradewind.record.events.event import SEVERITIES
from tradewind.record.events.log import FILE, numbered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import BinaryIO

Event = dict[str, Any]
LOOKS_MAX = 500
LOOK_SECONDS = 0.01
"""How often and how many times the next file is looked for, when one was closed and the other is not there yet."""


def events_in(
    home: Path, goes_on: Callable[[], bool] = lambda: False, *, runs: Callable[[], bool] = lambda: False
) -> Iterator[Event | None]:
    """Yield the events, None where there is nothing more yet, as long as it `goes_on`.

    Those of the files that were closed come first, then those of the one that is written. A session that `runs` may
    have none in its first second; otherwise `DataNotFoundError` is raised where there is none.
    """
    while not _are_there(home):
        if goes_on():
            yield None
        elif runs():
            return
        elif not _are_there(home):  # nor were they written by a session that has ended since
            raise DataNotFoundError(f"{home} has no structured events", {"path": str(home / FILE)})
    number = 1
    while (opened := _opened(home, number)) is not None:
        with opened as file:
            rest = b""
            while True:
                live, closed = goes_on(), numbered(home, number).exists()  # asked before what follows is read
                for line in file:
                    rest += line
                    if rest.endswith(b"\n"):
                        yield json.loads(rest)
                        rest = b""
                if closed:
                    break
                if not live:
                    return
                yield None
        number += 1


def _are_there(home: Path) -> bool:
    return (home / FILE).is_file() or numbered(home, 1).is_file()


def _opened(home: Path, number: int) -> BinaryIO | None:
    """Open the file of a number: closed, or the one that is being written; None if its writer died between the two."""
    for _ in range(LOOKS_MAX):
        with contextlib.suppress(FileNotFoundError):
            return numbered(home, number).open("rb")
        with contextlib.suppress(FileNotFoundError):  # between two files there is none
            file = (home / FILE).open("rb")
            if not numbered(home, number).exists() or _is_same(file, numbered(home, number)):
                return file
            file.close()  # it is the next one already
        time.sleep(LOOK_SECONDS)
    return None


def _is_same(file: BinaryIO, path: Path) -> bool:
    return os.path.samestat(os.fstat(file.fileno()), path.stat())


def wanted(event: Event, *, kinds: frozenset[str], severity: str, since_ns: int) -> bool:
    """Tell whether an event is of these kinds (all if none), at least so severe, and not older."""
    return (
        (not kinds or event["kind"] in kinds)
        and SEVERITIES.index(event["severity"]) >= SEVERITIES.index(severity)
        and event["ts_ns"] >= since_ns
    )
