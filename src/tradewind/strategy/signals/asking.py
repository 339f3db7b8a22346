"""Asking `get_signal`: once a slot, on closed minutes, in its context; and what its answer becomes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tradewind.domain.time import NS_PER_MINUTE, NS_PER_MS, Interval
from tradewind.domain.trade_signal import SignalAsked, SignalRejected
from tradewind.strategy.base import Strategy
from tradewind.strategy.signals.calling import Answer, Execution, Method, Surroundings, call
from tradewind.strategy.signals.plan import read
from tradewind.strategy.signals.prices import AVERAGED, STALE_NS, average_price
from tradewind.strategy.signals.rows import row_of
from tradewind.strategy.signals.setting import Setting
from tradewind.strategy.signals.validation import Market, Rules, Violations

if TYPE_CHECKING:
    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.market import Bar
    from tradewind.domain.trade_signal import SignalRow
    from tradewind.strategy.context import Context
    from tradewind.strategy.signals.candles import CandleSource
    from tradewind.strategy.signals.definition import ExchangeDefinition, StrategyDefinition
    from tradewind.strategy.signals.key import Key


class SignalAsker(Strategy):
    """Knows when to ask a definition, how, and what to make of its answer."""

    def __init__(
        self, definition: StrategyDefinition, exchange: ExchangeDefinition, setting: Setting | None = None
    ) -> None:
        super().__init__()
        self.definition = definition
        self.exchange = exchange
        self.setting = setting or Setting()
        self.keys: dict[InstrumentId, Key] = {}
        self._rules: dict[InstrumentId, Rules] = {}
        self._around = Surroundings(self._source_of, self._signal_of)
        self._method = Method(definition.strategy_name, exchange.exchange_name, self.setting.frame_name)
        self._step = Interval.parse(definition.interval).ns
        self._next: dict[InstrumentId, int] = {}
        """From when on a key may be asked again: the end of the slot that it has used up."""
        self.muted: set[InstrumentId] = set()
        """Keys that are not asked, because their candles come late: after an outage, or from a slow exchange."""
        self._asked: dict[InstrumentId, int] = {}
        """When slow advice was asked for that has not come."""

    def _ask(self, ctx: Context, key: Key, bar: Bar) -> None:
        setting, when = self.setting, bar.ts_venue
        if not setting.ask_from <= when < setting.ask_until or key.symbol in setting.paused:
            return
        if bar.instrument in self.muted:
            return
        if key.closed_at == ctx.now and self.definition.reenter == "next_tick":
            return
        if self.definition.is_slow:
            if bar.instrument not in self._asked:
                self._asked[bar.instrument] = when
                ctx.ask_advice(bar.instrument)
            return
        execution = Execution(key.symbol, when, setting.mode, self._around)
        answer = call(self._method, execution, self.definition.get_signal, key.symbol, when // NS_PER_MS)
        if answer.value is None and not answer.error:
            self._use_slot(ctx, key, when)
        else:
            self._answer(ctx, key, when, answer)

    def _answer(self, ctx: Context, key: Key, when: int, answer: Answer) -> None:
        """Make an order of an answer; what is no signal is told loudly, and the slot stays free."""
        if answer.error:
            self._reject(ctx, key, (f"get_signal raised: {answer.error}",))
            return
        if answer.value is None:
            self._use_slot(ctx, key, when)
            return
        plan = read(answer.value)
        if isinstance(plan, str):
            self._reject(ctx, key, (f"V1: {plan}",))
            return
        name = key.instrument.id
        market = Market(ctx.price(name), lambda: self.average(key.symbol, ctx.now))
        checked = self._rules[name].check(plan, market)
        if isinstance(checked, Violations):
            self._reject(ctx, key, checked.texts)
            return
        self._use_slot(ctx, key, when)
        row = row_of(plan, checked, self._names(key), when)
        price = self.average(key.symbol, ctx.now)
        if plan.id is None:
            self.setting.counts[key.symbol] = self.setting.counts.get(key.symbol, 0) + 1
        self.setting.used_ids.add(row.id)
        timeout = self.definition.entry_timeout_minutes * NS_PER_MINUTE
        key.enter(ctx, row, checked, timeout, price or checked.reference)

    def next_ask(self, instrument: InstrumentId) -> int:
        """Return from when on a key may be asked again, nanoseconds UTC."""
        return self._next[instrument]

    def advise(self, symbol: str, when: int) -> tuple[Method, Execution, Any]:
        """Return the context of slow advice and the user's function: the edge calls it, and sends `AdviceCame`."""
        execution = Execution(symbol, when, self.setting.mode, self._around)
        return self._method, execution, self.definition.get_signal

    def average(self, symbol: str, when: int) -> float | None:
        """Return the average price of the last closed minutes; None if there are none, or they are stale."""
        candles = self._source_of(symbol).window("1m", when, AVERAGED)
        if not candles or candles[-1].timestamp * NS_PER_MS + NS_PER_MINUTE + STALE_NS < when:
            return None
        return average_price(candles)

    def _ask_exit(self, ctx: Context, key: Key, bar: Bar) -> None:
        execution = Execution(key.symbol, bar.ts_venue, self.setting.mode, self._around)
        assert self.definition.get_exit is not None
        answer = call(self._method, execution, self.definition.get_exit, key.symbol, bar.ts_venue // NS_PER_MS)
        if answer.error:
            self._reject(ctx, key, (f"get_exit raised: {answer.error}",))
        elif answer.value:
            key.leave(ctx, "closed")

    def _names(self, key: Key) -> tuple[str, str, str, str]:
        """Return the id of the next signal if it is counted, and strategy, exchange, symbol."""
        counts, symbol, name = self.setting.counts, key.symbol, self.definition.strategy_name
        return f"{name}-{symbol}-{counts.get(symbol, 0) + 1}", name, self.exchange.exchange_name, symbol

    def _use_slot(self, ctx: Context, key: Key, when: int) -> None:
        slot = when - when % self._step
        self._next[key.instrument.id] = slot + self._step
        self.setting.slots[key.symbol] = slot
        if self.setting.keep_slots:
            ctx.say(SignalAsked(ctx.strategy, key.instrument.id, slot))

    def _reject(self, ctx: Context, key: Key, violations: tuple[str, ...]) -> None:
        ctx.say(SignalRejected(ctx.strategy, key.instrument.id, violations, ctx.now))

    def _source_of(self, symbol: str) -> CandleSource:
        return self.setting.sources[symbol]

    def _signal_of(self, symbol: str) -> SignalRow | None:
        return next((key.row for key in self.keys.values() if key.symbol == symbol), None)
