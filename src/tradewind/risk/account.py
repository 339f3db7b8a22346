"""The limits of an account that several engines share: what each has of it is summed, the order under review included.

Each engine's own gate has judged the order by that engine's books. This is the second look, at all of them.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from tradewind.domain.money import ZERO, plain
from tradewind.domain.step import RefusalCode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tradewind.risk.limits import Limits

C = RefusalCode


class Standing(NamedTuple):
    """What an engine has of an account, in the base currency; None where a price is missing."""

    profit: Decimal | None
    """By how much its equity has changed."""
    gross: Decimal | None
    """The value of its positions, and of all orders that add to them."""
    margin: Decimal | None
    """The initial margin of these."""


class Holding(NamedTuple):
    """What an engine has of one instrument, towards the side of the order under review."""

    quantity: Decimal
    """Its position, negative if it is on the other side, with all orders of this side that are pending."""
    price: Decimal
    """The instrument's last price."""


def check_shared(
    limits: Limits, opening: Decimal, standings: Iterable[Standing], holdings: Iterable[Holding], *, recent: int
) -> str:
    """Return why an account may not stand as it would; empty if it may.

    `opening` is what it began with, `recent` the orders of all engines within a minute, this one counted.
    """
    parts = list(standings)
    if any(None in part for part in parts):
        return _refusal(C.SIZER_INPUT_MISSING, detail="equity is unknown: a price is missing")
    equity = opening + sum((part.profit or ZERO for part in parts), ZERO)
    gross, margin = (sum((value or ZERO for value in values), ZERO) for values in list(zip(*parts, strict=True))[1:])
    return (
        _check_position(limits, list(holdings))
        or (_refusal(C.INSUFFICIENT_FUNDS, equity, margin, "initial margin over all keys") if margin > equity else "")
        or _check_leverage(limits.leverage_max, gross, equity)
        or _check_rate(limits.orders_per_minute_max, recent)
    )


def _check_position(limits: Limits, holdings: list[Holding]) -> str:
    quantity = sum((held.quantity for held in holdings), ZERO)
    value = sum((held.quantity * held.price for held in holdings), ZERO)
    for limit, reached in ((limits.position_quantity_max, quantity), (limits.position_value_max, value)):
        if limit is not None and reached > limit:
            return _refusal(C.MAX_POSITION, limit, reached, "over all keys")
    return ""


def _check_leverage(limit: Decimal | None, gross: Decimal, equity: Decimal) -> str:
    if limit is None or (equity > 0 and gross <= limit * equity):
        return ""
    return _refusal(C.LEVERAGE, limit, gross / equity if equity > 0 else None, "gross exposure over equity, all keys")


def _check_rate(limit: int | None, recent: int) -> str:
    return "" if limit is None or recent <= limit else _refusal(C.ORDER_RATE, Decimal(limit), Decimal(recent))


def _refusal(code: RefusalCode, limit: Decimal | None = None, value: Decimal | None = None, detail: str = "") -> str:
    figures = "" if limit is None else f"{'unknown' if value is None else plain(value)} of {plain(limit)}"
    return f"{code.value}: {', '.join(part for part in (figures, detail) if part)}".rstrip(": ")
