"""Four kinds of numbers that do not mix: what is a fraction of what, a move of the price, a quantity.

`.05` is five per cent everywhere. Adding or comparing two kinds is an error for the type checker and a `TypeError` at
run time. Each holds a decimal, so an account is reckoned to the last digit.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Self

import msgspec

from tradewind.domain.money import ONE


class Unit(msgspec.Struct, frozen=True, gc=False):
    """A finite number of one kind; `ValueError` for any other, `TypeError` for a float."""

    value: Decimal

    def __post_init__(self) -> None:
        value = self.value
        if type(value) is not Decimal:
            raise TypeError(f"{type(self).__name__} holds a Decimal, not {type(value).__name__}")
        if not value.is_finite():
            raise ValueError(f"not a finite {type(self).__name__}: {self.value}")

    def __add__(self, other: Self) -> Self:
        return type(self)(self.value + other.value) if type(other) is type(self) else NotImplemented

    def __sub__(self, other: Self) -> Self:
        return type(self)(self.value - other.value) if type(other) is type(self) else NotImplemented

    def __mul__(self, factor: Decimal) -> Self:
        return type(self)(self.value * factor) if type(factor) is Decimal else NotImplemented

    def __neg__(self) -> Self:
        return type(self)(-self.value)

    def __abs__(self) -> Self:
        return type(self)(abs(self.value))

    def __bool__(self) -> bool:
        return bool(self.value)

    def __lt__(self, other: Self) -> bool:
        return self.value < other.value if type(other) is type(self) else NotImplemented

    def __le__(self, other: Self) -> bool:
        return self.value <= other.value if type(other) is type(self) else NotImplemented

    def __gt__(self, other: Self) -> bool:
        return self.value > other.value if type(other) is type(self) else NotImplemented

    def __ge__(self, other: Self) -> bool:
        return self.value >= other.value if type(other) is type(self) else NotImplemented


class Quantity(Unit, frozen=True, gc=False):
    """So many base units."""


class PriceMove(Unit, frozen=True, gc=False):
    """A move of the price, as a fraction of where it began; a gain of the position is positive."""

    @classmethod
    def between(cls, entry: Decimal, price: Decimal, sign: int) -> Self:
        """Return the move from `entry` to `price` for a position whose side has this sign (1 long, -1 short)."""
        return cls((price - entry) * sign / entry)

    def price_from(self, entry: Decimal, sign: int) -> Decimal:
        """Return the price at which a position from `entry` has made this move, not yet on the tick."""
        return entry * (ONE + self.value * sign)


class FractionOfEquity(Unit, frozen=True, gc=False):
    """A part of the equity: .1 is a tenth of it."""

    @classmethod
    def of(cls, value: Decimal, equity: Decimal) -> Self:
        """Return which part of `equity` a value in the same currency is; `ZeroDivisionError` where there is none."""
        return cls(value / equity)

    def over(self, distance: PriceMove) -> FractionOfEquity:
        """Return how large a position loses just this, if it is closed at this distance (`ValueError`: not above 0)."""
        if distance.value <= 0:
            raise ValueError(f"a position loses nothing at a distance of {distance.value}")
        return FractionOfEquity(self.value / distance.value)

    def lost_at(self, distance: PriceMove) -> FractionOfEquity:
        """Return what a position of this size loses if it is closed at this distance."""
        return FractionOfEquity(self.value * distance.value)


class FractionOfOriginal(Unit, frozen=True, gc=False):
    """A part of the quantity that a position began with."""

    def of(self, original: Quantity) -> Quantity:
        """Return the quantity, not yet on the lot."""
        return Quantity(original.value * self.value)
