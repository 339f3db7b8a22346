"""From what people write to the terms of an order."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tradewind.domain.instrument import Rounding
from tradewind.domain.money import ONE, exact
from tradewind.domain.order import OrderType, Side

if TYPE_CHECKING:
    from tradewind.domain.instrument import Instrument

Number = float | int | str | Decimal


def figure(value: object) -> float | str:
    """Return a number as a float, anything else as its text."""
    return float(value) if isinstance(value, int | float | Decimal) else str(value)


def side_of(side: Side | str) -> Side:
    """Return a side by its name; `ValueError` for any other text."""
    return side if isinstance(side, Side) else Side(side)


def limit_price(instrument: Instrument, value: Number, side: Side) -> Decimal:
    """Return a limit price, rounded away from the market: down for a buy, up for a sell."""
    return instrument.price(value, Rounding.DOWN if side is Side.BUY else Rounding.UP)


def type_of(
    limit: Number | None, stop: Number | None, trail_amount: Number | None, trail_fraction: Number | None
) -> OrderType:
    """Return the type of an order that has these prices."""
    if trail_amount is not None or trail_fraction is not None:
        return OrderType.TRAILING_STOP
    if limit is not None:
        return OrderType.LIMIT if stop is None else OrderType.STOP_LIMIT
    return OrderType.MARKET if stop is None else OrderType.STOP


def exit_prices(
    instrument: Instrument, side: Side, price: Number | None, stop: Number | None, target: Number | None
) -> tuple[Decimal | None, Decimal | None]:
    """Return stop and target of an entry at `price` that are given as fractions of it; `ValueError` without a price."""
    if price is None:
        raise ValueError(
            f"a stop or a target as a fraction needs a price of {instrument.symbol}, and there is none yet"
        )
    at = exact(price)
    away, near = (Rounding.DOWN, Rounding.UP) if side is Side.BUY else (Rounding.UP, Rounding.DOWN)
    return (
        None if stop is None else instrument.price(at * (ONE - side.sign * exact(stop)), away),
        None if target is None else instrument.price(at * (ONE + side.sign * exact(target)), near),
    )
