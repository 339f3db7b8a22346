"""Whether a bar can be believed: finite, consistent, after the one before. Says what is wrong with it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tradewind.domain.market import Bar

_INFINITY = math.inf


def fault(bar: Bar) -> str:
    """Say what is wrong with a bar; the empty string if nothing is. NaN fails every comparison."""
    if not 0.0 < bar.low <= bar.high < _INFINITY:
        return f"low {bar.low!r} and high {bar.high!r} are not finite prices in this order"
    if not (bar.low <= bar.open <= bar.high and bar.low <= bar.close <= bar.high):
        return f"open {bar.open!r} or close {bar.close!r} lies outside of low {bar.low!r} and high {bar.high!r}"
    if not 0.0 <= bar.volume < _INFINITY:
        return f"volume {bar.volume!r} is not a finite amount"
    if bar.ts_venue <= bar.ts_open:
        return "closes before it opens"
    if bar.ts_recv < bar.ts_open:
        return "was heard of before it opened"
    return ""
