"""How two runs of a strategy differ: how often, when first, and in what."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

import msgspec

from tradewind.domain.time import iso

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tradewind.app.strategy_check.trace import Decision


class Difference(msgspec.Struct, frozen=True):
    """How two runs differ: how often, and the first and the last time."""

    count: int
    first_ts: int
    last_ts: int
    was: str
    now: str

    def __str__(self) -> str:
        return f"{iso(self.first_ts)}: {self.change}"

    @property
    def change(self) -> str:
        """Say what the first difference is."""
        return f"{self.was or 'nothing'} became {self.now or 'nothing'}"


def difference(was: Sequence[Decision], now: Sequence[Decision], tolerance: float = 0) -> Difference | None:
    """Compare two runs time by time; None if they decided the same."""
    count, first, last = 0, None, 0
    for ts, one, other in _by_time(was, now):
        unequal = [pair for pair in zip(one, other, strict=False) if not pair[0].equals(pair[1], tolerance)]
        missing = abs(len(one) - len(other))
        if not unequal and not missing:
            continue
        count += len(unequal) + missing
        last = ts
        if first is None:
            at = one.index(unequal[0][0]) if unequal else min(len(one), len(other))
            first = ts, str(one[at]) if at < len(one) else "", str(other[at]) if at < len(other) else ""
    return None if first is None else Difference(count, first[0], last, first[1], first[2])


def joined(found: Sequence[Difference | None]) -> Difference | None:
    """Return the differences of several pairs of runs, later and later ones, as one."""
    there = [each for each in found if each is not None]
    if not there:
        return None
    return msgspec.structs.replace(there[0], count=sum(each.count for each in there), last_ts=there[-1].last_ts)


def row_of(found: Difference | None) -> dict[str, Any]:
    """Return a difference as a row of a table."""
    if found is None:
        return {"differ": 0, "first": "", "last": "", "change": ""}
    return {"differ": found.count, "first": iso(found.first_ts), "last": iso(found.last_ts), "change": found.change}


def _by_time(was: Sequence[Decision], now: Sequence[Decision]) -> Iterator[tuple[int, list[Decision], list[Decision]]]:
    """Pair what two runs said at each time."""
    one = {ts: list(said) for ts, said in groupby(was, key=lambda decision: decision.ts)}
    other = {ts: list(said) for ts, said in groupby(now, key=lambda decision: decision.ts)}
    for ts in sorted(one.keys() | other.keys()):
        yield ts, one.get(ts, []), other.get(ts, [])
