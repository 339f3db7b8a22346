"""Fills of orders as Binance knows them, and what orders are called that came by another way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.money import ZERO
from tradewind.domain.order import OrderType, TimeInForce
from tradewind.domain.time import NS_PER_MS
from tradewind.exchange.binance.symbols import amount

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.order import OrderSpec
    from tradewind.exchange.binance.tickets import Ticket, Wire

_TYPES = {
    OrderType.MARKET: "MARKET", OrderType.LIMIT: "LIMIT", OrderType.STOP: "STOP_LOSS",
    OrderType.STOP_LIMIT: "STOP_LOSS_LIMIT", OrderType.TRAILING_STOP: "STOP_LOSS",
}  # fmt: skip
_TIFS = {TimeInForce.IOC: "IOC", TimeInForce.FOK: "FOK"}


class Execution:
    """One fill of an order."""

    __slots__ = ("fee", "fee_asset", "is_maker", "number", "price", "profit", "quantity", "ticket", "ts")

    def __init__(  # noqa: PLR0913 - all that is known of a fill
        self, ticket: Ticket, number: int, price: Decimal, quantity: Decimal, *, fee: Decimal, fee_asset: str,
        is_maker: bool, ts: int,
    ) -> None:  # fmt: skip
        self.ticket = ticket
        self.number = number
        self.price, self.quantity = price, quantity
        self.fee, self.fee_asset = fee, fee_asset
        self.is_maker = is_maker
        self.ts = ts
        self.profit = ZERO
        """What it has made, of a position in a contract."""

    def in_answer(self) -> Wire:
        """Return it as an answer to its order lists it."""
        return {
            "price": amount(self.price), "qty": amount(self.quantity), "commission": amount(self.fee),
            "commissionAsset": self.fee_asset, "tradeId": self.number,
        }  # fmt: skip

    def row(self) -> Wire:
        """Return it as `myTrades` lists it."""
        ticket = self.ticket
        return {
            "symbol": ticket.symbol.name, "id": self.number, "orderId": ticket.number,
            "orderListId": ticket.list_number,
            "price": amount(self.price), "qty": amount(self.quantity), "quoteQty": amount(self.price * self.quantity),
            "commission": amount(self.fee), "commissionAsset": self.fee_asset, "time": self.ts // NS_PER_MS,
            "isBuyer": ticket.is_buy, "isMaker": self.is_maker, "isBestMatch": True,
        }  # fmt: skip


def kind_of(spec: OrderSpec) -> tuple[str, str]:
    """Return type and time in force of an order that came by another dialect."""
    if spec.type is OrderType.LIMIT and spec.post_only:
        return "LIMIT_MAKER", "GTC"
    kind = _TYPES[spec.type]
    if spec.if_touched:
        kind = kind.replace("STOP_LOSS", "TAKE_PROFIT")
    return kind, _TIFS.get(spec.tif, "GTC")
