"""What an engine must be given so that it goes on where another one stood: plain data, and all of it.

What the market gives again is not in here: bars, books, longer bars in the making. A warm-up brings them. Fields
are only ever appended, with a default, so that an older state can be read.
"""

from __future__ import annotations

from decimal import Decimal

from tradewind.domain.breakers import BreakersState
from tradewind.domain.confirmation import ConfirmationAsked
from tradewind.domain.exits import ExitsState
from tradewind.domain.ids import Asset, ClientOrderId, InstrumentId, StrategyId, TimerId, TradeId, VenueOrderId
from tradewind.domain.message import Message
from tradewind.domain.order import OrderSpec, Side
from tradewind.domain.reconciliation import Discrepancy, Kind
from tradewind.domain.regime import Regime
from tradewind.domain.restraint import Restraint
from tradewind.domain.swapping import StrategySwapped
from tradewind.domain.time import TimeNs


class KeptAmendment(Message, frozen=True, gc=False):
    """An amendment that the venue has not answered."""

    number: int
    quantity: Decimal | None = None
    price: Decimal | None = None
    trigger: Decimal | None = None


class KeptOrder(Message, frozen=True, gc=False):
    """One order: open, in flight, unknown, or ended not too long ago."""

    spec: OrderSpec
    state: str
    """Where it is in its life, as `execution/lifecycle.py` calls it."""
    number: int
    """Its place among the orders of the session and of those that it resumes."""
    filled: Decimal = Decimal(0)
    value: Decimal = Decimal(0)
    """What filled, at its prices."""
    trade_ids: tuple[TradeId, ...] = ()
    """The executions that are booked, so that none is booked twice."""
    venue_order: VenueOrderId | None = None
    amending: tuple[KeptAmendment, ...] = ()
    amendments: int = 0
    is_unwanted: bool = False
    over: str | None = None
    """How it has ended by the venue's word, while executions that the word counts are not told."""
    executed: Decimal = Decimal(0)
    """What it had executed then."""


class KeptDoubt(Message, frozen=True, gc=False):
    """An order of which something is unknown, and the questions about it that have no answer."""

    order: ClientOrderId
    since: TimeNs | None
    is_over_due: bool = False
    asked: tuple[bool, ...] = ()
    is_forgotten: bool = False
    heard: TimeNs | None = None


class OrdersState(Message, frozen=True, gc=False):
    """The order table."""

    count: int = 0
    orders: tuple[KeptOrder, ...] = ()
    """In the order in which they were placed."""
    ended: tuple[ClientOrderId, ...] = ()
    """Those that have ended, in the order of their end: the first is the first to be forgotten."""
    doubts: tuple[KeptDoubt, ...] = ()
    waits: tuple[tuple[ClientOrderId, TimeNs], ...] = ()
    """The wait before the next question about an order, in nanoseconds."""


class KeptBook(Message, frozen=True, gc=False):
    """The ledger's accounts of one asset, by name."""

    asset: Asset
    accounts: tuple[tuple[str, Decimal], ...]


class KeptPosition(Message, frozen=True, gc=False):
    """A position of a strategy, or with an empty name the account's."""

    strategy: StrategyId
    instrument: InstrumentId
    quantity: Decimal
    cost: Decimal
    realized: Decimal
    opened_at: TimeNs | None = None


class KeptTrip(Message, frozen=True, gc=False):
    """A round trip under way; it ends in the session in which its position does, with all that it has cost."""

    strategy: StrategyId
    instrument: InstrumentId
    side: Side
    opened_at: TimeNs
    filled_at: TimeNs
    entry_quantity: Decimal
    entry_value: Decimal
    exit_quantity: Decimal
    exit_value: Decimal
    peak_quantity: Decimal
    gross: Decimal
    fees: Decimal
    funding: Decimal
    borrow: Decimal
    complete: bool = True
    high: float | None = None
    low: float | None = None


class PortfolioState(Message, frozen=True, gc=False):
    """The books: money, positions, round trips under way."""

    books: tuple[KeptBook, ...] = ()
    totals: tuple[KeptPosition, ...] = ()
    positions: tuple[KeptPosition, ...] = ()
    trips: tuple[KeptTrip, ...] = ()
    charges: tuple[str, ...] = ()
    """Funding, interest and liquidations that are booked, so that none is booked twice; the oldest first."""


class KeptCount(Message, frozen=True, gc=False):
    """How many orders a restrained strategy has placed on a day, counted in days since 1970."""

    strategy: StrategyId
    day: int
    placed: int


class KeptTrade(Message, frozen=True, gc=False):
    """A closed trade: whose, when, and what it brought after all costs, in the quote asset."""

    strategy: StrategyId
    closed_at: TimeNs
    net: Decimal


class KeptResults(Message, frozen=True, gc=False):
    """What was won and lost, in the base currency: at the start of the day (counted since 1970), and by now."""

    day: int = -1
    at_start: Decimal = Decimal(0)
    total: Decimal = Decimal(0)
    trades: tuple[KeptTrade, ...] = ()
    """The latest closed trades, the newest last."""


class KeptRegime(Message, frozen=True, gc=False):
    """What was said last of an instrument's market."""

    instrument: InstrumentId
    regime: Regime


class KeptDays(Message, frozen=True, gc=False):
    """The last closes of an instrument's days, the present one last, and the number of that day since 1970."""

    instrument: InstrumentId
    day: int
    closes: tuple[float, ...]


class KeptAdvice(Message, frozen=True, gc=False):
    """What dynamic risk said last of an instrument's entries."""

    instrument: InstrumentId
    size: Decimal
    stop: Decimal
    daily: Decimal


class KeptPair(Message, frozen=True, gc=False):
    """The correlation of two instruments as it was measured last; None is unknown."""

    one: InstrumentId
    other: InstrumentId
    value: float | None


class KeptReturns(Message, frozen=True, gc=False):
    """The returns of an instrument within the window of correlations, each at its bar's close, and the last close."""

    instrument: InstrumentId
    at: TimeNs
    close: float
    returns: tuple[tuple[TimeNs, float], ...] = ()


class KeptRisk(Message, frozen=True, gc=False):
    """What limits of entries and sizers go by, beside the books."""

    results: KeptResults = KeptResults()
    regimes: tuple[KeptRegime, ...] = ()
    leverages: tuple[tuple[InstrumentId, Decimal], ...] = ()
    days: tuple[KeptDays, ...] = ()
    advice: tuple[KeptAdvice, ...] = ()
    pairs: tuple[KeptPair, ...] = ()
    measured_at: TimeNs | None = None
    warned: tuple[str, ...] = ()
    """What was warned of, and is not told again."""
    returns: tuple[KeptReturns, ...] = ()


class RiskState(Message, frozen=True, gc=False):
    """What stands in the way of orders."""

    paused: bool = False
    halted: tuple[StrategyId | None, ...] = ()
    """None is for all of them."""
    disputed: tuple[InstrumentId, ...] = ()
    sent: tuple[TimeNs, ...] = ()
    """When the orders of the last minute were let through; empty if the session does not limit their rate."""
    restraints: tuple[Restraint, ...] = ()
    placed: tuple[KeptCount, ...] = ()
    close_only: tuple[tuple[str, str], ...] = ()
    """Who says that exposure may only fall, and why."""
    cancel_only: tuple[tuple[str, str], ...] = ()
    """Who says that orders may only be taken back, and why."""
    unguarded: tuple[InstrumentId, ...] = ()
    """Instruments whose stops the venue has refused."""
    facts: KeptRisk = KeptRisk()
    amended: tuple[TimeNs, ...] = ()
    """When the amendments of the last minute were let through."""
    tightened: tuple[tuple[str, Decimal], ...] = ()
    """Limits that an operator has tightened, and to what."""
    without_exits: bool = False
    """Whether the session ends with all orders taken back; the next one begins without."""


class KeptSuspicion(Message, frozen=True, gc=False):
    """A difference from the venue's books that was seen once; one of the marks says what must be the same again."""

    area: str
    subject: str
    since: TimeNs
    amount: Decimal | None = None
    kind: Kind | None = None
    what: Discrepancy | None = None
    state: str = ""


class KeptDifference(Message, frozen=True, gc=False):
    """A certain difference, and whether anything can be booked that would put it right."""

    what: KeptSuspicion
    can_be_cured: bool


class KeptReport(Message, frozen=True, gc=False):
    """A report that was certain of something."""

    report: str
    certain: tuple[KeptDifference, ...]


class KeptLapse(Message, frozen=True, gc=False):
    """A way out that has ended without our wish; `number` is that of the last order placed before it did.

    `replaced_by` is what was wished for in its place; the gate may have refused it. `covered` is how much was put in
    its place before, of a stop whose entry opens more. `tries` is how many stops in a row have failed to rest, `due`
    when it is looked at again.
    """

    order: ClientOrderId
    number: int
    since: TimeNs
    replaced_by: ClientOrderId | None = None
    covered: Decimal = Decimal(0)
    tries: int = 0
    due: TimeNs = 0


class ReconciliationState(Message, frozen=True, gc=False):
    """What the comparison with the venue's books remembers from one time to the next."""

    suspicions: tuple[KeptSuspicion, ...] = ()
    fills_since: TimeNs = 0
    number: int = 0
    """Of the last question."""
    newest: TimeNs = 0
    """The venue's time of the last answer."""
    unseen_since: TimeNs | None = None
    """Since when the account is not known."""
    retry_ns: TimeNs = 0
    """The wait after the next question that fails."""
    clean: int = 2
    """How many comparisons have found nothing critical since the last that did, as far as that is counted."""
    rejected: tuple[KeptSuspicion, ...] = ()
    """What an operator has said to leave as it is."""
    reports: tuple[KeptReport, ...] = ()
    """What an operator may yet decide about."""
    approved: tuple[KeptSuspicion, ...] = ()
    """What an operator has said to put right, and is not put right yet."""
    lapsed: tuple[KeptLapse, ...] = ()
    """Stops and closes that have ended without our wish, while the position is there."""
    told_until: TimeNs = 0
    """The venue's time of the last answer that told executions; they are booked after it."""


class KeptTimer(Message, frozen=True, gc=False):
    """A timer that has not fired."""

    timer: TimerId
    at: TimeNs


class KeptPrice(Message, frozen=True, gc=False):
    """The last price of an instrument and the venue's time of it; when the next of the session's own bars opens."""

    instrument: InstrumentId
    price: float | None
    priced_at: TimeNs
    next_open: TimeNs = -1


class KeptPlace(Message, frozen=True, gc=False):
    """The last that was seen of one series of market data: so many events of the time `ts`, of a bar its open."""

    kind: str
    """`bar`, `quote`, `trade` …"""
    instrument: str
    interval: str
    ts: TimeNs
    count: int


class StrategyState(Message, frozen=True, gc=False):
    """What is kept of one strategy. Values are packed by `domain/plain.py`."""

    strategy: StrategyId
    held: bool = False
    state: tuple[tuple[str, bytes | None], ...] = ()
    """`ctx.state`, key by key as they were set; None for a key that was deleted."""
    saved: bytes | None = None
    """What `save_state` returned, packed; None if it returned nothing."""
    cache: tuple[tuple[str, str], ...] = ()
    """What a guest keeps."""


class EngineState(Message, frozen=True, gc=False):
    """All of an engine, after its step `seq` at `ts`."""

    seq: int = 0
    ts: TimeNs = 0
    id_prefix: str = ""
    id_count: int = 0
    """The number of the last order id that was counted out."""
    orders: OrdersState = OrdersState()
    portfolio: PortfolioState = PortfolioState()
    risk: RiskState = RiskState()
    reconciliation: ReconciliationState = ReconciliationState()
    timers: tuple[KeptTimer, ...] = ()
    """In the order in which they were set."""
    prices: tuple[KeptPrice, ...] = ()
    strategies: tuple[StrategyState, ...] = ()
    places: tuple[KeptPlace, ...] = ()
    """How far it had come in its market data. Put in by whoever drives the engine, which knows nothing of them."""
    venue: bytes | None = None
    """The simulated venue, a `VenueState` as MessagePack; None where the venue is outside. Put in likewise."""
    breakers: BreakersState | None = None
    """None of a session without breakers."""
    exits: ExitsState = ExitsState()
    confirmations: tuple[ConfirmationAsked, ...] = ()
    """Orders that wait to be confirmed, oldest first."""
    swaps: tuple[StrategySwapped, ...] = ()
    """Strategies that run in the place of what the configuration names, by id."""
