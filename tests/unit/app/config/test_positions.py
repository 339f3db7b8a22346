"""The block `positions`: what is off, what an empty block means, and what is refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tradewind.app.config import build_config
from tradewind.app.config.source import Source
from tradewind.domain.errors import ConfigError
from tradewind.risk.exits.plan import Distance, ExitPlan, TrailingPlan

D = Decimal


def plans(positions: Any, *, interval: str = "1h", names: tuple[str, ...] = ("s",)) -> dict[str, ExitPlan]:
    tree = {
        "engine": {"symbols": ["BTCUSDT"], "interval": interval, "data_output_path": "x"},
        "market_data": {"provider_type": "mock", "config": {"bars": 10}}, "trading": {"provider_type": "paper"},
        "strategy": {"path": "a.py:B"}, "positions": positions,
    }  # fmt: skip
    config = build_config(Source("c.yaml", tree, {}), environ={})
    return {str(each.strategy): each.plan for each in config.positions.plans(names)}


def test_nothing_is_on_unless_its_block_is_there() -> None:
    assert plans(None) == plans({}) == plans({"trailing": False}) == {}


def test_an_empty_block_means_its_defaults() -> None:
    assert plans({"trailing": None})["s"] == ExitPlan(trailing=TrailingPlan())
    assert plans({"trailing": {}})["s"].trailing == TrailingPlan()
    found = plans({"time": None, "entry": None, "partial": None})["s"]
    assert found.time is not None
    assert found.time.max_holding_ns == 336 * 3_600 * 10**9
    assert (found.time.days, found.time.weeks) == ("", ""), "no calendar is followed that nothing needs"
    assert found.partial is not None
    assert found.partial.thresholds == (D("0.02"), D("0.05"))


def test_a_strategy_has_its_own_or_those_above() -> None:
    found = plans({"trailing": None, "strategies": {"a": {"entry": None}, "b": {}}}, names=("a", "b", "c"))
    assert (found["a"].trailing, found["c"].trailing) == (None, TrailingPlan())
    assert "b" not in found


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ({"trailing": {"distance": {"pct": 0.01, "atr": 2}}}, "positions.trailing.mode: with both pct and atr"),
        ({"trailing": {"distance": {}}}, "positions.trailing.distance: a distance is needed"),
        ({"partial": {"exit_sizes": [0.5, 0.3, 0.3]}}, "positions.partial.exit_sizes: more than the whole position"),
        ({"partial": {"exit_sizes": [0.5]}}, "positions.partial.exit_sizes: as many sizes as targets"),
        ({"partial": {"exit_targets": [0.03, 0.03, 0.1]}}, "positions.partial.exit_targets: each is to be above"),
        ({"partial": {"exit_targets": [n / 100 for n in range(1, 12)]}}, "positions.partial.exit_targets"),
        ({"partial": {"direction": "against"}, "entry": None}, "positions.partial: nothing can be added at a loss"),
        ({"early_cut": None}, "positions.early_cut.mfe_threshold: is missing"),
        (
            {"time": {"weekend": {"begins": "Fri 25:00"}}},
            "positions.time.weekend.begins: given 'Fri 25:00'; a day and a time are due",
        ),
        ({"time": {"timezone": "Mars"}}, "positions.time.timezone: given 'Mars'; no such time zone"),
    ],
)
def test_what_is_refused(block: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        plans(block)
    assert said in str(caught.value)


def test_lesson_99_an_addition_that_lies_beyond_the_stop_is_refused_with_both_numbers() -> None:
    with pytest.raises(ConfigError, match=r"at a loss of 0\.05: the stop is at 0\.05"):
        plans({"partial": {"direction": "against"}, "entry": None})


@pytest.mark.parametrize(("hours", "fits"), [(1, False), (1.5, False), (2, True), (24, True)])
def test_rp_9_2_a_window_is_a_whole_number_of_bars_and_more_than_one(hours: float, fits: bool) -> None:
    block = {"early_cut": {"mfe_threshold": 0.015, "evaluation_window_hours": hours}}
    if fits:
        assert plans(block)["s"].early_cut is not None
        return
    with pytest.raises(ConfigError, match="a whole number of bars of 1h, and more than one"):
        plans(block)


def test_with_both_distances_the_mode_says_which() -> None:
    found = plans({"trailing": {"distance": {"pct": 0.01, "atr": 2}, "mode": "wider"}})["s"].trailing
    assert found is not None
    assert (found.pct, found.atr, found.mode) == (D("0.01"), D(2), Distance.WIDER)
