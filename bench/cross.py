"""The SMA cross, run by the engine and by a bare loop: the same bars, the same decisions, the same cash.

The bare loop is what somebody writes who wants nothing but the answer: it builds each bar, updates both
averages, trades at the next open and keeps cash and position. What the engine takes beyond that is the
price of orders with states, a venue, risk, a ledger and exact money. Its averages are reckoned as ours
are, made exact once a lap, or rounding would decide differently where both averages are equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from math import fsum
from typing import TYPE_CHECKING

from bench.sma_cross import FAST, QUANTITY, SLOW, Cross
from tradewind.domain.account import Balance
from tradewind.domain.events import OrderFilled, SessionStarted
from tradewind.domain.ids import Asset, StrategyId
from tradewind.domain.market import Bar
from tradewind.domain.money import money_context
from tradewind.engine.engine import Engine, EngineSettings
from tradewind.engine.timeline import Timeline
from tradewind.record.market_data.streams import BLOCK_ROWS, stream_bars
from tradewind.runtime import backtest
from tradewind.runtime.calendar import AlwaysOpen
from tradewind.runtime.loop import Loop
from tradewind.venues.sim.settings import SimModels
from tradewind.venues.sim.venue import SimVenue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tradewind.domain.step import Step
    from tradewind.record.market_data.streams import BarTable
    from tradewind.strategy.base import Strategy

CASH = Decimal(100_000)
USDT = Asset("USDT")
OPENING = (Balance(USDT, CASH),)
NAME = StrategyId("cross")
FAST_SHARE, SLOW_SHARE = 1.0 / FAST, 1.0 / SLOW


@dataclass
class Result:
    """What a run came to, to the cent."""

    fills: int
    cash: Decimal


@dataclass(frozen=True)
class World:
    """An engine at a simulated venue, wired as a backtest wires it; make and run it in `money_context()`."""

    engine: Engine
    timeline: Timeline
    venue: SimVenue
    start: SessionStarted


def world(
    instruments: Sequence[BarTable],
    strategy: Strategy,
    *,
    cash: Decimal = CASH,
    recording: bool = False,
    settings: EngineSettings | None = None,
) -> World:
    """Put an engine and its venue together."""
    traded = [table.instrument for table in instruments]
    opening = (Balance(USDT, cash),)
    timeline = Timeline()
    engine = Engine(traded, {NAME: strategy}, settings or EngineSettings(), recording=recording)
    venue = SimVenue(traded, SimModels(), timeline, base=USDT, opening=opening, calendar=AlwaysOpen())
    return World(engine, timeline, venue, SessionStarted(0, "binance", opening))


def by_engine(tables: Sequence[BarTable], strategy: Strategy | None = None, *, cash: Decimal = CASH) -> Result:
    """Run the cross through engine, loop and simulated venue, with no journal."""
    result = Result(0, cash)

    def count(step: Step) -> None:
        if type(step.event) is OrderFilled:
            result.fills += 1

    with money_context():
        made = world(tables, strategy or Cross(), cash=cash)
        loop = Loop(made.engine, made.timeline, made.venue, sink=count)
        backtest.run(made.engine, loop, made.start, stream_bars(tables))
        result.cash = made.engine.view.cash(USDT)
    return result


def by_hand(table: BarTable) -> Result:
    """Run the same cross in a bare loop."""
    fast, slow = [0.0] * FAST, [0.0] * SLOW
    fast_mean = slow_mean = 0.0
    fast_at = slow_at = seen = fills = 0
    cash, position, quantity = float(CASH), 0.0, float(QUANTITY)
    above: bool | None = None
    wanted: float | None = None
    name, label, length = table.instrument.id, table.interval.label, table.interval.ns
    for part in table.frame.iter_slices(BLOCK_ROWS):
        columns = (part[column].to_list() for column in ("ts_open", "open", "high", "low", "close", "volume"))
        for opened, open_, high, low, close, volume in zip(*columns, strict=True):
            closed = opened + length
            bar = Bar(name, label, opened, closed, closed, open_, high, low, close, volume)
            if wanted is not None:
                cash -= (wanted - position) * bar.open
                position, wanted = wanted, None
                fills += 1
            price = bar.close
            fast_mean += (price - fast[fast_at]) * FAST_SHARE
            fast[fast_at] = price
            fast_at += 1
            if fast_at == FAST:
                fast_at, fast_mean = 0, fsum(fast) / FAST
            slow_mean += (price - slow[slow_at]) * SLOW_SHARE
            slow[slow_at] = price
            slow_at += 1
            if slow_at == SLOW:
                slow_at, slow_mean = 0, fsum(slow) / SLOW
            seen += 1
            if seen >= SLOW:
                now_above = fast_mean > slow_mean
                if now_above is not above:
                    if above is not None and (now_above or position):
                        wanted = quantity if now_above else 0.0
                    above = now_above
    return Result(fills, Decimal(f"{cash:.2f}"))
