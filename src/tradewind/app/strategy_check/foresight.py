"""Does a strategy know the next bar better than its bars can tell? Orders beside the move that follows each.

An order hits if the next close goes its way, counted against the market's median move: half of them do by chance,
so with m orders z = (2·hits − m)/√m is about a standard normal number. A good z may be honest skill in this kind of
market: then it is as good in the mirrored market, which rises where this one falls. Who knows this market's future
from elsewhere is lost there.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.ids import symbol_of
from tradewind.domain.market import Bar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tradewind.app.strategy_check.trace import Decision
    from tradewind.domain.market import MarketEvent

ORDERS_MIN = 30
Z_SUSPICIOUS = 5.0
"""One honest strategy in three million is as lucky."""


class Foresight(msgspec.Struct, frozen=True):
    """How often the next move went an order's way."""

    orders: int
    hits: int

    @property
    def z(self) -> float:
        """By how many standard deviations there are more hits than misses."""
        return (2 * self.hits - self.orders) / self.orders**0.5 if self.orders else 0.0

    def __str__(self) -> str:
        share = self.hits / self.orders if self.orders else 0.0
        return f"the next close went the way of {share:.0%} of {self.orders} orders (z {self.z:.1f})"


def foresight(events: Sequence[MarketEvent], decisions: Sequence[Decision]) -> Foresight:
    """Count how many orders the next close agreed with."""
    times: defaultdict[str, list[int]] = defaultdict(list)
    closes: defaultdict[str, list[float]] = defaultdict(list)
    for event in events:
        if isinstance(event, Bar):
            times[symbol_of(event.instrument)].append(event.ts_recv)
            closes[symbol_of(event.instrument)].append(event.close)
    moves = {symbol: [after / before - 1 for before, after in pairwise(each)] for symbol, each in closes.items()}
    usual = {symbol: median(each) for symbol, each in moves.items() if each}
    orders = hits = 0
    for decision in decisions:
        symbol = str(decision.facts.get("symbol", ""))
        at = bisect_right(times.get(symbol, []), decision.ts) - 1
        if decision.kind != "order" or not 0 <= at < len(moves.get(symbol, ())):
            continue
        move = moves[symbol][at] - usual[symbol]
        if move:
            orders += 1
            hits += (move > 0) == (decision.facts["side"] == "buy")
    return Foresight(orders, hits)


def is_suspicious(here: Foresight, mirrored: Foresight) -> bool:
    """Whether orders are right more often than bars can tell, and only in the market whose future may be known."""
    return here.orders >= ORDERS_MIN and here.z >= Z_SUSPICIOUS and mirrored.z < here.z / 2
