"""One key over the past: candle by candle, or passing over those in which nothing can happen.

Both ways are the same loop, engine and venue. What may be passed over is what the venue says of its own
orders (`SimVenue.quiet`), so the two cannot differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tradewind.app.signals.advice import answered
from tradewind.app.signals.at_once import AtOnce
from tradewind.app.signals.result import SignalResult, result_of, watched
from tradewind.domain.market import Bar
from tradewind.domain.time import NEVER, NS_PER_MINUTE
from tradewind.domain.trade_signal import SignalAlarm, SignalMoved, SignalRejected
from tradewind.runtime.loop import Loop
from tradewind.strategy.signals.states import State

if TYPE_CHECKING:
    from tradewind.app.signals.world import SignalWorld
    from tradewind.domain.commands import AskAdvice
    from tradewind.domain.step import Step
    from tradewind.domain.time import TimeNs
    from tradewind.strategy.signals.candles import Columns


class SignalTape:
    """Drives one world over columns of closed minutes, and keeps what its signals did."""

    def __init__(self, world: SignalWorld, columns: Columns) -> None:
        self.world = world
        self.columns = columns
        self.moves: list[SignalMoved] = []
        self.rejections: list[SignalRejected] = []
        self.alarms: list[SignalAlarm] = []
        self.asked: list[AskAdvice] = []
        self.fed = 0
        """Candles that went through the engine."""
        self.loop = Loop(world.engine, world.timeline, world.venue, sink=self.take, advise=self.asked.append)
        self._instrument = world.instrument
        self._watches = world.engine.breakers is not None
        """Whether every price may change something."""
        self._at_once: AtOnce

    def begin(self) -> None:
        """Start the session."""
        self.loop.tell(self.world.start)
        self._at_once = AtOnce(self.world, self.world.models, self.columns)

    def take(self, step: Step) -> None:
        """Keep what a step says of signals."""
        for notice in step.notices:
            kind = type(notice)
            if kind is SignalMoved:
                self.moves.append(notice)  # type: ignore[arg-type] # it is one
            elif kind is SignalRejected:
                self.rejections.append(notice)  # type: ignore[arg-type]
            elif kind is SignalAlarm:
                self.alarms.append(notice)  # type: ignore[arg-type]

    def feed(self, place: int) -> None:
        """Take the candle at a place."""
        c = self.columns
        ts = c.opens[place]
        end = ts + NS_PER_MINUTE
        self.fed += 1
        self.loop.feed(
            Bar(
                self._instrument, "1m", ts, end, end,
                c.open[place], c.high[place], c.low[place], c.close[place], c.volume[place],
            )
        )  # fmt: skip

    async def advise(self) -> None:
        """Answer what was asked, at the same simulated time, however long it takes."""
        while self.asked:
            question = self.asked.pop(0)
            now = self.world.engine.view.now
            self.loop.tell(await answered(self.world.strategy, question, now, backtest=True))

    def watched(self, place: int) -> SignalResult:
        """Return what the tick of a candle shows when nothing moved."""
        when = self.columns.opens[place] + NS_PER_MINUTE
        strategy, key = self.world.strategy, self.world.key
        names = (strategy.definition.strategy_name, strategy.exchange.exchange_name, key.symbol)
        return watched(names, key.row, strategy.average(key.symbol, when), when)

    def hasten(self, place: int, *, trades: bool) -> int:
        """Take candles up to the next at which something moves or is asked, by the engine only where it must be.

        With `trades` plain trades are reckoned at once; without, the engine carries out all of them.
        """
        end, at_once = len(self.columns), self._at_once
        if self._watches:
            while place < end and not (self.moves or self.asked or self.rejections):
                self.feed(place)
                place += 1
            return place
        while place < end and not (self.moves or self.asked or self.rejections):
            place = self._passed(place, self._quiet_until(place))
            if place == end:
                break
            after, moved = at_once.tick(place, trades=trades)
            if after == place:
                self.feed(place)
                after += 1
            else:
                self._passed(place, after)
                self.moves += moved
            place = after
        return place

    def _passed(self, place: int, after: int) -> int:
        """Tell the world of candles that it did not take; return the place after them."""
        if after > place:
            close, ts = self.columns.close[after - 1], self.columns.opens[after - 1] + NS_PER_MINUTE
            self.world.engine.pass_over(self._instrument, "1m", ts, close)
            self.world.venue.pass_over(((self._instrument, close),))
        return after

    def _quiet_until(self, place: int) -> int:
        """Return the first candle from `place` on at which something may move or be asked."""
        key, columns = self.world.key, self.columns
        opened, asked = columns.opens[place], self._asked_from(columns.opens[place])
        if asked <= opened:
            return place
        quiet = self.world.venue.quiet(self._instrument, opened)
        low, high, until = quiet.low, quiet.high, min(quiet.until, asked)
        due = self.world.timeline.due
        if due != NEVER:
            until = min(until, due - NS_PER_MINUTE)
        if until <= opened:
            return place
        if key.state is State.SCHEDULED and key.row is not None and key.row.entry == "stop":
            level = key.row.price_stop_loss  # a stop entry is taken back there
            if level is not None:
                low, high = (max(low, level), high) if key.row.is_long else (low, min(high, level))
        return columns.touch(place, columns.place(until, place), low, high)

    def _asked_from(self, opened: TimeNs) -> TimeNs:
        """Return the opening of the first candle, from one that opens at `opened` on, whose tick asks the strategy."""
        strategy, state = self.world.strategy, self.world.key.state
        if state is State.IDLE:
            return strategy.next_ask(self._instrument, opened + NS_PER_MINUTE) - NS_PER_MINUTE
        if state is State.SCHEDULED or (state is State.OPENED and strategy.definition.get_exit is None):
            return NEVER
        return opened


def still_open(tape: SignalTape, place: int) -> SignalResult | None:
    """Return what is open when the data end, with its value at the last close; None if nothing is."""
    row = tape.world.key.row
    if row is None or place < 0:
        return None
    close = tape.columns.close[place]
    exchange = tape.world.strategy.exchange
    shown = result_of(SignalMoved(
        tape.world.name, tape.world.instrument, "open", row, tape.columns.opens[place] + NS_PER_MINUTE, close
    ))  # fmt: skip
    if not row.fills:
        return shown
    bought = float(sum(f.price * f.quantity for f in row.fills if f.is_entry)) / float(
        sum(f.quantity for f in row.fills if f.is_entry)
    )
    sign = 1 if row.is_long else -1
    paid = close * (1 - sign * float(exchange.slippage_pct) / 100)
    raw = sign * (paid - bought) / bought * 100
    return msgspec.structs.replace(shown, unrealized_percentage=raw - 2 * float(exchange.fee_pct))
