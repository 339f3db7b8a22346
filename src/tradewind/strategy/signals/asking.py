"""Asking `get_signal`: once a slot, on closed minutes, in its context; and what its answer becomes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tradewind.domain.time import NEVER, NS_PER_MINUTE, Interval
from tradewind.domain.trade_signal import SignalAsked, SignalRejected
from tradewind.strategy.base import Strategy
from tradewind.strategy.signals.calling import NO_ANSWER, Answer, Execution, Method, Surroundings, call
from tradewind.strategy.signals.plan import read
from tradewind.strategy.signals.rows import row_of
from tradewind.strategy.signals.setting import Setting
from tradewind.strategy.signals.validation import Market, Rules, Violations

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.market import Bar
    from tradewind.domain.trade_signal import SignalRow
    from tradewind.strategy.context import Context
    from tradewind.strategy.signals.candles import CandleSource
    from tradewind.strategy.signals.definition import ExchangeDefinition, StrategyDefinition
    from tradewind.strategy.signals.exactness import Checked
    from tradewind.strategy.signals.key import Key


class Judged(NamedTuple):
    """An answer that keeps all rules: the row that is made of it, and the price that is shown with it."""

    row: SignalRow
    checked: Checked
    price: float
    is_counted: bool
    """Whether its id was counted, not given."""


STAY = False
"""What `get_exit` says on most bars."""

Judgement = Judged | Violations | None
"""What an answer comes to; None is that there is no signal."""


class SignalAsker(Strategy):
    """Knows when to ask a definition, how, and what to make of its answer."""

    def __init__(
        self,
        definition: StrategyDefinition,
        exchange: ExchangeDefinition,
        setting: Setting | None = None,
        **parameters: Any,  # noqa: ANN401 - checked against the types of the definition's own
    ) -> None:
        super().__init__(**parameters)
        self.definition = definition
        self.exchange = exchange
        self.setting = setting or Setting()
        self.keys: dict[InstrumentId, Key] = {}
        self._rules: dict[InstrumentId, Rules] = {}
        method = Method(definition.strategy_name, exchange.exchange_name, self.setting.frame_name)
        self._around = Surroundings(method, self.setting.mode, self._source_of, self._signal_of, self._parameters)
        self._get_signal, self._get_exit = definition.get_signal, definition.get_exit
        self._is_slow = definition.is_slow
        self._asks_plainly = False
        """Whether nothing but slots, pauses and what has just closed says when to ask, as in most sessions."""
        self._step = Interval.parse(definition.interval).ns
        self._has_long_slots = self._step > NS_PER_MINUTE
        """Whether a slot outlasts a bar, so that one that is used up says something beyond a restart."""
        self._next: dict[InstrumentId, int] = {}
        """From when on a key may be asked again: the end of the slot that it has used up."""
        self.muted: set[InstrumentId] = set()
        """Keys that are not asked, because their candles come late: after an outage, or from a slow exchange."""
        self.answered: tuple[int, Judgement] | None = None
        """What `get_signal` has answered on a tick already, and when: it is not asked again."""
        self.reads_bars = False
        """Whether candles are the session's own bars, and no exchange's."""
        self._asked: dict[InstrumentId, int] = {}
        """When slow advice was asked for that has not come."""

    def may_ask(self, key: Key, when: int, now: int) -> bool:
        """Tell whether the tick at `when` asks a key that is idle: slot, frame, pauses, and what has just closed."""
        name, setting = key.instrument.id, self.setting
        return (
            when >= self._next[name]
            and setting.ask_from <= when < setting.ask_until
            and key.symbol not in setting.paused
            and name not in self.muted
            and not (key.closed_at == now and self.definition.reenter == "next_tick")
        )

    def _ask(self, ctx: Context, key: Key, bar: Bar) -> bool:
        """Ask on the tick of a bar, if it is one that asks; return whether the key stands otherwise than it did."""
        name, when, setting = bar.instrument, bar.ts_venue, self.setting
        due = self._next[name]
        if when < due:
            return False
        is_plain = self._asks_plainly and key.closed_at < when and not setting.paused and not self.muted
        if not is_plain and not self._may_call(ctx, key, when):
            return False
        if self.answered is None or self.answered[0] != when:
            symbol = key.symbol
            answer = call(Execution(symbol, when, self._around, bar if self.reads_bars else None), self._get_signal)
            if answer is NO_ANSWER and not setting.tells_slots:  # most bars end here: `_follow` without its calls
                slot = when if when == due else when - when % self._step
                self._next[name] = slot + self._step
                setting.slots[symbol] = slot
                return self._has_long_slots
            judged = None if answer is NO_ANSWER else self._judged(key, answer, ctx.price(name), (when, when))
        else:
            judged, self.answered = self.answered[1], None
        return self._follow(ctx, key, when, judged)

    def _may_call(self, ctx: Context, key: Key, when: int) -> bool:
        """Tell whether the function is to be called on the tick at `when`; slow advice is asked for instead."""
        if not self.may_ask(key, when, ctx.now):
            return False
        late, name = self.setting.late_ns, key.instrument.id
        if late is not None and ctx.now > when + late:
            return False
        if self._is_slow and name not in self._asked:
            self._asked[name] = when
            ctx.ask_advice(name)
        return not self._is_slow

    def consult(self, key: Key, when: int, last: float | None) -> Judgement:
        """Ask `get_signal` on the tick at `when`, and hold its answer against the rules; nothing is changed by it."""
        answer = call(Execution(key.symbol, when, self._around), self._get_signal)
        return None if answer is NO_ANSWER else self._judged(key, answer, last, (when, when))

    def _judged(self, key: Key, answer: Answer, last: float | None, times: tuple[int, int]) -> Judgement:
        """Hold an answer against the rules; `times` are when it was asked for, and the present."""
        if answer.error:
            return Violations((f"get_signal raised: {answer.error}",))
        if answer.value is None:
            return None
        plan = read(answer.value)
        if isinstance(plan, str):
            return Violations((f"V1: {plan}",))
        averages: list[float | None] = []

        def average() -> float | None:
            averages.append(self.average(key.symbol, times[1]))
            return averages[0]

        checked = self._rules[key.instrument.id].check(plan, Market(last, average))
        if isinstance(checked, Violations):
            return checked
        row = row_of(plan, checked, self._names(key), times[0])
        return Judged(row, checked, averages[0] or checked.reference, is_counted=plan.id is None)

    def _follow(self, ctx: Context, key: Key, when: int, judged: Judgement) -> bool:
        """Make an order of an answer; what is no signal is told loudly, and the slot stays free.

        Return whether the key stands otherwise than before, a slot of a minute aside: that says nothing later.
        """
        if isinstance(judged, Violations):
            self._reject(ctx, key, judged.texts)
            return False
        slot = self.use_slot(key, when, judged)
        if self.setting.tells_slots:
            ctx.say(SignalAsked(ctx.strategy, key.instrument.id, slot))
        if judged is not None:
            timeout = self.definition.entry_timeout_minutes * NS_PER_MINUTE
            key.enter(ctx, judged.row, judged.checked, timeout, judged.price)
        return judged is not None or self._has_long_slots

    def use_slot(self, key: Key, when: int, judged: Judged | None) -> int:
        """Use up the slot of a tick, and the id of a signal; return when the slot began."""
        slot = when - when % self._step
        self._next[key.instrument.id] = slot + self._step
        self.setting.slots[key.symbol] = slot
        if judged is not None:
            if judged.is_counted:
                self.setting.counts[key.symbol] = self.setting.counts.get(key.symbol, 0) + 1
            self.setting.used_ids.add(judged.row.id)
        return slot

    def _give_back(self, ctx: Context, key: Key) -> None:
        """Give the slot back that a refused signal has used up: the next tick may ask again, after a restart too."""
        name, symbol, setting = key.instrument.id, key.symbol, self.setting
        slot = setting.slots[symbol] = setting.slots.get(symbol, 0) - self._step
        self._next[name] = slot + self._step
        if setting.tells_slots:
            ctx.say(SignalAsked(ctx.strategy, name, slot, symbol in setting.paused))

    def next_ask(self, instrument: InstrumentId, when: int) -> int:
        """Return from when on, not before `when`, a key may be asked, nanoseconds UTC; `NEVER` after the frame."""
        at = max(self._next[instrument], self.setting.ask_from, when)
        return at if at < self.setting.ask_until else NEVER

    def advise(self, symbol: str, when: int) -> tuple[Execution, Any]:
        """Return the context of slow advice and the user's function: the edge calls it, and sends `AdviceCame`."""
        return Execution(symbol, when, self._around), self._get_signal

    def average(self, symbol: str, when: int) -> float | None:
        """Return the average price of the last closed minutes; None if there are none, or they are stale."""
        return self._source_of(symbol).average(when)

    def _ask_exit(self, ctx: Context, key: Key, bar: Bar, get_exit: Callable[..., Any]) -> bool:
        """Ask whether to leave on the tick of a bar, and do; return whether it did."""
        closed = bar if self.reads_bars else None
        answer = call(Execution(key.symbol, bar.ts_venue, self._around, closed), get_exit, STAY)
        if answer is NO_ANSWER:
            return False
        if answer.error:
            self._reject(ctx, key, (f"get_exit raised: {answer.error}",))
        elif answer.value:
            key.leave(ctx, "closed")
            return True
        return False

    def _names(self, key: Key) -> tuple[str, str, str, str]:
        """Return the id of the next signal if it is counted, and strategy, exchange, symbol."""
        counts, symbol, name = self.setting.counts, key.symbol, self.definition.strategy_name
        return f"{name}-{symbol}-{counts.get(symbol, 0) + 1}", name, self.exchange.exchange_name, symbol

    def _parameters(self) -> Mapping[str, Any]:
        """Return what the strategy runs with: its own parameters, as a session has set them or as they were defined."""
        return {name: getattr(self, name, default) for name, default in self.definition.parameters.items()}

    def _reject(self, ctx: Context, key: Key, violations: tuple[str, ...]) -> None:
        ctx.say(SignalRejected(ctx.strategy, key.instrument.id, violations, ctx.now))

    def _source_of(self, symbol: str) -> CandleSource:
        known = self.setting.sources.get(symbol)
        if known is None:
            assert self.setting.elsewhere is not None, "whoever runs a strategy says where candles are found"
            known = self.setting.sources[symbol] = self.setting.elsewhere(symbol)
        return known

    def _signal_of(self, symbol: str) -> SignalRow | None:
        return next((key.row for key in self.keys.values() if key.symbol == symbol), None)
