"""What an account has chosen: leverages, the mode of its positions, the key of its stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tradewind.exchange.binance.notes import Chosen


class Settings:
    """Of one account."""

    def __init__(self) -> None:
        self.leverage: dict[str, int] = {}
        """What was set, by contract."""
        self.has_sides = False
        """Whether long and short positions in a contract are held apart (hedge mode)."""

    def take(self, chosen: Chosen) -> None:
        """Note a choice."""
        match chosen.what:
            case "leverage":
                self.leverage[chosen.of] = int(chosen.value)
            case "sides":
                self.has_sides = chosen.value == "true"
            case "stream":
                pass  # the floor keeps it
            case other:
                raise AssertionError(f"no such setting: {other}")
