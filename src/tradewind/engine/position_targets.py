"""Partial exits and additions of a position, as real orders.

Where the venue takes an order beside the stop, each target rests as a reduce-only limit; where the stop locks what it
would sell, the part is closed at the market when its price is reached. Fills count, nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from tradewind.domain.money import ZERO, exact
from tradewind.domain.order import Purpose
from tradewind.domain.step import Refusal, RefusalCode
from tradewind.domain.time import NS_PER_HOUR, NS_PER_MINUTE
from tradewind.engine.position_hands import is_busy
from tradewind.engine.position_leave import PARTIAL, begin_part, place_of
from tradewind.risk.exits.parts import addition, is_due, loss_at_stop, target_price, wanted
from tradewind.risk.exits.stops import is_reached

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.exits import KeptExits
    from tradewind.domain.fill import Fill
    from tradewind.domain.order import OrderSpec
    from tradewind.domain.signal import OrderIntent
    from tradewind.engine.position_hands import Hands
    from tradewind.execution.orders import Order
    from tradewind.risk.exits.plan import PartialPlan

ADDITION = "scale_in "
"""How the tags of additions by policy begin; strategies may add by themselves as well."""
AGAIN_NS, ADD_AGAIN_NS = NS_PER_MINUTE, NS_PER_HOUR
"""How long after a refusal targets are placed or changed again, and an addition wished for again."""


def tend(hands: Hands, plan: PartialPlan, kept: KeptExits, held: Decimal, price: Decimal | None) -> KeptExits:
    """Have the targets of a position rest as they are to be, or take one that is reached at `price`."""
    if kept.leaving or hands.entry_lives(kept) or not kept.original:
        return kept
    lot, smallest = hands.instrument(kept).lot, hands.smallest(kept)
    left, base = wanted(plan, kept.original, held, kept.taken, lot), _base(hands, plan, kept)
    if hands.room(kept, held) < held:
        return kept  # something is being closed at the market: what is left is known when it is done
    if hands.locks(kept):
        for place, quantity in enumerate(left):
            at = target_price(plan, place, kept.side, base, hands.instrument(kept))
            if price is not None and quantity >= smallest and is_reached(at, kept.side.opposite, price):
                return begin_part(hands, kept, place)
        return kept
    resting = {place_of(o.spec.tag): o for o in hands.ways_out(kept) if o.spec.purpose is Purpose.PARTIAL_EXIT}
    for place, quantity in enumerate(left):
        at = target_price(plan, place, kept.side, base, hands.instrument(kept))
        order = resting.get(place)
        if hands.view.now < kept.targets_after:
            continue
        if order is not None:
            _set_right(hands, order, quantity, at)
        elif quantity >= smallest:
            hands.target(kept, quantity, at, f"{PARTIAL} {place + 1}")
    return kept


def _set_right(hands: Hands, order: Order, quantity: Decimal, price: Decimal) -> None:
    """Have a target that rests be for so much, at this price."""
    fits = order.open_quantity == quantity and order.spec.price == price
    if fits or is_busy(order):
        return
    if quantity <= 0 or not hands.amends:
        hands.cancel(order)
    else:
        hands.amend(order, quantity=order.filled + quantity, price=price)


def part_left(hands: Hands, plan: PartialPlan, kept: KeptExits, held: Decimal) -> Decimal:
    """Return how much is left of the part that is being closed; 0 if it is done."""
    place = place_of(kept.leaving)
    assert place is not None, f"no part is being closed: {kept.leaving!r}"
    left = wanted(plan, kept.original, held, kept.taken, hands.instrument(kept).lot)[place]
    return left if left >= hands.smallest(kept) else ZERO


def add(hands: Hands, plan: PartialPlan, kept: KeptExits, price: Decimal) -> KeptExits:
    """Wish for the next addition, if the price has come to it; the gate has the last word on it."""
    now, facts = hands.view.now, hands.instrument(kept)
    quantity = addition(plan, kept.added, kept.original, facts.lot)
    if kept.leaving or not quantity or now < kept.adding_after or hands.entry_lives(kept):
        return kept
    if not is_due(plan, kept.added, kept.side, _base(hands, plan, kept), price):
        return kept
    if kept.level is not None and is_reached(kept.level, kept.side, price):
        return kept
    if any(is_addition(o.spec) for o in hands.orders.open(kept.instrument, kept.strategy)):
        return kept
    hands.add(kept, quantity, f"{ADDITION}{kept.added + 1}")
    return kept


def is_addition(order: OrderIntent | OrderSpec) -> bool:
    """Tell whether an order is an addition by policy."""
    return order.purpose is Purpose.SCALE_IN and order.tag.startswith(ADDITION)


def object_to(hands: Hands, plan: PartialPlan, kept: KeptExits, intent: OrderIntent, price: Decimal) -> Refusal | None:
    """Refuse an addition at a loss that would let the whole position lose too much at its stop."""
    if not plan.against or intent.quantity is None:
        return None
    position, equity = hands.portfolio.position(kept.instrument, kept.strategy), hands.view.equity()
    worth = hands.view.worth(hands.instrument(kept).quote)
    if kept.level is None:
        return Refusal(intent, RefusalCode.NO_STOP, detail="without a stop nobody knows what it may lose")
    if equity is None or worth is None:
        return Refusal(intent, RefusalCode.SIZER_INPUT_MISSING, detail="equity is unknown: a price is missing")
    quantity, cost = abs(position.quantity) + intent.quantity, abs(position.cost) + intent.quantity * price
    loss = loss_at_stop(quantity, cost, kept.level, kept.side) * hands.instrument(kept).multiplier * worth
    most = plan.risk_max * equity
    if loss > most:
        return Refusal(intent, RefusalCode.MAX_RISK_PER_TRADE, most, loss, "loss of the whole position at its stop")
    return None


def filled(hands: Hands, plan: PartialPlan, kept: KeptExits, order: Order, fill: Fill) -> KeptExits:
    """Count what has filled of a partial exit or of an addition; nothing is added in the instant of an exit."""
    place = place_of(order.spec.tag) if order.spec.purpose is Purpose.PARTIAL_EXIT else None
    if place is not None:
        taken = [*kept.taken, *[ZERO] * (len(plan.sizes) - len(kept.taken))]
        taken[place] += fill.quantity
        return replace(kept, taken=tuple(taken), adding_after=hands.view.now + 1)
    if is_addition(order.spec) and order.is_closed:
        return replace(kept, added=kept.added + 1)
    return kept


def refused(kept: KeptExits, purpose: Purpose, now: int) -> KeptExits:
    """Wait a while before a target or an addition is asked for again that the gate, or the venue, has refused."""
    if purpose is Purpose.SCALE_IN:
        return replace(kept, adding_after=now + ADD_AGAIN_NS)
    if purpose is Purpose.PARTIAL_EXIT:
        return replace(kept, targets_after=now + AGAIN_NS)
    return kept


def last_price(hands: Hands, kept: KeptExits) -> Decimal | None:
    """Return the last price of a position's instrument."""
    last = hands.view.last_price(kept.instrument)
    return None if last is None else exact(last)


def _base(hands: Hands, plan: PartialPlan, kept: KeptExits) -> Decimal:
    """Return the price from which gains are reckoned."""
    if plan.from_original and kept.price is not None:
        return kept.price
    return hands.portfolio.position(kept.instrument, kept.strategy).average_price
