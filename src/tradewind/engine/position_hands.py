"""What the policies of a position work with: the orders that close it, what is held, and how to wish for more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tradewind.domain.exits import Moves
from tradewind.domain.money import ZERO
from tradewind.domain.order import OrderType, Purpose
from tradewind.domain.signal import AmendIntent, CancelIntent, OrderIntent
from tradewind.engine.account_exits import share
from tradewind.engine.shutdown import parts
from tradewind.execution.lifecycle import OrderState

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.exits import KeptExits
    from tradewind.domain.ids import ClientOrderId
    from tradewind.domain.instrument import Instrument
    from tradewind.domain.order import Side
    from tradewind.execution.order_ids import OrderIds
    from tradewind.execution.orders import Order, Orders
    from tradewind.portfolio.portfolio import Portfolio
    from tradewind.ports import View

_UNSURE = (OrderState.IN_FLIGHT, OrderState.UNKNOWN)


class Hands:
    """Sees the orders of a position, and wishes for others; every wish goes through the gate."""

    def __init__(  # noqa: PLR0913 - the stages that it sees, and what hears it
        self, orders: Orders, portfolio: Portfolio, view: View, ids: OrderIds, *, words: list[Any], moves: Moves
    ) -> None:
        self.orders = orders
        self.portfolio = portfolio
        self.view = view
        self._ids = ids
        self.words = words
        self.amends = moves is Moves.AMEND

    def instrument(self, kept: KeptExits) -> Instrument:
        """Return the instrument of a position."""
        return self.portfolio.instruments[kept.instrument]

    def locks(self, kept: KeptExits) -> bool:
        """Tell whether the venue sets aside what a resting exit would sell, so that nothing else can sell it."""
        return not self.amends and not self.view.is_margined(kept.instrument)

    def ways_out(self, kept: KeptExits) -> list[Order]:
        """Return the orders that live and would close the position, oldest first."""
        side = kept.side.opposite
        return [
            order for order in self.orders.open(kept.instrument, kept.strategy)
            if order.spec.side is side and (order.spec.reduce_only or order.spec.parent is not None)
        ]  # fmt: skip

    def room(self, kept: KeptExits, held: Decimal) -> Decimal:
        """Return how much of what is held is not on its way out already, at the market, by whoever's wish."""
        side = kept.side.opposite
        for order in self.orders.open(kept.instrument, kept.strategy):
            if order.spec.side is side and order.spec.trades_at_once:
                held -= order.open_quantity
        return held

    def stops(self, kept: KeptExits) -> list[Order]:
        """Return the stops that live, oldest first; not those of entries that have opened nothing yet."""
        return [
            order for order in self.ways_out(kept)
            if order.spec.protects and (order.spec.parent is None or self.covers(order) > 0)
        ]  # fmt: skip

    def covers(self, order: Order) -> Decimal:
        """Return how much of the position a stop may close: of an attached one what its entry has opened."""
        if order.spec.parent is None:
            return order.open_quantity
        return max(min(order.open_quantity, share(order, self.orders)), ZERO)

    def entry_lives(self, kept: KeptExits) -> bool:
        """Tell whether the entry may fill further."""
        return kept.entry is not None and kept.entry in self.orders.living

    def smallest(self, kept: KeptExits) -> Decimal:
        """Return the smallest quantity that an order may be for."""
        facts = self.instrument(kept)
        return max(facts.lot, facts.quantity_min)

    def spare(self, order: Order) -> Decimal | None:
        """Return how much larger an order may become at the venue; None if it knows no largest."""
        facts = self.portfolio.instruments[order.spec.instrument]
        return facts.quantity(max(facts.quantity_max - order.largest, ZERO)) if facts.quantity_max else None

    def cancel(self, order: Order) -> None:
        """Take an order back, if that was not asked for yet."""
        if not order.is_unwanted:
            self.words.append(CancelIntent(order.spec.strategy, order.spec.id))

    def amend(
        self, order: Order, *, quantity: Decimal | None = None, price: Decimal | None = None,
        trigger: Decimal | None = None,
    ) -> None:  # fmt: skip
        """Change an order that rests."""
        spec = order.spec
        self.words.append(AmendIntent(spec.strategy, spec.id, quantity, price, trigger, Purpose.PROTECTION))

    def close(self, kept: KeptExits, quantity: Decimal, purpose: Purpose, tag: str) -> None:
        """Close so much of a position at the market."""
        for part in parts(quantity, self.instrument(kept)):
            self._wish(kept, kept.side.opposite, part, purpose=purpose, tag=tag, reduce_only=True)

    def stop(self, kept: KeptExits, quantity: Decimal, trigger: Decimal) -> None:
        """Place a stop, in as many orders as the venue's largest order makes of it."""
        for part in parts(quantity, self.instrument(kept)):
            self._wish(
                kept, kept.side.opposite, part,
                purpose=Purpose.STOP_LOSS, type=OrderType.STOP, trigger=trigger, reduce_only=True,
            )  # fmt: skip

    def target(self, kept: KeptExits, quantity: Decimal, price: Decimal, tag: str) -> None:
        """Place an order that closes a part at its price."""
        self._wish(
            kept, kept.side.opposite, quantity,
            purpose=Purpose.PARTIAL_EXIT, type=OrderType.LIMIT, price=price, reduce_only=True, tag=tag,
        )  # fmt: skip

    def add(self, kept: KeptExits, quantity: Decimal, tag: str) -> None:
        """Add to a position at the market; where the venue takes exits with it, its part is protected from the fill."""
        terms: dict[str, Any] = {}
        if self.amends and kept.level is not None:
            terms = {"stop_loss": kept.level, "stop_loss_id": self._ids.next()}
        self._wish(kept, kept.side, quantity, purpose=Purpose.SCALE_IN, tag=tag, **terms)

    def next_id(self) -> ClientOrderId:
        """Return the id of the next order."""
        return self._ids.next()

    def _wish(self, kept: KeptExits, side: Side, quantity: Decimal, **terms: Any) -> None:  # noqa: ANN401 - of an order
        self.words.append(OrderIntent(self._ids.next(), kept.strategy, kept.instrument, side, quantity, **terms))


def is_there(order: Order) -> bool:
    """Tell whether the venue has an order for sure: what wakes with its entry is there when that has filled."""
    return order.state not in _UNSURE


def is_busy(order: Order) -> bool:
    """Tell whether something was asked about an order that has no answer yet."""
    return bool(order.amending) or order.is_unwanted or order.state in _UNSURE
