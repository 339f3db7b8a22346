"""The restraints that strategies lay on themselves, asked by the gate for each of their orders.

Each is a check of its own beside the session's limits: all must be met, so the tightest counts. Like those
limits they leave alone what only reduces a position, but for the least leverage, which is about nothing else.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tradewind.domain.checkpoint import KeptCount
from tradewind.domain.money import ZERO
from tradewind.domain.order import Side
from tradewind.domain.restraint import Restraint, RestraintKind
from tradewind.domain.step import Refusal, RefusalCode
from tradewind.domain.time import NS_PER_DAY
from tradewind.risk.exposure import leverage_after

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tradewind.domain.ids import StrategyId
    from tradewind.ports import View
    from tradewind.risk.checks import Candidate

C = RefusalCode
K = RestraintKind


class Restraints:
    """The restraints of all strategies, and how many orders each has placed today."""

    def __init__(self) -> None:
        self._of: dict[StrategyId, list[Restraint]] = {}
        self._placed: dict[StrategyId, tuple[int, int]] = {}

    def add(self, restraint: Restraint) -> None:
        """Lay one more restraint on a strategy; one that it has, as after a restart, is not laid twice."""
        laid = self._of.setdefault(restraint.strategy, [])
        if restraint not in laid:
            laid.append(restraint)

    @property
    def laid(self) -> tuple[Restraint, ...]:
        """All restraints, strategy by strategy."""
        return tuple(restraint for laid in self._of.values() for restraint in laid)

    @property
    def placed(self) -> tuple[KeptCount, ...]:
        """How many orders each strategy has placed on the last day on which it placed any."""
        return tuple(KeptCount(strategy, day, placed) for strategy, (day, placed) in self._placed.items())

    def restore(self, laid: Iterable[Restraint], placed: Iterable[KeptCount]) -> None:
        """Take over what `laid` and `placed` were."""
        for restraint in laid:
            self.add(restraint)
        self._placed.update((each.strategy, (each.day, each.placed)) for each in placed)

    def check(self, candidate: Candidate, view: View) -> Refusal | None:
        """Return the refusal of the first restraint that an order does not meet; None if it meets them all."""
        strategy = candidate.intent.strategy
        laid = self._of.get(strategy)
        if laid is None:
            return None
        placed = self._placed_today(strategy, view)
        for restraint in laid:
            if not restraint.instruments or candidate.instrument.id in restraint.instruments:
                refusal = _check(restraint, candidate, view, placed)
                if refusal is not None:
                    return refusal
        return None

    def count(self, strategy: StrategyId, view: View) -> None:
        """Count an order that was let through and opens or adds."""
        if strategy in self._of:
            self._placed[strategy] = (view.now // NS_PER_DAY, self._placed_today(strategy, view) + 1)

    def uncount(self, strategy: StrategyId, view: View) -> None:
        """Take back the count of one that was let through today."""
        placed = self._placed_today(strategy, view)
        if placed:
            self._placed[strategy] = (view.now // NS_PER_DAY, placed - 1)

    def _placed_today(self, strategy: StrategyId, view: View) -> int:
        day, placed = self._placed.get(strategy, (0, 0))
        return placed if day == view.now // NS_PER_DAY else 0


def _check(restraint: Restraint, candidate: Candidate, view: View, placed: int) -> Refusal | None:
    kind, most = restraint.kind, restraint.quantity
    if kind is K.MIN_LEVERAGE:
        return _check_least(restraint, candidate, view)
    if not candidate.adds:
        return None
    match kind:
        case K.LONG_ONLY:
            return _check_long(candidate)
        case K.DO_NOT_ORDER:
            return candidate.refuse(C.RESTRICTED, detail=f"{candidate.instrument.symbol} is not to be ordered")
        case K.MAX_ORDER_COUNT:
            if most is not None and placed + 1 > most:
                return candidate.refuse(C.ORDER_COUNT, most, Decimal(placed + 1), "orders today")
        case K.MAX_ORDER_SIZE:
            return _check_size(C.ORDER_SIZE, restraint, candidate, candidate.quantity)
        case K.MAX_POSITION_SIZE:
            intent = candidate.intent
            held = view.position(intent.instrument, intent.strategy).quantity * intent.side.sign
            after = held + view.pending(intent.instrument, intent.side, intent.strategy) + candidate.quantity
            return _check_size(C.MAX_POSITION, restraint, candidate, after)
        case K.MAX_LEVERAGE:
            return _check_most(restraint, candidate, view)
    return None


def _check_size(code: RefusalCode, restraint: Restraint, candidate: Candidate, quantity: Decimal) -> Refusal | None:
    if restraint.quantity is not None and quantity > restraint.quantity:
        return candidate.refuse(code, restraint.quantity, quantity, "units")
    value = candidate.instrument.notional(quantity, candidate.price)
    if restraint.value is not None and value > restraint.value:
        return candidate.refuse(code, restraint.value, value, f"worth in {candidate.instrument.quote}")
    return None


def _check_long(candidate: Candidate) -> Refusal | None:
    room = max(candidate.room or ZERO, ZERO)
    if candidate.intent.side is Side.SELL and candidate.quantity > room:
        return candidate.refuse(C.SIDE_DISABLED, room, candidate.quantity, "long only: what may be sold")
    return None


def _check_most(restraint: Restraint, candidate: Candidate, view: View) -> Refusal | None:
    leverage = leverage_after(candidate.value, candidate, view)
    if leverage is None or (restraint.value is not None and leverage > restraint.value):
        return candidate.refuse(C.LEVERAGE, restraint.value, leverage, "gross exposure over equity")
    return None


def _check_least(restraint: Restraint, candidate: Candidate, view: View) -> Refusal | None:
    """Refuse a sale that would leave too little at work, unless it is marked as one that only reduces."""
    if candidate.adds or candidate.intent.reduce_only or view.now < restraint.since:
        return None
    leverage = leverage_after(-candidate.value, candidate, view)
    if leverage is not None and restraint.value is not None and leverage < restraint.value:
        return candidate.refuse(C.MIN_LEVERAGE, restraint.value, leverage, "gross exposure over equity")
    return None
