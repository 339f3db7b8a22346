"""Runs a program for Zipline by us, word by word: what it imports from `zipline.api` comes from `tradewind.api`."""

from __future__ import annotations

import runpy
import sys
from datetime import UTC, datetime
from decimal import Decimal
from types import ModuleType
from typing import TYPE_CHECKING, Any

import tradewind.api
from tradewind.domain.account import Balance
from tradewind.domain.commands import SubmitOrder
from tradewind.domain.control import StopRequested
from tradewind.domain.events import OrderFilled, SessionStarted
from tradewind.domain.ids import Asset, InstrumentId, StrategyId, symbol_of
from tradewind.domain.market import Bar
from tradewind.domain.money import money_context
from tradewind.domain.time import NS_PER_DAY, iso_date
from tradewind.engine.engine import Engine, EngineSettings
from tradewind.engine.timeline import Timeline
from tradewind.runtime import backtest
from tradewind.runtime.calendar import AlwaysOpen
from tradewind.runtime.loop import Loop
from tradewind.strategy.algorithm.algorithm import algorithm_of
from tradewind.testing import instrument
from tradewind.venues.sim.settings import SimModels
from tradewind.venues.sim.venue import SimVenue

if TYPE_CHECKING:
    from pathlib import Path

    from tradewind.domain.instrument import Instrument
    from tradewind.domain.step import Step

CAPITAL = Decimal(1_000_000)
USD = Asset("USD")


def run(program: Path, given: dict[str, Any]) -> dict[str, Any]:
    """Run a program over bars: what comes before the first day to trade on is there to be asked for."""
    kept: dict[str, Any] = {}
    algorithm = algorithm_of(_module(program, kept), {"warm_up_calls": False})
    traded = [instrument(name, venue="x", quote="USD", lot="1", calendar=given["calendar"]) for name in given["bars"]]
    start = _ns(given["start"])
    bars = _bars(traded, given["bars"])
    steps: list[Step] = []
    with money_context():
        timeline, opening = Timeline(), (Balance(USD, CAPITAL),)
        engine = Engine(traded, {StrategyId("a"): algorithm}, EngineSettings(interval="1d", base=USD), recording=True)
        venue = SimVenue(traded, SimModels(), timeline, base=USD, opening=opening, calendar=AlwaysOpen())
        backtest.run(
            engine, Loop(engine, timeline, venue, sink=steps.append),
            SessionStarted(bars[0].ts_open, "x", opening, warming=True),
            [bar for bar in bars if bar.ts_open >= start],
            warmup=[bar for bar in bars if bar.ts_open < start],
            stop=StopRequested(0, "none"),
        )  # fmt: skip
        algorithm.after_run()
    return _told(kept, steps)


def _module(program: Path, kept: dict[str, Any]) -> ModuleType:
    before = {name: sys.modules.get(name) for name in ("zipline", "zipline.api")}
    sys.modules |= {"zipline": ModuleType("zipline"), "zipline.api": tradewind.api}
    try:
        functions = runpy.run_path(str(program))
    finally:
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module

    def analyze(context: Any, perf: Any) -> None:
        kept.update(context=context, perf=perf)

    module = ModuleType(program.stem)
    vars(module).update({name: found for name, found in functions.items() if callable(found)}, analyze=analyze)
    return module


def _bars(traded: list[Instrument], rows: dict[str, list[list[Any]]]) -> list[Bar]:
    found = []
    for one in traded:
        for date, first, high, low, close, volume in rows[one.symbol]:
            begins = _ns(date)
            ends = begins + NS_PER_DAY
            found.append(Bar(one.id, "1d", begins, ends, ends, first, high, low, close, float(volume)))
    return sorted(found, key=lambda bar: bar.ts_recv)


def _told(kept: dict[str, Any], steps: list[Step]) -> dict[str, Any]:
    context, specs = kept["context"], {}
    orders, fills = [], []
    for step in steps:
        day = iso_date(step.event.ts_recv - 1)  # a bar closes at midnight: its day is the one that ends then
        for effect in step.effects:
            if isinstance(effect, SubmitOrder):
                spec = specs[effect.order.id] = effect.order
                orders.append([day, _symbol(spec.instrument), spec.side.sign * float(spec.quantity)])
        if isinstance(step.event, OrderFilled):
            spec, event = specs[step.event.order], step.event
            fills.append([day, _symbol(spec.instrument), spec.side.sign * float(event.quantity), float(event.price)])
    columns = ("date", "portfolio_value", "cash", "positions_value")
    return {
        "calls": context.calls,
        "mornings": getattr(context, "mornings", 0),
        "days": [list(row) for row in kept["perf"].select(columns).iter_rows()],
        "orders": orders,
        "fills": fills,
    }


def _symbol(name: InstrumentId) -> str:
    return symbol_of(name)


def _ns(date: str) -> int:
    return int(datetime.fromisoformat(date).replace(tzinfo=UTC).timestamp()) * 1_000_000_000
