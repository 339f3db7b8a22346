"""What came of one event: effects to carry out, refusals, and notices for whoever watches."""

from __future__ import annotations

import enum
from decimal import Decimal
from typing import final

from tradewind.domain.approval import (
    CorrelationsMeasured,
    EntrySized,
    FillDeviated,
    RegimeTold,
    RiskAdjusted,
    RiskWarned,
)
from tradewind.domain.breakers import BreakerChanged, BreakerDrilled, BreakerIgnored, BreakerWarned, EquityAnchored
from tradewind.domain.commands import Effect
from tradewind.domain.confirmation import ConfirmationAsked
from tradewind.domain.events import Event, SessionStarted
from tradewind.domain.exits import ExitBegun, ExitLate, ExitsPlanned, Protected, StopMoved, Unprotected
from tradewind.domain.ids import Asset, ClientOrderId, InstrumentId, StrategyId, TradeId
from tradewind.domain.message import Message
from tradewind.domain.order import Side
from tradewind.domain.reconciliation import ReconciliationReport
from tradewind.domain.restraint import Restraint
from tradewind.domain.signal import Intent
from tradewind.domain.swapping import StrategySwapped
from tradewind.domain.time import TimeNs
from tradewind.domain.trade_signal import SignalNotice


class RefusalCode(enum.Enum):
    """Why an intent was not let through; the codes of `spec/risk-and-positions.md`, section 1."""

    WARMING_UP = "warming_up"
    PAUSED = "paused"
    STOPPING = "stopping"
    HALTED = "halted"
    OUTCOME_UNKNOWN = "outcome_unknown"
    DISCREPANCY = "discrepancy"
    NO_PRICE = "no_price"
    UNKNOWN_INSTRUMENT = "unknown_instrument"
    UNKNOWN_ORDER = "unknown_order"
    NOT_AMENDABLE = "not_amendable"
    INVALID_ORDER = "invalid_order"
    SIZER_INPUT_MISSING = "sizer_input_missing"
    ZERO_SIZE = "zero_size"
    BELOW_MINIMUM = "below_minimum"
    ABOVE_MAXIMUM = "above_maximum"
    ORDER_VALUE = "order_value"
    MAX_POSITION = "max_position"
    PRICE_COLLAR = "price_collar"
    ORDER_RATE = "order_rate"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    LEVERAGE = "leverage"
    REDUCE_ONLY = "reduce_only"
    SIDE_DISABLED = "side_disabled"
    RESTRICTED = "restricted"
    ORDER_SIZE = "order_size"
    ORDER_COUNT = "order_count"
    MIN_LEVERAGE = "min_leverage"
    NOT_READY = "not_ready"
    CLOSE_ONLY = "close_only"
    CANCEL_ONLY = "cancel_only"
    DAILY_LOSS = "daily_loss"
    BREAKER_DRAWDOWN = "breaker_drawdown"
    MAX_DRAWDOWN = "max_drawdown"
    BREAKER = "breaker"
    STALE_DATA = "stale_data"
    SESSION_CLOSED = "session_closed"
    MACRO_EVENT = "macro_event"
    TOO_MANY_POSITIONS = "too_many_positions"
    DUPLICATE = "duplicate"
    NO_STOP = "no_stop"
    STOP_DISTANCE = "stop_distance"
    MAX_FRACTION = "max_fraction"
    MAX_POSITION_SIZE = "max_position_size"
    MAX_RISK_PER_TRADE = "max_risk_per_trade"
    DAILY_RISK = "daily_risk"
    CORRELATED_EXPOSURE = "correlated_exposure"
    TOTAL_EXPOSURE = "max_total_exposure"
    GOVERNOR = "governor"
    ORDER_QUANTITY = "order_quantity"
    GROSS_EXPOSURE = "gross_exposure"
    NET_EXPOSURE = "net_exposure"
    STRATEGY_POSITION = "strategy_position"
    SELF_CROSS = "self_cross"
    AMEND_RATE = "amend_rate"
    UNCONFIRMED = "unconfirmed"


@final  # so that `type(x) is Refusal` tells as much as `isinstance`, in a ninth of the time
class Refusal(Message, frozen=True, gc=False):
    """An intent that risk did not let through: the code, the limit and the value that met it."""

    intent: Intent
    code: RefusalCode
    limit: Decimal | None = None
    value: Decimal | None = None
    detail: str = ""


class MarkShape(enum.Enum):
    """How a mark is drawn."""

    CIRCLE = "circle"
    SQUARE = "square"
    TRIANGLE = "triangle"


class Level(enum.Enum):
    """How much a notice matters."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Mark(Message, frozen=True, gc=False, tag="mark"):
    """A strategy's annotation on the chart of an instrument."""

    strategy: StrategyId
    instrument: InstrumentId
    title: str
    message: str = ""
    price: float | None = None
    color: str = "blue"
    shape: MarkShape = MarkShape.CIRCLE
    category: str = ""
    level: Level = Level.INFO
    signal: str = ""
    """What a guest suggests with it: `BUY_LONG`, `SELL_SHORT`, `NO_ACTION` …"""


class LogLine(Message, frozen=True, gc=False, tag="log_line"):
    """A line that a strategy wrote."""

    strategy: StrategyId
    level: Level
    message: str
    symbol: str = ""
    """The symbol of the bar at which it was written."""
    fields: str = ""
    """What a guest wrote besides, as the text of a JSON object."""


class Recorded(Message, frozen=True, gc=False, tag="recorded"):
    """Values that a strategy keeps by name, for whoever looks at the run."""

    strategy: StrategyId
    values: tuple[tuple[str, float | str], ...]


class StrategyFailed(Message, frozen=True, gc=False, tag="strategy_failed"):
    """A strategy raised; `error` names the exception, `where` its file and line."""

    strategy: StrategyId
    error: str
    where: str
    halted: bool


class OrderIgnored(Message, frozen=True, gc=False, tag="order_ignored"):
    """A message about an order changed nothing: a repeated fill, or an order that is not ours."""

    order: ClientOrderId
    reason: str


class BarRefused(Message, frozen=True, gc=False, tag="bar_refused"):
    """A bar was not believed, or had been seen; nobody was told of it."""

    instrument: InstrumentId
    interval: str
    ts_open: int
    reason: str


class BarsMissing(Message, frozen=True, gc=False, tag="bars_missing"):
    """Bars of a series from `ts_from` up to and without `ts_to` (open times) never came."""

    instrument: InstrumentId
    interval: str
    ts_from: int
    ts_to: int


class LiquidationUnexplained(Message, frozen=True, gc=False, tag="liquidation_unexplained"):
    """The venue closed by force what our books do not hold; of `quantity` only `booked` found a position.

    The fee is booked in any case. What is left is a difference between the venue's books and ours.
    """

    instrument: InstrumentId
    trade_id: TradeId
    side: Side
    quantity: Decimal
    booked: Decimal


class ChargeRepeated(Message, frozen=True, gc=False, tag="charge_repeated"):
    """The venue has told funding, interest or a liquidation again that is booked; it is not booked twice."""

    instrument: InstrumentId
    what: str
    """`funding`, `interest` or `liquidation`."""
    ts_venue: TimeNs


class TransferRepeated(Message, frozen=True, gc=False, tag="transfer_repeated"):
    """The venue has told a deposit or a withdrawal again that is booked; it is not booked twice."""

    venue: str
    asset: Asset
    amount: Decimal
    transfer_id: str


class OrderFailed(Message, frozen=True, gc=False, tag="order_failed"):
    """An order that a guest asked for never left; `reason` is one of the words of the contract."""

    strategy: StrategyId
    order: ClientOrderId
    symbol: str
    reason: str
    detail: str = ""


class CacheWritten(Message, frozen=True, gc=False, tag="cache_written"):
    """A guest keeps a value beyond its own life."""

    strategy: StrategyId
    key: str
    value: str


TIMED_OUT = "GuestTimeout"
"""The kind of a failure that came from the clock on the wall."""


class GuestFailed(Message, frozen=True, gc=False, tag="guest_failed"):
    """A call of a guest ended so that the guest must be built anew; `number` counts the calls of the session.

    Of kind `TIMED_OUT`, it is the one thing that no replay could find out by itself.
    """

    strategy: StrategyId
    call: str
    kind: str
    error: str
    number: int


class CorrectionStale(Message, frozen=True, gc=False, tag="correction_stale"):
    """Between the comparison and its correction the books have moved: nothing was changed, the next one will tell."""

    id: TradeId
    subject: str


class DecisionIgnored(Message, frozen=True, gc=False, tag="decision_ignored"):
    """An operator's word did not do all that it says: its report is not known or not so any more, a swap has failed."""

    report: str
    """The report that it is about; of other words which it was: `swap`, `set`."""
    subject: str
    reason: str


class ExitMissing(Message, frozen=True, gc=False, tag="exit_missing"):
    """A stop was not at the venue as it should be, from `since` (the venue's time) until it was `found` out.

    `replaced_by` is the order in its place: a stop like it, or a close (`is_closed`) when three in a row did not rest.
    """

    strategy: StrategyId
    instrument: InstrumentId
    order: ClientOrderId
    quantity: Decimal
    since: TimeNs
    found: TimeNs
    replaced_by: ClientOrderId
    tries: int = 0
    """How many stops in a row have failed to rest up to the one that is missing; 0 if it had rested."""
    is_closed: bool = False
    """Whether the position is closed at the market; from then on the instrument may only reduce."""


class NothingHeld(Message, frozen=True, gc=False, tag="nothing_held"):
    """What was to be closed is not held."""

    strategy: StrategyId
    instrument: InstrumentId


class AccountUnseen(Message, frozen=True, gc=False, tag="account_unseen"):
    """Since `since` the venue has not told all that it has of ours; said as it begins, and when it costs us trading."""

    since: TimeNs
    reason: str
    is_close_only: bool = False
    """Whether it has lasted so long that exposure may only fall."""


class AccountSeen(Message, frozen=True, gc=False, tag="account_seen"):
    """The venue tells again what it has of ours, after nothing since `since`."""

    since: TimeNs


class StateKept(Message, frozen=True, gc=False, tag="state_kept"):
    """What a strategy keeps beyond a restart has changed; `value` is packed by `domain/plain.py`, None is deleted.

    With `is_saved` it is what `save_state` returns, of a strategy that wants it kept after each step; there is no key.
    """

    strategy: StrategyId
    key: str
    value: bytes | None
    is_saved: bool = False
    is_default: bool = False
    """Whether `on_start` sets what was deleted, so that the next start must be told that it is gone."""


class IdsCounted(Message, frozen=True, gc=False, tag="ids_counted"):
    """Order ids were counted out up to this number, for wishes that were taken back: nothing else here tells."""

    count: int


Notice = (
    Mark
    | LogLine
    | Recorded
    | Restraint
    | StrategyFailed
    | OrderIgnored
    | BarRefused
    | BarsMissing
    | LiquidationUnexplained
    | ChargeRepeated
    | TransferRepeated
    | OrderFailed
    | CacheWritten
    | GuestFailed
    | SignalNotice
    | ReconciliationReport
    | CorrectionStale
    | AccountUnseen
    | AccountSeen
    | StateKept
    | IdsCounted
    | DecisionIgnored
    | NothingHeld
    | ExitMissing
    | BreakerChanged
    | BreakerWarned
    | BreakerDrilled
    | BreakerIgnored
    | EquityAnchored
    | EntrySized
    | RiskAdjusted
    | RegimeTold
    | CorrelationsMeasured
    | RiskWarned
    | ExitsPlanned
    | StopMoved
    | Unprotected
    | Protected
    | ExitBegun
    | ExitLate
    | ConfirmationAsked
    | StrategySwapped
    | FillDeviated
)


class Step(Message, frozen=True, gc=False):
    """One turn of the engine. Equal journals mean equal sequences of steps, byte for byte."""

    seq: int
    event: Event
    effects: tuple[Effect, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    notices: tuple[Notice, ...] = ()


QUIET = Step(0, SessionStarted(0, "", ()))
"""Returned, always the same object, when nothing happened and nobody records."""
