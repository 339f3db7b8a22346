"""A session that never was, for tests of reports: the same one each time, with everything a report can show."""

from __future__ import annotations

import math
import random
from decimal import Decimal
from typing import TYPE_CHECKING

from tests.unit.record.stats_session import trip
from tradewind.domain.ids import InstrumentId
from tradewind.domain.money import exact, money_context
from tradewind.domain.order import Side
from tradewind.domain.step import MarkShape
from tradewind.domain.time import NS_PER_DAY, NS_PER_HOUR, day_number
from tradewind.record.stats.cost import Activity
from tradewind.record.stats.statistics import statistics_of
from tradewind.report import Annotation, Bars, FillMark, ReportInput

if TYPE_CHECKING:
    from tradewind.domain.trip import RoundTrip

BITCOIN = InstrumentId("binance:BTCUSDT")
START = day_number(2023, 3, 14) * NS_PER_DAY
FEE = Decimal("0.0005")


def demo_bars(count: int, step_ns: int = NS_PER_HOUR, seed: int = 7) -> Bars:
    """Walk a price at random, with a slow wave in it."""
    draw = random.Random(seed)
    closes, price = [], 27_000.0
    for n in range(count):
        price *= 1.0 + draw.gauss(0.00004 + 0.0006 * math.sin(n / 700), 0.006)
        closes.append(round(price, 2))
    opens = [27_000.0, *closes[:-1]]
    highs = [round(max(o, c) * (1 + abs(draw.gauss(0, 0.003))), 2) for o, c in zip(opens, closes, strict=True)]
    lows = [round(min(o, c) * (1 - abs(draw.gauss(0, 0.003))), 2) for o, c in zip(opens, closes, strict=True)]
    return Bars(BITCOIN, [START + n * step_ns for n in range(count)], opens, highs, lows, closes)


def demo(count: int = 9000, seed: int = 7, bars: Bars | None = None) -> ReportInput:
    """Trade the walk with a breakout of ninety bars, long and short."""
    bars = bars or demo_bars(count, seed=seed)
    trips: list[RoundTrip] = []
    fills: list[FillMark] = []
    equity = [(bars.ts[0], 10_000.0)]
    cash, held, entered = Decimal(10_000), Decimal(0), 0
    with money_context():
        for n in range(90, len(bars.ts) - 1):
            price = exact(bars.close[n])
            want = Decimal("0.3") if bars.close[n] >= max(bars.close[n - 90 : n]) else held
            want = Decimal("-0.3") if bars.close[n] <= min(bars.close[n - 90 : n]) else want
            if want != held:
                ts, side = bars.ts[n + 1], Side.BUY if want > held else Side.SELL
                fills.append(FillMark(ts, BITCOIN, side, abs(want - held), price))
                if held:
                    trips.append(_trip(bars, entered, n, held))
                cash -= (want - held) * price + abs(want - held) * price * FEE
                held, entered = want, n
            equity.append((bars.ts[n + 1], float(cash + held * price)))
        turnover = sum((fill.quantity * fill.price for fill in fills), Decimal(0))
    activity = Activity(
        fills=len(fills),
        turnover=turnover,
        fees=turnover * FEE,
        refusals={"below_minimum": 12, "max_position": 3, "price_collar": 1},
        open_since=(bars.ts[entered],),
    )
    marks = [
        Annotation(bars.ts[n], BITCOIN, "Regime", f"bar {n:,}", color="purple", shape=MarkShape.SQUARE)
        for n in range(500, len(bars.ts), 2000)
    ]
    return ReportInput(
        title="Breakout of ninety bars",
        currency="USDT",
        facts={"Strategy": "breakout 1.2.0", "Mode": "backtest", "Run": "run_3", "Bars": "1h"},
        statistics=statistics_of(trips, equity, activity),
        equity=equity,
        trips=trips,
        fills=fills,
        bars=[bars],
        marks=marks,
    )


def _trip(bars: Bars, entered: int, left: int, held: Decimal) -> RoundTrip:
    entry, leave = exact(bars.close[entered]), exact(bars.close[left])
    fees = abs(held) * (entry + leave) * FEE
    sign = 1 if held > 0 else -1
    best, worst = max(bars.high[entered + 1 : left + 1]), min(bars.low[entered + 1 : left + 1])
    moves = sorted(sign * (price / float(entry) - 1) for price in (best, worst))
    return trip(
        held * (leave - entry) - fees,
        side=Side.BUY if held > 0 else Side.SELL,
        opened_at=bars.ts[entered + 1],
        closed_at=bars.ts[left + 1],
        entry=str(entry),
        leave=str(leave),
        mfe=moves[1],
        mae=moves[0],
        fees=str(fees),
    )
