"""What was won and lost: the net result of the day, and the closed trades that sizers and advisers go by."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from tradewind.domain.checkpoint import KeptResults, KeptTrade
from tradewind.domain.money import ZERO
from tradewind.domain.time import NEVER, NS_PER_DAY

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from tradewind.domain.ids import StrategyId
    from tradewind.domain.time import TimeNs
    from tradewind.domain.trip import RoundTrip

TRADES_KEPT_MAX = 500
"""The latest, of all strategies: Kelly looks at a hundred, performance at those of a month."""


class Tally(NamedTuple):
    """What closed trades came to: how many, how many won, and the sums of what was won and lost."""

    number: int = 0
    wins: int = 0
    won: Decimal = ZERO
    lost: Decimal = ZERO


class Results:
    """Hears of every execution and every closed trade; `realised` answers what was ever won, after fees."""

    def __init__(self) -> None:
        self.day_end_ns: TimeNs = 0
        """When a day ends, after midnight UTC."""
        self.until: Callable[[], TimeNs] | None = None
        """Returns the end of the present day where days are those of a calendar."""
        self._day = -1
        self._at_start = self._total = ZERO
        self._number = self._wins = 0
        self._won = self._lost = ZERO
        self._tally: Tally | None = Tally()
        """What these four come to, if it was asked for since they have changed."""
        self._begins = 0
        """The first trade that is in the tally."""
        self.trades: deque[KeptTrade] = deque(maxlen=TRADES_KEPT_MAX)
        self.realised: Callable[[], Decimal | None] = lambda: ZERO

    def filled(self, ts: TimeNs) -> None:
        """Hear that an execution was booked."""
        day = (ts - self.day_end_ns) // NS_PER_DAY if self.until is None else self._day_of(ts)
        if day != self._day:
            self._day, self._at_start = day, self._total
        total = self.realised()
        if total is not None:  # without a price it is known again with the next execution
            self._total = total

    def ended(self, trip: RoundTrip) -> None:
        """Hear of a closed trade."""
        self._keep(KeptTrade(trip.strategy, trip.closed_at, trip.net))

    def lost_today(self, now: TimeNs) -> Decimal:
        """Return the net loss since the day began, in the base currency; below 0 is a profit."""
        return ZERO if self._day_of(now) != self._day else self._at_start - self._total

    def of(self, strategy: StrategyId) -> tuple[Decimal, ...]:
        """Return the net profits of a strategy's closed trades, the latest last."""
        return tuple(trade.net for trade in self.trades if trade.strategy == strategy)

    def tally(self, ts: TimeNs) -> Tally:
        """Return the tally of all trades closed after `ts`; what is asked for may not go back in time."""
        trades = self.trades
        while self._begins < len(trades) and trades[self._begins].closed_at <= ts:
            self._count(trades[self._begins].net, -1)
            self._begins += 1
        if self._tally is None:
            self._tally = Tally(self._number, self._wins, self._won, self._lost)
        return self._tally

    def state(self) -> KeptResults:
        """Return it as plain data."""
        return KeptResults(self._day, self._at_start, self._total, tuple(self.trades))

    def restore(self, kept: KeptResults) -> None:
        """Take over what `state` wrote down."""
        self._day, self._at_start, self._total = kept.day, kept.at_start, kept.total
        for trade in kept.trades:
            self._keep(trade)

    def _keep(self, trade: KeptTrade) -> None:
        if len(self.trades) == TRADES_KEPT_MAX:
            if self._begins:
                self._begins -= 1
            else:
                self._count(self.trades[0].net, -1)
        self.trades.append(trade)
        self._count(trade.net, 1)

    def _count(self, net: Decimal, times: int) -> None:
        """Count a trade into the tally, or out of it."""
        self._number += times
        if net > ZERO:
            self._wins += times
            self._won += net if times > 0 else -net
        else:
            self._lost += -net if times > 0 else net
        self._tally = None

    def _day_of(self, ts: TimeNs) -> int:
        if self.until is not None:
            day = self.until()
            if self._day == NEVER != day:
                self._day = day  # its end was not told when it began
            return day
        return (ts - self.day_end_ns) // NS_PER_DAY
