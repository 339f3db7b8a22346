"""Executions far worse than was to be expected: told, and from half of the price on the instrument may only reduce.

Only what we lose by counts: a purchase above, a sale below. A gap that fills an order better than it asks is no fault.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tradewind.domain.approval import FillDeviated
from tradewind.domain.events import OrderFilled
from tradewind.domain.money import exact
from tradewind.domain.order import Side

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.domain.order import OrderSpec
    from tradewind.engine.engine import Engine

BEYOND_BELIEF = Decimal("0.50")
"""So far from its reference a price is taken for a fault of the venue, or of what we know of the market."""
_DIGITS = Decimal("1e-8")


def watch_fill_prices(engine: Engine, routes: dict[type, Any]) -> None:
    """Look at each execution, where a session asks for it."""
    parameters = engine.settings.limits.parameters
    most = None if parameters is None else parameters.max_filled_price_deviation
    if most is not None:
        routes[OrderFilled] = _around(engine, routes[OrderFilled], most)


def _around(engine: Engine, take: Callable[[OrderFilled], object], most: Decimal) -> Callable[[OrderFilled], object]:
    by_id, near = engine.orders.by_id, most - _DIGITS

    def taken(event: OrderFilled) -> object:
        order = by_id.get(event.order)
        if order is None:
            return take(event)
        before, reference = order.filled, _reference(order.spec, engine)
        moved = take(event)
        if not reference or order.filled == before:  # told twice
            return moved
        worse = event.price - reference if order.spec.side is Side.BUY else reference - event.price
        if worse < near * reference:
            return moved  # as most: less than the limit by more than is rounded
        deviation = (worse / reference).quantize(_DIGITS)
        if deviation >= most:
            instrument = order.spec.instrument
            is_held = deviation >= BEYOND_BELIEF
            if is_held:
                engine.risk.unguarded.add(instrument)
            told = FillDeviated(
                order.spec.strategy, instrument, event.order, event.price, reference, deviation, is_held
            )
            engine.words.append(told)
        return moved

    return taken


def _reference(spec: OrderSpec, engine: Engine) -> Decimal | None:
    """Return the price that an order names, or the last one that was seen."""
    named = spec.price if spec.price is not None else spec.trigger
    if named is not None:
        return named
    last = engine.market.last_price(spec.instrument)
    return None if last is None else exact(last)
