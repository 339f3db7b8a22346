"""What an indicator is: an object that takes one value or one bar at a time and answers a float.

An indicator is plain state, so it can be copied and pickled. It checks its parameters once, when it is
made; it never checks what it is fed, because bars are checked before they get here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, Protocol

if TYPE_CHECKING:
    from tradewind.domain.market import Bar

Takes = Literal["value", "bar"]
"""What `update` is fed: a float, or a closed bar."""


class Indicator(Protocol):
    """Answers `value` after each `update`: None for the first `warmup` updates, then a float."""

    takes: ClassVar[Takes]
    value: float | None
    warmup: int

    @property
    def ready(self) -> bool:
        """Tell whether there is a value."""
        ...


class ValueIndicator(Indicator, Protocol):
    """An indicator of a series of floats, in the order of time."""

    def update(self, value: float, /) -> float | None:
        """Take the next value and return the indicator's own."""
        ...


class BarIndicator(Indicator, Protocol):
    """An indicator of closed bars, in the order of time."""

    def update(self, bar: Bar, /) -> float | None:
        """Take the next bar and return the indicator's value."""
        ...


class Fed:
    """What all indicators have in common."""

    __slots__ = ("value", "warmup")

    takes: ClassVar[Takes]

    def __init__(self, warmup: int) -> None:
        self.value: float | None = None
        self.warmup = warmup

    @property
    def ready(self) -> bool:
        """Tell whether there is a value."""
        return self.value is not None


class ValueFed(Fed):
    """What is fed floats."""

    __slots__ = ()

    takes: ClassVar[Takes] = "value"


class BarFed(Fed):
    """What is fed closed bars."""

    __slots__ = ()

    takes: ClassVar[Takes] = "bar"


def whole(name: str, number: int, least: int = 1) -> int:
    """Return `number`; raise `ValueError` that names the parameter if it is no int of at least `least`."""
    if type(number) is not int or number < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, not {number!r}")
    return number


def positive(name: str, number: float) -> float:
    """Return `number` as a float; raise `ValueError` that names the parameter if it is not above zero."""
    if not 0.0 < number < float("inf"):
        raise ValueError(f"{name} must be above zero and finite, not {number!r}")
    return float(number)
