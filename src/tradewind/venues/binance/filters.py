"""Whether an order keeps the rules of its symbol: checked before it is sent, in exact decimals.

https://developers.binance.com/docs/binance-spot-api-docs/filters. What is refused here is refused with the name that
Binance has for it. What cannot be known (an average price that was never told) is left to Binance to refuse.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tradewind.domain.money import plain

if TYPE_CHECKING:
    from collections.abc import Iterator
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
    return next(_broken(rules, order, known), None)


def _broken(rules: Rules, order: Draft, known: Known) -> Iterator[Broken]:
    for price in (order.price, order.trigger):
        if price is not None:
            yield from _outside("PRICE_FILTER", rules.price, price, "price")
    if order.price is not None and known.reference is not None:
        yield from _out_of_band(rules, order, order.price, known.reference)
    yield from _outside("LOT_SIZE", rules.lot, order.quantity, "quantity")
    if order.is_market:
        yield from _outside("MARKET_LOT_SIZE", rules.market_lot, order.quantity, "quantity")
    yield from _wrong_value(rules, order, known)
    if rules.position_max is not None and order.is_buy and known.position is not None:
        after = known.position + order.quantity
        if after > rules.position_max:
            yield Broken("MAX_POSITION", f"{plain(after)} would be owned, at most {plain(rules.position_max)} may be")
    if rules.trailing is not None and order.trailing_bips is not None:
        least, most = rules.trailing[:2] if order.is_buy else rules.trailing[2:]
        if not least <= order.trailing_bips <= most:
            yield Broken("TRAILING_DELTA", f"{order.trailing_bips} basis points, {least} to {most} are allowed")
    yield from _too_many(rules, order, known)


def _outside(name: str, allowed: Range, value: Decimal, what: str) -> Iterator[Broken]:
    if allowed.least and value < allowed.least:
        yield Broken(name, f"{what} {plain(value)} is below {plain(allowed.least)}")
    if allowed.most and value > allowed.most:
        yield Broken(name, f"{what} {plain(value)} is above {plain(allowed.most)}")
    if allowed.step and (value - allowed.least) % allowed.step:
        yield Broken(name, f"{what} {plain(value)} is not on a step of {plain(allowed.step)}")


def _out_of_band(rules: Rules, order: Draft, price: Decimal, reference: Decimal) -> Iterator[Broken]:
    band = rules.buy_band if order.is_buy else rules.sell_band
    if band is None:
        return
    low, high = reference * band.down, reference * band.up
    if not low <= price <= high:
        why = f"price {plain(price)} is not between {plain(low)} and {plain(high)}, by an average of {plain(reference)}"
        yield Broken(rules.band_name, why)


def _wrong_value(rules: Rules, order: Draft, known: Known) -> Iterator[Broken]:
    asked, price = rules.value, order.price if order.price is not None else known.reference
    if asked is None or price is None or order.reduce_only:
        return
    value = price * order.quantity
    if value < asked.least and (asked.least_for_market or not order.is_market):
        yield Broken(rules.value_name, f"worth {plain(value)}, at least {plain(asked.least)} is asked for")
    if asked.most and value > asked.most and (asked.most_for_market or not order.is_market):
        yield Broken(rules.value_name, f"worth {plain(value)}, at most {plain(asked.most)} is allowed")


def _too_many(rules: Rules, order: Draft, known: Known) -> Iterator[Broken]:
    for name, count, concerned in (
        ("MAX_NUM_ORDERS", known.open_orders, True),
        ("MAX_NUM_ALGO_ORDERS", known.open_conditional, order.is_conditional),
    ):
        most = rules.counts.get(name)
        if most is not None and concerned and count >= most:
            yield Broken(name, f"{count} orders are open, {most} may be")
