"""The operator's words. They are events: journaled, replayed, and obeyed by the engine like any other."""

from __future__ import annotations

from decimal import Decimal

from tradewind.domain.ids import EXTERNAL, ClientOrderId, InstrumentId, StrategyId
from tradewind.domain.message import Message
from tradewind.domain.swapping import StrategySwapRequested
from tradewind.domain.time import TimeNs


class Paused(Message, frozen=True, gc=False, tag="paused"):
    """Strategies are still called and state is kept; every intent is refused with `paused`."""

    ts_recv: TimeNs
    reason: str = ""
    operator: str = ""
    request: str = ""
    """Repeated by nobody; it tells one word from another, here and below."""
    for_ns: int = 0
    """After so long trading goes on by itself; 0 for not before it is resumed."""


class Resumed(Message, frozen=True, gc=False, tag="resumed"):
    """Back to trading: no pause, no halt. With a `strategy`, that one alone, also if it was held after an error."""

    ts_recv: TimeNs
    operator: str = ""
    strategy: StrategyId | None = None
    request: str = ""


class Halted(Message, frozen=True, gc=False, tag="halted"):
    """No new exposure; reductions and cancels pass. `strategy` None means all of them."""

    ts_recv: TimeNs
    reason: str = ""
    strategy: StrategyId | None = None
    operator: str = ""
    request: str = ""


class CloseOnlySet(Message, frozen=True, gc=False, tag="close_only_set"):
    """Exposure may only fall until a `Resumed`: strategies may cancel and reduce."""

    ts_recv: TimeNs
    reason: str = ""
    operator: str = ""
    request: str = ""


class StopRequested(Message, frozen=True, gc=False, tag="stop_requested"):
    """The session ends: take no new work; `cancel` names the orders to take back."""

    ts_recv: TimeNs
    cancel: str = "entries"
    """`entries` (protective and reducing orders stay), `all` or `none`."""
    flatten: bool = False


class ReconcileRequested(Message, frozen=True, gc=False, tag="reconcile_requested"):
    """Compare our books with the venue's now."""

    ts_recv: TimeNs
    operator: str = ""
    request: str = ""
    fills_since: TimeNs | None = None
    """Look for executions from here on; None for those since the last comparison."""


class DifferencesApproved(Message, frozen=True, gc=False, tag="differences_approved"):
    """Correct our books by what a report was certain of, as far as it is still the same."""

    ts_recv: TimeNs
    report: str
    operator: str = ""
    request: str = ""


class DifferencesRejected(Message, frozen=True, gc=False, tag="differences_rejected"):
    """Leave our books as they are: what a report was certain of is not raised again until it changes."""

    ts_recv: TimeNs
    report: str
    operator: str = ""
    request: str = ""


class CancelRequested(Message, frozen=True, gc=False, tag="cancel_requested"):
    """Take an order back, whoever it belongs to."""

    ts_recv: TimeNs
    order: ClientOrderId
    operator: str = ""
    request: str = ""


class CancelAllRequested(Message, frozen=True, gc=False, tag="cancel_all_requested"):
    """Take all open orders back, or `entries` alone (what protects and what reduces stays), whoever they belong to."""

    ts_recv: TimeNs
    which: str = "all"
    only: InstrumentId | None = None
    """Of this instrument alone."""
    operator: str = ""
    request: str = ""
    strategy: StrategyId | None = None
    """Of this strategy alone."""


class EmergencyStopped(Message, frozen=True, gc=False, tag="emergency_stopped"):
    """Halt everything, take all orders back, and close all that is held, whoever it belongs to.

    Said again, it asks again for what is still there and not on its way out.
    """

    ts_recv: TimeNs
    reason: str = ""
    operator: str = ""
    request: str = ""


class OrderConfirmed(Message, frozen=True, gc=False, tag="order_confirmed"):
    """Send an order that waits to be confirmed, if the gate still lets it through, and never more of it."""

    ts_recv: TimeNs
    order: ClientOrderId
    reason: str = ""
    operator: str = ""
    request: str = ""


class OrderDeclined(Message, frozen=True, gc=False, tag="order_declined"):
    """Refuse an order that waits to be confirmed."""

    ts_recv: TimeNs
    order: ClientOrderId
    reason: str = ""
    operator: str = ""
    request: str = ""


class LimitTightened(Message, frozen=True, gc=False, tag="limit_tightened"):
    """Lower a limit of the session from the next order on; it stays so over a restart."""

    ts_recv: TimeNs
    limit: str
    value: Decimal
    operator: str = ""
    request: str = ""


class FlattenRequested(Message, frozen=True, gc=False, tag="flatten_requested"):
    """Close at the market what one owner holds of an instrument."""

    ts_recv: TimeNs
    instrument: InstrumentId
    strategy: StrategyId = EXTERNAL
    operator: str = ""
    request: str = ""


class Degraded(Message, frozen=True, gc=False, tag="degraded"):
    """What trading stands on has failed: no new exposure until the cause is `Restored`; with `cancel_only` no orders.

    The word of the supervisor beside the engine. A second one of the same cause takes the place of the first.
    """

    ts_recv: TimeNs
    cause: str
    """`disk`, `clock`, or a link such as `link binance market`."""
    reason: str = ""
    cancel_only: bool = False


class Restored(Message, frozen=True, gc=False, tag="restored"):
    """The cause of a `Degraded` is over."""

    ts_recv: TimeNs
    cause: str
    reason: str = ""


class BreakerTripRequested(Message, frozen=True, gc=False, tag="breaker_trip_requested"):
    """Trip a breaker, `manual` unless another is named; only a reset lets it go."""

    ts_recv: TimeNs
    breaker: str = "manual"
    reason: str = ""
    operator: str = ""
    request: str = ""


class BreakerResetRequested(Message, frozen=True, gc=False, tag="breaker_reset_requested"):
    """Let a breaker go when the venue's account has been found to be ours; `reason` is what was found out."""

    ts_recv: TimeNs
    breaker: str
    reason: str = ""
    operator: str = ""
    request: str = ""


class BreakerDrillRequested(Message, frozen=True, gc=False, tag="breaker_drill_requested"):
    """Give a breaker made-up input at its limit, and tell what comes of it; on paper only."""

    ts_recv: TimeNs
    breaker: str
    operator: str = ""
    request: str = ""


class BreakerFed(Message, frozen=True, gc=False, tag="breaker_fed"):
    """A measure of a breaker that is taken outside of the engine: of `alignment`, by how much a shadow diverges."""

    ts_recv: TimeNs
    breaker: str
    value: Decimal
    """A fraction."""
    reason: str = ""


OperatorEvent = (
    Paused
    | Resumed
    | Halted
    | StopRequested
    | ReconcileRequested
    | DifferencesApproved
    | DifferencesRejected
    | CancelRequested
    | FlattenRequested
    | CloseOnlySet
    | CancelAllRequested
    | EmergencyStopped
    | LimitTightened
    | Degraded
    | Restored
    | BreakerTripRequested
    | BreakerResetRequested
    | BreakerDrillRequested
    | BreakerFed
    | OrderConfirmed
    | OrderDeclined
    | StrategySwapRequested
)
