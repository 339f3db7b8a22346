"""What a simulated venue must be given so that it goes on where another one stood: plain data, and all of it.

What orders meet is in here too, quotes and books, so that who arrives before the next of them trades as it would have.
Fields are only ever appended, with a default.
"""

from __future__ import annotations

from decimal import Decimal

from tradewind.domain.checkpoint import KeptBook, KeptPosition
from tradewind.domain.commands import AmendOrder, CancelOrder, ModelVenue, QueryAccount, QueryOrder, SubmitOrder
from tradewind.domain.events import Charge, Event
from tradewind.domain.ids import ClientOrderId, InstrumentId, VenueOrderId
from tradewind.domain.market import Level, Quote
from tradewind.domain.message import Message
from tradewind.domain.order import OrderSpec
from tradewind.domain.order_events import OrderEvent
from tradewind.domain.time import NEVER, TimeNs


class RequestArrives(Message, frozen=True, gc=False):
    """One of our requests is on its way; in silence, nothing is heard of the order until somebody asks."""

    request: SubmitOrder | CancelOrder | AmendOrder | QueryOrder | QueryAccount
    silent: bool = False


class OrderExpires(Message, frozen=True, gc=False):
    """The time of an order is over, at `end`."""

    order: ClientOrderId
    end: TimeNs


class InterestIsDue(Message, frozen=True, gc=False):
    """A day for which interest is charged on what is held short."""

    instrument: InstrumentId


Action = RequestArrives | OrderExpires | InterestIsDue


class KeptAction(Message, frozen=True, gc=False):
    """Something that happens at the venue at a time, before all else of that time."""

    at: TimeNs
    action: Action


class KeptResting(Message, frozen=True, gc=False):
    """An order at the venue: it rests, sleeps, or has ended not too long ago."""

    spec: OrderSpec
    arrived: TimeNs
    venue_order: VenueOrderId
    live: bool
    filled: Decimal
    triggered: bool
    rested: bool
    trigger: Decimal | None
    """Where it triggers now; that of a trailing stop has moved."""
    due: TimeNs = NEVER
    reserved: Decimal = Decimal(0)
    best: float | None = None
    queue_ahead: float = 0.0
    traded: float = 0.0
    words: tuple[OrderEvent, ...] = ()
    """What the venue has said of it."""
    is_forgotten: bool = False
    """Whether it is here for its exits alone."""


class KeptBracket(Message, frozen=True, gc=False):
    """An entry and the exits of it that live, with what they may close."""

    entry: ClientOrderId
    exits: tuple[ClientOrderId, ...]
    open: Decimal
    awake: bool


class KeptRandom(Message, frozen=True, gc=False):
    """Where a generator of random numbers stands."""

    version: int
    numbers: tuple[int, ...]
    gauss: float | None = None


class KeptQuote(Message, frozen=True, gc=False):
    """The last quote of an instrument, and what our orders have left of its sizes; None if they took nothing of one."""

    quote: Quote
    ask_left: Decimal | None = None
    bid_left: Decimal | None = None


class KeptDepth(Message, frozen=True, gc=False):
    """A book as our orders have left it; the best levels first."""

    instrument: InstrumentId
    last_id: int
    valid: bool
    bids: tuple[Level, ...] = ()
    asks: tuple[Level, ...] = ()


class VenueState(Message, frozen=True, gc=False):
    """All of a simulated venue between two events."""

    books: tuple[KeptBook, ...] = ()
    totals: tuple[KeptPosition, ...] = ()
    prices: tuple[tuple[InstrumentId, float], ...] = ()
    """What it marks with."""
    orders: tuple[KeptResting, ...] = ()
    """In the order in which they are remembered."""
    resting: tuple[ClientOrderId, ...] = ()
    """Those in the book, as they came."""
    brackets: tuple[KeptBracket, ...] = ()
    ended: tuple[ClientOrderId, ...] = ()
    rivals: tuple[tuple[str, tuple[ClientOrderId, ...]], ...] = ()
    """The orders that share a name and cancel each other."""
    coming: tuple[tuple[str, tuple[ClientOrderId, ...]], ...] = ()
    """The same of orders that are on their way to the venue."""
    muted: tuple[ClientOrderId, ...] = ()
    numbers: int = 0
    """The last number that an order or an execution was given."""
    last_seen: TimeNs = 0
    last_arrival: TimeNs = 0
    actions: tuple[KeptAction, ...] = ()
    """What is to happen at the venue, in order."""
    reports: tuple[Event, ...] = ()
    """Words of the venue that are under way to us, in order."""
    borrowing: tuple[InstrumentId, ...] = ()
    models: tuple[ModelVenue, ...] = ()
    """What strategies have chosen."""
    intervals: tuple[tuple[InstrumentId, str, TimeNs], ...] = ()
    """The bars that orders are matched against."""
    randoms: tuple[KeptRandom, ...] = ()
    quotes: tuple[KeptQuote, ...] = ()
    depths: tuple[KeptDepth, ...] = ()
    charges: tuple[Charge, ...] = ()
    """What it has charged, and closed by force: the newest, oldest first."""
