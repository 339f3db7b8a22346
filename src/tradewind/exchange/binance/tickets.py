"""Orders as Binance knows them: their numbers, what became of them, and how they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.money import ZERO
from tradewind.domain.order import Side
from tradewind.domain.time import NS_PER_MS
from tradewind.exchange.binance.notes import PLAIN_DETAILS
from tradewind.exchange.binance.symbols import amount

if TYPE_CHECKING:
    from asyncio import Future

    from tradewind.domain.ids import ClientOrderId
    from tradewind.exchange.binance.executions import Execution
    from tradewind.exchange.binance.lists import OrderList
    from tradewind.exchange.binance.notes import Placed
    from tradewind.exchange.binance.symbols import Symbol

Wire = dict[str, object]

OPEN = ("NEW", "PARTIALLY_FILLED", "PENDING_NEW")
STOPS = ("STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT")


class Ticket:
    """One order: what was asked for, and what became of it. Times are those of the exchange, in nanoseconds."""

    def __init__(self, placed: Placed, symbol: Symbol, now: int) -> None:
        spec = placed.spec
        self.spec = spec
        """It as it was placed; what was amended since is not in it."""
        self.number = placed.number
        self.symbol = symbol
        self.instrument = spec.instrument
        """Under which name the simulated venue holds the position: one for each side, where they are held apart."""
        self.internal: ClientOrderId = spec.id
        self.client_id = placed.client_id
        self.kind, self.tif = placed.kind, placed.tif
        self.is_buy = spec.side is Side.BUY
        self.quantity = spec.quantity
        self.ends_at = placed.ends_at
        """When so much is executed the exchange takes the rest back by itself; 0 for never."""
        self.price = spec.price or ZERO
        self.stop_price = spec.trigger or ZERO
        self.quote_quantity = placed.quote_quantity
        self.trailing_delta = placed.trailing_delta
        self.trailing_since = now if placed.trailing_delta is not None else None
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
        self.next_name = ""
        """The client's name of it once it is amended."""
        self.amended = 0
        self.details = placed.details or PLAIN_DETAILS
        self.order_list: OrderList | None = None
        self.waiters: list[Future[None]] = []

    @property
    def is_open(self) -> bool:
        """Whether it rests, or waits for its trigger."""
        return self.status in OPEN

    @property
    def is_answered(self) -> bool:
        """Whether the venue has taken or refused it, or nobody knows."""
        return self.status != "PENDING_NEW" or self.is_unknown

    @property
    def is_cancel_answered(self) -> bool:
        """Whether it has ended, or its cancel was refused, or nobody knows."""
        return not self.is_open or bool(self.cancel_refused) or self.is_unknown

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for another order of its list, and has not come to the venue."""
        made = self.order_list
        return made is not None and not made.is_released and self in made.waiting

    @property
    def is_stop(self) -> bool:
        """Whether it counts as an algorithmic order."""
        return self.kind in STOPS or self.details.algo > 0

    @property
    def list_number(self) -> int:
        """The number of the list that it belongs to, -1 for none."""
        return -1 if self.order_list is None else self.order_list.number

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
            "symbol": self.symbol.name, "orderId": self.number, "orderListId": self.list_number,
            "clientOrderId": self.client_id,
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
            "symbol": self.symbol.name, "orderId": self.number, "orderListId": self.list_number,
            "clientOrderId": self.client_id,
        } | self._figures() | {
            "stopPrice": amount(self.stop_price), "icebergQty": amount(ZERO), "time": self.created // NS_PER_MS,
            "updateTime": self.updated // NS_PER_MS, "isWorking": working is not None,
        } | self._trailing() | self._worked() | {"origQuoteOrderQty": amount(self.quote_quantity)} | _STP  # fmt: skip

    def amended_answer(self, ts: int, execution: int, before: str) -> Wire:
        """Return the answer to an amendment that keeps its place."""
        order = {
            "symbol": self.symbol.name, "orderId": self.number, "orderListId": self.list_number,
            "origClientOrderId": before, "clientOrderId": self.client_id, "price": amount(self.price),
            "qty": amount(self.quantity), "executedQty": amount(self.executed), "preventedQty": amount(ZERO),
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
