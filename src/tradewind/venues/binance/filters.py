"""Whether an order keeps the rules of its symbol: checked before it is sent, in exact decimals.

https://developers.binance.com/docs/binance-spot-api-docs/filters. What is refused here is refused with the name that
Binance has for it. What cannot be known (an average price that was never told) is left to Binance to refuse.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tradewind.domain.money import plain

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.venues.binance.rules import Range, Rules


class Draft(NamedTuple):
    """An order, as far as the filters look at it."""

    is_buy: bool
    is_market: bool
    """Whether it trades at the market once it trades: stops without a limit as well."""
    quantity: Decimal
    price: Decimal | None = None
    trigger: Decimal | None = None
    trailing_bips: int | None = None
    is_conditional: bool = False
    reduce_only: bool = False


class Known(NamedTuple):
    """What is known of the market and of our own orders when an order is checked."""

    reference: Decimal | None = None
    """The average price, or on USD-M the mark price."""
    open_orders: int = 0
    open_conditional: int = 0
    position: Decimal | None = None
    """What is owned of the base asset, and what open buys would add."""


class Broken(NamedTuple):
    """A rule that an order does not keep: Binance's name of it, and what is wrong in our words."""

    name: str
    why: str

    def told(self) -> str:
        """Say it as Binance would, and why."""
        return f"Filter failure: {self.name}: {self.why}"


def check(rules: Rules, order: Draft, known: Known) -> Broken | None:
    """Return the first rule that the order breaks, in the order in which Binance names them; None if it keeps all."""
    return (
        _outside("PRICE_FILTER", rules.price, order.price, "price")
        or _outside("PRICE_FILTER", rules.price, order.trigger, "price")
        or _out_of_band(rules, order, known.reference)
        or _outside("LOT_SIZE", rules.lot, order.quantity, "quantity")
        or (_outside("MARKET_LOT_SIZE", rules.market_lot, order.quantity, "quantity") if order.is_market else None)
        or _wrong_value(rules, order, known)
        or _too_much(rules, order, known)
        or _out_of_trail(rules, order)
        or (_too_many(rules, order, known) if rules.counts else None)
    )


def _outside(name: str, allowed: Range, value: Decimal | None, what: str) -> Broken | None:
    if value is None:
        return None
    least, most, step = allowed
    if least and value < least:
        return Broken(name, f"{what} {plain(value)} is below {plain(least)}")
    if most and value > most:
        return Broken(name, f"{what} {plain(value)} is above {plain(most)}")
    if step and (value - least) % step:
        return Broken(name, f"{what} {plain(value)} is not on a step of {plain(step)}")
    return None


def _out_of_band(rules: Rules, order: Draft, reference: Decimal | None) -> Broken | None:
    band, price = rules.buy_band if order.is_buy else rules.sell_band, order.price
    if band is None or price is None or reference is None:
        return None
    low, high = reference * band.down, reference * band.up
    if low <= price <= high:
        return None
    why = f"price {plain(price)} is not between {plain(low)} and {plain(high)}, by an average of {plain(reference)}"
    return Broken(rules.band_name, why)


def _wrong_value(rules: Rules, order: Draft, known: Known) -> Broken | None:
    asked, price = rules.value, order.price if order.price is not None else known.reference
    if asked is None or price is None or order.reduce_only:
        return None
    value = price * order.quantity
    if value < asked.least and (asked.least_for_market or not order.is_market):
        return Broken(rules.value_name, f"worth {plain(value)}, at least {plain(asked.least)} is asked for")
    if asked.most and value > asked.most and (asked.most_for_market or not order.is_market):
        return Broken(rules.value_name, f"worth {plain(value)}, at most {plain(asked.most)} is allowed")
    return None


def _too_much(rules: Rules, order: Draft, known: Known) -> Broken | None:
    if rules.position_max is None or not order.is_buy or known.position is None:
        return None
    after = known.position + order.quantity
    if after <= rules.position_max:
        return None
    return Broken("MAX_POSITION", f"{plain(after)} would be owned, at most {plain(rules.position_max)} may be")


def _out_of_trail(rules: Rules, order: Draft) -> Broken | None:
    if rules.trailing is None or order.trailing_bips is None:
        return None
    least, most = rules.trailing[:2] if order.is_buy else rules.trailing[2:]
    if least <= order.trailing_bips <= most:
        return None
    return Broken("TRAILING_DELTA", f"{order.trailing_bips} basis points, {least} to {most} are allowed")


def _too_many(rules: Rules, order: Draft, known: Known) -> Broken | None:
    for name, count, concerned in (
        ("MAX_NUM_ORDERS", known.open_orders, True),
        ("MAX_NUM_ALGO_ORDERS", known.open_conditional, order.is_conditional),
    ):
        most = rules.counts.get(name)
        if most is not None and concerned and count >= most:
            return Broken(name, f"{count} orders are open, {most} may be")
    return None
