"""Which bars of a held position need no look: those after which a look would find everything as it was.

Most bars bring no new best price and reach no level. A look that has wished for nothing and changed nothing is the same
again until a price leaves the band that is drawn here, a word about an order comes, or a timer fires.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tradewind.domain.order import Side
from tradewind.domain.time import NEVER
from tradewind.risk.exits.parts import addition, target_price, wanted

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.exits import KeptExits
    from tradewind.domain.market import Bar
    from tradewind.domain.time import TimeNs
    from tradewind.engine.position_hands import Hands
    from tradewind.risk.exits.plan import ExitPlan, PartialPlan

_BUY = Side.BUY
INFINITY = float("inf")


class Calm(NamedTuple):
    """Bars that close strictly within the band, stay within the reach, and end before a time, change nothing."""

    low: float
    high: float
    reach_low: float
    reach_high: float
    until: TimeNs

    def covers(self, bar: Bar) -> bool:
        """Tell whether a bar needs no look."""
        return (
            self.low < bar.close < self.high and bar.high <= self.reach_high and bar.low >= self.reach_low
            and bar.ts_recv < self.until
        )  # fmt: skip


def calm(hands: Hands, plan: ExitPlan, kept: KeptExits, held: Decimal) -> Calm | None:
    """Return the band around a position of which the last look has found everything in order; None if there is none."""
    if kept.leaving or kept.failures or kept.bare_since is not None or hands.entry_lives(kept):
        return None
    if plan.trailing is not None and (kept.best is None or (kept.trails and plan.trailing.atr is not None)):
        return None
    ahead: list[Decimal] = []  # prices in favour at which something is done
    behind: list[Decimal] = []
    if plan.trailing is not None and kept.best is not None:
        ahead.append(kept.best)
    if kept.target is not None:
        ahead.append(kept.target)
    if plan.partial is not None:
        _add_levels(hands, plan.partial, kept, held, (ahead, behind))
    reach, until = INFINITY, NEVER
    if plan.early_cut is not None:
        if kept.reached is None:
            return None
        until = kept.entered_at + plan.early_cut.window_ns
        reach = float(kept.reached) if hands.view.now < until else INFINITY
        until = until if hands.view.now < until else NEVER
    if kept.side is _BUY:
        return Calm(
            float(max(behind, default=0)), float(min(ahead, default=INFINITY)), 0.0, reach, until
        )  # fmt: skip
    low = 0.0 if reach == INFINITY else reach
    return Calm(float(max(ahead, default=0)), float(min(behind, default=INFINITY)), low, INFINITY, until)


def _add_levels(
    hands: Hands, plan: PartialPlan, kept: KeptExits, held: Decimal, levels: tuple[list[Decimal], list[Decimal]]
) -> None:
    """Add the prices at which is added to a position, and at which parts are sold that cannot rest."""
    ahead, behind = levels
    facts = hands.instrument(kept)
    base = hands.portfolio.position(kept.instrument, kept.strategy).average_price
    if plan.from_original and kept.price is not None:
        base = kept.price
    if addition(plan, kept.added, kept.original, facts.lot):
        sign = -kept.side.sign if plan.against else kept.side.sign
        (behind if plan.against else ahead).append(base * (1 + sign * plan.thresholds[kept.added]))
    if hands.locks(kept):
        left = wanted(plan, kept.original, held, kept.taken, facts.lot)
        ahead += [target_price(plan, n, kept.side, base, facts) for n, each in enumerate(left) if each]
