"""What a comparison of our books with the venue's works with; the comparison itself is `reconcile.py`."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from tradewind.domain.message import Message
from tradewind.domain.reconciliation import Discrepancy, Mode, ReconciliationReport, Strangers
from tradewind.domain.time import NS_PER_MINUTE, NS_PER_SECOND, TimeNs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tradewind.domain.account import AccountKind
    from tradewind.domain.events import Charge, Event
    from tradewind.domain.ids import Asset, ClientOrderId, InstrumentId, TradeId
    from tradewind.domain.instrument import Instrument
    from tradewind.domain.position import Position
    from tradewind.execution.orders import Orders


class Reconciliation(Message, frozen=True, gc=False):
    """When to compare, and what to do about it; times in nanoseconds."""

    mode: Mode = Mode.WARN_ONLY
    interval_ns: TimeNs = 0
    """The time between two comparisons; 0 for none but those that come by themselves."""
    cash_tolerance: Decimal = Decimal("0.01")
    """The fraction of an asset's amount up to which a difference is none."""
    grace_ns: TimeNs = 10 * NS_PER_SECOND
    """How long a request may be under way and explain a difference."""
    confirm_after_ns: TimeNs = 5 * NS_PER_SECOND
    """The time after which a difference that is still the same is certain."""
    holds_at_start: bool = False
    """Whether no order leaves before the first comparison: where the venue has an account of its own."""
    fill_fraction: Decimal = Decimal("0.05")
    """With rounds, a fill of more than this fraction of equity is followed by a comparison; 0 for none."""
    outage_ns: TimeNs = 30 * NS_PER_MINUTE
    """When the venue has not told its account for so long, exposure may only fall."""
    exit_after_ns: TimeNs = NS_PER_SECOND
    """The same for a stop that does not rest where it should: it is replaced then."""
    external: Strangers = Strangers.REPORT
    """What is done about orders, trades and positions that somebody else has made on the account."""
    orphans: Strangers = Strangers.ADOPT
    """What is done about an order that has our prefix and that we do not know."""


class Ours(NamedTuple):
    """Our side of the comparison."""

    orders: Orders
    positions: Mapping[InstrumentId, Position]
    wallet: Mapping[Asset, Decimal]
    instruments: Mapping[InstrumentId, Instrument]
    external: Mapping[InstrumentId, Decimal] = {}
    """What of the positions belongs to whoever trades beside us."""
    prefix: str = ""
    """How the ids of our orders begin, up to the dash."""
    worth: Callable[[Asset], Decimal | None] = lambda _: None
    """What one unit of an asset is worth in the base currency; None if a price is missing."""
    mark: Callable[[InstrumentId], Decimal | None] = lambda _: None
    """The last price of an instrument."""
    account: AccountKind | None = None
    is_liquidation: Callable[[InstrumentId, TradeId], bool] = lambda _, __: False
    """Whether an execution is in our books as one by which the venue closed a position by force."""
    is_charged: Callable[[Charge], bool] = lambda _: True
    """Whether a charge is in our books, or older than those that we were to hear of."""

    exits_here: bool = False
    """Whether exits sleep at our side until their time comes, so that the venue does not know of them."""

    def names(self, order: ClientOrderId) -> bool:
        """Tell whether an id is one that we give."""
        return bool(self.prefix) and order.startswith(f"{self.prefix}-")


class Suspect(NamedTuple):
    """A difference as it was first seen."""

    since: TimeNs
    mark: object
    """What must be the same at the second look."""


Key = tuple[str, str]
"""What a difference is about (position, cash, order) and its name: one that changes its kind is still the same."""
Suspects = dict[Key, Suspect]


class Decided(NamedTuple):
    """What an operator has decided about differences, each for as long as it is the same."""

    rejected: Suspects
    """Left as they are, and not raised again."""
    approved: Suspects
    """Put right as soon as a comparison finds them once more."""


NOTHING_DECIDED = Decided({}, {})
_encode = msgspec.msgpack.Encoder().encode


class Certain(NamedTuple):
    """A certain difference, for whoever decides about it."""

    key: Key
    mark: object
    can_be_cured: bool
    """Whether anything can be booked that would put it right."""


class Outcome(NamedTuple):
    """What comes of a comparison."""

    report: ReconciliationReport
    corrections: tuple[Event, ...]
    suspects: Suspects
    """For the next comparison."""
    certain: tuple[Certain, ...] = ()
    """What is certain; what would put it right is among the corrections already if the mode says so."""
    is_whole: bool = True
    """Whether everything could be judged: all was read, and nothing was under way."""


class Found(NamedTuple):
    """A difference, how long it must last to be certain, and what would put it right."""

    what: Discrepancy
    mark: object
    wait_ns: TimeNs
    cure: Event | None
    is_fact: bool = False
    """Whether the cure is the venue's own word, or a question for it: taken in every mode."""
    then: tuple[Event, ...] = ()
    """What follows the cure."""
    is_certain: bool = False
    """Whether it needs no second look: nothing of ours can be meant."""
    waits: bool = False
    """Whether executions that could not be read may explain it: it is told, and put right when they have been read."""


class Slack(NamedTuple):
    """By how much what is under way may have moved a position at the venue, down and up."""

    down: Decimal
    up: Decimal


def id_of(prefix: str, content: Message) -> str:
    """Make an id of what a message says."""
    return f"{prefix}-{hashlib.sha256(_encode(content)).hexdigest()[:16]}"
