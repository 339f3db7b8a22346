"""Algorithms: live ≡ backtest ≡ replay, byte for byte, with days, times, late bars and costs of their own choice.

And the example is its class-style twin: the same orders, fills and books.
"""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.house.source import ROOT
from tests.parity.test_random_sessions import assert_same, many, scenarios
from tests.parity.worlds import Ran, Scenario, instruments_of, run_backtest, run_live, settings_of, strategies_of
from tests.unit.strategy.algorithm.stage import Stage, play
from tradewind.domain.events import OrderFilled, TimerFired, TradingDay
from tradewind.domain.money import money_context
from tradewind.domain.step import LogLine, StrategyFailed
from tradewind.domain.time import Interval
from tradewind.engine.engine import Engine
from tradewind.record.market_data.sample import sample_instrument, sample_series
from tradewind.record.market_data.streams import BarTable, stream_bars
from tradewind.strategy.load import load

BARS_MORE = 110
"""Sessions begin two hours before midnight: with so many minutes more they see a day begin."""


def algorithms(scenario: Scenario) -> Scenario:
    return replace(scenario, algorithms=True, bars=scenario.bars + BARS_MORE)


def failures(ran: Ran) -> list[str]:
    return [n.error for step in ran.steps for n in step.notices if isinstance(n, StrategyFailed)]


@settings(many, max_examples=25)
@given(scenario=scenarios, inbox_max=st.sampled_from((1, 17, 8_192)), stutter=st.sampled_from((0.0, 0.5)))
def test_live_is_backtest_is_replay(scenario: Scenario, inbox_max: int, stutter: float) -> None:
    scenario = algorithms(scenario)
    past = run_backtest(scenario)
    assert not failures(past)
    assert_same(past, run_live(scenario, inbox_max=inbox_max, stutter=stutter))
    encode = msgspec.msgpack.Encoder().encode
    with money_context():
        fresh = Engine(instruments_of(scenario), strategies_of(scenario), settings_of(scenario), recording=True)
        for was in past.steps:
            assert encode(fresh.process(was.event)) == encode(was)


@pytest.mark.parametrize("seed", range(3))
def test_such_sessions_have_days_timers_and_trades(seed: int) -> None:
    """What the test above compares is not empty."""
    ran = run_backtest(algorithms(Scenario(seed=seed, bars=90, symbols=3)))
    kinds = [type(step.event) for step in ran.steps]
    assert kinds.count(TradingDay) == 2
    assert kinds.count(TimerFired) > 3, "scheduled functions, and bars that were waited for"
    assert kinds.count(OrderFilled) > 10


@pytest.mark.parametrize("minutes", [5, 15])
def test_the_example_is_its_twin(minutes: int) -> None:
    """Every step is the same but for what the algorithm says in its log."""
    twin, example = (ran(name, minutes) for name in ("sma_cross_stop.py:SmaCrossStop", "algorithm_sma_cross.py"))
    assert sum(isinstance(step.event, OrderFilled) for step in twin.steps) > 30
    assert [without_log(step) for step in example.steps] == list(twin.steps)
    assert example.engine.portfolio.ledger.balances() == twin.engine.portfolio.ledger.balances()


def ran(name: str, minutes: int) -> Stage:
    interval = Interval.parse(f"{minutes}m")
    table = BarTable(sample_instrument("BTCUSDT"), interval, sample_series("BTCUSDT", interval=interval.label))
    bars = list(stream_bars([table]))
    strategy = load(f"{ROOT}/examples/{name}", {"fast": 10, "slow": 30})
    return play(strategy, bars, instruments=[table.instrument], start=bars[0].ts_open, interval=interval.label)


def without_log(step: object) -> object:
    notices = tuple(n for n in step.notices if not isinstance(n, LogLine))  # type: ignore[attr-defined]
    return msgspec.structs.replace(step, notices=notices)  # type: ignore[type-var]
