"""The limits of a session, as plain numbers; None means that there is no such limit."""

from __future__ import annotations

import enum
from decimal import Decimal

from tradewind.domain.message import Message


class SizerKind(enum.Enum):
    """How an intent without a quantity gets one."""

    FIXED_QUANTITY = "fixed_quantity"
    """`value` base units."""
    FIXED_VALUE = "fixed_value"
    """As much as `value` of the quote asset buys."""
    FRACTION_OF_EQUITY = "fraction_of_equity"
    """As much as this fraction of the equity buys."""


class Sizing(Message, frozen=True, gc=False):
    """The sizer of intents that name no quantity."""

    kind: SizerKind = SizerKind.FRACTION_OF_EQUITY
    value: Decimal = Decimal("0.1")


class Limits(Message, frozen=True, gc=False):
    """What may never be exceeded. Values are in the instrument's quote asset, fractions are fractions.

    A limit is met when the value *exceeds* it: an order of exactly the allowed size passes.
    """

    order_value_max: Decimal | None = None
    position_value_max: Decimal | None = None
    position_quantity_max: Decimal | None = None
    price_collar: Decimal | None = Decimal("0.10")
    """How far a limit price may lie on the losing side of the last price: fat fingers, wrong units."""
    orders_per_minute_max: int | None = None
    leverage_max: Decimal | None = None
    allow_short: bool = False
    """Whether a position may be sold below zero; never on a cash account in spot."""
    sizing: Sizing = Sizing()
