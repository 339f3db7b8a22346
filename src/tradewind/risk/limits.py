"""The limits of a session, as plain numbers; None means that there is no such limit."""

from __future__ import annotations

from decimal import Decimal

from tradewind.domain.message import Message
from tradewind.risk.parameters import RiskParameters
from tradewind.risk.sizing.settings import SizerKind, Sizing

__all__ = ["Limits", "SizerKind", "Sizing"]


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
    parameters: RiskParameters | None = None
    """The limits of entries in fractions of the equity; None costs an order nothing."""
    order_quantity_max: Decimal | None = None
    """The largest order, in base units."""
    strategy_value_max: Decimal | None = None
    """What one strategy may hold of one instrument, all pending included."""
    gross_value_max: Decimal | None = None
    """What all positions may be worth together, all pending included, in the base currency."""
    net_value_max: Decimal | None = None
    """What longs less shorts, or shorts less longs, may be worth, in the base currency."""
    amends_per_minute_max: int | None = None
    data_age_max_ns: int | None = None
    """An entry needs a price that is not older, by the time of the event and the venue's of the price."""
    in_session_only: bool = False
    """Whether entries wait for the trading hours of the instrument's calendar."""
    self_cross: bool = True
    """Whether an order may trade against one of ours that rests."""
