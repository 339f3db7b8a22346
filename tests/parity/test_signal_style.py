"""One logic as a class and as signals: the same orders, fills and ledger."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.house.source import ROOT
from tradewind.domain.account import Balance
from tradewind.domain.commands import SubmitOrder
from tradewind.domain.events import OrderFilled, SessionStarted
from tradewind.domain.ids import Asset, StrategyId
from tradewind.domain.money import money_context
from tradewind.domain.trade_signal import SignalMoved
from tradewind.engine.engine import Engine, EngineSettings
from tradewind.engine.timeline import Timeline
from tradewind.runtime import backtest
from tradewind.runtime.calendar import AlwaysOpen
from tradewind.runtime.loop import Loop
from tradewind.signals import get_candles, get_signal
from tradewind.strategy.load import load
from tradewind.strategy.signals.definition import ExchangeDefinition, StrategyDefinition
from tradewind.strategy.signals.setting import Setting
from tradewind.strategy.signals.strategy import SignalStrategy
from tradewind.testing import builders as make
from tradewind.venues.sim.settings import SimModels
from tradewind.venues.sim.venue import SimVenue

if TYPE_CHECKING:
    from tradewind.domain.step import Step
    from tradewind.strategy.base import Strategy

FAST, SLOW = 5, 12


def closes() -> list[float]:
    return [round(1000 + 60 * math.sin(n / 13) + 25 * math.sin(n / 5) + 9 * math.sin(n / 2.3), 2) for n in range(1500)]


def crossed(back: int) -> bool | None:
    values = [c.close for c in get_candles(limit=SLOW + back)]
    if len(values) < SLOW + back:
        return None
    values = values[: len(values) - back] if back else values
    return sum(values[-FAST:]) / FAST > sum(values[-SLOW:]) / SLOW


def enter(_: str, __: int) -> Any:
    if crossed(0) and crossed(1) is False:
        return {"position": "long", "entry": "market", "quantity": 0.1}
    return None


def leave(_: str, __: int) -> bool:
    row = get_signal()
    return not crossed(0) or get_candles(limit=1)[0].close < row.price_open * 0.98


def as_signals() -> Strategy:
    definition = StrategyDefinition(
        "cross", enter, optional=("take_profit", "stop_loss", "time"), get_exit=leave, reenter="same_tick"
    )
    return SignalStrategy(definition, ExchangeDefinition("none", get_candles=enter), Setting())


def run(strategy: Strategy) -> tuple[list[Any], list[Any], Any]:
    instrument, opening = make.instrument(), (Balance(Asset("USDT"), Decimal(100_000)),)
    steps: list[Step] = []
    with money_context():
        engine = Engine((instrument,), {StrategyId("x"): strategy}, EngineSettings(), recording=True)
        timeline = Timeline()
        venue = SimVenue(
            (instrument,), SimModels(), timeline, base=Asset("USDT"), opening=opening, calendar=AlwaysOpen()
        )
        loop = Loop(engine, timeline, venue, sink=steps.append)
        backtest.run(engine, loop, SessionStarted(0, "sim", opening), make.bars(*closes()))
        cash = engine.portfolio.ledger.balances()
    orders = [
        (step.event.ts_recv, e.order.side, e.order.quantity, e.order.type)
        for step in steps for e in step.effects if isinstance(e, SubmitOrder)
    ]  # fmt: skip
    fills = [
        (s.event.ts_venue, s.event.price, s.event.quantity, s.event.fee)
        for s in steps if isinstance(s.event, OrderFilled)
    ]  # fmt: skip
    told = [n.action for s in steps for n in s.notices if isinstance(n, SignalMoved)]
    assert told.count("opened") in (0, len(fills) // 2, len(fills) // 2 + 1)
    return orders, fills, cash


def test_a_class_and_signals_give_the_same_orders_fills_and_ledger() -> None:
    parameters = {"fast": FAST, "slow": SLOW, "quantity": 0.1, "stop": 0.98}
    known = run(load(f"{ROOT}/examples/sma_cross_stop.py:SmaCrossStop", parameters))
    assert len(known[1]) > 40
    assert run(as_signals()) == known
