"""How many orders leave within a minute: entries beyond the limit are refused, exits count and pass."""

from __future__ import annotations

from collections import deque
from decimal import Decimal
from typing import TYPE_CHECKING

from tradewind.domain.step import Refusal, RefusalCode
from tradewind.domain.time import NS_PER_MINUTE

if TYPE_CHECKING:
    from tradewind.domain.time import TimeNs
    from tradewind.ports import View
    from tradewind.risk.checks import Candidate


class Rate:
    """The times of what was let through in the last minute; a window that slides."""

    def __init__(self, limit: int | None, view: View, code: RefusalCode = RefusalCode.ORDER_RATE) -> None:
        self.limit = limit
        """None where there is none: then nothing is counted."""
        self._view = view
        self._code = code
        self.sent: deque[TimeNs] = deque()

    def check(self, candidate: Candidate) -> Refusal | None:
        """Refuse one entry too many within a minute, or count it as sent; exits count and pass."""
        sent, now, limit = self.sent, self._view.now, self.limit
        since = now - NS_PER_MINUTE
        while sent and sent[0] <= since:
            sent.popleft()
        if candidate.adds and limit is not None and len(sent) >= limit:
            return Refusal(candidate.intent, self._code, Decimal(limit), Decimal(len(sent) + 1))
        sent.append(now)
        return None

    def count(self) -> None:
        """Count one as sent."""
        sent, since = self.sent, self._view.now - NS_PER_MINUTE
        while sent and sent[0] <= since:
            sent.popleft()
        sent.append(self._view.now)

    def kept(self) -> tuple[TimeNs, ...]:
        """Return the times within the last minute."""
        since = self._view.now - NS_PER_MINUTE
        return tuple(ts for ts in self.sent if ts > since)
