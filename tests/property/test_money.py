from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

from hypothesis import given
from hypothesis import strategies as st

from tradewind.domain.money import as_float, ceil_to, exact, floor_to, nearest_to, plain

D = Decimal
AMOUNTS = st.decimals("-1e18", "1e18", places=18) | st.decimals("-1", "1", places=18)
STEPS = st.sampled_from([D(s) for s in ("1e-18", "1e-8", "0.00025", "0.01", "0.05", "0.3", "1", "7", "10", "1e3")])


@given(AMOUNTS, STEPS)
def test_rounding_is_to_a_multiple_on_the_right_side_within_one_step(value: Decimal, step: Decimal) -> None:
    floor, ceil, nearest = floor_to(value, step), ceil_to(value, step), nearest_to(value, step)
    assert floor <= value <= ceil
    assert ceil - floor == (0 if value % step == 0 else step)
    assert nearest in (floor, ceil)
    assert abs(nearest - value) * 2 <= step
    for rounded in (floor, ceil, nearest):
        assert rounded % step == 0
        assert rounded.as_tuple().exponent == step.as_tuple().exponent


@given(AMOUNTS, STEPS)
def test_rounding_mirrors_and_repeats(value: Decimal, step: Decimal) -> None:
    assert floor_to(-value, step) == -ceil_to(value, step)
    assert nearest_to(-value, step) == -nearest_to(value, step)
    for rounded in (floor_to, ceil_to, nearest_to):
        once = rounded(value, step)
        assert rounded(once, step) == once


@given(AMOUNTS, AMOUNTS)
def test_a_product_is_that_of_the_integers_behind_it(left: Decimal, right: Decimal) -> None:
    integers = int(left.scaleb(18)) * int(right.scaleb(18))
    assert int((left * right).scaleb(36)) == integers


@given(st.integers(0, 10**15 - 1), st.integers(0, 10))
def test_what_an_exchange_prints_in_15_digits_comes_back_from_a_double(digits: int, places: int) -> None:
    printed = D(digits).scaleb(-places)
    assert exact(float(printed)) == printed


@given(AMOUNTS)
def test_plain_text_is_read_back_and_is_plain(value: Decimal) -> None:
    text = plain(value)
    assert D(text) == value
    assert "E" not in text
    assert text != "-0"


@given(AMOUNTS, STEPS, st.booleans())
def test_the_nearest_is_that_of_the_quotient_halves_to_even(value: Decimal, step: Decimal, half: bool) -> None:
    if half:
        value = floor_to(value, step) + step / 2
    assert nearest_to(value, step) == (value / step).to_integral_value(ROUND_HALF_EVEN) * step


@given(AMOUNTS, st.floats(allow_nan=False, allow_infinity=False) | AMOUNTS)
def test_a_float_is_the_decimal_s_own_whatever_lies_near(value: Decimal, near: float | Decimal) -> None:
    assert as_float(value, near) == as_float(value, float(value)) == as_float(value, value) == float(value)
