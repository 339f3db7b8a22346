"""What a comparison of our books with the venue's works with; the comparison itself is `reconcile.py`."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from tradewind.domain.message import Message
from tradewind.domain.reconciliation import Discrepancy, Mode, ReconciliationReport
from tradewind.domain.time import NS_PER_SECOND, TimeNs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tradewind.domain.events import Event
    from tradewind.domain.ids import Asset, InstrumentId
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


class Ours(NamedTuple):
    """Our side of the comparison."""

    orders: Orders
    positions: Mapping[InstrumentId, Position]
    wallet: Mapping[Asset, Decimal]
    instruments: Mapping[InstrumentId, Instrument]


class Suspect(NamedTuple):
    """A difference as it was first seen."""

    since: TimeNs
    mark: object
    """What must be the same at the second look."""


Suspects = dict[tuple[str, str], Suspect]


class Outcome(NamedTuple):
    """What comes of a comparison."""

    report: ReconciliationReport
    corrections: tuple[Event, ...]
    suspects: Suspects
    """For the next comparison."""


class Found(NamedTuple):
    """A difference, how long it must last to be certain, and what would put it right."""

    what: Discrepancy
    mark: object
    wait_ns: TimeNs
    cure: Event | None
    is_fact: bool = False
    """Whether the cure is the venue's own word, or a question for it: taken in every mode."""


class Slack(NamedTuple):
    """By how much what is under way may have moved a position at the venue, down and up."""

    down: Decimal
    up: Decimal


def id_of(prefix: str, content: Message) -> str:
    """Make an id of what a message says."""
    return f"{prefix}-{hashlib.sha256(msgspec.msgpack.encode(content)).hexdigest()[:16]}"
