"""One session of a live key: an engine, a paper account, the candles, and how far it has come; no clock, no waiting.

Its engine goes by the candles' time, so the same candles make the same trades as in a backtest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tradewind.app.signals.carried import carried
from tradewind.app.signals.data import ExchangeCandles
from tradewind.app.signals.paper import PaperVenue
from tradewind.app.signals.world import world_of
from tradewind.domain.control import BreakerResetRequested
from tradewind.domain.events import SignalCommanded
from tradewind.domain.market import Bar
from tradewind.domain.time import NS_PER_MINUTE, NS_PER_MS
from tradewind.runtime.loop import Loop
from tradewind.strategy.signals.candles import Columns
from tradewind.strategy.signals.setting import Setting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tradewind.app.signals.account import SharedAccount
    from tradewind.app.signals.history import SignalHistory
    from tradewind.app.signals.state import KeptState
    from tradewind.domain.commands import AskAdvice
    from tradewind.domain.events import AdviceCame
    from tradewind.domain.step import Step
    from tradewind.domain.time import TimeNs
    from tradewind.domain.trade_signal import SignalRow
    from tradewind.strategy.signals.candles import Candle
    from tradewind.strategy.signals.definition import ExchangeDefinition, StrategyDefinition
    from tradewind.strategy.signals.key import Key

Defined = tuple["StrategyDefinition", "ExchangeDefinition", str]
"""A strategy, an exchange, a symbol: what a key is about."""


class KeySession:
    """Drives the engine of one key; make and use it in `money_context()`."""

    def __init__(  # noqa: PLR0913 - what it is about, where it goes on, and with whom it shares its account
        self,
        defined: Defined,
        kept: KeptState,
        past: SignalHistory,
        candles: Iterable[Candle],
        account: SharedAccount,
        *,
        done: TimeNs,
    ) -> None:
        definition, exchange, self.symbol = defined
        before = carried(past, exchange)
        self.done = done
        """Candles up to here were taken, nanoseconds UTC."""
        self.asked: list[AskAdvice] = []
        """Slow advice that was asked for, and that nobody gives yet."""
        self.columns = columns = Columns(candles)
        self._kept = kept.row
        setting = Setting(
            mode="live", tells_slots=definition.interval != "1m", used_ids=past.used,
            counts={self.symbol: kept.counted}, paused={self.symbol} if kept.paused else set(),
            slots={self.symbol: kept.last_slot} if kept.last_slot >= 0 else {},
            sources={self.symbol: ExchangeCandles(exchange, self.symbol, columns)},
        )  # fmt: skip
        self.world = world_of(
            definition, exchange, self.symbol, setting, start=done, recording=True, id_prefix=f"tw{past.count + 1}",
            earned=before.earned, breakers=before.breakers,
        )  # fmt: skip
        account.join((definition.strategy_name, self.symbol), self.world)
        base = self.world.engine.view.base
        self.venue = PaperVenue(
            self.world.venue, self.world.timeline, lambda order, ts: account.review(order, base, ts)
        )
        self._loop: Loop

    @property
    def key(self) -> Key:
        """The signal that this session is about."""
        return self.world.key

    @property
    def now(self) -> TimeNs:
        """The engine's time."""
        return self.world.engine.view.now

    def restored_at(self) -> float | None:
        """Return the price that the kept row is taken up at; None without one."""
        row = self._kept
        if row is None:
            return None
        if row.fills:
            return row.price_open
        # A stop entry must not seem reached, so the true last price, or one on its near side.
        known, beside = len(self.columns), row.price_stop_loss
        return self.columns.close[-1] if known else row.price_open if beside is None else (row.price_open + beside) / 2

    def begin(self, sink: Callable[[Step], None]) -> None:
        """Start the engine, and go on with the kept row."""
        world, row, price = self.world, self._kept, self.restored_at()
        self._loop = Loop(world.engine, world.timeline, self.venue, sink=sink, advise=self.asked.append)
        self._loop.tell(world.start)
        if row is not None and price is not None:
            self._restore(row, price)

    def _restore(self, row: SignalRow, price: float) -> None:
        """Open in the new paper account what was open in the old one, at the same price and time."""
        world = self.world
        world.engine.pass_over(world.instrument, "1m", self.done, price)
        world.venue.pass_over(((world.instrument, price),))
        if row.fills:
            self.venue.restoring = row
        self._loop.tell(SignalCommanded(world.name, world.instrument, "restore", self.done, row))
        self._loop.advance(self.done)

    def feed(self, candle: Candle) -> None:
        """Take a candle; the strategy may be asked about it. What follows from that waits for `follow`."""
        self.columns.append(candle)
        start = candle.timestamp * NS_PER_MS
        end = start + NS_PER_MINUTE
        bar = Bar(
            self.world.instrument, "1m", start, end, max(end, self.now),
            candle.open, candle.high, candle.low, candle.close, candle.volume,
        )  # fmt: skip
        self._loop.feed(bar)

    def follow(self) -> None:
        """Take what a candle has led to at the same moment: a backtest hears of that before the next."""
        self._loop.advance(self.now)

    def tell(self, word: str, now: TimeNs) -> None:
        """Tell the strategy a word, and let what it leads to happen."""
        self._loop.tell(SignalCommanded(self.world.name, self.world.instrument, word, now))
        self._loop.advance(now)

    def reset(self, breaker: str, reason: str, operator: str, now: TimeNs) -> None:
        """Let a breaker go as soon as the paper account has been found to be ours."""
        self._loop.tell(BreakerResetRequested(now, breaker, reason, operator))
        self._loop.advance(now)

    @property
    def breakers(self) -> dict[str, str]:
        """Where each breaker stands, by name; empty without any."""
        watch = self.world.engine.breakers
        return {} if watch is None else watch.states

    def mute(self, *, late: bool) -> None:
        """Have the strategy asked on candles in time alone: what an outage hid is watched, not traded on."""
        world = self.world
        if late != (world.instrument in world.strategy.muted):
            word = "mute" if late else "unmute"
            self._loop.tell(SignalCommanded(world.name, world.instrument, word, self.now))

    def advise(self, answer: AdviceCame, now: TimeNs) -> None:
        """Take slow advice."""
        self._loop.tell(msgspec.structs.replace(answer, ts_recv=now))
        self._loop.advance(now)
