"""Exact money: decimals, how they are rounded, and the precision that they are reckoned with.

Amounts have up to 18 digits on each side of the point, and products of two of them must not lose a
digit; the default context of `decimal` (28 digits) would lose some in silence. Whoever drives an
engine enters `money_context()` first.
"""

from __future__ import annotations

import decimal
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

ZERO = Decimal(0)
ONE = Decimal(1)
BPS = Decimal("0.0001")
"""One basis point, as a fraction."""

FINEST = Decimal("1e-18")
"""As fine as any amount that a venue keeps books of; what must be divided is rounded to it, and sums stay exact."""

PRECISION_DIGITS = 80
"""18 + 18 digits times 18 + 18 digits, and room for a sum over a long session."""

RECENT_MAX = 1024
_RECENT: dict[float, Decimal] = {}
"""Floats that were turned lately: of one price it is asked thrice. A plain dict takes a third less than an LRU."""

_CONTEXT = decimal.Context(prec=PRECISION_DIGITS, rounding=ROUND_HALF_EVEN)


def money_context() -> AbstractContextManager[decimal.Context]:
    """Enter the decimal context in which no product of two amounts loses a digit."""
    return decimal.localcontext(_CONTEXT)


def exact(number: float | int | str | Decimal) -> Decimal:
    """Turn a number into the decimal that its shortest text stands for; refuse what is not finite.

    `Decimal(repr(x))` gives back exactly the decimal that an exchange printed, as a double holds 15 digits.
    It is asked of `float` itself, as numpy's doubles write their type around the number.
    """
    if type(number) is float:
        known = _RECENT.get(number)
        return _turned(number) if known is None else known
    if type(number) is Decimal and number.is_finite():
        return number
    value = Decimal(float.__repr__(number) if isinstance(number, float) else number)
    if not value.is_finite():
        raise ValueError(f"not a finite number: {number!r}")
    return value


def _turned(number: float) -> Decimal:
    """Turn a float into its decimal, and remember it for a while; 0.0 and -0.0 are one key, so neither."""
    value = Decimal(repr(number))
    if not value.is_finite():
        raise ValueError(f"not a finite number: {number!r}")
    if number:
        if len(_RECENT) >= RECENT_MAX:
            _RECENT.clear()
        _RECENT[number] = value
    return value


def as_float(value: Decimal, near: float | Decimal) -> float:
    """Return the float of a decimal: that of `near` if it stands for the same, as a decimal takes long to turn."""
    return float(near if exact(near) == value else value)


def floor_to(value: Decimal, step: Decimal) -> Decimal:
    """Round down (towards minus infinity) to a multiple of `step`, with the digits of `step`."""
    rounded = value // step * step
    return rounded if rounded <= value else rounded - step


def ceil_to(value: Decimal, step: Decimal) -> Decimal:
    """Round up (towards plus infinity) to a multiple of `step`, with the digits of `step`."""
    rounded = value // step * step
    return rounded if rounded >= value else rounded + step


def nearest_to(value: Decimal, step: Decimal) -> Decimal:
    """Round to the nearest multiple of `step`, halves to even, with the digits of `step`."""
    near = value.quantize(step, ROUND_HALF_EVEN)
    if not near % step:  # most steps are a power of ten, and then this is all; else what is nearer is no multiple
        return near
    return ((value / step).to_integral_value(ROUND_HALF_EVEN) * step).quantize(step)


def plain(value: Decimal) -> str:
    """Write a decimal without exponent, without trailing zeros, and zero without a sign."""
    text = format(value, "f") if value else "0"
    return text.rstrip("0").rstrip(".") if "." in text else text
