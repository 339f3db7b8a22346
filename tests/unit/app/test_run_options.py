from __future__ import annotations

from typing import Any

import pytest

from tradewind.app.cli.run_options import balances, defaults, overrides_of, parameters
from tradewind.domain.errors import ConfigError

NOTHING: dict[str, Any] = dict.fromkeys(
    ("strategy", "config", "data", "symbols", "interval", "params", "cash", "start", "end", "out", "seed")
)


def test_parameters_are_json_where_they_can_be() -> None:
    pairs = ["fast=10", "ratio=.5", "ratio2=0.5", "name=x=y", "on=true", 'list=["a", 1]']
    assert parameters(pairs) == {
        "fast": 10, "ratio": ".5", "ratio2": 0.5, "name": "x=y", "on": True, "list": ["a", 1]
    }  # fmt: skip


def test_a_parameter_without_a_value_is_told() -> None:
    with pytest.raises(ConfigError, match="--param fast: give it as name=value"):
        parameters(["fast"])


def test_balances() -> None:
    assert balances("5000") == {"USDT": "5000"}
    assert balances("USDT=100,BTC=0.5") == {"USDT": "100", "BTC": "0.5"}


@pytest.mark.parametrize("text", ["USDT=100,BTC", "BTC,USDT=1"])
def test_a_balance_without_an_amount_is_told(text: str) -> None:
    with pytest.raises(ConfigError, match="--cash"):
        balances(text)


def test_a_file_or_a_series_tells_symbol_and_interval() -> None:
    assert defaults(["data/ETHUSDT_5m.parquet"])["engine.symbols"] == ["ETHUSDT"]
    assert defaults(["data/ETHUSDT_5m.parquet"])["engine.interval"] == "5m"
    assert defaults(["binance:SOLUSDT:1h"])["engine.symbols"] == ["SOLUSDT"]
    assert defaults(None)["market_data.config.path"] == ["sample"]


def test_flags_win_over_the_defaults_and_with_a_file_there_are_none() -> None:
    flags = overrides_of(**{**NOTHING, "strategy": "x.py", "symbols": "A,B", "data": ["x.csv"], "cash": "7"})
    assert flags["engine.symbols"] == ["A", "B"]
    assert flags["market_data.config.path"] == ["x.csv"]
    assert flags["trading.config.balances"] == {"USDT": "7"}
    with_file = overrides_of(**{**NOTHING, "config": "session.yaml"})
    assert {key for key, value in with_file.items() if value is not None} == set()


def test_a_run_without_strategy_and_file_is_told_what_to_give() -> None:
    with pytest.raises(ConfigError, match=r"no strategy: name one, such as my\.py:Mine"):
        overrides_of(**NOTHING)
