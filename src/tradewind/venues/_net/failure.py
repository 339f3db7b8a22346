"""What went wrong with a request, in one vocabulary for all venues: which kind, and what became of the request.

The outcome is about the placement of an order. Who asked for something that changes nothing may ask again whatever
it says; who placed an order may do so only where it is `NOT_PLACED`.
"""

from __future__ import annotations

import enum

import msgspec

from tradewind.domain.errors import (
    RateLimited,
    VenueAuthError,
    VenueError,
    VenueMaintenance,
    VenueProtocolError,
    VenueRefused,
    VenueTimeout,
    VenueUnavailable,
)


class Kind(enum.Enum):
    """What the trouble is."""

    REJECTED = "rejected"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    FILTER = "filter"
    """A rule of the instrument: step, size, value, number of orders."""
    DUPLICATE_ID = "duplicate_id"
    UNKNOWN_ORDER = "unknown_order"
    WOULD_TAKE = "would_take"
    """A post-only order that would have traded at once."""
    AUTH = "auth"
    CLOCK = "clock"
    RATE_LIMITED = "rate_limited"
    BANNED = "banned"
    OVERLOADED = "overloaded"
    TIMEOUT = "timeout"
    NETWORK = "network"
    MAINTENANCE = "maintenance"
    BAD_REQUEST = "bad_request"
    """Our own mistake, or a symbol that is not there."""
    PROTOCOL = "protocol"
    """What came is not what the venue's documents say."""
    UNSUPPORTED = "unsupported"


class Outcome(enum.Enum):
    """What became of a request that was to change something."""

    NOT_PLACED = "not_placed"
    PLACED = "placed"
    UNKNOWN = "unknown"


class Again(enum.Enum):
    """What to do about it."""

    NEVER = "never"
    """The answer will be the same."""
    LATER = "later"
    """The same request, after a pause with jitter."""
    WAIT = "wait"
    """Nothing at all until `retry_after_ns` is over."""
    RESYNC = "resync"
    """Measure the clock, sign anew, once."""
    ASK = "ask"
    """Find out under the client id first what became of it."""
    STOP = "stop"
    """Somebody has to do something; trading is over here until then."""


_AGAIN = {
    Kind.AUTH: Again.STOP,
    Kind.CLOCK: Again.RESYNC,
    Kind.RATE_LIMITED: Again.WAIT,
    Kind.BANNED: Again.WAIT,
    Kind.OVERLOADED: Again.LATER,
    Kind.NETWORK: Again.LATER,
    Kind.TIMEOUT: Again.LATER,
    Kind.MAINTENANCE: Again.LATER,
    Kind.UNKNOWN_ORDER: Again.ASK,
}


class Failure(msgspec.Struct, frozen=True):
    """One failed request; `raw` has no secrets in it any more."""

    kind: Kind
    outcome: Outcome
    venue: str
    code: int
    """The venue's own number, 0 without one."""
    message: str
    http_status: int = 0
    retry_after_ns: int = 0
    raw: str = ""

    @property
    def again(self) -> Again:
        """What to do about it."""
        if self.outcome is Outcome.UNKNOWN:
            return Again.ASK
        return _AGAIN.get(self.kind, Again.NEVER)

    def told(self) -> str:
        """Say it in one line, with the venue's number."""
        return f"{self.message} ({self.code})" if self.code else self.message

    def error(self) -> VenueError:
        """Return it as the exception that calls outside of a session raise."""
        facts = {"venue": self.venue, "kind": self.kind.value, "code": self.code, "http_status": self.http_status}
        text = f"{self.venue}: {self.told()}"
        match self.kind:
            case Kind.RATE_LIMITED | Kind.BANNED:
                return RateLimited(text, retry_after_ns=self.retry_after_ns, context=facts)
            case Kind.AUTH:
                return VenueAuthError(text, facts)
            case Kind.TIMEOUT:
                return VenueTimeout(text, left=self.outcome is Outcome.UNKNOWN, context=facts)
            case Kind.MAINTENANCE:
                return VenueMaintenance(text, facts)
            case Kind.NETWORK | Kind.OVERLOADED:
                return VenueUnavailable(text, facts)
            case Kind.PROTOCOL:
                return VenueProtocolError(text, facts | {"payload": self.raw})
            case _:
                return VenueRefused(text, facts)
