"""The risk of the day: what was lost, net, since it began, and what all positions lose from entry to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.money import ONE, ZERO
from tradewind.domain.units import FractionOfEquity
from tradewind.risk.entry.book import Stops, there

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from tradewind.domain.ids import ClientOrderId
    from tradewind.ports import View
    from tradewind.risk.entry.book import Line


def at_stake(found: list[Line], view: View, planned: Callable[[ClientOrderId], Decimal | None]) -> Decimal | None:
    """Return what is lost if every stop is hit, in the base currency; None if a price is missing.

    A stop on the profit side of the entry has nothing at stake.
    """
    if not found:
        return ZERO
    stops, total = Stops(view.open_orders(), planned), ZERO
    for line in there(found):
        facts = view.instrument(line.key[1])
        worth = view.worth(facts.quote)
        if worth is None:
            return None
        total += stops.lost(line) * abs(line.quantity) * facts.multiplier * worth
    return total


def left(limit: Decimal, factor: Decimal, *, baseline: Decimal, lost: Decimal, staked: Decimal) -> FractionOfEquity:
    """Return what the day may still lose, over the equity that it began with; below 0 if it has lost too much.

    `factor` is that of dynamic risk, which can only lower the limit.
    """
    used = staked + lost if lost > ZERO else staked
    most = limit if factor is ONE else limit * min(factor, ONE)
    return FractionOfEquity(most - used / baseline if used else most)
