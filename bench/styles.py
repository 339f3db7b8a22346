"""The styles of strategies on the same bars with the same logic: the cross with a stop of the examples.

Each style is held against the class style; orders and books must be the same, or the figures compare nothing.
Processor time, best of five rounds in turns.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bench import bars
from bench.cross import Result, by_engine
from bench.figures import Figure, interleaved
from bench.sma_cross import FAST, SLOW
from tradewind.strategy.load import load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tradewind.strategy.base import Strategy

COUNT = 100_000
TWIN = "sma_cross_stop.py:SmaCrossStop"
ALGORITHM = "algorithm_sma_cross.py"
SIGNALS = "signals_cross_stop.py"
BY_WINDOWS = """
from tradewind import Strategy

def above(closes):
    return sum(closes[-{fast}:]) / {fast} > sum(closes[-{slow}:]) / {slow}

class Windows(Strategy):
    def on_bar(self, ctx, bar):
        held = ctx.position().quantity
        closes = [b.close for b in ctx.bars({slow} + (not held))]
        if held and (not above(closes) or bar.close < self.entry * 0.98):
            ctx.sell(held)
        elif not held and len(closes) > {slow} and not above(closes[:-1]) and above(closes):
            self.entry = bar.close
            ctx.buy(0.1)
"""
BY_HISTORY = """
from tradewind.api import order, order_target, symbols

def initialize(context):
    context.asset = symbols()[0]
    context.entry = context.above = None

def handle_data(context, data):
    closes = data.history(context.asset, "price", {slow}, "1m")
    if len(closes) < {slow}:
        return
    close, above = closes[-1], closes[-{fast}:].mean() > closes.mean()
    before, context.above = context.above, above
    held = context.portfolio.positions[context.asset].amount
    if held and context.entry and (not above or close < context.entry * 0.98):
        context.entry = None
        order_target(context.asset, 0)
    elif not held and above and before is False:
        context.entry = close
        order(context.asset, 0.1)
"""

BY_CANDLE = """
from tradewind import SMA
from tradewind.signals import add_strategy, get_candles

fast, slow = SMA({fast}), SMA({slow})
seen = dict(above=None, entry=None)

def heard():
    close = get_candles(limit=1)[-1].close
    quick, calm = fast.update(close), slow.update(close)
    before, seen["above"] = seen["above"], None if quick is None or calm is None else quick > calm
    return before, seen["above"], close

def cross(symbol, when):
    before, above, close = heard()
    if not above or before is not False:
        return None
    seen["entry"] = close
    return dict(position="long", entry="market", quantity=0.1)

def leave(symbol, when):
    _, above, close = heard()
    return not above or close < seen["entry"] * 0.98

add_strategy(
    strategy_name="cross-running", get_signal=cross, get_exit=leave, reenter="same_tick", replace=True,
    optional=("take_profit", "stop_loss", "time"),
)
"""


def figures() -> Iterator[Figure]:
    """Measure."""
    table = bars.table(0, COUNT)

    def run(make: str | bytes) -> Result:
        return by_engine([table], _strategy(make))

    texts = (BY_HISTORY, BY_WINDOWS, BY_CANDLE)
    by_history, by_windows, by_candle = (text.format(fast=FAST, slow=SLOW).encode() for text in texts)
    first, second = run(TWIN), run(ALGORITHM)
    assert (first.fills, first.cash) == (second.fills, second.cash), f"not the same decisions: {first}, {second}"
    third, fourth = run(SIGNALS), run(by_windows)
    assert (third.fills, third.cash) == (fourth.fills, fourth.cash), f"not the same decisions: {third}, {fourth}"
    fifth = run(by_candle)
    assert (first.fills, first.cash) == (fifth.fills, fifth.cash), f"not the same decisions: {first}, {fifth}"
    ways = (TWIN, ALGORITHM, by_history, by_windows, SIGNALS, by_candle)
    twin, algorithm, history, windows, signals, candle = interleaved(
        *(lambda made=made: run(made) for made in ways), clock=time.process_time
    )
    told = f"{bars.described()}, {first.fills:,} fills, cash {first.cash:,.2f} in both"
    yield Figure(name="class style", value=COUNT / twin, unit="bars/s", note=told)
    yield Figure(name="algorithm style", value=COUNT / algorithm, unit="bars/s")
    yield Figure(name="algorithm ÷ class", value=twin / algorithm, unit="", at_least=0.5)
    yield Figure(name="signals, averages of 50 closes each time", value=COUNT / signals, unit="bars/s")
    yield Figure(name="signals ÷ class, both with such averages", value=windows / signals, unit="", at_least=0.5)
    yield Figure(name="signals ÷ class, both with running averages", value=twin / candle, unit="", at_least=0.5)
    yield Figure(name="algorithm by data.history instead of averages", value=COUNT / history, unit="bars/s")


def _strategy(made: str | bytes) -> Strategy:
    return load(made if isinstance(made, bytes) else f"{bars.ROOT}/examples/{made}")
