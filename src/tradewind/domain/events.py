"""All that can happen. Past tense; each carries the time at which we learned of it, `ts_recv`.

What venues say of orders is defined in `order_events.py`.

`RANK` orders events of one `ts_recv`: what changes the books comes before what is decided on them.
"""

from __future__ import annotations

from decimal import Decimal

from tradewind.domain.account import AccountKind, Balance, VenueOrder, VenuePosition
from tradewind.domain.breakers import BreakersState
from tradewind.domain.checkpoint import EngineState
from tradewind.domain.control import OperatorEvent
from tradewind.domain.corrections import AverageAdjusted, BalanceAdjusted, OrderAdopted, PositionAdjusted
from tradewind.domain.ids import Asset, InstrumentId, StrategyId, TimerId, TradeId
from tradewind.domain.market import (
    Bar,
    BookDelta,
    BookSnapshot,
    DataGap,
    FormingBar,
    FundingRate,
    MarketEvent,
    Quote,
    Trade,
)
from tradewind.domain.message import Message
from tradewind.domain.order import Side
from tradewind.domain.order_events import (
    AmendRejected,
    CancelRejected,
    LookupFailed,
    OrderAccepted,
    OrderAmended,
    OrderCancelled,
    OrderEvent,
    OrderExpired,
    OrderFilled,
    OrderFound,
    OrderNotFound,
    OrderRejected,
    OrderTriggered,
    OutcomeUnknown,
)
from tradewind.domain.time import TimeNs
from tradewind.domain.trade_signal import SignalRow

__all__ = [
    "RANK",
    "AccountEvent",
    "AccountSnapshot",
    "AdviceCame",
    "AmendRejected",
    "AverageAdjusted",
    "BalanceAdjusted",
    "BalanceTransferred",
    "BorrowCharged",
    "CancelRejected",
    "Event",
    "FundingPaid",
    "InstrumentChanged",
    "LinkChanged",
    "LookupFailed",
    "OrderAccepted",
    "OrderAdopted",
    "OrderAmended",
    "OrderCancelled",
    "OrderEvent",
    "OrderExpired",
    "OrderFilled",
    "OrderFound",
    "OrderNotFound",
    "OrderRejected",
    "OrderTriggered",
    "OutcomeUnknown",
    "PositionAdjusted",
    "PositionLiquidated",
    "SessionStarted",
    "SignalCommanded",
    "SnapshotFailed",
    "StrategyEvent",
    "StrategyHalted",
    "TimerFired",
    "TradingDay",
    "WarmupEnded",
]


class SessionStarted(Message, frozen=True, gc=False, tag="session_started"):
    """The first event of a session: with these balances at this account it begins."""

    ts_recv: TimeNs
    venue: str
    balances: tuple[Balance, ...]
    warming: bool = False
    """Whether history comes first, until `WarmupEnded`; orders are held back meanwhile."""
    restored: EngineState | None = None
    """Where the session stood that this one resumes. `balances` are then for the record: the books go on."""
    breakers: BreakersState | None = None
    """What the breakers of an account keep beyond its sessions, where this one begins anew at it."""


class WarmupEnded(Message, frozen=True, gc=False, tag="warmup_ended"):
    """The history has been run through the strategies; from here on they may trade."""

    ts_recv: TimeNs


class PositionLiquidated(Message, frozen=True, gc=False, tag="position_liquidated"):
    """The venue closed a position by force; `quantity` is what it closed, `side` the side of that trade."""

    instrument: InstrumentId
    trade_id: TradeId
    side: Side
    quantity: Decimal
    price: Decimal
    fee: Decimal
    fee_asset: Asset
    ts_venue: TimeNs
    ts_recv: TimeNs


class FundingPaid(Message, frozen=True, gc=False, tag="funding_paid"):
    """Funding of a perpetual position; positive `amount` came in, negative went out."""

    instrument: InstrumentId
    amount: Decimal
    asset: Asset
    ts_venue: TimeNs
    ts_recv: TimeNs


class BorrowCharged(Message, frozen=True, gc=False, tag="borrow_charged"):
    """Interest on what was borrowed for a short position; `amount` went out."""

    instrument: InstrumentId
    amount: Decimal
    asset: Asset
    ts_venue: TimeNs
    ts_recv: TimeNs


class BalanceTransferred(Message, frozen=True, gc=False, tag="balance_transferred"):
    """A deposit (positive) or withdrawal (negative); never profit. Told again under its id, it is not booked again."""

    venue: str
    asset: Asset
    amount: Decimal
    ts_recv: TimeNs
    transfer_id: str = ""
    """What the venue knows it by, or what it says of it; empty if one like it cannot be told from the same again."""


Charge = FundingPaid | BorrowCharged | PositionLiquidated
"""What a venue does to an account by itself."""


class InstrumentChanged(Message, frozen=True, gc=False, tag="instrument_changed"):
    """The venue takes orders of an instrument in other steps or sizes from now on; zero is no bound."""

    instrument: InstrumentId
    tick: Decimal
    lot: Decimal
    quantity_min: Decimal
    quantity_max: Decimal
    notional_min: Decimal
    ts_recv: TimeNs


class AccountSnapshot(Message, frozen=True, gc=False, tag="account_snapshot"):
    """The venue's own word on all that it has of ours at one moment, `ts_venue`; what is None could not be read."""

    venue: str
    balances: tuple[Balance, ...] | None
    positions: tuple[VenuePosition, ...] | None
    """All that are not flat."""
    ts_venue: TimeNs
    ts_recv: TimeNs
    orders: tuple[VenueOrder, ...] | None = None
    """All that rest or sleep."""
    fills: tuple[OrderFilled, ...] | None = None
    """The executions since the time that was asked for; each has been told before, or should have been."""
    number: int = 0
    """Which of our questions it answers; 0 if nobody says. Each is answered once, by this or `SnapshotFailed`."""
    ended: tuple[VenueOrder, ...] | None = None
    """The orders that `fills` are of and that rest no more; None if the venue does not say."""
    account: AccountKind | None = None
    """None if the venue does not say."""
    tells_locked: bool = False
    """Whether `Balance.locked` is what the venue says; else it is not known."""
    charges: tuple[Charge, ...] = ()
    """What was charged or closed by force since the time that was asked for, as far as the venue tells it here."""

    @property
    def unread(self) -> str:
        """What of it could not be read; empty if nothing is missing."""
        if None not in (self.balances, self.positions, self.orders, self.fills):
            return ""
        parts = {"balances": self.balances, "positions": self.positions, "orders": self.orders, "fills": self.fills}
        return ", ".join(name for name, part in parts.items() if part is None)


class SnapshotFailed(Message, frozen=True, gc=False, tag="snapshot_failed"):
    """The venue did not tell what it has of ours; that says nothing of the account."""

    venue: str
    reason: str
    ts_recv: TimeNs
    number: int = 0
    """Which of our questions it answers; 0 if nobody says."""


class TimerFired(Message, frozen=True, gc=False, tag="timer_fired"):
    """The time of a timer has come."""

    timer: TimerId
    ts_recv: TimeNs


class TradingDay(Message, frozen=True, gc=False, tag="trading_day"):
    """A trading day of a calendar is about to begin, or runs already when the session starts.

    It comes when trading is prepared, 45 minutes before the open (a day of 24/7 begins at midnight UTC, and is told
    then), and only if a strategy follows the calendar. Places in week and month are counted in trading days from 0.
    """

    calendar: str
    date: str
    """The session's date, as in `2024-11-29`."""
    ts_open: TimeNs
    ts_close: TimeNs
    ts_recv: TimeNs
    is_early: bool = False
    """Whether it closes earlier than usual."""
    week_day: int = 0
    """How many trading days of its week come before it; weeks begin on Monday."""
    week_left: int = 0
    """How many come after it."""
    month_day: int = 0
    month_left: int = 0
    ts_break: TimeNs = 0
    """Where a lunch break begins; 0 if there is none."""
    ts_resume: TimeNs = 0

    def is_open(self, ts: TimeNs) -> bool:
        """Tell whether the market trades at `ts`: from the open on, and at its close no more."""
        return self.ts_open <= ts < self.ts_close and not self.ts_break <= ts < self.ts_resume


class LinkChanged(Message, frozen=True, gc=False, tag="link_changed"):
    """A connection to a venue went up or down; market data and account links apart."""

    venue: str
    link: str
    up: bool
    ts_recv: TimeNs


class StrategyHalted(Message, frozen=True, gc=False, tag="strategy_halted"):
    """One strategy is held; the others go on."""

    strategy: StrategyId
    reason: str
    ts_recv: TimeNs


class AdviceCame(Message, frozen=True, gc=False, tag="advice_came"):
    """The answer to `AskAdvice`: plain data as JSON (empty for none), or why there is none."""

    strategy: StrategyId
    instrument: InstrumentId
    asked: TimeNs
    answer: str
    error: str
    ts_recv: TimeNs


class SignalCommanded(Message, frozen=True, gc=False, tag="signal_commanded"):
    """A signal strategy was told: `close`, `cancel`, `pause`, `resume`, `mute`, `unmute` or `restore`.

    At a venue also `begin` and `rest`: whether the key asks for signals.
    """

    strategy: StrategyId
    instrument: InstrumentId
    command: str
    ts_recv: TimeNs
    row: SignalRow | None = None
    """The row to go on with, for `restore`."""


AccountEvent = (
    SessionStarted
    | WarmupEnded
    | PositionLiquidated
    | FundingPaid
    | BorrowCharged
    | BalanceTransferred
    | AccountSnapshot
    | SnapshotFailed
    | PositionAdjusted
    | BalanceAdjusted
    | AverageAdjusted
    | OrderAdopted
    | InstrumentChanged
)
StrategyEvent = AdviceCame | SignalCommanded
Event = (
    MarketEvent
    | OrderEvent
    | AccountEvent
    | TradingDay
    | TimerFired
    | LinkChanged
    | StrategyHalted
    | OperatorEvent
    | StrategyEvent
)

_FIRST, _OPERATOR, _ORDER, _ACCOUNT, _DAY, _TIMER, _MARKET = range(7)

RANK: dict[type, int] = {
    SessionStarted: _FIRST,
    WarmupEnded: _FIRST,
    **dict.fromkeys((*OperatorEvent.__args__, StrategyHalted, LinkChanged, SignalCommanded), _OPERATOR),
    **dict.fromkeys(OrderEvent.__args__, _ORDER),
    **dict.fromkeys(AccountEvent.__args__[2:], _ACCOUNT),
    TradingDay: _DAY,
    AdviceCame: _TIMER,
    TimerFired: _TIMER,
    **dict.fromkeys((Bar, FormingBar, Quote, Trade, BookSnapshot, BookDelta, FundingRate, DataGap), _MARKET),
}
"""The order of events with one `ts_recv`: fills before days before timers before bars."""
