"""Orders as Binance knows them: their numbers, what became of them, and how they are written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tradewind.domain.money import ZERO
from tradewind.domain.order import OrderType, Side, TimeInForce
from tradewind.domain.time import NS_PER_MS
from tradewind.exchange.binance.symbols import amount

if TYPE_CHECKING:
    from asyncio import Future
    from decimal import Decimal

    from tradewind.domain.ids import ClientOrderId
    from tradewind.domain.order import OrderSpec
    from tradewind.exchange.binance.symbols import Symbol

Wire = dict[str, object]

OPEN = ("NEW", "PARTIALLY_FILLED", "PENDING_NEW")
STOPS = ("STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT")
_TYPES = {
    OrderType.MARKET: "MARKET", OrderType.LIMIT: "LIMIT", OrderType.STOP: "STOP_LOSS",
    OrderType.STOP_LIMIT: "STOP_LOSS_LIMIT", OrderType.TRAILING_STOP: "STOP_LOSS",
}  # fmt: skip
_TIFS = {TimeInForce.IOC: "IOC", TimeInForce.FOK: "FOK"}


@dataclass(frozen=True)
class Details:
    """What an order for a contract has besides; `algo` is the number of its condition, 0 for a plain order."""

    reduce_only: bool = False
    close_position: bool = False
    working_type: str = "CONTRACT_PRICE"
    price_protect: bool = False
    algo: int = 0
    callback_rate: Decimal | None = None
    good_till: int = 0


PLAIN_DETAILS = Details()


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
            "symbol": ticket.symbol.name, "id": self.number, "orderId": ticket.number, "orderListId": -1,
            "price": amount(self.price), "qty": amount(self.quantity), "quoteQty": amount(self.price * self.quantity),
            "commission": amount(self.fee), "commissionAsset": self.fee_asset, "time": self.ts // NS_PER_MS,
            "isBuyer": ticket.is_buy, "isMaker": self.is_maker, "isBestMatch": True,
        }  # fmt: skip


class Ticket:
    """One order: what was asked for, and what became of it. Times are those of the exchange, in nanoseconds."""

    def __init__(  # noqa: PLR0913 - what an order is
        self, number: int, symbol: Symbol, spec: OrderSpec, client_id: str, now: int, *, kind: str, tif: str,
        quote_quantity: Decimal = ZERO, trailing_delta: int | None = None,
    ) -> None:  # fmt: skip
        self.number = number
        self.symbol = symbol
        self.internal: ClientOrderId = spec.id
        self.client_id = client_id
        self.kind, self.tif = kind, tif
        self.is_buy = spec.side is Side.BUY
        self.quantity = spec.quantity
        self.price = spec.price or ZERO
        self.stop_price = spec.trigger or ZERO
        self.quote_quantity = quote_quantity
        self.trailing_delta = trailing_delta
        self.trailing_since = now if trailing_delta is not None else None
        self.status = "PENDING_NEW"
        self.executed = ZERO
        self.quote_executed = ZERO
        self.created = self.updated = now
        self.working_since: int | None = None
        self.fills: list[Execution] = []
        self.rejection = ""
        """Why the venue did not take it."""
        self.is_unknown = False
        """Whether nobody knows what became of a request about it."""
        self.cancel_refused = ""
        self.amend_refused = ""
        self.cancelled_by = ""
        """The client's name of the cancel request."""
        self.amended = 0
        self.details: Details | None = None
        """Of an order for a contract."""
        self.waiters: list[Future[None]] = []

    @property
    def is_open(self) -> bool:
        """Whether it rests, or waits for its trigger."""
        return self.status in OPEN

    @property
    def is_stop(self) -> bool:
        """Whether it counts as an algorithmic order."""
        return self.kind in STOPS or (self.details is not None and self.details.algo > 0)

    @property
    def side(self) -> str:
        """BUY or SELL."""
        return "BUY" if self.is_buy else "SELL"

    def wake(self) -> None:
        """Tell who waits that something was heard of the order."""
        waiters, self.waiters = self.waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    # --- how it is written --------------------------------------------------------------------------

    def acknowledged(self, ts: int) -> Wire:
        """Return the shortest answer to its placement."""
        return {
            "symbol": self.symbol.name, "orderId": self.number, "orderListId": -1, "clientOrderId": self.client_id,
            "transactTime": ts // NS_PER_MS,
        }  # fmt: skip

    def result(self, ts: int) -> Wire:
        """Return the answer with what became of it."""
        return self.acknowledged(ts) | self._figures() | self._conditional() | self._worked() | _STP

    def full(self, ts: int) -> Wire:
        """Return the answer with its fills."""
        return self.result(ts) | {"fills": [fill.in_answer() for fill in self.fills]}

    def cancelled(self, ts: int) -> Wire:
        """Return the answer to its cancellation."""
        named = {"symbol": self.symbol.name, "origClientOrderId": self.client_id}
        plain = self.acknowledged(ts) | {"clientOrderId": self.cancelled_by}
        return named | plain | self._figures() | self._conditional() | _STP

    def queried(self) -> Wire:
        """Return the answer to who asks for it."""
        working = self.working_since
        return {
            "symbol": self.symbol.name, "orderId": self.number, "orderListId": -1, "clientOrderId": self.client_id,
        } | self._figures() | {
            "stopPrice": amount(self.stop_price), "icebergQty": amount(ZERO), "time": self.created // NS_PER_MS,
            "updateTime": self.updated // NS_PER_MS, "isWorking": working is not None,
        } | self._trailing() | self._worked() | {"origQuoteOrderQty": amount(self.quote_quantity)} | _STP  # fmt: skip

    def amended_answer(self, ts: int, execution: int, before: str) -> Wire:
        """Return the answer to an amendment that keeps its place."""
        order = {
            "symbol": self.symbol.name, "orderId": self.number, "orderListId": -1, "origClientOrderId": before,
            "clientOrderId": self.client_id, "price": amount(self.price), "qty": amount(self.quantity),
            "executedQty": amount(self.executed), "preventedQty": amount(ZERO),
            "quoteOrderQty": amount(self.quote_quantity), "cumulativeQuoteQty": amount(self.quote_executed),
            "status": self.status, "timeInForce": self.tif, "type": self.kind, "side": self.side,
        }  # fmt: skip
        told = order | self._worked() | _STP
        return {"transactTime": ts // NS_PER_MS, "executionId": execution, "amendedOrder": told}

    def _figures(self) -> Wire:
        return {
            "price": amount(self.price), "origQty": amount(self.quantity), "executedQty": amount(self.executed),
            "origQuoteOrderQty": amount(self.quote_quantity), "cummulativeQuoteQty": amount(self.quote_executed),
            "status": self.status, "timeInForce": self.tif, "type": self.kind, "side": self.side,
        }  # fmt: skip

    def _conditional(self) -> Wire:
        return ({"stopPrice": amount(self.stop_price)} if self.stop_price else {}) | self._trailing()

    def _trailing(self) -> Wire:
        if self.trailing_delta is None or self.trailing_since is None:
            return {}
        return {"trailingDelta": self.trailing_delta, "trailingTime": self.trailing_since // NS_PER_MS}

    def _worked(self) -> Wire:
        return {"workingTime": -1 if self.working_since is None else self.working_since // NS_PER_MS}


_STP: Wire = {"selfTradePreventionMode": "NONE"}


def kind_of(spec: OrderSpec) -> tuple[str, str]:
    """Return type and time in force of an order that came by another dialect."""
    if spec.type is OrderType.LIMIT and spec.post_only:
        return "LIMIT_MAKER", "GTC"
    kind = _TYPES[spec.type]
    if spec.if_touched:
        kind = kind.replace("STOP_LOSS", "TAKE_PROFIT")
    return kind, _TIFS.get(spec.tif, "GTC")
