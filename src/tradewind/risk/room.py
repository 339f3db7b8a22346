"""How much of a position an order may close, with what is already on its way out deducted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.money import ZERO
from tradewind.domain.order import OrderSpec, Side

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.ids import InstrumentId, StrategyId
    from tradewind.domain.signal import OrderIntent
    from tradewind.ports import View
    from tradewind.risk.checks import Candidate

_BUY = Side.BUY  # to look a member of an Enum up takes 0.1 us


class Room:
    """Answers how much of its strategy's position an order may close."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._scratch: dict[tuple[StrategyId, InstrumentId], Decimal] = {}

    def begin_turn(self) -> None:
        """Forget the market orders of the turn before: by now they have filled, or never will."""
        self._scratch.clear()

    def fill_at_once(self, candidate: Candidate) -> None:
        """Count a market order as filled before the next one of the same turn comes."""
        intent = candidate.intent
        key = intent.strategy, intent.instrument
        self._scratch[key] = self._scratch.get(key, ZERO) + candidate.quantity * intent.side.sign

    def of(self, intent: OrderIntent | OrderSpec) -> Decimal | None:
        """Return how much of the strategy's position is not yet on its way out; None if the intent is not against it.

        Exits that rest are other ways out of the same thing and are not deducted. From a reduce-only intent
        only what trades at once is: of what rests beside it, the venue itself takes off what is too much.
        """
        held = self._view.position(intent.instrument, intent.strategy).quantity
        if self._scratch:
            return self._at_once(intent, held)
        if not held or (held > 0) is (intent.side is _BUY):
            return None
        leaving = ZERO
        for order in self._view.open_orders(intent.instrument, intent.strategy):
            spec = order.spec
            counts = spec.trades_at_once if intent.reduce_only else not spec.is_resting_exit
            if counts and spec.side is intent.side and spec.id != intent.id:
                leaving += order.open_quantity
        return abs(held) - leaving

    def _at_once(self, intent: OrderIntent | OrderSpec, held: Decimal) -> Decimal | None:
        """Return the room by a scratch book in which the orders of this turn have filled."""
        held += self._scratch.get((intent.strategy, intent.instrument), ZERO)
        return abs(held) if held and (held > 0) is not (intent.side is _BUY) else None

    def is_netted(self, candidate: Candidate) -> bool:
        """Tell whether strategies on the other side leave the account less than the order, or its exits, would close.

        They net at the venue, and it would refuse or cut a reduce-only order that our own books allow.
        """
        intent, view = candidate.intent, self._view
        if not intent.reduce_only and not intent.has_exits:
            return False
        way_out = intent.side if intent.reduce_only else intent.side.opposite
        others = view.position(intent.instrument).quantity - view.position(intent.instrument, intent.strategy).quantity
        covered = -way_out.sign * others
        for order in view.open_orders(intent.instrument):
            spec = order.spec
            if spec.trades_at_once and spec.side is way_out and spec.strategy != intent.strategy:
                covered -= order.open_quantity
        if intent.reduce_only:
            covered += (candidate.room or ZERO) - candidate.quantity
        return covered < 0
