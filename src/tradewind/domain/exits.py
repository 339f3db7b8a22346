"""What is kept of a position's exits, and what is told of them; how they are reckoned is in `risk/exits/`."""

from __future__ import annotations

import enum
from decimal import Decimal

from tradewind.domain.ids import ClientOrderId, InstrumentId, StrategyId
from tradewind.domain.message import Message
from tradewind.domain.order import Side
from tradewind.domain.time import TimeNs


class Moves(enum.Enum):
    """What a venue can do about a stop that is to move."""

    AMEND = "amend"
    """It changes the trigger of a resting order, and takes exits that are attached to an entry."""
    REPLACE = "replace"
    """Neither: exits follow the fill of their entry, and a stop is moved by another in its place."""


class KeptPlan(Message, frozen=True, gc=False):
    """The exits of an entry that has not filled yet, where the venue takes none with it; prices."""

    order: ClientOrderId
    stop: Decimal | None = None
    target: Decimal | None = None


class KeptExits(Message, frozen=True, gc=False):
    """What is known of the exits of one position. Prices are in the quote asset, quantities in base units."""

    strategy: StrategyId
    instrument: InstrumentId
    side: Side
    """Of the entry."""
    entry: ClientOrderId | None
    """The order that opened it; None if that is not known."""
    entered_at: TimeNs
    """The venue's time of its first fill."""
    original: Decimal = Decimal(0)
    """What the entry has filled, before fees: fractions of the position are of this."""
    level: Decimal | None = None
    """Where its stop is to be; None as long as it is to have none."""
    target: Decimal | None = None
    """Where all of it is sold, where no order can rest for that."""
    best: Decimal | None = None
    """The best price at which its stop was reckoned."""
    trails: bool = False
    """Whether the gain at which trailing begins was ever reached."""
    even: bool = False
    """Whether the gain at which the stop goes to breakeven was ever reached."""
    moved_at: TimeNs = 0
    """When its stop was last moved."""
    taken: tuple[Decimal, ...] = ()
    """What has filled of each partial exit."""
    added: int = 0
    """How many additions have filled."""
    adding_after: TimeNs = 0
    """Before this time nothing is added: an addition was refused, or an exit has just filled."""
    targets_after: TimeNs = 0
    """Before this time no target is placed: one was refused."""
    price: Decimal | None = None
    """The average price of what the entry has filled."""
    flat_at: TimeNs | None = None
    """When a day or a week ends that it may not outlive."""
    flat_why: str = ""
    leaving: str = ""
    """Why all of it is being closed; the empty string if it is not."""
    leaving_since: TimeNs = 0
    """Since when; after a part has been closed, when that was over."""
    retry_at: TimeNs = 0
    """When the close is tried again."""
    retry_ns: TimeNs = 0
    warned_at: TimeNs = 0
    failures: int = 0
    """How often in a row the venue has refused to move its stop."""
    bare_since: TimeNs | None = None
    """Since when the venue does not have stops for all of it."""
    reached: Decimal | None = None
    """The best price of the bars that an early cut looks at."""
    is_blind: bool = False
    """Whether some of those bars are missing."""
    wake_at: TimeNs | None = None
    """When it is looked at next, whatever happens."""


class KeptDay(Message, frozen=True, gc=False):
    """A trading day, or a week, as it was told last."""

    calendar: str
    ts_open: TimeNs
    ts_close: TimeNs
    week_left: int = 0
    """How many trading days of its week come after it."""
    ts_break: TimeNs = 0
    ts_resume: TimeNs = 0
    before_close: TimeNs = 0
    """When the one before it ended; 0 if that is not known."""
    before_left: int = 0
    """How many trading days of its week came after that."""

    def is_open(self, ts: TimeNs) -> bool:
        """Tell whether the market trades at `ts`."""
        return self.ts_open <= ts < self.ts_close and not self.ts_break <= ts < self.ts_resume


class ExitsState(Message, frozen=True, gc=False):
    """The exits of all positions, and the days and weeks that they end with."""

    held: tuple[KeptExits, ...] = ()
    planned: tuple[KeptPlan, ...] = ()
    days: tuple[KeptDay, ...] = ()


class ExitsPlanned(Message, frozen=True, gc=False, tag="exits_planned"):
    """An entry has left without its exits, as the venue takes none with it: they follow its first fill."""

    strategy: StrategyId
    order: ClientOrderId
    stop: Decimal | None
    target: Decimal | None


class StopMoved(Message, frozen=True, gc=False, tag="stop_moved"):
    """The stop of a position is to be at `trigger`; why: `trailing` or `breakeven`."""

    strategy: StrategyId
    instrument: InstrumentId
    trigger: Decimal
    was: Decimal | None
    why: str


class Unprotected(Message, frozen=True, gc=False, tag="unprotected"):
    """From `since` on the venue has no stop for `quantity` of a position that is to have one."""

    strategy: StrategyId
    instrument: InstrumentId
    quantity: Decimal
    since: TimeNs


class Protected(Message, frozen=True, gc=False, tag="protected"):
    """The venue has stops for all of a position again (or it is closed); the gap was from `since` to `until`."""

    strategy: StrategyId
    instrument: InstrumentId
    since: TimeNs
    until: TimeNs


class ExitBegun(Message, frozen=True, gc=False, tag="exit_begun"):
    """A policy closes a position: `max_holding`, `weekend`, `end_of_day`, `early_cut`, `stop`, `target` …."""

    strategy: StrategyId
    instrument: InstrumentId
    why: str
    joined: str = ""
    """Why it was being closed already: one exit at a time."""


class ExitLate(Message, frozen=True, gc=False, tag="exit_late"):
    """A position that was to be closed since `since` is still there; said every quarter of an hour."""

    strategy: StrategyId
    instrument: InstrumentId
    why: str
    since: TimeNs
    quantity: Decimal
