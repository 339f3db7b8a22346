from __future__ import annotations

import decimal
from decimal import Decimal

import numpy as np
import pytest

from tradewind.domain.money import (
    PRECISION_DIGITS,
    ceil_to,
    exact,
    floor_to,
    money_context,
    nearest_to,
    plain,
)

D = Decimal


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.1, "0.1"),
        (64_123.45, "64123.45"),
        (1e-8, "1E-8"),
        (7, "7"),
        ("0.00000001", "1E-8"),
        (D("1.50"), "1.50"),
        (np.float64(1.5), "1.5"),
    ],
)
def test_a_number_becomes_the_decimal_that_its_text_stands_for(number: float, text: str) -> None:
    assert str(exact(number)) == text


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf"), D("NaN"), D("Infinity"), "sNaN"])
def test_what_is_not_finite_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="not a finite number"):
        exact(number)


@pytest.mark.parametrize(
    ("value", "step", "floor", "ceil", "nearest"),
    [
        ("1.2345", "0.01", "1.23", "1.24", "1.23"),
        ("-1.2345", "0.01", "-1.24", "-1.23", "-1.23"),
        ("1.25", "0.1", "1.2", "1.3", "1.2"),
        ("1.35", "0.1", "1.3", "1.4", "1.4"),
        ("0.75", "0.25", "0.75", "0.75", "0.75"),
        ("101", "5", "100", "105", "100"),
        ("7", "0.3", "6.9", "7.2", "6.9"),
        ("0", "0.001", "0.000", "0.000", "0.000"),
        ("123456789012345678.123456789012345678", "1e-18", *["123456789012345678.123456789012345678"] * 3),
    ],
)
def test_rounding_to_steps(value: str, step: str, floor: str, ceil: str, nearest: str) -> None:
    found = floor_to(D(value), D(step)), ceil_to(D(value), D(step)), nearest_to(D(value), D(step))
    assert tuple(map(str, found)) == tuple(str(D(x).quantize(D(step))) for x in (floor, ceil, nearest))


def test_lesson_91_a_product_of_two_full_amounts_loses_no_digit() -> None:
    amount = D("123456789012345678.123456789012345678")
    numerator = 123456789012345678123456789012345678
    assert amount * amount == D(numerator * numerator).scaleb(-36)
    assert decimal.getcontext().prec == PRECISION_DIGITS


def test_the_context_is_left_again() -> None:
    before = decimal.getcontext().prec
    with money_context(), decimal.localcontext() as inner:
        inner.prec = 5
    assert decimal.getcontext().prec == before


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1E-8", "0.00000001"),
        ("1E+2", "100"),
        ("1.500", "1.5"),
        ("-0.00", "0"),
        ("0", "0"),
        ("-2.0", "-2"),
        ("10", "10"),
    ],
)
def test_plain_text_has_neither_exponent_nor_idle_zeros(value: str, text: str) -> None:
    assert plain(D(value)) == text
