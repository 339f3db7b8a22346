"""The operator's words. They are events: journaled, replayed, and obeyed by the engine like any other."""

from __future__ import annotations

from tradewind.domain.ids import StrategyId
from tradewind.domain.message import Message
from tradewind.domain.time import TimeNs


class Paused(Message, frozen=True, gc=False, tag="paused"):
    """Strategies are still called and state is kept; every intent is refused with `paused`."""

    ts_recv: TimeNs
    reason: str = ""
    operator: str = ""


class Resumed(Message, frozen=True, gc=False, tag="resumed"):
    """Back to trading: no pause, no halt. With a `strategy`, that one alone, also if it was held after an error."""

    ts_recv: TimeNs
    operator: str = ""
    strategy: StrategyId | None = None


class Halted(Message, frozen=True, gc=False, tag="halted"):
    """No new exposure; reductions and cancels pass. `strategy` None means all of them."""

    ts_recv: TimeNs
    reason: str = ""
    strategy: StrategyId | None = None


class StopRequested(Message, frozen=True, gc=False, tag="stop_requested"):
    """The session ends: take no new work; `cancel` names the orders to take back."""

    ts_recv: TimeNs
    cancel: str = "entries"
    """`entries` (protective and reducing orders stay), `all` or `none`."""
    flatten: bool = False


OperatorEvent = Paused | Resumed | Halted | StopRequested
