"""Plain trades of a backtest that passes over candles, reckoned at once from entry to exit.

A trade is plain when it enters at the open of the next candle and its exit lies in the candles at hand. What would
come of it is known without an engine: the rules of spec/signals.md, section 6, the venue's own models of slippage and
fees, our own formula of profit. Whatever is not plain is left to the engine, which is the truth: that both ways give
the same, to the last digit, is a property test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.money import ceil_to, exact, floor_to
from tradewind.domain.order import Purpose, Side
from tradewind.domain.time import NS_PER_MINUTE, NS_PER_MS
from tradewind.domain.trade_signal import SignalFill, SignalMoved
from tradewind.portfolio.ledger import Account
from tradewind.strategy.signals.asking import Judged
from tradewind.strategy.signals.prices import profit_of
from tradewind.strategy.signals.states import REASONS, State

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.app.signals.world import SignalWorld
    from tradewind.domain.time import TimeNs
    from tradewind.domain.trade_signal import SignalRow
    from tradewind.strategy.signals.candles import Columns
    from tradewind.strategy.signals.exactness import Checked
    from tradewind.venues.sim.settings import SimModels

COVER = 3
"""A trade is plain only if the account is worth so many times what it costs: nobody asks for more."""
COLLAR = 20
"""And if its limit lies no more than one part in so many from the last price: half of what the gate lets through."""
STOP, TARGET, TIME = (REASONS[p] for p in (Purpose.STOP_LOSS, Purpose.TAKE_PROFIT, Purpose.TIME_LIMIT))


class AtOnce:
    """Takes ticks of a key that is idle without its engine."""

    def __init__(self, world: SignalWorld, models: SimModels, columns: Columns) -> None:
        definition = world.strategy.definition
        self._world, self._columns = world, columns
        self._strategy, self._key = world.strategy, world.key
        self._instrument = self._key.instrument
        self._models = models
        self._asks = not definition.is_slow
        simple = models.faults is None and models.volume_share is None and not self._strategy.exchange.limits
        self._trades = simple and definition.get_exit is None and definition.reenter == "next_tick"
        self._timeout = definition.entry_timeout_minutes * NS_PER_MINUTE
        self._ledgers = world.engine.portfolio.ledger, world.venue.account.portfolio.ledger

    def tick(self, place: int, *, trades: bool) -> tuple[int, tuple[SignalMoved, ...]]:
        """Take the tick of a candle: return the place to go on from, and what moved.

        The same place: the engine must take this candle; what `get_signal` has answered is kept for it.
        """
        key, strategy, columns = self._key, self._strategy, self._columns
        when = columns.opens[place] + NS_PER_MINUTE
        if key.state is not State.IDLE or not self._asks:
            return place, ()
        if not strategy.may_ask(key, when, when):
            return place + 1, ()
        judged = strategy.consult(key, when, columns.close[place])
        if judged is None:
            strategy.use_slot(key, when, None)
            return place + 1, ()
        if trades and self._trades and type(judged) is Judged:
            done = self._traded(judged, place + 1, when)
            if done is not None:
                strategy.use_slot(key, when, judged)
                return done
        strategy.answered = when, judged
        return place, ()

    def _traded(self, judged: Judged, entry: int, when: TimeNs) -> tuple[int, tuple[SignalMoved, ...]] | None:
        """Return what comes of a signal that enters at a candle's open; None if it is not plain."""
        columns, row, checked, worth = self._columns, judged.row, judged.checked, self._worth
        if entry >= len(columns.opens) or not self._enters(judged, entry, when, worth):
            return None
        left = self._left(row, checked, entry)
        if left is None:
            return None
        place, reached, ts, reason = left
        first = self._fill(row, exact(columns.open[entry]), columns.opens[entry], entry, is_entry=True)
        if COVER * (first.price * first.quantity * self._instrument.multiplier + first.fee) > worth:
            return None
        last = self._fill(row, reached, ts, place, is_entry=False)
        opened = msgspec.structs.replace(row, fills=(first,), open_timestamp=first.ts_venue // NS_PER_MS)
        closed = msgspec.structs.replace(opened, fills=(first, last))
        profit = profit_of(closed, self._instrument.multiplier, self._key.fee_pct)
        self._key.closed_at = columns.opens[place] + NS_PER_MINUTE
        assert profit.net is not None, "fees of this account are in the quote asset"
        self._book(profit.net + first.fee + last.fee, first.fee + last.fee)
        name, instrument = self._world.name, self._world.instrument
        return place + 1, (
            SignalMoved(name, instrument, "scheduled", row, when, judged.price),
            SignalMoved(name, instrument, "opened", opened, first.ts_venue, float(first.price)),
            SignalMoved(name, instrument, "closed", closed, ts, float(last.price), reason, profit),
        )

    def _enters(self, judged: Judged, entry: int, when: TimeNs, worth: Decimal) -> bool:
        """Tell whether the entry trades at the open of the next candle, and no gate has a word to say before it."""
        columns, row, checked = self._columns, judged.row, judged.checked
        opened = columns.open[entry]
        price = last = exact(columns.close[entry - 1])
        if checked.entry == "now":
            price, limit = checked.price, row.price_limit
            assert limit is not None
            if not (opened <= limit if row.is_long else opened >= limit) or abs(price - last) * COLLAR > last:
                return False
            if columns.opens[entry] + NS_PER_MINUTE >= when + self._timeout:
                return False
        elif checked.entry != "market":
            return False
        low, high = (checked.stop, checked.target) if row.is_long else (checked.target, checked.stop)
        if (low is not None and low >= price) or (high is not None and high <= price):
            return False
        value = checked.quantity * price * self._instrument.multiplier
        return self._instrument.notional_min <= value and value * COVER <= worth

    def _left(self, row: SignalRow, checked: Checked, entry: int) -> tuple[int, Decimal, TimeNs, str] | None:
        """Return the candle, the price, the time and the reason of the exit; None if it is not in the candles."""
        columns, sign, stop, target = self._columns, row.is_long, row.price_stop_loss, row.price_take_profit
        low, high = (stop, target) if sign else (target, stop)
        due, end = 0, len(columns)
        if row.minute_estimated_time is not None:
            due = columns.opens[entry] + row.minute_estimated_time * NS_PER_MINUTE
            end = columns.place(due, entry)
        place = columns.touch(entry, end, low, high)
        if place >= len(columns):
            return None
        opened, start = columns.open[place], columns.opens[place]
        if stop is not None and (opened <= stop if sign else opened >= stop):
            return place, exact(opened), start, STOP
        if target is not None and (opened >= target if sign else opened <= target):
            return place, exact(opened), start, TARGET
        if place == end:
            return place, exact(opened), start, TIME
        if stop is not None and (columns.low[place] <= stop if sign else columns.high[place] >= stop):
            assert checked.stop is not None
            return place, checked.stop, start + NS_PER_MINUTE, STOP
        assert checked.target is not None
        return place, checked.target, start + NS_PER_MINUTE, TARGET

    def _fill(self, row: SignalRow, reached: Decimal, ts: TimeNs, place: int, *, is_entry: bool) -> SignalFill:
        """Return an execution at a price before slippage: the venue's models say what it comes to."""
        buys, tick, quantity = row.is_long is is_entry, self._instrument.tick, row.quantity
        side = Side.BUY if buys else Side.SELL
        price = self._models.slippage.price(side, reached, quantity, self._columns.volume[place])
        price = ceil_to(price, tick) if buys else max(floor_to(price, tick), tick)
        fee, _ = self._models.fees.fee(self._instrument, quantity, price, maker=False)
        return SignalFill(is_entry, price, quantity, fee, price if price == reached else reached, ts)

    def _book(self, profit: Decimal, fees: Decimal) -> None:
        """Move in both ledgers what the trade has moved, ours and the venue's."""
        quote = self._instrument.quote
        for ledger in self._ledgers:
            ledger.move(Account.PROFIT, Account.WALLET, quote, profit)
            ledger.move(Account.WALLET, Account.FEES, quote, fees)

    @property
    def _worth(self) -> Decimal:
        return self._ledgers[0].balance(Account.WALLET, self._instrument.quote)
