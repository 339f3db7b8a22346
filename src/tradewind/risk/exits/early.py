"""The early cut: a position that has not moved our way in time is closed (spec/risk-and-positions.md, section 9).

What counts is the best price of closed bars after the one of the entry, up to the end of the window; it is kept as the
bars come. Where bars are missing nothing is proven, and the position is held.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.money import exact
from tradewind.domain.order import Side
from tradewind.risk.exits.stops import gain

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from tradewind.domain.market import Bar
    from tradewind.domain.time import TimeNs
    from tradewind.risk.exits.plan import EarlyCutPlan


def widened(
    plan: EarlyCutPlan, best: Decimal | None, bars: Iterable[Bar], *, side: Side, entered_at: TimeNs
) -> Decimal | None:
    """Return the best price so far, with these bars as well: None before the first that counts."""
    for bar in bars:
        if bar.ts_open <= entered_at or bar.ts_venue > entered_at + plan.window_ns:
            continue
        price = exact(bar.high if side is Side.BUY else bar.low)
        if best is None or (price - best) * side.sign > 0:
            best = price
    return best


def is_cut(  # noqa: PLR0913 - the facts of a position
    plan: EarlyCutPlan, best: Decimal | None, *, side: Side, entry: Decimal, entered_at: TimeNs, now: TimeNs
) -> bool:  # fmt: skip
    """Tell whether the window is over, and the best price in it was strictly below the threshold."""
    over = now >= entered_at + plan.window_ns
    return over and best is not None and gain(side, entry, best) < plan.threshold
