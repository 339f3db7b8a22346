"""Orders of the venue, and its random generators, as plain data and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.events import OrderFilled
from tradewind.domain.venue_state import KeptBracket, KeptRandom, KeptResting
from tradewind.venues.sim.resting import Bracket, Resting

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Mapping

    from tradewind.domain.ids import ClientOrderId, InstrumentId
    from tradewind.domain.instrument import Instrument


def kept_order(order: Resting, *, is_forgotten: bool = False) -> KeptResting:
    """Return an order as plain data, without what ties it to others."""
    if order.written is not None and not is_forgotten:
        return order.written
    kept = KeptResting(
        order.spec, order.arrived, order.venue_order, order.live, order.filled, order.triggered, order.rested,
        order.trigger, order.due, order.reserved, order.best, order.queue_ahead, order.traded, tuple(order.words),
        is_forgotten,
    )  # fmt: skip
    if not order.live and not is_forgotten:
        order.written = kept
    return kept


def order_of(kept: KeptResting, instruments: Mapping[InstrumentId, Instrument]) -> Resting:
    """Return the order that `kept_order` wrote down."""
    order = Resting(kept.spec, instruments[kept.spec.instrument], kept.arrived)
    order.venue_order, order.live, order.filled = kept.venue_order, kept.live, kept.filled
    order.triggered, order.rested, order.due = kept.triggered, kept.rested, kept.due
    order.reserved, order.best = kept.reserved, kept.best
    order.queue_ahead, order.traded, order.words = kept.queue_ahead, kept.traded, list(kept.words)
    order.filled_seen = max((word.ts_recv for word in kept.words if type(word) is OrderFilled), default=-1)
    order.trigger = kept.trigger
    order.trigger_level = 0.0 if kept.trigger is None else float(kept.trigger)
    if not (kept.live or kept.is_forgotten):
        order.written = kept
    return order


def brackets_of(orders: Iterable[Resting]) -> list[Bracket]:
    """Return the brackets with exits that live, each once, as they came."""
    found: dict[ClientOrderId, Bracket] = {}
    for order in orders:
        bracket = order.exits or order.bracket
        if bracket is not None and bracket.exits:
            found[bracket.entry.spec.id] = bracket
    return list(found.values())


def kept_bracket(bracket: Bracket) -> KeptBracket:
    """Return a bracket as plain data."""
    exits = tuple(order.spec.id for order in bracket.exits)
    return KeptBracket(bracket.entry.spec.id, exits, bracket.open, bracket.awake)


def tie(kept: KeptBracket, orders: Mapping[ClientOrderId, Resting]) -> None:
    """Tie the orders of a bracket together again."""
    entry = orders[kept.entry]
    bracket = entry.exits = Bracket(entry)
    bracket.open, bracket.awake = kept.open, kept.awake
    for name in kept.exits:
        order = orders[name]
        order.bracket = bracket
        bracket.exits.append(order)


def kept_random(generator: random.Random) -> KeptRandom:
    """Return where a generator stands."""
    version, numbers, gauss = generator.getstate()
    return KeptRandom(version, numbers, gauss)


def set_random(generator: random.Random, kept: KeptRandom) -> None:
    """Let a generator go on from where another stood."""
    generator.setstate((kept.version, kept.numbers, kept.gauss))
