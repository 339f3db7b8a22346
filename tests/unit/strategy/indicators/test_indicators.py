"""What every indicator promises, whatever it computes."""

from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.strategy.indicators.series import generated
from tradewind.strategy import indicators as ours

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.strategy.indicators import BarIndicator, Indicator, ValueIndicator

OF_VALUES: dict[str, Callable[[], ValueIndicator]] = {
    "BollingerBands": lambda: ours.BollingerBands(5),
    "EMA": lambda: ours.EMA(5),
    "Highest": lambda: ours.Highest(5),
    "Lowest": lambda: ours.Lowest(5),
    "MACD": lambda: ours.MACD(3, 5, 4),
    "RSI": lambda: ours.RSI(5),
    "RSI-simple": lambda: ours.RSI(5, "simple"),
    "SMA": lambda: ours.SMA(5),
    "StdDev": lambda: ours.StdDev(5),
    "WMA": lambda: ours.WMA(5),
}
OF_BARS: dict[str, Callable[[], BarIndicator]] = {
    "ADX": lambda: ours.ADX(5),
    "ATR": lambda: ours.ATR(5),
    "CCI": lambda: ours.CCI(5),
    "Donchian": lambda: ours.Donchian(5),
    "OBV": ours.OBV,
    "RollingVWAP": lambda: ours.RollingVWAP(5),
    "Stochastic": lambda: ours.Stochastic(5, 3, 2),
    "SuperTrend": lambda: ours.SuperTrend(5),
    "TrueRange": ours.TrueRange,
    "VWAP": lambda: ours.VWAP(60),
    "WilliamsR": lambda: ours.WilliamsR(5),
}
ALL: dict[str, Any] = {**OF_VALUES, **OF_BARS}
CONTRACTS = {"BarIndicator", "Indicator", "Takes", "ValueIndicator"}


def food(indicator: Indicator) -> list[Any]:
    of = generated()
    return of.close.tolist()[:60] if indicator.takes == "value" else list(of.bars[:60])


def test_none_is_missing_here() -> None:
    assert {name.partition("-")[0] for name in ALL} | CONTRACTS == set(ours.__all__)


def test_each_says_what_it_takes() -> None:
    assert {make().takes for make in OF_VALUES.values()} == {"value"}
    assert {make().takes for make in OF_BARS.values()} == {"bar"}


@pytest.mark.parametrize("name", ALL)
def test_the_value_comes_after_the_warm_up_and_stays(name: str) -> None:
    indicator = ALL[name]()
    assert not indicator.ready
    assert indicator.value is None
    for count, fed in enumerate(food(indicator), 1):
        value = indicator.update(fed)
        assert value == indicator.value
        assert indicator.ready == (count > indicator.warmup)
        assert type(value) is (float if indicator.ready else type(None))


@pytest.mark.parametrize("name", ALL)
def test_copies_go_on_as_the_original_does(name: str) -> None:
    indicator = ALL[name]()
    food_of_it = food(indicator)
    for half in (2, 23):
        for fed in food_of_it[:half]:
            indicator.update(fed)
        copies = [copy.deepcopy(indicator), pickle.loads(pickle.dumps(indicator))]
        alone = [indicator.update(fed) for fed in food_of_it]
        for each in copies:
            assert [each.update(fed) for fed in food_of_it] == alone


@pytest.mark.parametrize("name", ALL)
def test_state_lies_in_slots(name: str) -> None:
    assert not hasattr(ALL[name](), "__dict__")
