"""What is held and on its way in, as entries are held against it: by strategy and instrument, in the base currency."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tradewind.domain.money import ZERO, exact
from tradewind.domain.order import OrderType, Side

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from decimal import Decimal

    from tradewind.domain.ids import ClientOrderId, InstrumentId, StrategyId
    from tradewind.domain.order import OrderSpec
    from tradewind.ports import OrderView, View

Key = tuple["StrategyId", "InstrumentId"]


class Line(NamedTuple):
    """One position or one entry on its way: signed quantity, the price it began or is reckoned at."""

    key: Key
    quantity: Decimal
    price: Decimal
    order: ClientOrderId | None
    """The order's, None for a position."""
    closes: bool = False
    """Whether it is an order that closes a position: it adds to what is held by what that one no longer offsets."""


Valued = tuple[Line, "Decimal | None"]
"""A line, and what it is worth in the base currency, signed."""


def lines(view: View) -> list[Line]:
    """Return what is held, and what orders on their way would add to it or close of it; exits that rest are not."""
    found = [Line((name, p.instrument), p.quantity, p.average_price, None) for name, p in view.positions()]
    left = {line.key: line.quantity for line in found}
    for order in view.open_orders():
        spec = order.spec
        if spec.is_resting_exit or order.is_closed:
            continue
        key, sign = (spec.strategy, spec.instrument), spec.side.sign
        held, quantity = left.get(key, ZERO), order.open_quantity
        closed = min(abs(held), quantity) if held * sign < 0 else ZERO
        if closed:
            left[key] = held + closed * sign
            found.append(Line(key, closed * sign, _price(spec, view), spec.id, closes=True))
        if quantity > closed and not spec.reduce_only:
            found.append(Line(key, (quantity - closed) * sign, _price(spec, view), spec.id))
    return found


def there(found: Iterable[Line]) -> list[Line]:
    """Return what is held and what adds to it, and leave out what closes."""
    return [line for line in found if not line.closes]


def keys(found: Iterable[Line]) -> set[Key]:
    """Return where something is held or on its way."""
    return {line.key for line in found if not line.closes}


def value(quantity: Decimal, instrument: InstrumentId, view: View) -> Decimal | None:
    """Return what a quantity is worth at the last price, in the base currency, signed; None if it is not known."""
    facts, last = view.instrument(instrument), view.last_price(instrument)
    worth = view.worth(facts.quote)
    return None if last is None or worth is None else facts.notional(quantity, exact(last)) * worth


def towards(found: Iterable[Line], sides: dict[InstrumentId, int], view: View) -> Decimal | None:
    """Return what is held in the directions of `sides`, less what is held against them, in the base currency.

    What is on its way counts only where it adds: an order may fill or not, and the worse is assumed.
    """
    return sum_towards(((line, value(line.quantity, line.key[1], view)) for line in found), sides)


def sum_towards(found: Iterable[Valued], sides: dict[InstrumentId, int]) -> Decimal | None:
    """Do what `towards` does with lines that are valued already."""
    total = ZERO
    for line, worth in found:
        sign = sides.get(line.key[1], 0)
        if not sign or (line.order is not None and line.quantity * sign < 0):
            continue
        if worth is None:
            return None
        total += worth * sign
    return total


def net_towards(found: list[Line], sign: int, view: View) -> Decimal | None:
    """Return longs less shorts (`sign` 1) or shorts less longs (-1), in the base currency, in the worse case."""
    sides = dict.fromkeys((line.key[1] for line in found), sign)
    return towards(found, sides, view)


def _price(spec: OrderSpec, view: View) -> Decimal:
    price = spec.price or spec.trigger
    if price is None:
        last = view.last_price(spec.instrument)
        assert last is not None, f"{spec.id} was let through without a price"
        price = exact(last)
    return price


class Stops:
    """The stops that are there, by what they protect."""

    def __init__(self, orders: Iterable[OrderView], planned: Callable[[ClientOrderId], Decimal | None]) -> None:
        self._planned = planned
        self._of: dict[object, list[OrderSpec]] = {}
        for order in orders:
            spec = order.spec
            if spec.protects and not order.is_closed:
                self._of.setdefault((spec.strategy, spec.instrument, spec.side), []).append(spec)
                if spec.parent is not None:
                    self._of.setdefault(spec.parent, []).append(spec)

    def lost(self, line: Line) -> Decimal:
        """Return what a line loses per unit from its price to its nearest stop, not below 0; all of it without one.

        An order has the stop that comes with it, or follows its fill, or covers the position that it adds to.
        """
        side, sign = (Side.SELL, 1) if line.quantity > 0 else (Side.BUY, -1)
        prices: list[Decimal] = []
        if line.order is not None:
            prices = list(_prices(self._of.get(line.order, ()), line.price, sign))
            planned = None if prices else self._planned(line.order)
            prices += [] if planned is None else [planned]
        if not prices:
            prices = list(_prices(self._of.get((*line.key, side), ()), line.price, sign))
        return max(min(((line.price - price) * sign for price in prices), default=line.price), ZERO)


def _prices(specs: Iterable[OrderSpec], entry: Decimal, sign: int) -> Iterator[Decimal]:
    for spec in specs:
        if spec.trigger is not None:
            yield spec.trigger
        elif spec.type is OrderType.TRAILING_STOP and spec.trail_amount is not None:
            yield entry - spec.trail_amount * sign
        elif spec.trail_fraction is not None:
            yield entry - entry * spec.trail_fraction * sign
