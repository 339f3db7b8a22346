"""Orders: what may be asked of a venue. How an order lives is in `execution/lifecycle.py`."""

from __future__ import annotations

import enum
from decimal import Decimal

from tradewind.domain.ids import ClientOrderId, InstrumentId, StrategyId
from tradewind.domain.message import Message
from tradewind.domain.time import TimeNs


class Side(enum.Enum):
    """Buy or sell."""

    BUY = "buy"
    SELL = "sell"

    def __init__(self, value: str) -> None:
        self.sign = 1 if value == "buy" else -1
        """+1 for a buy, -1 for a sell."""

    @property
    def opposite(self) -> Side:
        """Return the other side."""
        return Side.SELL if self is Side.BUY else Side.BUY


class OrderType(enum.Enum):
    """How an order finds its price."""

    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    """Becomes a market order when the market reaches `trigger`."""
    STOP_LIMIT = "stop_limit"
    """Becomes a limit order at `price` when the market reaches `trigger`."""
    TRAILING_STOP = "trailing_stop"
    """A stop whose trigger follows the best price at a distance, and never goes back."""


_MARKET = OrderType.MARKET  # to look a member of an Enum up takes 0.1 us


class TimeInForce(enum.Enum):
    """How long an order lives."""

    GTC = "gtc"
    IOC = "ioc"
    FOK = "fok"
    DAY = "day"
    GTD = "gtd"


class Purpose(enum.Enum):
    """Why an order was sent; kept for the record and for what may be cancelled when."""

    ENTRY = "entry"
    EXIT = "exit"
    STOP_LOSS = "stop_loss"
    TAKE_PROFIT = "take_profit"
    SHUTDOWN = "shutdown"
    """A close that the engine itself wishes for at the end; no strategy can say it, and no pause holds it up."""
    TIME_LIMIT = "time_limit"
    OPERATOR = "operator"
    """A close that the operator has asked for; it is held up as little as one at the end."""
    PROTECTION = "protection"
    """An exit in the place of one that is not at the venue any more; the engine's own, and not held up either."""
    BREAKER = "breaker"
    """A close that a tripped breaker has asked for; likewise."""
    SCALE_IN = "scale_in"
    """An entry that adds to a position, and says so."""
    PARTIAL_EXIT = "partial_exit"
    """A part of a position that a policy closes."""
    EARLY_CUT = "early_cut"
    """The close of a position that has not moved in time."""


class Liquidity(enum.Enum):
    """Who was there first."""

    MAKER = "maker"
    TAKER = "taker"


class OrderSpec(Message, frozen=True, gc=False):
    """All that a venue must know of an order; frozen, an amendment makes a new one.

    `trail_amount` is in price units, `trail_fraction` a fraction of the best price; one of the two.
    Orders that share an `oco` name cancel each other: when one fills or triggers, the rest end. An
    order with a `parent` sleeps until its parent has a fill, and is never larger than what the parent filled.

    `reduce_only` speaks of the strategy's own position. Venues know the account's alone: where strategies
    stand against each other that may be less, and the order is `netted`: sent as a plain one.
    """

    id: ClientOrderId
    strategy: StrategyId
    instrument: InstrumentId
    side: Side
    type: OrderType
    quantity: Decimal
    price: Decimal | None = None
    trigger: Decimal | None = None
    trail_amount: Decimal | None = None
    trail_fraction: Decimal | None = None
    tif: TimeInForce = TimeInForce.GTC
    expire_at: TimeNs | None = None
    post_only: bool = False
    reduce_only: bool = False
    oco: str | None = None
    parent: ClientOrderId | None = None
    purpose: Purpose = Purpose.ENTRY
    tag: str = ""
    netted: bool = False
    after_ns: TimeNs | None = None
    """For an attached market exit: how long after the first fill of its parent it trades."""
    if_touched: bool = False
    """Whether `trigger` waits on the other side: at or below the market for a buy, above it for a sale."""

    @property
    def reduces_net(self) -> bool:
        """Whether the venue is told that the order may only reduce, and so never adds to the account's position."""
        return self.reduce_only and not self.netted

    @property
    def trades_at_once(self) -> bool:
        """Whether it trades as soon as the venue has it: at the market, and no time limit that waits."""
        return self.type is _MARKET and self.after_ns is None

    @property
    def protects(self) -> bool:
        """Whether it is a stop that waits to close a position."""
        return self.is_resting_exit and self.type not in (_MARKET, OrderType.LIMIT) and not self.if_touched

    @property
    def is_resting_exit(self) -> bool:
        """Whether it waits to close a position: such orders are ways out of the same thing, and do not add up."""
        return self.parent is not None or (self.reduce_only and self.type is not _MARKET)
