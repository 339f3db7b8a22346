"""Statistics as one session leaves them to the next, in a file beside its journal.

The file is a cache: where it is missing or old, the same is reckoned from the journal.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec


class KeptDrawdown(msgspec.Struct, frozen=True):
    """The peak, and what was lost from it."""

    peak: float | None
    peak_ts: int
    current: float
    worst: float
    worst_amount: float
    longest_ns: int


class KeptTally(msgspec.Struct, frozen=True):
    """The running sums of a period."""

    total: int
    winning: int
    losing: int
    realized: Decimal | None
    fees: Decimal | None
    turnover: Decimal | None
    loss: Decimal
    profit: Decimal
    unrealized: Decimal | None
    held_ns: int
    held_min_ns: int
    held_max_ns: int
    drawdown: KeptDrawdown
    is_drawdown_known: bool
    refusals: dict[str, int] = {}
    unvalued: int = 0


class KeptStats(msgspec.Struct, frozen=True):
    """The sums of an account up to a session's step `seq`, and those of the day that it stopped on."""

    seq: int
    day: str
    today: KeptTally
    total: KeptTally
    units: float
    """How many units the account has, as a fund counts; see `equity.Units`."""
    unit: float | None
    is_performance_known: bool
