"""Who moves with whom, and in which direction: groups of connected pairs, as seen from a candidate."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from tradewind.domain.money import ONE, ZERO
from tradewind.domain.units import FractionOfEquity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from decimal import Decimal

    from tradewind.domain.ids import InstrumentId
    from tradewind.risk.correlation.config import CorrelationConfig

    Measure = Callable[[InstrumentId, InstrumentId], float | None]


def signs(
    config: CorrelationConfig, candidate: InstrumentId, names: Iterable[InstrumentId], measure: Measure
) -> dict[InstrumentId, int]:
    """Return the members of the candidate's group, each with the direction in which it moves relative to it.

    The sign is the product of those of the pairs on the way to it; where two ways contradict each other, it is 1.
    """
    contradicted: set[InstrumentId] = set()
    left = {name for name in names if name != candidate}
    found, waiting = {candidate: 1}, [candidate]
    while waiting:
        at = waiting.pop(0)
        for name in sorted(left):
            sign = _sign(config, measure(at, name))
            if sign:
                left.discard(name)
                found[name] = found[at] * sign
                waiting.append(name)
    for one, other in combinations(found, 2):
        sign = _sign(config, measure(one, other))
        if sign and sign != found[one] * found[other]:
            contradicted.update((one, other))
    return {name: 1 if name in contradicted else sign for name, sign in found.items()}


def _sign(config: CorrelationConfig, measured: float | None) -> int:
    """Return the direction of a pair; 0 if it does not count."""
    if measured is None:
        return 1 if config.unknown_correlated else 0
    if abs(measured) < config.correlation_threshold:
        return 0
    return 1 if measured > 0 else -1


def room(cap: FractionOfEquity, held: FractionOfEquity) -> FractionOfEquity:
    """Return how much may be added before the group reaches its cap; not below 0."""
    return max(cap - held, FractionOfEquity(ZERO))


def factor(cap: FractionOfEquity, held: FractionOfEquity, candidate: FractionOfEquity) -> Decimal:
    """Return which part of a candidate fits under the cap: 1 all of it, 0 nothing."""
    return min(room(cap, held).value / candidate.value, ONE)
