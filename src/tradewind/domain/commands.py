"""Effects: what the engine wants done outside. Imperative; nobody has done them yet."""

from __future__ import annotations

from decimal import Decimal

from tradewind.domain.events import Event
from tradewind.domain.ids import ClientOrderId, InstrumentId, StrategyId, TimerId
from tradewind.domain.message import Message
from tradewind.domain.order import OrderSpec
from tradewind.domain.time import TimeNs


class SubmitOrder(Message, frozen=True, gc=False, tag="submit_order"):
    """Send an order to its venue; `attached` are its exits, asleep until it has a fill."""

    order: OrderSpec
    attached: tuple[OrderSpec, ...] = ()


class PlaceExits(Message, frozen=True, gc=False, tag="place_exits"):
    """Send exits of an order that has filled, which slept here: its venue has no orders attached to others.

    Those that share an `oco` name are to end each other at the venue if it can have them so.
    """

    orders: tuple[OrderSpec, ...]


class CancelOrder(Message, frozen=True, gc=False, tag="cancel_order"):
    """Take an order back."""

    order: ClientOrderId
    instrument: InstrumentId


class AmendOrder(Message, frozen=True, gc=False, tag="amend_order"):
    """Change a resting order in place; what is None stays as it is."""

    order: ClientOrderId
    instrument: InstrumentId
    quantity: Decimal | None = None
    price: Decimal | None = None
    trigger: Decimal | None = None
    number: int = 0
    """Counts the amendments of the order from 1, so that an answer can say which it is for."""


class QueryOrder(Message, frozen=True, gc=False, tag="query_order"):
    """Ask the venue, under the client id, what became of an order; a read, so it may be asked again at will."""

    order: ClientOrderId
    instrument: InstrumentId


class SetTimer(Message, frozen=True, gc=False, tag="set_timer"):
    """Wake the engine at `at`; a timer of the same name is replaced."""

    timer: TimerId
    at: TimeNs


class CancelTimer(Message, frozen=True, gc=False, tag="cancel_timer"):
    """Forget a timer."""

    timer: TimerId


class FollowCalendar(Message, frozen=True, gc=False, tag="follow_calendar"):
    """Tell of every trading day of a calendar from now on, by `TradingDay`; asked for again, nothing changes."""

    calendar: str


class ModelVenue(Message, frozen=True, gc=False, tag="model_venue"):
    """Have the simulated venue reckon `slippage` or `commission` by another model; a real venue is as it is."""

    strategy: StrategyId
    part: str
    kind: str
    figures: tuple[Decimal, ...] = ()
    volume_limit: Decimal | None = None
    """With slippage: the share of a bar's volume that orders may take; None for all they want."""


class AskAdvice(Message, frozen=True, gc=False, tag="ask_advice"):
    """Ask a strategy's slow adviser (a coroutine, a model, the network); `AdviceCame` brings the answer."""

    strategy: StrategyId
    instrument: InstrumentId
    asked: TimeNs
    """The time that is asked about; the answer repeats it."""


class QueryAccount(Message, frozen=True, gc=False, tag="query_account"):
    """Ask the venue what it has of ours: balances, positions, orders, and the fills since a time."""

    fills_since: TimeNs
    number: int = 0
    """Counts the questions from 1; the answer repeats it."""


class Correct(Message, frozen=True, gc=False, tag="correct"):
    """Let an event happen that reconciliation found missing; it comes next, and is journaled like any other."""

    event: Event


Effect = (
    SubmitOrder
    | CancelOrder
    | AmendOrder
    | QueryOrder
    | SetTimer
    | CancelTimer
    | FollowCalendar
    | ModelVenue
    | AskAdvice
    | QueryAccount
    | Correct
    | PlaceExits
)
