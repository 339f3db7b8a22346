"""Reads a session's structured events, from its file, also while it is written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tradewind.domain.errors import DataNotFoundError
from tradewind.record.events.event import SEVERITIES
from tradewind.record.events.log import FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

Event = dict[str, Any]


def events_in(home: Path, goes_on: Callable[[], bool] = lambda: False) -> Iterator[Event | None]:
    """Yield the events, None where there is nothing more yet, as long as it `goes_on`.

    Raises `DataNotFoundError` where there is no file.
    """
    path = home / FILE
    if not path.is_file():
        raise DataNotFoundError(f"{home} has no structured events", {"path": str(path)})
    with path.open("rb") as file:
        rest = b""
        while True:
            live = goes_on()
            for line in file:
                rest += line
                if rest.endswith(b"\n"):
                    yield json.loads(rest)
                    rest = b""
            if not live:
                return
            yield None


def wanted(event: Event, *, kinds: frozenset[str], severity: str, since_ns: int) -> bool:
    """Tell whether an event is of these kinds (all if none), at least so severe, and not older."""
    return (
        (not kinds or event["kind"] in kinds)
        and SEVERITIES.index(event["severity"]) >= SEVERITIES.index(severity)
        and event["ts_ns"] >= since_ns
    )
