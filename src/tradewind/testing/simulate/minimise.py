"""A failing world with as little in it as still fails: by leaving out faults, then wishes, then bars.

Delta debugging (A. Zeller, R. Hildebrandt, "Simplifying and isolating failure-inducing input", IEEE TSE
28, 2002): halves first, then ever smaller parts, until no single one can be left out or `runs_max` is reached.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec

from tradewind.testing.world import World

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.testing.plan import Plan

RUNS_MAX = 400
"""Some twenty seconds; what is left then is small enough."""
Item = TypeVar("Item")


class Minimiser:
    """Looks for the smallest plan that the same checker objects to."""

    def __init__(self, plan: Plan, blamed: str, *, runs_max: int = RUNS_MAX) -> None:
        self.plan = plan
        self.runs = 0
        self._blamed = blamed
        self._runs_max = runs_max

    def run(self) -> Plan:
        """Return the smallest plan found."""
        replace = msgspec.structs.replace
        self._shrink(self.plan.faults, lambda kept: replace(self.plan, faults=kept))
        self._shrink(self.plan.wishes, lambda kept: replace(self.plan, wishes=kept))
        terms = self.plan.terms
        bars = terms.bars
        while bars > 2 and self._fails(replace(self.plan, terms=replace(terms, bars=bars * 3 // 4))):
            bars = bars * 3 // 4
        self._shrink(self.plan.faults, lambda kept: replace(self.plan, faults=kept))
        return self.plan

    def _shrink(self, items: tuple[Item, ...], made: Callable[[tuple[Item, ...]], Plan]) -> None:
        parts = 1
        while items and self.runs < self._runs_max:
            size = -(-len(items) // parts)
            for start in range(0, len(items), size):
                rest = (*items[:start], *items[start + size :])
                if self._fails(made(rest)):
                    items, parts = rest, max(parts - 1, 1)
                    break
            else:
                if size == 1:
                    return
                parts = min(2 * parts, len(items))

    def _fails(self, plan: Plan) -> bool:
        """Try a plan, and keep it if it fails in the same way."""
        if self.runs >= self._runs_max:
            return False
        self.runs += 1
        if World(plan).run().blamed != self._blamed:
            return False
        self.plan = plan
        return True
