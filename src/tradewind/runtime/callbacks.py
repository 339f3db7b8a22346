"""The callbacks of a live session: sync or async callables, called after the step is committed.

A callback that raises is reported to `on_error` and cannot stop the engine; except `on_engine_start` and
`on_market_data`, where raising stops the session.
"""

from __future__ import annotations

import asyncio
import enum
import inspect
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import structlog

from tradewind.domain.commands import SubmitOrder
from tradewind.domain.errors import StrategyExecutionError, TradewindError
from tradewind.domain.events import OrderFilled
from tradewind.domain.market import Bar, BookDelta, BookSnapshot, FormingBar, FundingRate, Quote, Trade
from tradewind.domain.step import StrategyFailed
from tradewind.execution.orders import CLOSED_KEPT_MAX

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from tradewind.domain.ids import ClientOrderId
    from tradewind.domain.order import OrderSpec
    from tradewind.domain.step import Step

log = structlog.get_logger(__name__)

_MARKET = (Bar, Quote, Trade, FormingBar, BookSnapshot, BookDelta, FundingRate)
BACKLOG_MAX = 1_024


class EngineStatus(enum.Enum):
    """Where a live session is."""

    PREFETCHING = "prefetching"
    GAP_FILLING = "gap_filling"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Callbacks:
    """All optional; each may be a function or a coroutine function."""

    on_engine_start: Callable[[list[str], str, str], Any] | None = None
    """(symbols, interval, data path)."""
    on_engine_stop: Callable[[BaseException | None], Any] | None = None
    """Always called; None after an orderly end."""
    on_market_data: Callable[[Any], Any] | None = None
    on_order_placed: Callable[[OrderSpec], Any] | None = None
    on_order_filled: Callable[[OrderSpec, OrderFilled], Any] | None = None
    on_error: Callable[[BaseException], Any] | None = None
    on_strategy_error: Callable[[Any, BaseException], Any] | None = None
    """(the event during which it happened, the error)."""
    on_stats_update: Callable[[Any], Any] | None = None
    on_status_update: Callable[[EngineStatus], Any] | None = None

    @property
    def any_of_steps(self) -> bool:
        """Whether somebody wants to hear of single steps."""
        return any((self.on_market_data, self.on_order_placed, self.on_order_filled, self.on_strategy_error))

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None and not callable(value):
                raise TypeError(f"{field.name} must be callable, not {type(value).__name__}")


async def call(callback: Callable[..., Any] | None, *arguments: Any) -> None:  # noqa: ANN401 - whatever it takes
    """Call a callback, sync or async; nothing if there is none."""
    if callback is not None:
        result = callback(*arguments)
        if inspect.isawaitable(result):
            await result


class Announcer:
    """Tells callbacks of the steps of a session, in order, in a task of its own behind a bounded queue."""

    def __init__(
        self,
        callbacks: Callbacks,
        stop: Callable[[BaseException], None],
        orders: Collection[ClientOrderId] = (),
    ) -> None:
        self._callbacks = callbacks
        self._stop = stop
        self._turns: asyncio.Queue[Sequence[Step] | None] = asyncio.Queue(BACKLOG_MAX)
        self._orders = orders
        """The orders that the engine knows, to see which have ended."""
        self._specs: dict[ClientOrderId, OrderSpec] = {}
        self.dropped = 0

    @property
    def missed(self) -> str:
        """What the callbacks did not hear of; empty if they heard of everything."""
        return f"{self.dropped} steps dropped" if self.dropped else ""

    @property
    def is_behind(self) -> bool:
        """Whether whoever can wait should wait: at half the bound, as the inbox has more turns to come."""
        return self._turns.qsize() >= BACKLOG_MAX // 2

    def announce(self, steps: Sequence[Step]) -> None:
        """Hand over the steps of a turn, or drop them if the callbacks are hopelessly behind."""
        if not self._callbacks.any_of_steps:
            return
        try:
            self._turns.put_nowait(steps)
        except asyncio.QueueFull:
            self.dropped += len(steps)
            log.warning("callbacks are behind: steps dropped", dropped=self.dropped)

    async def run(self) -> None:
        """Call the callbacks until `close`."""
        while (steps := await self._turns.get()) is not None:
            for step in steps:
                await self._tell(step)

    async def close(self) -> None:
        """Let it finish what waits."""
        await self._turns.put(None)

    async def status(self, status: EngineStatus) -> None:
        """Tell of a new status."""
        await self.safely(self._callbacks.on_status_update, status)

    async def error(self, error: BaseException) -> None:
        """Tell of an error that does not stop the session."""
        try:
            await call(self._callbacks.on_error, error)
        except Exception:  # noqa: BLE001 - the one place that has nobody left to tell
            return

    async def safely(self, callback: Callable[..., Any] | None, *arguments: Any) -> None:  # noqa: ANN401
        """Call a callback; what it raises goes to `on_error`."""
        try:
            await call(callback, *arguments)
        except Exception as error:  # noqa: BLE001 - a user's callback must not stop the engine
            await self.error(error)

    def _remember(self, effect: SubmitOrder) -> None:
        for spec in (effect.order, *effect.attached):
            self._specs[spec.id] = spec
        if len(self._specs) > 2 * CLOSED_KEPT_MAX + len(self._orders):  # forget what the engine has forgotten
            self._specs = {name: spec for name, spec in self._specs.items() if name in self._orders}

    async def _tell(self, step: Step) -> None:
        callbacks, event = self._callbacks, step.event
        if callbacks.on_market_data is not None and isinstance(event, _MARKET):
            try:
                await call(callbacks.on_market_data, event)
            except Exception as error:  # noqa: BLE001 - here raising means: stop
                self._stop(TradewindError("on_market_data raised", cause=error))
        for effect in step.effects:
            if isinstance(effect, SubmitOrder):
                self._remember(effect)
                await self.safely(callbacks.on_order_placed, effect.order)
        if isinstance(event, OrderFilled) and event.order in self._specs:
            await self.safely(callbacks.on_order_filled, self._specs[event.order], event)
        for notice in step.notices:
            if isinstance(notice, StrategyFailed):
                failure = StrategyExecutionError(f"{notice.strategy}: {notice.error}", {"where": notice.where})
                await self.safely(callbacks.on_strategy_error, event, failure)
