"""Whether a bar costs the same in a short run and in a long one, of one symbol and of a hundred."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from bench import bars
from bench.cross import by_engine
from bench.figures import Figure, interleaved
from bench.sma_cross import CrossOfMany

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tradewind.record.market_data.streams import BarTable

LENGTHS = (10_000, 100_000, 1_300_000)
SYMBOLS = (1, 10, 100)
BARS_OF_ALL_SYMBOLS = 1_000_000
CASH = Decimal(100_000_000)
ROUNDS = 3
FLAT = 1.25
"""A quarter is what noise and the warmth of caches do; growth would show as more."""


def figures() -> Iterator[Figure]:
    """Measure; runs of one length lie side by side over all bars, so that all see the same markets."""
    total = min(LENGTHS[-1], bars.frame().height)
    runs = [[[bars.table(start, n)] for start in range(0, total - n + 1, n)] for n in (*LENGTHS[:-1], total)]
    lengths = [partial(_all, parts) for parts in runs]
    costs = interleaved(*lengths, rounds=ROUNDS)
    counts = [sum(part[0].frame.height for part in parts) for parts in runs]
    each = [cost / count * 1e6 for cost, count in zip(costs, counts, strict=True)]
    for n, cost in zip((*LENGTHS[:-1], total), each, strict=True):
        yield Figure(name=f"a bar in a run of {n:,}", value=cost, unit="µs")
    yield Figure(name=f"longest ÷ shortest run ({bars.described()})", value=each[-1] / each[0], unit="", at_most=FLAT)

    tables = [bars.tables(count, BARS_OF_ALL_SYMBOLS) for count in SYMBOLS]
    many = [partial(_many, table) for table in tables]
    costs = interleaved(*many, rounds=ROUNDS)
    for count, cost in zip(SYMBOLS, costs, strict=True):
        yield Figure(name=f"a bar of {count} symbols, 1,000,000 in all", value=cost, unit="µs")
    yield Figure(name="100 symbols ÷ 1 symbol", value=costs[-1] / costs[0], unit="", at_most=FLAT)


def _all(parts: Sequence[list[BarTable]]) -> None:
    for part in parts:
        by_engine(part)


def _many(tables: list[BarTable]) -> None:
    by_engine(tables, CrossOfMany(), cash=CASH)
