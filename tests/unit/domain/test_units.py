"""Four kinds of numbers that do not mix (spec/risk-and-positions.md 0)."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations
from operator import add, ge, gt, le, lt, sub
from typing import Any

import pytest

from tradewind.domain.units import FractionOfEquity, FractionOfOriginal, PriceMove, Quantity

D = Decimal
KINDS = (FractionOfEquity, FractionOfOriginal, PriceMove, Quantity)


@pytest.mark.parametrize("pair", list(permutations(KINDS, 2)), ids=str)
@pytest.mark.parametrize("act", [add, sub, lt, le, gt, ge])
def test_lesson_88_two_kinds_do_not_mix(act: Any, pair: Any) -> None:
    one, other = (kind(D(1)) for kind in pair)
    with pytest.raises(TypeError):
        act(one, other)


def test_lesson_88_the_type_checker_refuses_what_would_mix() -> None:
    """An ignore that is not needed is an error of mypy, so these lines show that it finds them."""
    with pytest.raises(TypeError):
        FractionOfEquity(D(1)) + Quantity(D(1))  # type: ignore[operator]
    with pytest.raises(TypeError):
        assert PriceMove(D(1)) < FractionOfOriginal(D(1))  # type: ignore[operator]
    with pytest.raises(TypeError):
        Quantity(1.0)  # type: ignore[arg-type]


def test_a_plain_number_is_no_unit() -> None:
    unit: Any = FractionOfEquity(D("0.1"))
    for other in (1, 1.0, D(1)):
        with pytest.raises(TypeError):
            unit + other
    assert unit * D(2) == FractionOfEquity(D("0.2"))
    with pytest.raises(TypeError):
        unit * 2.0


@pytest.mark.parametrize("text", ["nan", "inf", "-inf"])
def test_what_is_not_finite_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="finite"):
        PriceMove(D(text))


def test_moves_are_signed_by_side() -> None:
    assert PriceMove.between(D(100), D(95), 1) == PriceMove(D("-0.05"))
    assert PriceMove.between(D(100), D(95), -1) == PriceMove(D("0.05"))
    assert PriceMove(D("0.05")).price_from(D(100), -1) == 95
    assert FractionOfEquity(D("0.02")).over(PriceMove(D("0.05"))) == FractionOfEquity(D("0.4"))
    assert FractionOfEquity(D("0.4")).lost_at(PriceMove(D("0.05"))) == FractionOfEquity(D("0.02"))
    assert FractionOfOriginal(D("0.25")).of(Quantity(D(10))) == Quantity(D("2.5"))
    with pytest.raises(ValueError, match="distance"):
        FractionOfEquity(D("0.02")).over(PriceMove(D(0)))
