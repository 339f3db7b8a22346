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

from tradewind.domain import events as ev
from tradewind.domain.errors import StrategyLoadError
from tradewind.domain.signal import OrderIntent
from tradewind.domain.time import NEVER, NS_PER_DAY, NS_PER_MS, Interval, iso, iso_date
from tradewind.strategy.algorithm_assets import Securities
from tradewind.strategy.algorithm_context import AlgorithmContext
from tradewind.strategy.algorithm_controls import AlgorithmControls, EODCancel
from tradewind.strategy.algorithm_data import BarData
from tradewind.strategy.algorithm_orders import CALLED
from tradewind.strategy.algorithm_perf import Performance
from tradewind.strategy.algorithm_portfolio import AlgorithmAccount, Portfolio
from tradewind.strategy.algorithm_records import AlgorithmOrder, Transaction
from tradewind.strategy.algorithm_running import RUNNING
from tradewind.strategy.algorithm_schedule import Agenda
from tradewind.strategy.algorithm_signatures import HOOKS, takes_context
from tradewind.strategy.base import Strategy

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Self

    from tradewind.domain.events import LinkChanged, OrderEvent, TradingDay
    from tradewind.domain.fill import Fill
    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.market import Bar
    from tradewind.domain.step import Refusal
    from tradewind.domain.time import TimeNs
    from tradewind.strategy.algorithm_assets import Security
    from tradewind.strategy.context import Context

ALWAYS_OPEN = "24/7"
DAILY = "1d"
BARS, AGENDA = "algorithm bars", "algorithm agenda"
"""The names of our timers."""
DAYS_KEPT = 3


class TradingAlgorithm(AlgorithmControls, Strategy):
    """Derive from this, or give it functions: `TradingAlgorithm(initialize=…, handle_data=…)`.

    The functions are those of `HOOKS`, each with or without `context` in front. `bar_wait_ms` is how long
    `handle_data` waits for the bars of other assets once the first bar of a time has come. With `warm_up_calls`
    functions are called for the history that a session warms up with, as in other styles; their orders are held
    back. Without, history is there to be asked for, and the first call is that of the first bar after it.
    """

    bar_wait_ms: int = 2_000
    warm_up_calls: bool = True

    def __new__(cls, **parameters: Any) -> Self:  # noqa: ANN401 - functions and parameters
        """Make functions that are given the methods of a class of their own."""
        given = {name: parameters[name] for name in HOOKS if callable(parameters.get(name))}
        if given:
            home = next(iter(given.values())).__module__
            methods = {name: staticmethod(func) for name, func in given.items()}
            cls = type("algorithm", (cls,), {**methods, "__module__": home})  # noqa: PLW0642 - a class of its own
        return super().__new__(cls)

    def __init__(self, **parameters: Any) -> None:  # noqa: ANN401 - checked against the annotations
        AlgorithmControls.__init__(self)
        given = {name: value for name, value in parameters.items() if not (name in HOOKS and callable(value))}
        known = set(vars(self))
        Strategy.__init__(self, **given)
        self._parameters = sorted(set(vars(self)) - known)
        self._with_context = {
            name: takes_context(func, HOOKS[name], name) for name in HOOKS if (func := getattr(self, name, None))
        }
        self._agenda = Agenda()
        self._days: dict[str, list[TradingDay]] = {}
        self._every_bar: list[tuple[TradingDay, Callable[[], object]]] = []
        self._performance = Performance()
        self._sample_at: TimeNs = NEVER
        self._day = ""
        self.bar_time: TimeNs = 0
        """The close of the bars that were last told."""
        self._missing: set[InstrumentId] = set()
        self._armed: TimeNs = NEVER
        self._morning: Callable[[], object] | None = None
        self._owes_morning = False
        """Whether the day that runs when history is over has not been prepared yet."""

    # --- the session begins -------------------------------------------------------------------------

    def on_start(self, ctx: Context) -> None:
        """Look around, let `initialize` set up, and ask for what it needs."""
        self.ctx = ctx
        self.assets = Securities(ctx)
        self.portfolio = Portfolio(ctx, self.assets)
        self.account = AlgorithmAccount(ctx, self.portfolio)
        self.context = AlgorithmContext(self, self.portfolio, self.account)
        vars(self.context).update({name: getattr(self, name) for name in self._parameters})
        self.data = BarData(self)
        self._interval = Interval.parse(ctx.interval)
        self._is_daily = self._interval.ns >= NS_PER_DAY
        self._began = ctx.now
        self._offer_days()
        self._heard = {instrument for instrument, interval in ctx.subscriptions if interval == ctx.interval}
        self._calls = {name: self._hook(name) for name in self._with_context}
        self._handle = self._calls.get("handle_data")
        morning = self._calls.get("before_trading_start")
        self._morning = None if morning is None else partial(morning, self.data)
        self._phase = "initialize"
        if "initialize" in self._calls:
            self._run(self._calls["initialize"])
        self._phase = CALLED
        for calendar in sorted({ctx.instrument(name).calendar for name in ctx.instruments} - {ALWAYS_OPEN}):
            ctx.follow_days(calendar)
        if "before_trading_start" in self._calls:
            ctx.follow_days()
        if "analyze" in self._calls and ctx.instrument().calendar == ALWAYS_OPEN:
            self._sample_at = ctx.now - ctx.now % NS_PER_DAY + NS_PER_DAY

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
        if bar.interval != ctx.interval:
            return
        if len(self._heard) == 1:
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
        self._missing.clear()
        if self._owes_morning and not self.ctx.warming and self._morning is not None:
            self._owes_morning = False
            self._run(self._morning)
        if self._handle is not None and (self.warm_up_calls or not self.ctx.warming):
            token = RUNNING.set(self)
            try:
                self._handle(self.data)
            finally:
                RUNNING.reset(token)
        if self._every_bar:
            for day, call in self._every_bar:
                if day.ts_open < ts <= day.ts_close:
                    self._run(call)
        if self._agenda.due <= ts:
            for call in self._agenda.take(due=ts):
                self._run(call)
            self._arm()
        if ts >= self._sample_at:
            self._sample(iso_date(self._sample_at - 1))
            self._sample_at = ts - ts % NS_PER_DAY + NS_PER_DAY

    def _run(self, call: Callable[..., object], *arguments: object) -> None:
        if self.ctx.warming and not self.warm_up_calls and self._phase == CALLED:
            if call is self._morning:
                self._owes_morning = True
            return
        token = RUNNING.set(self)
        try:
            call(*arguments)
        finally:
            RUNNING.reset(token)

    # --- days and times -----------------------------------------------------------------------------

    def on_day(self, ctx: Context, day: TradingDay) -> None:
        """Plan a trading day: `before_trading_start`, scheduled functions, the end of orders."""
        known = self._days.setdefault(day.calendar, [])
        known.append(day)
        del known[:-DAYS_KEPT]
        if day.calendar == ctx.instrument().calendar:
            self._every_bar = [(held, call) for held, call in self._every_bar if held in known[-2:]]
            if self._morning is not None:
                self._put(day, max(day.ts_recv, ctx.now), self._morning)
            self._plan_end(day)
        for entry in self.scheduled:
            if entry.calendar == day.calendar and entry.is_for(day):
                if not entry.time_rule.anchor and not self._is_daily:
                    self._every_bar.append((day, entry.call))
                    continue
                due = self._end(day) if self._is_daily else entry.time_rule.time(day)
                if due is not None and due < ctx.now:
                    ctx.log(f"{entry.name} was due at {iso(due)}, before the session began", "warning")
                elif due is not None:
                    self._put(day, due, entry.call)
        self._arm()

    def _end(self, day: TradingDay) -> TimeNs:
        """Return when the last bar of a day closes."""
        return self._interval.next(day.ts_open) if self._is_daily else day.ts_close

    def _plan_end(self, day: TradingDay) -> None:
        if isinstance(self.cancel_policy, EODCancel):
            self._put(day, self._end(day), self._cancel_all)
        if "analyze" in self._calls and day.calendar != ALWAYS_OPEN:
            self._put(day, self._end(day), partial(self._sample, day.date))

    def _cancel_all(self) -> None:
        """Take back what is open at the end of a session."""
        for order in list(self.ctx.open_orders()):
            self.ctx.cancel(order.spec.id)
            if getattr(self.cancel_policy, "warn_on_cancel", False):
                self.ctx.log(f"{order.spec.id} is cancelled: the session ends", "warning")

    def _put(self, day: TradingDay, due: TimeNs, call: Callable[[], object]) -> None:
        """Plan a call with the bar that closes at `due`, if there is one; soon after it if it does not come."""
        days = self._days[day.calendar]
        in_hours = self._is_daily or any(d.ts_open < due <= d.ts_close for d in days)
        closes = in_hours and due > self._began and due % self._interval.ns == 0
        self._agenda.put(due, due + self.bar_wait_ms * NS_PER_MS if closes else due, call)

    def _arm(self) -> None:
        """Keep the timer at the time at which somebody must look at the agenda."""
        wake = self._agenda.wake
        if wake != self._armed:
            self._armed = wake
            if wake == NEVER:
                self.ctx.cancel_timer(AGENDA)
            else:
                self.ctx.set_timer(AGENDA, at=wake)

    def on_timer(self, ctx: Context, timer: str) -> None:
        """Bars did not come in time, or something is due without them."""
        if timer == BARS and self._missing:
            self._turn(self.bar_time)
        elif timer == AGENDA:
            for call in self._agenda.take(wake=ctx.now):
                self._run(call)
            self._armed = NEVER
            self._arm()

    # --- what becomes of orders ---------------------------------------------------------------------

    def on_fill(self, ctx: Context, fill: Fill) -> None:
        """Tell an execution."""
        call, order = self._calls.get("on_order_fill"), ctx.order(fill.order)
        if call is not None and order is not None:
            asset = self.assets.by_instrument[fill.instrument]
            self._run(call, AlgorithmOrder(order, asset), Transaction(fill, asset))

    def on_order(self, ctx: Context, event: OrderEvent) -> None:
        """Tell what else the venue said of an order."""
        match event:
            case ev.OrderRejected():
                self._tell_end(ctx, "on_order_reject", event, "rejected")
            case ev.OrderCancelled():
                self._tell_end(ctx, "on_order_cancel", event, "cancelled")
            case ev.OrderExpired():
                self._tell_end(ctx, "on_order_cancel", event, "expired")
            case ev.CancelRejected() | ev.AmendRejected() | ev.OutcomeUnknown() | ev.OrderNotFound():
                self._tell_message(event)
            case _:
                pass

    def _tell_end(
        self, ctx: Context, hook: str, event: ev.OrderRejected | ev.OrderCancelled | ev.OrderExpired, status: str
    ) -> None:
        call, order = self._calls.get(hook), ctx.order(event.order)
        if call is not None and order is not None:
            asset = self.assets.by_instrument[order.spec.instrument]
            self._run(call, AlgorithmOrder(order, asset, status, event.reason), event.reason)

    def on_refusal(self, ctx: Context, refusal: Refusal) -> None:  # noqa: ARG002 - a hook
        """Tell what risk did not let through."""
        call, intent = self._calls.get("on_order_reject"), refusal.intent
        if not isinstance(intent, OrderIntent):
            self._tell_message(refusal)
        elif call is not None:
            reason = f"{refusal.code.value}: {refusal.detail}" if refusal.detail else refusal.code.value
            asset = self.assets.by_instrument[intent.instrument]
            self._run(call, AlgorithmOrder.refused(intent, asset, reason), reason)

    def on_link(self, ctx: Context, link: LinkChanged) -> None:  # noqa: ARG002 - a hook
        """Tell of a connection."""
        self._tell_message(link)

    def _tell_message(self, message: object) -> None:
        call = self._calls.get("on_broker_message")
        if call is not None:
            self._run(call, message)

    # --- what `data` asks ---------------------------------------------------------------------------

    def may_trade(self, asset: Security) -> bool:
        """Tell whether an asset's session is open (on daily bars it always is) and its data are fresh."""
        code = asset.instrument.calendar
        days = self._days.get(code, ())
        is_open = self._is_daily or code == ALWAYS_OPEN or any(day.is_open(self.ctx.now) for day in days)
        return is_open and asset not in self._forbidden and not self.data.is_stale(asset)

    def opened_at(self, asset: Security) -> TimeNs:
        """Return since when an asset's market has been open without a pause; 0 for one that never closes."""
        code, now = asset.instrument.calendar, self.ctx.now
        if code == ALWAYS_OPEN:
            return 0
        begins = [ts for day in self._days.get(code, ()) for ts in (day.ts_open, day.ts_resume) if ts <= now]
        return max(begins, default=0)

    # --- the session ends ---------------------------------------------------------------------------

    def _sample(self, date: str) -> None:
        """Take the row of a day that is over."""
        if not self.ctx.warming:
            self._performance.sample(date, self.ctx.now, self.portfolio, self.recorded)

    def on_stop(self, ctx: Context) -> None:
        """Take the row of a last day that is not over."""
        if "analyze" not in self._calls:
            return
        days = self._days.get(ctx.instrument().calendar)
        if self._sample_at == NEVER and days and self.bar_time < self._end(days[-1]) and ctx.now > days[-1].ts_open:
            self._sample(days[-1].date)
        elif self._sample_at != NEVER and ctx.now > self._sample_at - NS_PER_DAY:
            self._sample(iso_date(self._sample_at - 1))

    def after_run(self) -> None:
        """Let `analyze` look back."""
        self._phase = "over"
        call = self._calls.get("analyze")
        if call is not None:
            self._run(call, self._performance.frame())


def algorithm_class(module: ModuleType) -> type[TradingAlgorithm]:
    """Make a class of a module's functions; its annotated lower-case variables are the parameters.

    Raise `StrategyLoadError` if it has no `initialize`.
    """
    hooks = {name: getattr(module, name) for name in HOOKS if callable(getattr(module, name, None))}
    if "initialize" not in hooks:
        raise StrategyLoadError(f"{module.__name__}: no function initialize there")
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
