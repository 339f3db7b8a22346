"""The algorithm style: `initialize`, `handle_data` and their like, as Zipline's users know them.

    class Cross(TradingAlgorithm):              # or a module of functions: def initialize(context): …
        def initialize(self, context):
            context.asset = self.symbol("BTCUSDT")

        def handle_data(self, context, data):
            ...

A `TradingAlgorithm` is a `Strategy` like any other: its functions are called from the engine's hooks and its words
go through the ordinary `Context`. There is no second engine, and every function is called in every mode.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from tradewind.domain.errors import StrategyLoadError
from tradewind.domain.time import NS_PER_DAY, NS_PER_MS, Interval
from tradewind.strategy.algorithm.assets import Securities, Security
from tradewind.strategy.algorithm.context import AlgorithmContext
from tradewind.strategy.algorithm.data import BarData
from tradewind.strategy.algorithm.days import AGENDA
from tradewind.strategy.algorithm.orders import CALLED
from tradewind.strategy.algorithm.portfolio import AlgorithmAccount, Portfolio
from tradewind.strategy.algorithm.running import RUNNING
from tradewind.strategy.algorithm.signatures import HOOKS, takes_context
from tradewind.strategy.algorithm.state import AlgorithmKeeping
from tradewind.strategy.base import Strategy

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Self

    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.market import Bar
    from tradewind.domain.time import TimeNs
    from tradewind.strategy.context import Context

DAILY = "1d"
_begin, _end = RUNNING.set, RUNNING.reset  # walked by every bar
BARS = "algorithm bars"
"""The name of the timer that ends the waiting for bars."""


class TradingAlgorithm(AlgorithmKeeping, Strategy):
    """Derive from this, or give it functions: `TradingAlgorithm(initialize=…, handle_data=…)`.

    The functions are those of `HOOKS`, each with or without `context` in front. The parameters of `AlgorithmDays`
    are those of every algorithm, beside its own.
    """

    def __new__(cls, **parameters: Any) -> Self:  # noqa: ANN401 - functions and parameters
        """Make functions that are given the methods of a class of their own."""
        given = {name: parameters[name] for name in HOOKS if callable(parameters.get(name))}
        if given:
            home = next(iter(given.values())).__module__
            methods = {name: staticmethod(func) for name, func in given.items()}
            cls = type("algorithm", (cls,), {**methods, "__module__": home})  # noqa: PLW0642 - a class of its own
        return super().__new__(cls)

    def __init__(self, **parameters: Any) -> None:  # noqa: ANN401 - checked against the annotations
        AlgorithmKeeping.__init__(self)
        given = {name: value for name, value in parameters.items() if not (name in HOOKS and callable(value))}
        known = set(vars(self))
        Strategy.__init__(self, **given)
        self._parameters = sorted(set(vars(self)) - known)
        self._with_context = {
            name: takes_context(func, HOOKS[name], name) for name in HOOKS if (func := getattr(self, name, None))
        }
        self._handle: Callable[..., object] | None = None
        self._heard: set[InstrumentId] = set()
        self._is_alone = True
        self._label = ""
        self._missing: set[InstrumentId] = set()
        """Whose bars of the present time have not come yet."""

    # --- the session begins -------------------------------------------------------------------------

    def on_start(self, ctx: Context) -> None:
        """Look around, let `initialize` set up, and ask for what it needs."""
        self.ctx = ctx
        self._assets = Securities(ctx)
        ctx.state.makers[Security.plain_kind] = self._assets.named
        self.portfolio = Portfolio(ctx, self._assets)
        self.account = AlgorithmAccount(ctx, self.portfolio)
        self.context = AlgorithmContext(self, self.portfolio, self.account)
        vars(self.context).update({name: getattr(self, name) for name in self._parameters})
        self._data = BarData(self, self._assets)
        self._interval, self._label = Interval.parse(ctx.interval), ctx.interval
        self._is_daily = self._interval.ns >= NS_PER_DAY
        self._began = ctx.now
        self._offer_days()
        self._heard = {instrument for instrument, interval in ctx.subscriptions if interval == ctx.interval}
        self._is_alone = len(self._heard) == 1
        self._calls = {name: self._hook(name) for name in self._with_context}
        self._handle = self._calls.get("handle_data")
        morning = self._calls.get("before_trading_start")
        self._morning = None if morning is None else partial(morning, self._data)
        self._phase = "initialize"
        if "initialize" in self._calls:
            self._run(self._calls["initialize"])
        self._phase = CALLED
        self._begin_days(ctx)

    def _offer_days(self) -> None:
        """Let `history` have days besides the session's bars."""
        if not self._is_daily and Interval.parse(DAILY).is_made_of(self._interval):
            for name in self.ctx.instruments:
                self.ctx.subscribe(DAILY, name)

    def _hook(self, name: str) -> Callable[..., object]:
        func: Callable[..., object] = getattr(self, name)
        return partial(func, self.context) if self._with_context[name] else func

    # --- bars ---------------------------------------------------------------------------------------

    def on_bar(self, ctx: Context, bar: Bar) -> None:
        """Call `handle_data` when the bars of a time are complete."""
        if bar.interval == self._label:
            self.latest[bar.instrument] = bar
            if self._is_alone:
                self._turn(bar.ts_venue)
            else:
                self._gather(ctx, bar)

    def _gather(self, ctx: Context, bar: Bar) -> None:
        """Wait for the bars of all assets, but not for long."""
        if bar.ts_venue > self.bar_time:
            if self._missing:
                self._turn(self.bar_time)
            self.bar_time = bar.ts_venue
            self._missing = set(self._heard)
            ctx.set_timer(BARS, after=self.bar_wait_ms * NS_PER_MS)
        if bar.ts_venue == self.bar_time and bar.instrument in self._missing:
            self._missing.discard(bar.instrument)
            if not self._missing:
                ctx.cancel_timer(BARS)
                self._turn(bar.ts_venue)

    def _turn(self, ts: TimeNs) -> None:
        """Take the bars of a time: `handle_data`, then what is scheduled for it."""
        self.bar_time = ts
        if self._missing:
            self._missing.clear()
        if self._owes_morning and not self.ctx.warming and self._morning is not None:
            self._owes_morning = False
            self._run(self._morning)
        if self._handle is not None and (self.warm_up_calls or not self.ctx.warming):
            token = _begin(self)
            try:
                self._handle(self._data)
            finally:
                _end(token)
        if self._every_bar or self._agenda.due <= ts or self._sample_at <= ts:
            self._take_due(ts)

    def on_timer(self, ctx: Context, timer: str) -> None:
        """Bars did not come in time, or something is due without them."""
        if timer == BARS and self._missing:
            self._turn(self.bar_time)
        elif timer == AGENDA:
            self._take_overdue(ctx.now)

    def after_run(self) -> None:
        """Let `analyze` look back."""
        self._phase = "over"
        call = self._calls.get("analyze")
        if call is not None:
            self._run(call, self._performance.frame())


def algorithm_class(module: ModuleType) -> type[TradingAlgorithm]:
    """Make a class of a module's functions; its annotated lower-case variables are the parameters.

    Raise `StrategyLoadError` if it has none of `HOOKS`.
    """
    hooks = {name: getattr(module, name) for name in HOOKS if callable(getattr(module, name, None))}
    if not hooks:
        raise StrategyLoadError(f"{module.__name__}: none of the functions of an algorithm there: {', '.join(HOOKS)}")
    named = {name: hint for name, hint in getattr(module, "__annotations__", {}).items() if name.islower()}
    body: dict[str, Any] = {name: staticmethod(func) for name, func in hooks.items()}
    body |= {name: getattr(module, name) for name in named if hasattr(module, name)}
    body |= {"__annotations__": named, "__module__": module.__name__, "__doc__": module.__doc__}
    file = getattr(module, "__file__", None) or module.__name__
    stem = file.replace("\\", "/").rpartition("/")[2].removesuffix(".py").rpartition(".")[2]
    return type(stem, (TradingAlgorithm,), body)


def algorithm_of(module: ModuleType, parameters: dict[str, Any] | None = None) -> TradingAlgorithm:
    """Make the algorithm of a module of functions; raise `StrategyLoadError` if it is none."""
    return algorithm_class(module)(**(parameters or {}))
