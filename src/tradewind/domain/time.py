"""Time as integers: nanoseconds since 1970-01-01 UTC, and the intervals of bars.

No clock is read here, and nothing of `datetime`: what people read is made at the edge or by `iso`.
"""

from __future__ import annotations

import msgspec

TimeNs = int
"""Nanoseconds since the epoch, UTC."""

NS_PER_MS = 1_000_000
NS_PER_SECOND = 1_000_000_000
NS_PER_MINUTE = 60 * NS_PER_SECOND
NS_PER_HOUR = 60 * NS_PER_MINUTE
NS_PER_DAY = 24 * NS_PER_HOUR
NEVER: TimeNs = 2**63 - 1

_MONDAY_OFFSET_NS = 4 * NS_PER_DAY
"""1970-01-01 was a Thursday; the first Monday is four days later."""

_UNIT_NS = {"s": NS_PER_SECOND, "m": NS_PER_MINUTE, "h": NS_PER_HOUR, "d": NS_PER_DAY, "w": 7 * NS_PER_DAY}

INTERVALS = ("1s", "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w", "1M")
"""The intervals that venues publish; `Interval.parse` takes any other multiple as well."""


class Interval(msgspec.Struct, frozen=True, gc=False):
    """The length of a bar: `label` as people write it, `ns` its length (for `1M`, that of 30 days)."""

    label: str
    ns: int

    @classmethod
    def parse(cls, text: str) -> Interval:
        """Read `1m`, `4h`, `1d`, `1w` or `1M`; raise `ValueError` for anything else."""
        count, unit = text[:-1], text[-1:]
        if text == "1M":
            return cls("1M", 30 * NS_PER_DAY)
        if not (count.isascii() and count.isdecimal()) or count.startswith("0") or unit not in _UNIT_NS:
            raise ValueError(f"not an interval: {text!r} (a number and one of s, m, h, d, w; or 1M)")
        return cls(text, int(count) * _UNIT_NS[unit])

    def is_made_of(self, shorter: Interval) -> bool:
        """Tell whether a bar of this interval can be put together from whole bars of `shorter`."""
        if self.label == "1M":
            return NS_PER_DAY % shorter.ns == 0
        begins = self.floor(0)
        return self.ns > shorter.ns and self.ns % shorter.ns == 0 and shorter.floor(begins) == begins

    def floor(self, ts: TimeNs) -> TimeNs:
        """Return the open time of the bar that contains `ts`; weeks begin on Monday, months on their first."""
        if self.label == "1M":
            year, month, _ = civil(ts // NS_PER_DAY)
            return day_number(year, month, 1) * NS_PER_DAY
        if self.label.endswith("w"):
            return ts - (ts - _MONDAY_OFFSET_NS) % self.ns
        return ts - ts % self.ns

    def next(self, ts: TimeNs) -> TimeNs:
        """Return the open time of the bar after the one that contains `ts`."""
        if self.label == "1M":
            year, month, _ = civil(ts // NS_PER_DAY)
            return day_number(year + month // 12, month % 12 + 1, 1) * NS_PER_DAY
        return self.floor(ts) + self.ns


def civil(days: int) -> tuple[int, int, int]:
    """Turn days since the epoch into (year, month, day).

    Source: H. Hinnant, "chrono-compatible low-level date algorithms", `civil_from_days`.
    """
    z = days + 719_468
    era = z // 146_097
    doe = z - era * 146_097
    yoe = (doe - doe // 1460 + doe // 36_524 - doe // 146_096) // 365
    doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
    mp = (5 * doy + 2) // 153
    month = mp + 3 if mp < 10 else mp - 9
    return yoe + era * 400 + (month <= 2), month, doy - (153 * mp + 2) // 5 + 1


def day_number(year: int, month: int, day: int) -> int:
    """Turn a date into days since the epoch (the inverse of `civil`; same source)."""
    y = year - (month <= 2)
    era = y // 400
    yoe = y - era * 400
    doy = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    return era * 146_097 + yoe * 365 + yoe // 4 - yoe // 100 + doy - 719_468


def iso_date(ts: TimeNs) -> str:
    """Write the UTC date of `ts` as `2024-06-25`."""
    year, month, day = civil(ts // NS_PER_DAY)
    return f"{year:04d}-{month:02d}-{day:02d}"


def iso(ts: TimeNs) -> str:
    """Write `ts` as `2024-06-25T23:59:00Z`, with as many decimals as it needs."""
    seconds, nanos = divmod(ts % NS_PER_DAY, NS_PER_SECOND)
    fraction = f".{nanos:09d}".rstrip("0") if nanos else ""
    return f"{iso_date(ts)}T{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{fraction}Z"
