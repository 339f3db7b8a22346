"""What can be configured where market data come from files or from nowhere: replay and mock."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from tradewind.venues.registry.fields import (
    Count,
    Instant,
    Milliseconds,
    Positive,
    Seed,
    Settings,
    Share,
    Texts,
    mistake,
)


class ReplaySettings(Settings):
    """Recorded market data, played back."""

    path: Texts
    """Files, folders, a catalog's folder, one of its series (`binance:BTCUSDT:1m`), or `sample`."""
    speed: Annotated[str, Field(pattern=r"^(max|[0-9]+(\.[0-9]+)?x)$", examples=["max", "1x", "60x"])] = "max"
    """`1x` is real time, `60x` an hour a minute, `max` as fast as the engine goes."""
    start: Instant | None = None
    """Leave out what opens before."""
    end: Instant | None = None
    """Leave out what opens at this time or later."""
    latency_ms: Milliseconds = 0
    """How long after the venue's time an event reaches us."""

    @property
    def speed_factor(self) -> float | None:
        """Return how many times faster than real time; None is as fast as possible."""
        return None if self.speed == "max" else float(self.speed[:-1])

    @model_validator(mode="after")
    def _makes_sense(self) -> ReplaySettings:
        if self.speed_factor == 0:
            raise mistake("a speed of 0 never ends", "speed")
        if self.start and self.end and self.end <= self.start:
            raise mistake("the end must lie after the start", "end")
        return self


class MockSettings(Settings):
    """Made-up bars, the same for the same seed; nothing outside is touched."""

    pattern: Literal["increasing", "decreasing", "volatile"] = "volatile"
    """How prices move."""
    seed: Seed = 42
    """Same seed, same bars."""
    bars: Count | None = None
    """How many bars a symbol has; null never ends."""
    interval_ms: Milliseconds = 0
    """Wall time between two bars; 0 is as fast as the engine goes."""
    start: Instant = datetime(2024, 1, 1, tzinfo=UTC)
    """Open time of the first bar."""
    start_price: Positive = Decimal(30_000)
    """Price at the first bar."""
    volatility: Share = 0.002
    """Standard deviation of a bar's return, as a fraction."""
    error_rate: Share = 0.0
    """Fraction of bars in whose place the stream breaks, to see what the engine does."""
