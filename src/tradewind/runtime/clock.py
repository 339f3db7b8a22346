"""The clock on the wall, as nanoseconds that never go back."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tradewind.domain.time import TimeNs


class WallClock:
    """UTC from the machine; a clock that is set back stands still until the time has come again."""

    def __init__(self) -> None:
        self._latest: TimeNs = 0

    def now(self) -> TimeNs:
        """Return the present."""
        self._latest = max(self._latest, time.time_ns())
        return self._latest
