"""What a user says of a strategy, an exchange, a frame; checked as a whole (V10), all mistakes at once."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tradewind.domain.errors import ConfigError
from tradewind.domain.money import exact

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

INTERVALS = ("1m", "3m", "5m", "15m", "30m", "1h")
"""How often `get_signal` may be asked."""
CALLBACKS = {
    "opened": "on_open", "active": "on_active", "idle": "on_idle", "closed": "on_close", "scheduled": "on_schedule",
    "cancelled": "on_cancel",
}  # fmt: skip
"""The callback of each action; `on_tick` hears of every one."""
TAKEN = frozenset({"name", "version", "config"})
"""Names that mean something else for a strategy."""
VENUES = ("exchange", "binance", "binance-live")
"""Where live orders may go: the local exchange, Binance's testnet or its dialect on this machine, Binance itself."""
OPTIONAL = ("take_profit", "stop_loss", "time")
"""Parts of a plan that a strategy may be allowed to leave out."""

Number = float | int | str | Decimal
MARGIN = Decimal("0.1")
"""Percent that a target must bring beyond the costs, if nothing else is said."""


@dataclass(frozen=True)
class ExchangeDefinition:
    """Where candles come from, and how the simulated venue behaves that stands behind them."""

    exchange_name: str
    get_candles: Callable[..., Any]
    format_price: Callable[..., Any] | None = None
    format_quantity: Callable[..., Any] | None = None
    slippage_pct: Decimal = Decimal("0.1")
    fee_pct: Decimal = Decimal("0.1")
    tick: Decimal = Decimal("0.00000001")
    lot: Decimal = Decimal("0.00000001")
    quantity_min: Decimal = Decimal(0)
    notional_min: Decimal = Decimal(0)
    balance: Decimal = Decimal(1_000_000)
    quote: str = ""
    limits: Mapping[str, Any] = field(default_factory=dict)
    """What the gate lets through, by the names of `risk.limits`: each key alone, and all of them together."""
    breakers: Any = None
    """The breakers that each live or past key on paper has for itself (`BreakerSettings`); None for none."""
    late_candle_grace: float = 10.0
    """Seconds after the minute until which its candle is waited for."""
    volume_share: Decimal | None = None
    """The largest part of a minute's volume that orders take, above 0 and at most 1; None for all they want."""
    faults: Callable[[], Any] | None = None
    """Makes, once an account, what goes wrong between us and the simulated venue (`SeededFaults`)."""
    venue: str = ""
    """Where live orders go: one of `VENUES`, or empty for the simulated venue in this process."""
    config: Any = None
    """The configuration of the session at the venue: a path, or a mapping."""
    live_trading: bool = False
    i_understand_the_risks: bool = False
    """Both, and nothing else, let orders be real."""

    def mistakes(self) -> list[str]:
        """Return what is wrong with it."""
        wrong = [f"V10: {n} must not be below 0" for n in ("slippage_pct", "fee_pct") if getattr(self, n) < 0]
        wrong += [f"V10: {n} must be above 0" for n in ("tick", "lot", "balance") if getattr(self, n) <= 0]
        if self.volume_share is not None and not 0 < self.volume_share <= 1:
            wrong.append("V10: volume_share must be above 0 and at most 1")
        if self.venue:
            wrong += _outside("venue", (self.venue,), VENUES)
        elif self.config is not None or self.live_trading or self.i_understand_the_risks:
            wrong.append("V10: config, live_trading and i_understand_the_risks are for an exchange with a venue")
        return wrong + _not_callable(self, "get_candles", "format_price", "format_quantity", "faults")


@dataclass(frozen=True)
class StrategyDefinition:
    """One signal strategy; percentages are of the entry price, minutes are whole."""

    strategy_name: str
    get_signal: Callable[..., Any]
    interval: str = "1m"
    callbacks: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    symbols: tuple[str, ...] = ()
    quantity: Decimal | None = None
    cost: Decimal = Decimal(100)
    sides: tuple[str, ...] = ("long", "short")
    min_take_profit_pct: Decimal | str | None = "auto"
    """`auto` is what covers the costs: 2·(slippage + fee) + 0.1."""
    min_stop_loss_pct: Decimal | None = Decimal("0.5")
    max_stop_loss_pct: Decimal | None = Decimal(20)
    max_minutes: int = 1440
    entry_tolerance_pct: Decimal = Decimal("0.1")
    entry_timeout_minutes: int = 120
    get_signal_timeout: float = 60.0
    on_invalid: str = "report"
    optional: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Ours: names and defaults of what `get_parameters()` returns; a session's configuration or `-p` may set others."""
    get_exit: Callable[..., Any] | None = None
    """Ours: asked on every tick while a signal is open; true closes it at the market."""
    reenter: str = "next_tick"
    """Ours: when `get_signal` is asked again after a close; `same_tick` is the tick that showed the close."""

    @property
    def module(self) -> str:
        """The module that `get_signal` is defined in; empty if that cannot be told."""
        return str(getattr(self.get_signal, "__module__", "") or "")

    @property
    def is_slow(self) -> bool:
        """Whether `get_signal` is a coroutine: then it leaves as an effect and its answer comes back as an event."""
        call = getattr(self.get_signal, "__call__", None)  # noqa: B004 - an object may have an async `__call__`
        return inspect.iscoroutinefunction(self.get_signal) or inspect.iscoroutinefunction(call)

    @cached_property
    def reach(self) -> Decimal:
        """How far past the price an entry at once goes, as a fraction of it."""
        return exact(self.entry_tolerance_pct) / 100

    def take_profit_floor(self, slippage_pct: Decimal, fee_pct: Decimal) -> Decimal | None:
        """Return the least distance of a target, percent; None if any will do."""
        if self.min_take_profit_pct == "auto":
            return 2 * (slippage_pct + fee_pct) + MARGIN
        return None if self.min_take_profit_pct is None else exact(self.min_take_profit_pct)

    def mistakes(self) -> list[str]:
        """Return what is wrong with it."""
        wrong = [f"V10: interval: one of {', '.join(INTERVALS)}"] if self.interval not in INTERVALS else []
        low, high = self.min_stop_loss_pct, self.max_stop_loss_pct
        if low is not None and high is not None and low > high:
            wrong.append("V10: min_stop_loss_pct is above max_stop_loss_pct")
        for name in ("max_minutes", "entry_timeout_minutes"):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                wrong.append(f"V10: {name} must be a positive whole number")
        for name in ("quantity", "cost"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                wrong.append(f"V10: {name} must be above 0")
        wrong += [f"V10: parameters: {name!r} is no name" for name in self.parameters if not _is_name(name)]
        wrong += _outside("callbacks", self.callbacks, ("on_tick", *CALLBACKS.values())) + _outside(
            "optional", self.optional, OPTIONAL
        )
        wrong += _outside("sides", self.sides, ("long", "short"))
        wrong += _outside("on_invalid", (self.on_invalid,), ("report", "stop"))
        wrong += _outside("reenter", (self.reenter,), ("next_tick", "same_tick"))
        return wrong + _not_callable(self, "get_signal", "get_exit")

    def against(self, exchange: ExchangeDefinition) -> list[str]:
        """Return what is wrong with it on this exchange: a target that does not even pay the costs."""
        costs = 2 * (exchange.slippage_pct + exchange.fee_pct)
        floor = self.take_profit_floor(exchange.slippage_pct, exchange.fee_pct)
        if floor is not None and floor < costs:
            return [f"V10: min_take_profit_pct {floor} does not cover the costs of {costs}; None switches it off"]
        return []


@dataclass(frozen=True)
class FrameDefinition:
    """A stretch of the past: when `get_signal` may be asked; milliseconds UTC, the end left out."""

    frame_name: str
    interval: str
    start: int
    end: int

    def mistakes(self) -> list[str]:
        """Return what is wrong with it."""
        wrong = [] if self.start < self.end else ["V10: start_date must lie before end_date"]
        allowed = (*INTERVALS, "2h", "4h", "6h", "8h", "12h", "1d", "3d")
        return wrong + ([] if self.interval in allowed else [f"V10: interval: one of {', '.join(allowed)}"])


def _is_name(name: object) -> bool:
    return isinstance(name, str) and name.isidentifier() and not name.startswith("_") and name not in TAKEN


def checked(kind: str, name: str, mistakes: list[str]) -> None:
    """Raise `ConfigError` with all mistakes, if there are any."""
    if mistakes:
        raise ConfigError(f"{kind} {name!r} cannot be used:", tuple(mistakes))


def _not_callable(of: object, *names: str) -> list[str]:
    given = [(name, getattr(of, name)) for name in names]
    return [f"V10: {name} must be callable" for name, value in given if value is not None and not callable(value)]


def _outside(name: str, given: Any, allowed: tuple[str, ...]) -> list[str]:  # noqa: ANN401 - a mapping or a tuple
    strange = [str(item) for item in given if item not in allowed]
    return [f"V10: {name}: {', '.join(strange)} not among {', '.join(allowed)}"] if strange else []
