"""An order as a client asks for it: which parameters its type needs, which it may not have, and what they mean here."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from tradewind.domain.ids import EXTERNAL
from tradewind.domain.money import ZERO, exact, floor_to
from tradewind.domain.order import OrderSpec, OrderType, Side, TimeInForce
from tradewind.exchange.binance.refusals import (
    DUPLICATE,
    INSUFFICIENT,
    WireError,
    bad_side,
    bad_tif,
    bad_type,
    either,
    filter_failure,
    missing,
    reject_text,
    rejected,
)
from tradewind.exchange.binance.symbols import ORDER_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.domain.ids import ClientOrderId
    from tradewind.exchange.binance.market import Market
    from tradewind.exchange.binance.notes import Details
    from tradewind.exchange.binance.params import Params
    from tradewind.exchange.binance.symbols import Symbol, Symbols

_OURS = {
    "MARKET": OrderType.MARKET, "LIMIT": OrderType.LIMIT, "LIMIT_MAKER": OrderType.LIMIT,
    "STOP_LOSS": OrderType.STOP, "STOP_LOSS_LIMIT": OrderType.STOP_LIMIT,
    "TAKE_PROFIT": OrderType.STOP, "TAKE_PROFIT_LIMIT": OrderType.STOP_LIMIT,
}  # fmt: skip
_TIFS = {"GTC": TimeInForce.GTC, "IOC": TimeInForce.IOC, "FOK": TimeInForce.FOK}
_LIMITS = ("LIMIT", "LIMIT_MAKER", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT")
_TIMED = ("LIMIT", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT")
ANSWERS = ("ACK", "RESULT", "FULL")
TRAIL_MIN, TRAIL_MAX = 10, 2000
_BIPS = Decimal(10_000)


@dataclass(frozen=True)
class Asked:
    """What was asked for, well formed."""

    symbol: Symbol
    side: Side
    kind: str
    tif: str
    quantity: Decimal
    quote_quantity: Decimal
    price: Decimal | None
    stop_price: Decimal | None
    trailing_delta: int | None
    client_id: str | None
    answer: str

    def details(self, next_number: Callable[[], int]) -> Details | None:  # noqa: ARG002 - for contracts
        """Return what the order has besides: nothing."""
        return None

    @property
    def only_reduces(self) -> bool:
        """Whether it can only make a position smaller."""
        return False

    def refused(self, reason: str) -> WireError:
        """Return how a refusal of the venue's is told."""
        return rejected(reject_text(reason))

    def duplicated(self) -> WireError:
        """Return how it is told that the client's name of the order is taken."""
        return rejected(DUPLICATE)

    def spec(self, name: ClientOrderId, quantity: Decimal) -> OrderSpec:
        """Return the order as the simulated venue takes it."""
        trails = self.trailing_delta is not None
        return OrderSpec(
            name, EXTERNAL, self.symbol.id, self.side, OrderType.TRAILING_STOP if trails else _OURS[self.kind],
            quantity, price=self.price, trigger=self.stop_price,
            trail_fraction=None if self.trailing_delta is None else self.trailing_delta / _BIPS,
            tif=TimeInForce.IOC if self.kind == "MARKET" else _TIFS[self.tif],
            post_only=self.kind == "LIMIT_MAKER", if_touched=self.kind.startswith("TAKE_PROFIT"),
        )  # fmt: skip


def asked(params: Params, symbols: Symbols) -> Asked:
    """Read an order from the parameters of a request."""
    symbol = params.symbol(symbols)
    side_text, kind = params.need("side"), params.need("type")
    if side_text not in ("BUY", "SELL"):
        raise bad_side()
    if kind not in ORDER_TYPES:
        raise bad_type()
    tif = _tif(params, kind)
    quantity, quote_quantity = _quantities(params, kind)
    price, stop_price, trailing = _prices(params, kind)
    client_id = params.client_id("newClientOrderId")
    answer = params.get("newOrderRespType") or ("FULL" if kind in ("LIMIT", "MARKET") else "ACK")
    if answer not in ANSWERS:
        raise WireError(-1122, "Invalid newOrderRespType.")
    for ignored in ("selfTradePreventionMode", "strategyId", "strategyType"):
        params.get(ignored)
    if params.number("icebergQty"):
        raise rejected("Iceberg orders are not supported for this symbol.")
    side = Side.BUY if side_text == "BUY" else Side.SELL
    return Asked(symbol, side, kind, tif, quantity, quote_quantity, price, stop_price, trailing, client_id, answer)


def _tif(params: Params, kind: str) -> str:
    if kind not in _TIMED:
        params.refuse("timeInForce")
        return "GTC"
    tif = params.need("timeInForce")
    if tif not in _TIFS:
        raise bad_tif()
    return tif


def _quantities(params: Params, kind: str) -> tuple[Decimal, Decimal]:
    if kind != "MARKET":
        params.refuse("quoteOrderQty")
        quantity = params.number("quantity")
        if quantity is None:
            raise missing("quantity")
        return quantity, ZERO
    if params.has("quantity"):
        params.refuse("quoteOrderQty")
    quantity, quote_quantity = params.number("quantity"), params.number("quoteOrderQty")
    if quantity is None and quote_quantity is None:
        raise either("quantity", "quoteOrderQty")
    return quantity or ZERO, quote_quantity or ZERO


def _prices(params: Params, kind: str) -> tuple[Decimal | None, Decimal | None, int | None]:
    price = None
    if kind in _LIMITS:
        price = params.number("price")
        if price is None:
            raise missing("price")
    else:
        params.refuse("price")
    if kind in ("LIMIT", "LIMIT_MAKER", "MARKET"):
        params.refuse("stopPrice", "trailingDelta")
        return price, None, None
    stop_price, trailing = params.number("stopPrice"), params.integer("trailingDelta")
    if stop_price is None and trailing is None:
        raise either("stopPrice", "trailingDelta")
    if trailing is not None and not TRAIL_MIN <= trailing <= TRAIL_MAX:
        raise filter_failure("TRAILING_DELTA")
    if trailing is not None and kind != "STOP_LOSS":
        raise rejected("Unsupported order combination")
    return price, stop_price, trailing


def check(order: Asked, market: Market, now: int) -> None:
    """Check an order against the filters of its symbol."""
    symbol = order.symbol
    average = market.average(now)
    if order.price is not None:
        symbol.check_price("price", order.price)
    if order.stop_price is not None:
        symbol.check_price("stopPrice", order.stop_price)
    if not order.quote_quantity:
        symbol.check_quantity(order.quantity, at_market=order.kind == "MARKET")
    if order.price is not None:
        symbol.check_band(order.price, average)
    if order.quote_quantity:
        if order.quote_quantity < symbol.instrument.notional_min:
            raise filter_failure("NOTIONAL")
    elif not order.only_reduces:
        symbol.check_notional(order.quantity, order.price or order.stop_price or average)


def base_quantity(order: Asked, market: Market) -> Decimal:
    """Return how much an order for so much of the quote asset comes to, at the book as it is."""
    if not order.quote_quantity:
        return order.quantity
    left, quantity = order.quote_quantity, ZERO
    for price, size in market.book.levels(of_asks=order.side is Side.BUY):
        at, there = exact(price), exact(size)
        if at * there >= left:
            quantity += left / at
            left = ZERO
            break
        quantity += there
        left -= at * there
    quantity = floor_to(quantity, order.symbol.lot)
    if quantity < order.symbol.quantity_min:
        raise filter_failure("LOT_SIZE") if market.last is not None else rejected(INSUFFICIENT)
    return quantity
