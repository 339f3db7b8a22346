"""A signal strategy as the engine sees it: an ordinary `Strategy`, which asks `get_signal` on closed minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.time import NEVER, NS_PER_MINUTE
from tradewind.domain.trade_signal import SignalAsked
from tradewind.strategy.signals.asking import SignalAsker
from tradewind.strategy.signals.calling import Answer
from tradewind.strategy.signals.keeping import VERSION, ids_kept, keep, take_back
from tradewind.strategy.signals.key import Key
from tradewind.strategy.signals.states import State
from tradewind.strategy.signals.validation import Rules
from tradewind.strategy.signals.window import WindowCandles

if TYPE_CHECKING:
    from tradewind.domain.events import AdviceCame, OrderEvent, SignalCommanded
    from tradewind.domain.fill import Fill
    from tradewind.domain.market import Bar
    from tradewind.domain.step import Refusal
    from tradewind.strategy.context import Context

_IDLE, _OPENED = State.IDLE, State.OPENED  # to look a member of an Enum up takes 0.1 us


class SignalStrategy(SignalAsker):
    """Asks one definition on its symbols, and sees each signal through to its end."""

    def on_start(self, ctx: Context) -> None:
        """Set a key up for each symbol; hear one-minute bars."""
        setting, self._ctx = self.setting, ctx
        self.reads_bars = setting.elsewhere is None and not setting.sources
        anytime = setting.ask_from <= 0 and setting.ask_until == NEVER and setting.late_ns is None
        self._asks_plainly = anytime and not self._is_slow
        setting.elsewhere = setting.elsewhere or (lambda symbol: WindowCandles(ctx, symbol))
        for symbol in self.definition.symbols or ctx.symbols:
            name = ctx.id_of(symbol)
            if ctx.interval != "1m":
                ctx.subscribe("1m", symbol)
            instrument = ctx.instrument(symbol)
            self.keys[name] = Key(symbol, instrument, self.exchange.fee_pct, self.average)
            self._rules[name] = Rules(
                self.definition, self.exchange, instrument, symbol, setting.shorts, setting.used_ids.__contains__
            )
            self._next[name] = setting.slots.get(symbol, -self._step) + self._step
            if setting.waits:
                self.muted.add(name)

    def save_state(self) -> bytes | None:
        """Return that there is something: all of it is in `ctx.state`, a record for each key."""
        return VERSION if self.setting.keeps else None

    def load_state(self, state: object) -> None:  # noqa: ARG002 - what `save_state` returned
        """Let every key stand where an earlier session has left it."""
        setting, name = self.setting, self.definition.strategy_name
        setting.used_ids |= ids_kept(self._ctx)
        for instrument, key in self.keys.items():
            take_back(self._ctx, key, setting, name)
            self._next[instrument] = setting.slots.get(key.symbol, -self._step) + self._step
        self._asked.clear()

    def on_bar(self, ctx: Context, bar: Bar) -> None:
        """Take the tick of a minute: ask where nothing is on, look after what is. History is only looked back on."""
        key = self.keys.get(bar.instrument)
        if key is None or bar.interval != "1m" or ctx.warming:
            return
        state, moved = key.state, False
        if state is _IDLE:
            moved = self._ask(ctx, key, bar)
        elif state is _OPENED:
            moved = self._get_exit is not None and self._ask_exit(ctx, key, bar, self._get_exit)
        elif state is State.SCHEDULED:
            reason = key.cancel_reason
            key.watch_entry(ctx, bar.low, bar.high)
            moved = key.cancel_reason != reason
        elif state is State.NEEDS_RECONCILE:
            key.retry(ctx)
            moved = key.state is not state
        if moved and self.setting.keeps:
            keep(ctx, key, self.setting)

    def on_order(self, ctx: Context, event: OrderEvent) -> None:
        """Hand the venue's word to the key whose order it is."""
        order = ctx.order(event.order)
        key = None if order is None else self.keys.get(order.spec.instrument)
        if key is None:
            return
        if key.on_order(ctx, event):
            self._give_back(ctx, key)
        self._keep(ctx, key)

    def on_refusal(self, ctx: Context, refusal: Refusal) -> None:
        """Give the slot back: a refusal does not use it up."""
        name = getattr(refusal.intent, "instrument", None)
        key = None if name is None else self.keys.get(name)
        if key is None:
            return
        if key.on_refusal(ctx, refusal):
            self._give_back(ctx, key)
        self._keep(ctx, key)

    def on_fill(self, ctx: Context, fill: Fill) -> None:
        """Hear of what none of our orders did; our own orders' fills come by `on_order`."""
        key = self.keys.get(fill.instrument)
        if key is not None and ctx.order(fill.order) is None:
            key.on_outside(ctx, fill)
            self._keep(ctx, key)

    def on_advice(self, ctx: Context, advice: AdviceCame) -> None:
        """Take slow advice, if it is still asked for: validated at the prices of its arrival."""
        name = advice.instrument
        key = self.keys.get(name)
        if key is None or self._asked.get(name) != advice.asked:
            return
        del self._asked[name]
        if key.state is State.IDLE and key.symbol not in self.setting.paused:
            value = msgspec.json.decode(advice.answer) if advice.answer else None
            judged = self._judged(key, Answer(value, advice.error), ctx.price(name), (advice.asked, ctx.now))
            self._follow(ctx, key, advice.asked, judged)
            self._keep(ctx, key)

    def _keep(self, ctx: Context, key: Key) -> None:
        if self.setting.keeps:
            keep(ctx, key, self.setting)

    def on_command(self, ctx: Context, command: SignalCommanded) -> None:
        """Obey a person or a program."""
        key = self.keys.get(command.instrument)
        if key is None:
            return
        self._obey(ctx, key, command)
        self._keep(ctx, key)

    def _obey(self, ctx: Context, key: Key, command: SignalCommanded) -> None:
        match command.command:
            case "begin":
                self.muted.discard(command.instrument)
                self._next[command.instrument] = self.setting.slots.get(key.symbol, -self._step) + self._step
            case "rest":
                self.muted.add(command.instrument)
                self._asked.pop(command.instrument, None)
            case "close":
                key.leave(ctx, "closed")
                key.take_back(ctx, "user")
            case "cancel":
                self._asked.pop(command.instrument, None)
                self._next[command.instrument] = NEVER
                key.take_back(ctx, "user")
            case "withdraw":
                key.take_back(ctx, "venue")
            case "restore" if command.row is not None:
                key.restore(ctx, command.row, self.definition.entry_timeout_minutes * NS_PER_MINUTE)
            case "mute" | "unmute":
                (self.muted.add if command.command == "mute" else self.muted.discard)(command.instrument)
            case "pause" | "resume":
                paused = command.command == "pause"
                (self.setting.paused.add if paused else self.setting.paused.discard)(key.symbol)
                slot = self.setting.slots.get(key.symbol, -self._step)
                ctx.say(SignalAsked(ctx.strategy, command.instrument, slot, paused))
