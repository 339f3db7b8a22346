"""Trading days. Markets that never close have a day that ends at midnight UTC."""

from __future__ import annotations

from tradewind.domain.time import NS_PER_DAY, TimeNs


class AlwaysOpen:
    """A market that never closes; its day ends so many nanoseconds after midnight UTC."""

    def __init__(self, day_end_ns: int = 0) -> None:
        self._offset = day_end_ns

    def day_end(self, ts: TimeNs) -> TimeNs:
        """Return the end of the day that `ts` lies in, strictly after `ts`."""
        return ts - (ts - self._offset) % NS_PER_DAY + NS_PER_DAY
