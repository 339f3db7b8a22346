from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.domain.instrument import FeeSchedule, Rounding
from tradewind.domain.money import plain
from tradewind.testing import instrument

D = Decimal

STEPS = ("0.01", "0.1", "1", "0.00001", "1e-8", "0.5", "0.25", "5", "10", "100", "0.0005", "0.05", "1e-18", "0.000025")
"""Ticks and lots of real instruments: coins, shares, futures, tokens of 18 digits."""
FLOATS = st.floats(1e-8, 1e9)


def is_multiple(text: str, step: str) -> bool:
    """Reckon on the text itself, in integers, as a venue would."""
    whole, _, part = text.partition(".")
    digits = max(len(part), 18)
    return int(whole + part.ljust(digits, "0")) % int(D(step).scaleb(digits)) == 0


@given(FLOATS, st.sampled_from(STEPS), st.sampled_from(Rounding))
def test_lesson_59_a_price_is_a_multiple_of_the_tick_as_text(value: float, tick: str, rounding: Rounding) -> None:
    price = instrument(tick=tick).price(value, rounding)
    assert is_multiple(plain(price), tick)
    away = price - D(repr(value))
    assert abs(away) < D(tick)
    right = {Rounding.DOWN: away <= 0, Rounding.UP: away >= 0, Rounding.NEAREST: abs(away) <= D(tick) / 2}
    assert right[rounding]


@given(FLOATS, st.sampled_from(STEPS), st.booleans())
def test_lesson_59_and_66_a_quantity_is_a_multiple_of_the_lot_never_more_than_asked(
    value: float, lot: str, short: bool
) -> None:
    quantity = instrument(lot=lot).quantity(-value if short else value)
    assert is_multiple(plain(abs(quantity)), lot)
    assert D(0) <= D(repr(value)) - abs(quantity) < D(lot)
    assert not quantity or (quantity < 0) is short


def test_no_float_tails() -> None:
    assert str(instrument(lot="0.1").quantity(0.1 + 0.2)) == "0.3"
    assert str(instrument(tick="0.01").price(4.35, Rounding.DOWN)) == "4.35"
    assert str(instrument(lot="0.00001").quantity(0.00123)) == "0.00123"


def test_notional_is_signed_like_the_quantity_and_knows_the_multiplier() -> None:
    assert instrument(multiplier="10").notional(D(-2), D("1.5")) == D(-30)


@pytest.mark.parametrize(("maker", "rate"), [(True, "0.0002"), (False, "0.0005")])
def test_fees_are_fractions_of_the_value(maker: bool, rate: str) -> None:
    assert FeeSchedule(D(2), D(5)).rate(maker=maker) == D(rate)
