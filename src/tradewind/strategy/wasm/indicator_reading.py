"""What an indicator says to a guest."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from tradewind.strategy.wasm.enums import SignalType

if TYPE_CHECKING:
    from tradewind.domain.market import Bar

S = SignalType
PERIOD_MAX = 10_000


class Reading(NamedTuple):
    """What an indicator says at a bar."""

    values: dict[str, float]
    signal: SignalType
    reason: str = ""


class GuestIndicator(Protocol):
    """Takes the bars of a symbol, one after the other."""

    def update(self, bar: Bar) -> None:
        """Take the next bar."""
        ...

    def read(self) -> Reading | None:
        """Return the reading at the last bar, None while there are too few."""
        ...


def beyond(value: float, low: float, high: float, names: tuple[SignalType, SignalType]) -> tuple[SignalType, str]:
    """Return what a value suggests that is below or above its bounds, and in words why."""
    if value < low:
        return names[0], f"below {low:g}"
    if value > high:
        return names[1], f"above {high:g}"
    return S.NO_ACTION, ""
