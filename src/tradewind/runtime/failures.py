"""How errors of dependencies are handled: one table, and a count of consecutive errors.

Outages are waited out, however long; requests that the other side rejects or answers wrongly are retried a few times;
errors that waiting cannot fix stop the session at once (spec/risk-and-positions.md 26, lesson 1).
"""

from __future__ import annotations

import enum
import socket

from tradewind.domain import errors
from tradewind.domain.time import NS_PER_SECOND


class Kind(enum.Enum):
    """Whose fault it is, and so what now."""

    TRANSIENT = "transient"
    """The network, a name, a busy server, a database: wait, then again."""
    VENUE_DOWN = "venue down"
    """They say so, or nobody is there: the same."""
    REFUSED = "refused"
    """They heard us and said no, or broke their own protocol: again, a few times."""
    OURS = "ours"
    """This machine or this program: again, a few times."""
    PERMANENT = "permanent"
    """No waiting mends it: stop."""


KINDS: dict[type[BaseException], Kind] = {
    errors.VenueUnavailable: Kind.VENUE_DOWN,
    errors.VenueTimeout: Kind.TRANSIENT,
    errors.RateLimited: Kind.TRANSIENT,
    errors.LeaseUnreachable: Kind.TRANSIENT,
    ConnectionError: Kind.TRANSIENT,
    TimeoutError: Kind.TRANSIENT,
    socket.gaierror: Kind.TRANSIENT,
    errors.VenueAuthError: Kind.PERMANENT,
    errors.VenueRefused: Kind.REFUSED,
    errors.VenueProtocolError: Kind.REFUSED,
    errors.VenueError: Kind.REFUSED,
    errors.ConfigError: Kind.PERMANENT,
    errors.StrategyLoadError: Kind.PERMANENT,
    errors.StateError: Kind.PERMANENT,
    AssertionError: Kind.PERMANENT,
    errors.TradewindError: Kind.OURS,
    Exception: Kind.OURS,
}
"""The kind of each error and of those derived from it, unless they have a row of their own."""
INTERVAL_SECONDS = 0.5
WAIT_SECONDS_MAX = 30.0
"""The n-th wait in a row is n intervals, at most this."""
IN_A_ROW_MAX = 10
"""So many errors in a row that are no outages, and it stops."""
OUTSIDE = (errors.VenueError, ConnectionError, TimeoutError, socket.gaierror)
"""What may come from the other side of a wire; all else is a bug, or says by itself what is to be done."""


def kind_of(error: BaseException) -> Kind:
    """Return the kind of an error; what is not even an `Exception` is nobody's to wait for."""
    return next((KINDS[base] for base in type(error).__mro__ if base in KINDS), Kind.PERMANENT)


def first_of(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the fault that ended a group of tasks."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


class Failures:
    """The errors of one dependency in a row."""

    def __init__(self, interval_seconds: float | None = None) -> None:
        self._interval = INTERVAL_SECONDS if interval_seconds is None else interval_seconds
        self._count = 0
        self._serious = 0

    def failed(self, error: Exception) -> float:
        """Return how long to wait before it is tried again, in seconds; raise the error if it is not to be."""
        kind = kind_of(error)
        self._count += 1
        if kind in (Kind.TRANSIENT, Kind.VENUE_DOWN):
            self._serious = 0
        else:
            self._serious += 1
        if kind is Kind.PERMANENT or self._serious >= IN_A_ROW_MAX:
            raise error
        wait = min(WAIT_SECONDS_MAX, self._interval * self._count)
        if isinstance(error, errors.RateLimited):
            wait = max(wait, error.retry_after_ns / NS_PER_SECOND)
        return wait

    def worked(self) -> None:
        """Begin to count anew."""
        self._count = self._serious = 0
