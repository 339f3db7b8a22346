"""Breakers: what they say in the journal, and what is kept of them from one session to the next.

How one moves from state to state is the table in `risk/breakers/states.py`.
"""

from __future__ import annotations

import enum
from decimal import Decimal

from tradewind.domain.ids import InstrumentId, StrategyId
from tradewind.domain.message import Message
from tradewind.domain.time import TimeNs


class BreakerState(enum.Enum):
    """Where a breaker stands; in all but the first it acts."""

    CLOSED = "closed"
    """It holds nothing back."""
    TRIPPED = "tripped"
    """Its limit was reached; it comes back by itself."""
    COOLING = "cooling"
    """What tripped it is over; it waits for its cool-down."""
    HALF_OPEN = "half_open"
    """An operator has reset it; it waits until the venue's account has been compared with ours."""
    LATCHED = "latched"
    """Its limit was reached, or an operator has tripped it: only an operator's reset lets it go."""


class BreakerAction(enum.Enum):
    """What a breaker does, from the mildest on; each does what those before it do as well."""

    REFUSE = "refuse"
    """Nothing that opens or adds is let through; reductions are."""
    CANCEL = "cancel"
    """Orders that would open or add are taken back."""
    REDUCE = "reduce"
    """Half of each position is closed at the market."""
    FLATTEN = "flatten"
    """All positions are closed at the market."""
    STOP = "stop"
    """A live session ends, when its positions are closed; the past goes on, and nothing trades in it."""


class BreakerChanged(Message, frozen=True, gc=False, tag="breaker_changed"):
    """A breaker has moved from `was` to `state`."""

    breaker: str
    state: BreakerState
    was: BreakerState
    action: BreakerAction
    reason: str = ""
    limit: Decimal | None = None
    value: Decimal | None = None
    """What met the limit, in the same unit."""
    operator: str = ""
    until: TimeNs | None = None
    """When it comes back by itself, if the time of that is known."""
    is_dry: bool = False
    """It tells, and holds nothing back."""
    is_drill: bool = False
    """Its input was made up, to see that it trips."""


class BreakerWarned(Message, frozen=True, gc=False, tag="breaker_warned"):
    """A limit is near; said again while it lasts, and at once when it gets worse."""

    breaker: str
    level: str
    """`warning` or `critical`, of a daily loss `warning` or `caution`."""
    limit: Decimal
    """Of the level, in the unit of `value`."""
    value: Decimal


class BreakerDrilled(Message, frozen=True, gc=False, tag="breaker_drilled"):
    """A breaker was given made-up input: what came of it. Afterwards it stands where it stood."""

    breaker: str
    tripped: bool
    refused: str
    """The code with which an entry was refused; empty if it was not."""
    reduction: str
    """The code with which a reduction was refused; empty, as it must be, if it was not or nothing is held."""
    cancels: int = 0
    """How many orders it would take back."""
    closes: int = 0
    """How many closes it would send."""
    request: str = ""


class BreakerIgnored(Message, frozen=True, gc=False, tag="breaker_ignored"):
    """An operator's word about a breaker has changed nothing."""

    breaker: str
    reason: str
    request: str = ""


class EquityAnchored(Message, frozen=True, gc=False, tag="equity_anchored"):
    """What losses are reckoned from was set: at the start, with a day, a transfer, a reset. In the base currency."""

    reason: str
    peak: Decimal
    baseline: Decimal
    """Equity as the day began."""


class KeptBreaker(Message, frozen=True, gc=False):
    """One breaker that is not closed."""

    breaker: str
    state: BreakerState
    since: TimeNs
    reason: str = ""
    limit: Decimal | None = None
    value: Decimal | None = None
    operator: str = ""
    until: TimeNs | None = None
    asked: int = 0
    """The question to the venue whose answer proves a half-open one."""


class KeptWarning(Message, frozen=True, gc=False):
    """The worst level of a limit that was told of, and when."""

    breaker: str
    level: int
    told: TimeNs


class KeptWorth(Message, frozen=True, gc=False):
    """What losses are reckoned from, in the base currency; None before equity was known."""

    peak: Decimal | None = None
    peaked_at: TimeNs = 0
    baseline: Decimal | None = None
    """Equity as the day began."""
    day_until: TimeNs = 0
    equity: Decimal | None = None
    """The last that was judged: since then it may have moved where no limit lies in between."""
    highs: tuple[tuple[TimeNs, Decimal], ...] = ()
    """The best of each day of the look-back, by the day's end."""
    is_moved: bool = False
    """Money came or went when equity was not known: what is known next is compared with the last by that alone."""
    trough: Decimal | None = None
    """The lowest since the peak, where somebody goes by it."""


class KeptReduction(Message, frozen=True, gc=False):
    """What a breaker that reduces leaves of a position, signed."""

    strategy: StrategyId
    instrument: InstrumentId
    left: Decimal


class BreakersState(Message, frozen=True, gc=False):
    """All that breakers keep."""

    breakers: tuple[KeptBreaker, ...] = ()
    worth: KeptWorth = KeptWorth()
    warned: tuple[KeptWarning, ...] = ()
    sent: tuple[TimeNs, ...] = ()
    """When orders were let through, within the window of the order rate."""
    errors: tuple[TimeNs, ...] = ()
    """When errors came, within their window."""
    losses: int = 0
    """Round trips lost in a row."""
    criticals: int = 0
    """Comparisons in a row with a critical difference."""
    reducing: tuple[KeptReduction, ...] = ()
    """What is reduced at this moment."""
    began: TimeNs = -1
    """Since when the session expects prices, so that a feed that never came is known as dead; -1 if unknown."""
