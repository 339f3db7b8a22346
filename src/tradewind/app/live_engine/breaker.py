"""Circuit breakers under their documented names: settings of the blocks `breakers` and `risk`, and a view of a session.

One object stands for all breakers of the engine that it is given to; what each does alone is in docs/breakers.md.
"""

from __future__ import annotations

import asyncio
import inspect
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import structlog

from tradewind.domain.breakers import BreakerChanged, BreakerState
from tradewind.domain.control import BreakerResetRequested, BreakerTripRequested
from tradewind.domain.errors import EngineSetupError
from tradewind.risk.breakers.board import told

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tradewind.app.session.live_run import LiveRun
    from tradewind.domain.step import Step
    from tradewind.engine.breaker_watch import BreakerWatch

Number = Decimal | float | int | str
S = BreakerState

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class CircuitBreakerConfig:
    """The documented limits; amounts in the base currency, `…_pct` and drawdown as fractions. None is no such limit.

    The account breaker and the max-drawdown guard stand beside them with their defaults.
    """

    max_daily_loss: Number | None = None
    max_daily_loss_pct: Number | None = None
    warning_daily_loss: Number | None = None
    caution_daily_loss: Number | None = None
    caution_factor: Number = Decimal("0.5")
    max_drawdown: Number | None = None
    lookback_days: int = 30
    max_position_size: Number | None = None
    max_leverage: Number | None = None
    max_order_value: Number | None = None
    max_orders_per_minute: int | None = None
    window_seconds: float = 60
    max_errors: int | None = 5
    error_window_seconds: float = 300
    cancel_on_trip: str = "opening"

    def blocks(self) -> dict[str, Any]:
        """Return the blocks of a configuration, by their dotted paths."""
        breakers = {
            "daily_loss": {
                "amount": self.max_daily_loss, "fraction": self.max_daily_loss_pct, "warning": self.warning_daily_loss,
                "caution": self.caution_daily_loss, "caution_factor": self.caution_factor,
            },
            "drawdown": {"fraction": self.max_drawdown, "lookback_days": self.lookback_days},
            "order_rate": {"max_orders": self.max_orders_per_minute, "window_seconds": self.window_seconds},
            "error_rate": {"max_errors": self.max_errors, "window_seconds": self.error_window_seconds},
            "cancel_on_trip": self.cancel_on_trip,
        }  # fmt: skip
        limits = {
            "risk.max_position_value": self.max_position_size,
            "risk.max_leverage": self.max_leverage,
            "risk.max_order_value": self.max_order_value,
        }
        return {"breakers": breakers} | {key: value for key, value in limits.items() if value is not None}


class CircuitBreaker:
    """The breakers of the engine that it is given to; `on_trip(name, reason)`, async or not, hears of each trip."""

    name = "circuit breaker"
    missed = ""
    is_behind = False

    def __init__(
        self, config: CircuitBreakerConfig | None = None, on_trip: Callable[[str, str], object] | None = None
    ) -> None:
        self.config = CircuitBreakerConfig() if config is None else config
        self._on_trip = on_trip
        self._run: LiveRun | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def state(self) -> str:
        """`NORMAL`, `TRIPPED`, `MANUALLY_HALTED` or `RESETTING`: the worst that holds."""
        breakers = self._watch().board.breakers
        states = {breaker.state for breaker in breakers.values() if breaker.holds}
        if breakers["manual"].state is S.LATCHED:
            return "MANUALLY_HALTED"
        if states - {S.HALF_OPEN}:
            return "TRIPPED"
        return "RESETTING" if states else "NORMAL"

    def is_tripped(self) -> bool:
        """Tell whether any of them holds entries back."""
        return self.state != "NORMAL"

    def get_trigger_reason(self) -> str:
        """Return why; empty if none has tripped."""
        return "; ".join(map(told, self._watch().board.holding))

    def trip(self, reason: str = "", operator: str = "") -> None:
        """Halt by hand: done with the next event, and cleared by `reset` alone."""
        self._tell(BreakerTripRequested(0, "manual", reason, operator))

    def reset(self, operator: str = "", reason: str = "") -> None:
        """Let all go that an operator can let go, as soon as the venue's account was found to be ours."""
        for breaker in self._watch().board.breakers.values():
            if breaker.is_open and (breaker.can_reset or breaker.state is S.LATCHED):
                self._tell(BreakerResetRequested(0, breaker.name, reason or "reset by the program", operator))

    def bind(self, run: LiveRun, loop: asyncio.AbstractEventLoop) -> None:
        """Take the session that it stands for; the engine does that."""
        self._run, self._loop = run, loop
        run.session.watch(self)

    def observe(self, steps: Sequence[Step]) -> None:
        """Look for trips in the steps of a turn."""
        for step in steps if self._on_trip is not None else ():
            for notice in step.notices:
                if isinstance(notice, BreakerChanged) and not notice.is_drill and notice.state in _TRIPS:
                    self._call(notice)

    def close(self) -> None:
        """End with the session: there is nothing to end."""

    def _call(self, changed: BreakerChanged) -> None:
        """Call back; what it raises is logged, and holds nothing up."""
        assert self._on_trip is not None
        try:
            result = self._on_trip(changed.breaker, changed.reason)
        except Exception:
            log.exception("on_trip raised", breaker=changed.breaker)
            return
        if inspect.iscoroutine(result) and self._loop is not None:
            asyncio.run_coroutine_threadsafe(_safely(result, changed.breaker), self._loop)

    def _tell(self, word: BreakerTripRequested | BreakerResetRequested) -> None:
        self._watch()
        assert self._run is not None
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._run.session.tell, word)

    def _watch(self) -> BreakerWatch:
        if self._run is None or self._run.world.engine.breakers is None:
            raise EngineSetupError("give it to a LiveTradingEngine, and run that")
        return self._run.world.engine.breakers


_TRIPS = (S.TRIPPED, S.LATCHED)


async def _safely(result: Any, breaker: str) -> None:  # noqa: ANN401 - a coroutine
    try:
        await result
    except Exception:
        log.exception("on_trip raised", breaker=breaker)
