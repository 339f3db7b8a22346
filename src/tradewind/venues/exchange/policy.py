"""How patient a client is with its links."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LinkPolicy:
    """How patient we are with a link, in seconds of the clock on the wall."""

    dead_seconds: float = 3.0
    """Silence after which a link is cut."""
    answer_seconds: float = 5.0
    """How long a request waits for its receipt before its outcome is unknown."""
    wait_seconds: float = 2.0
    """How long a request waits for a link that is down before it is refused, never sent."""
    backoff_seconds: tuple[float, ...] = (0.1, 0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
    """Waits between tries to connect; the last one is repeated for ever."""
    missing_seconds: float = 1.0
    """How long a report that was sent may be missing before it is asked for, by a new link."""
