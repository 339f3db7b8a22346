"""What the market is said to be like: a port with recorded inputs, for whoever has a model of it."""

from __future__ import annotations

import enum

from tradewind.domain.message import Message


class Trend(enum.Enum):
    """Where prices go."""

    UP = "up"
    DOWN = "down"
    RANGE = "range"
    UNKNOWN = "unknown"


class Volatility(enum.Enum):
    """How far they swing."""

    LOW = "low"
    HIGH = "high"
    UNKNOWN = "unknown"


class Regime(Message, frozen=True, gc=False):
    """What an instrument's market is said to be like; unknown is a word of its own, and never neutral."""

    trend: Trend = Trend.UNKNOWN
    volatility: Volatility = Volatility.UNKNOWN
    confidence: float | None = None
    """0 to 1; None where nobody says."""
    bars: int = 0
    """For how many closed bars it has been so."""


UNKNOWN = Regime()
