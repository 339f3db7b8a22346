"""Rules V1 to V10: each violated alone is told once, loudly, and by name (must not 13)."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.app.signals.market import SYMBOL, Market, Script, backtest, candle, define, plan, told
from tradewind.app.signals.backtest import RUNS
from tradewind.app.signals.observers import ERROR
from tradewind.domain.errors import ConfigError, DuplicateName, InvalidSignal, UnknownName
from tradewind.signals import add_exchange, add_frame, add_strategy
from tradewind.strategy.signals.candles import Candle, believed
from tradewind.strategy.signals.registry import EXCHANGES

ALONE: dict[str, tuple[str, Any]] = {
    "V1 position": ("V1", plan("up")),
    "V1 nonsense": ("V1", 42),
    "V1 both names": ("V1", plan(side="short")),
    "V1 strange field": ("V1", plan(leverage=3)),
    "V2 nan": ("V2", plan(price_stop_loss=math.nan)),
    "V2 infinite": ("V2", plan(price_take_profit=math.inf)),
    "V2 text": ("V2", plan(price_open="50000")),
    "V2 boolean": ("V2", plan(price_open=True)),
    "V2 missing": ("V2", plan(price_stop_loss=None)),
    "V2 negative": ("V2", plan(quantity=-1)),
    "V3 stop above": ("V3", plan(price_open=49500, price_stop_loss=49600.0)),
    "V3 equal": ("V3", plan(price_open=51000)),
    "V4 target below the market": ("V4", plan(price_take_profit=49900.0)),
    "V5 target near": ("V5", plan(price_take_profit=50200.0)),
    "V5 stop near": ("V5", plan(price_stop_loss=49900.0)),
    "V5 stop far": ("V5", plan(price_stop_loss=30000.0)),
    "V6 none": ("V6", plan(minute_estimated_time=None)),
    "V6 part": ("V6", plan(minute_estimated_time=1.5)),
    "V6 boolean": ("V6", plan(minute_estimated_time=True)),
    "V6 long": ("V6", plan(minute_estimated_time=1441)),
    "V7 symbol": ("V7", plan(symbol="ETHUSDT")),
    "V7 id": ("V7", plan(id="")),
    "V7 timestamp": ("V7", plan(timestamp=0)),
    "V8 size": ("V8", plan(cost=0.0001)),
    "raised": ("get_signal raised", ValueError("no luck")),
    "raised by an assertion": ("get_signal raised", AssertionError("mine")),
}


@pytest.mark.parametrize("case", ALONE)
def test_13_and_lesson_167_what_is_no_signal_is_told_and_the_interval_is_not_used_up(case: str) -> None:
    rule, answer = ALONE[case]
    heard: list[Any] = []
    script = Script({0: answer, 1: plan()})
    define(Market(), script, interval="1h", exchange={"lot": "0.0001"})
    remove = ERROR.add(heard.append)
    try:
        results = backtest()
    finally:
        remove()
    rejected = RUNS["s"][SYMBOL, "x", "f"].rejected
    assert len(rejected) == 1
    assert rejected[0].violations[0].startswith(rule), rejected
    assert len(heard) == 1
    assert script.asked[:2] == [0, 1]
    assert told(results)[0] == ("scheduled", 1)


def test_13_a_signal_with_a_used_id_is_refused() -> None:
    define(Market(), Script({10: plan(id="a", minute_estimated_time=5), 30: plan(id="a"), 31: plan(id="b")}))
    results = backtest()
    assert [r.signal.id for r in results if r.action == "opened" and r.signal is not None] == ["a", "b"]
    assert "duplicate_id" in RUNS["s"][SYMBOL, "x", "f"].rejected[0].violations[0]


def test_an_invalid_signal_may_end_the_run() -> None:
    define(Market(), Script({10: 42}), on_invalid="stop")
    with pytest.raises(InvalidSignal, match="V1"):
        backtest()


def test_a_short_is_refused_where_only_longs_are_allowed() -> None:
    define(Market(), Script({10: plan("short")}), sides=("long",))
    assert backtest() == []
    assert RUNS["s"][SYMBOL, "x", "f"].rejected[0].violations[0].startswith("V1")


def test_risk_may_refuse_and_nothing_is_open() -> None:
    define(Market(), Script({10: plan(cost=2_000_000), 11: plan()}))
    results = backtest()
    assert told(results)[0] == ("scheduled", 11)
    assert RUNS["s"][SYMBOL, "x", "f"].rejected[0].violations[0].startswith("risk: insufficient_funds")


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (candle(2, math.nan), "finite"),
        (candle(2, -1.0), "above 0"),
        (Candle(candle(2, 5.0).timestamp, 5, 6, 4, 7, 1), "between low and high"),
        (Candle(candle(2, 5.0).timestamp + 1, 5, 5, 5, 5, 1), "aligned"),
        (candle(1, 5.0), "order"),
        (candle(2, 0.004), "median"),
        (candle(2, 5.0, volume=-1.0), "below"),
    ],
)
def test_v9_an_odd_candle_is_dropped_and_told(bad: Candle, why: str) -> None:
    good, faults = believed([candle(0, 5.0), candle(1, 5.0), bad, candle(3, 5.0)])
    assert [c.timestamp for c in good] == [candle(n, 5.0).timestamp for n in (0, 1, 3)]
    assert len(faults) == 1
    assert why in faults[0]


@pytest.mark.parametrize(
    "rules",
    [
        {"interval": "2m"},
        {"min_stop_loss_pct": 5, "max_stop_loss_pct": 1},
        {"max_minutes": 0},
        {"entry_timeout_minutes": 1.5},
        {"cost": 0},
        {"callbacks": {"on_nothing": print}},
        {"on_invalid": "maybe"},
        {"strange": 1},
    ],
)
def test_v10_a_configuration_that_cannot_be(rules: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        add_strategy(strategy_name="bad", get_signal=print, **rules)


def test_v10_a_target_must_cover_the_costs_and_costs_are_no_gift() -> None:
    define(Market(), Script({}), min_take_profit_pct="0.3")
    with pytest.raises(ConfigError, match="does not cover"):
        backtest()
    with pytest.raises(ConfigError, match="fee_pct"):
        add_exchange(exchange_name="bad", get_candles=print, fee_pct=-1)
    with pytest.raises(ConfigError, match="before"):
        add_frame(frame_name="bad", start_date="2024-01-02", end_date="2024-01-01")


def test_names_are_given_once_and_unknown_ones_are_told_with_the_known() -> None:
    define(Market(), Script({}))
    with pytest.raises(DuplicateName, match="replace=True"):
        add_strategy(strategy_name="s", get_signal=print)
    add_strategy(name="other", get_signal=print, replace=True)
    with pytest.raises(UnknownName, match="there is"):
        EXCHANGES.get("nowhere")


def test_the_words_of_the_sample_are_understood() -> None:
    sample = {
        "side": "long", "take_profit": 51000.0, "stop_loss": 49000.0, "minute_estimated_time": 60,
        "open_price": 50000.0,
    }  # fmt: skip
    define(Market(), Script({10: sample}))
    opened = backtest()[1].signal
    assert opened is not None
    assert (opened.side, opened.take_profit, opened.stop_loss, opened.open_price) == ("long", 51000, 49000, 50000)
    assert opened.quantity == Decimal("0.002")
