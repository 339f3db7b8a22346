from __future__ import annotations

import math
from typing import Any

import pytest

from tradewind.strategy.indicators.base import BarFed, ValueFed, positive, whole


@pytest.mark.parametrize("number", [0, -1, 14.0, "14", True, None])
def test_whole_names_what_is_wrong(number: Any) -> None:
    with pytest.raises(ValueError, match="period must be a whole number of at least 1"):
        whole("period", number)


def test_whole_gives_the_number_back() -> None:
    assert whole("period", 14) == 14
    with pytest.raises(ValueError, match="at least 2, not 1"):
        whole("period", 1, 2)


@pytest.mark.parametrize("number", [0, -1.0, math.inf, math.nan])
def test_positive_names_what_is_wrong(number: float) -> None:
    with pytest.raises(ValueError, match="multiplier must be above zero and finite"):
        positive("multiplier", number)


def test_positive_gives_a_float_back() -> None:
    assert isinstance(positive("multiplier", 3), float)


@pytest.mark.parametrize(("fed", "takes"), [(ValueFed(3), "value"), (BarFed(3), "bar")])
def test_ready_is_to_have_a_value(fed: ValueFed | BarFed, takes: str) -> None:
    assert (fed.takes, fed.warmup, fed.ready) == (takes, 3, False)
    fed.value = 0.0
    assert fed.ready
