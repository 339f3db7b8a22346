"""What can be wrong with bars, and how grave it is: errors make a backtest wrong, warnings make it think.

Looks at a frame only; does not know where it came from and repairs nothing.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.time import NS_PER_DAY, Interval, TimeNs, iso
from tradewind.record.frames import pl
from tradewind.record.market_data.bars import PRICES, VALUES, find_gaps, floor_time

if TYPE_CHECKING:
    from collections.abc import Iterator

MEDIAN_BARS = 21
"""The bars before one that its close is held against: odd, and short enough to follow a trend."""

JUMP_FRACTION = 0.2
JUMP_FRACTION_DAILY = 0.5
"""A close this far from the median before it is worth a look; days move further than minutes."""


class Severity(enum.Enum):
    """Whether the bars can be used."""

    ERROR = "error"
    WARNING = "warning"


class Finding(msgspec.Struct, frozen=True):
    """One kind of fault: how often, where first, and what exactly."""

    code: str
    severity: Severity
    count: int
    ts_first: TimeNs
    detail: str


def check(frame: pl.DataFrame, interval: Interval, *, jump_fraction: float | None = None) -> list[Finding]:
    """List what is wrong with the bars, errors first."""
    return [*_order(frame), *_values(frame), *_gaps(frame, interval), *_oddities(frame, interval, jump_fraction)]


def bad_values() -> dict[str, pl.Expr]:
    """Return, by code, the expressions that are true on bars which no market can have printed."""
    top, bottom = pl.max_horizontal("open", "close", "low"), pl.min_horizontal("open", "close", "high")
    finite = pl.all_horizontal(pl.col(name).is_finite().fill_null(value=False) for name in VALUES)
    return {
        "non-finite": ~finite,
        "price-not-positive": finite & pl.any_horizontal(pl.col(name) <= 0 for name in PRICES),
        "volume-negative": finite & (pl.col("volume") < 0),
        "bad-ohlc": finite & ((pl.col("high") < top) | (pl.col("low") > bottom)),
    }


_BAD_VALUE_TEXT = {
    "non-finite": "a value is missing, NaN or infinite",
    "price-not-positive": "a price is zero or negative",
    "volume-negative": "volume below zero",
    "bad-ohlc": "high is not the highest or low not the lowest of the four prices",
}


def _found(code: str, severity: Severity, where: pl.DataFrame, detail: str) -> Iterator[Finding]:
    if where.height:
        yield Finding(code, severity, where.height, where.item(0, "ts_open"), detail)


def _order(frame: pl.DataFrame) -> Iterator[Finding]:
    step = pl.col("ts_open").diff()
    yield from _found("non-monotonic", Severity.ERROR, frame.filter(step < 0), "opens before the row above")
    again = frame.filter(pl.col("ts_open").is_duplicated() & ~pl.col("ts_open").is_first_distinct())
    yield from _found("duplicate", Severity.ERROR, again, "the same open time more than once")


def _values(frame: pl.DataFrame) -> Iterator[Finding]:
    for code, expression in bad_values().items():
        yield from _found(code, Severity.ERROR, frame.filter(expression), _BAD_VALUE_TEXT[code])


def _gaps(frame: pl.DataFrame, interval: Interval) -> Iterator[Finding]:
    gaps = find_gaps(frame["ts_open"].unique().sort(), interval)
    if gaps:
        longest = max(gaps, key=lambda gap: gap.ts_to - gap.ts_from)
        missing = sum(gap.bars(interval) for gap in gaps)
        worst = f"longest {longest.bars(interval)} from {iso(longest.ts_from)}"
        detail = f"{missing} bars missing in {len(gaps)} gaps; {worst}"
        yield Finding("gap", Severity.WARNING, len(gaps), gaps[0].ts_from, detail)


def _oddities(frame: pl.DataFrame, interval: Interval, jump_fraction: float | None) -> Iterator[Finding]:
    off_grid = frame.filter(pl.col("ts_open") != floor_time(interval))
    detail = f"open time is not a multiple of {interval.label} in UTC"
    yield from _found("misaligned", Severity.WARNING, off_grid, detail)
    quiet = frame.filter(pl.col("volume") == 0)
    yield from _found("zero-volume", Severity.WARNING, quiet, "nothing was traded")
    limit = jump_fraction or (JUMP_FRACTION_DAILY if interval.ns >= NS_PER_DAY else JUMP_FRACTION)
    median = pl.col("close").rolling_median(MEDIAN_BARS, min_samples=3).shift(1)
    finite = frame.filter(pl.col("close").is_finite())
    jumps = finite.filter((pl.col("close") / median - 1).abs() > limit)
    detail = f"close over {limit:.0%} from the median of the {MEDIAN_BARS} bars before"
    yield from _found("jump", Severity.WARNING, jumps, detail)
