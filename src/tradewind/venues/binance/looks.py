"""Questions that take several requests: what became of an order, and what an account has. Pure: state machines.

Each says what to ask next, takes the answers in any order, and has its events when all have come.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain import events as ev
from tradewind.domain.account import AccountKind, VenueOrder
from tradewind.domain.time import NS_PER_MS
from tradewind.venues.binance.answers import amount, answer_of
from tradewind.venues.binance.parse_rest import balances_of, fills_of, name_of, resting, told_of
from tradewind.venues.binance.product import VENUES, Product
from tradewind.venues.binance.wire_rest import Account, MyTrade, Order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tradewind.domain.commands import CancelOrder, QueryAccount, QueryOrder
    from tradewind.domain.ids import ClientOrderId
    from tradewind.domain.time import TimeNs
    from tradewind.venues.binance.holdings import Holdings
    from tradewind.venues.binance.requests import Params

Question = tuple[str, "Params"]
PAGE = 1_000
ENDED = frozenset({"FILLED", "CANCELED", "REJECTED", "EXPIRED", "EXPIRED_IN_MATCH"})


class OrderLook:
    """What became of one order: its state, and where something was executed, its fills."""

    def __init__(
        self, query: QueryOrder, symbol: str, *, quiet: bool = False, behind: CancelOrder | None = None
    ) -> None:
        """Make it; a `quiet` one tells of executions and ends alone, then of the refusal of the cancel `behind` it."""
        self._behind = behind
        self.query = query
        self._symbol = symbol
        self._quiet = quiet
        self._order: Order | None = None
        self._is_over = False

    def give_up(self) -> QueryOrder | CancelOrder | None:
        """End it without an answer; return the wish that ends with it, None if there is none or it has ended before."""
        over, self._is_over = self._is_over, True
        return None if over else self._behind if self._quiet else self.query

    def not_there(self, method: str, ts: TimeNs) -> tuple[list[Question], tuple[ev.Event, ...]]:  # noqa: ARG002
        """Take it that there is no such order; return where else to ask, or what that means."""
        wish = self.give_up()
        if self._behind is not None:
            return [], self._refusal(ts)
        return [], () if wish is None else (ev.OrderNotFound(wish.order, ts, ts),)

    def _refusal(self, ts: TimeNs) -> tuple[ev.Event, ...]:
        wish = self._behind
        return () if wish is None else (ev.CancelRejected(wish.order, "there is nothing to cancel any more", ts, ts),)

    def begin(self) -> list[Question]:
        """Return what to ask first."""
        return [("order.status", {"symbol": self._symbol, "origClientOrderId": self.query.order})]

    def answer(self, method: str, body: bytes, ts: TimeNs) -> tuple[list[Question], tuple[ev.Event, ...]]:
        """Take an answer; return what to ask next, or what it has come to."""
        if method == "order.status":
            order = self._order = answer_of(body, Order)
            if amount(order.executed_qty):
                return [("myTrades", {"symbol": self._symbol, "orderId": order.order_id, "limit": PAGE})], ()
            return [], self._told((), ts)
        assert self._order is not None, "its fills are asked for by its number"
        rows = answer_of(body, list[MyTrade])
        name = self.query.order
        if sum(amount(row.qty) for row in rows) < amount(self._order.executed_qty):
            lacking = (ev.LookupFailed(name, "not all of its fills are told yet", ts),)
            return [], self._refusal(ts) if self._quiet else lacking
        return [], self._told(fills_of(rows, {self._order.order_id: name}, ts), ts)

    def _told(self, fills: tuple[ev.OrderFilled, ...], ts: TimeNs) -> tuple[ev.Event, ...]:
        assert self._order is not None
        state = told_of(self._order, ts, self.query.order)
        if self._quiet:
            lives = bool(state) and isinstance(state[0], ev.OrderAccepted)
            return (*fills, *(() if lives else state), *self._refusal(ts))
        found = ev.OrderFound(self.query.order, ts, ts)
        lives = bool(state) and isinstance(state[0], ev.OrderAccepted)
        return (*state, *fills, found) if lives else (*fills, *state, found)


class AccountLook:
    """What an account has: balances, open orders, and the fills since a time, with the names of their orders."""

    def __init__(
        self, query: QueryAccount, symbols: Sequence[str], names: dict[int, ClientOrderId], held: Holdings
    ) -> None:
        self.query = query
        self._held = held
        self._symbols = symbols
        self._names = names
        self._pending = 0
        self._account: Account | None = None
        self._open: list[Order] = []
        self._trades: list[MyTrade] = []
        self._ended: dict[int, Order] = {}
        self._named = False
        self._is_over = False

    def give_up(self) -> QueryAccount | None:
        """End it without an answer; return the question, None if it has ended before: each is answered once."""
        over, self._is_over = self._is_over, True
        return None if over else self.query

    def begin(self) -> list[Question]:
        """Return what to ask first."""
        since = self.query.fills_since // NS_PER_MS
        asked: list[Question] = [("account.status", {"omitZeroBalances": True})]
        for symbol in self._symbols:
            asked.append(("openOrders.status", {"symbol": symbol}))
            asked.append(("myTrades", {"symbol": symbol, "startTime": max(since, 0), "limit": PAGE}))
        self._pending = len(asked)
        return asked

    def answer(self, method: str, body: bytes, ts: TimeNs) -> tuple[list[Question], tuple[ev.Event, ...]]:
        """Take an answer; return what to ask next, or what it has come to."""
        if self._is_over:
            return [], ()
        asked = self._take(method, body)
        self._pending += len(asked) - 1
        if not self._pending and not self._named:
            self._named = True
            asked = self._nameless()
            self._pending = len(asked)
        return asked, () if self._pending else (self._snapshot(ts),)

    def _take(self, method: str, body: bytes) -> list[Question]:
        match method:
            case "account.status":
                self._account = answer_of(body, Account)
            case "openOrders.status":
                self._open += answer_of(body, list[Order])
            case "myTrades":
                rows = answer_of(body, list[MyTrade])
                self._trades += rows
                if len(rows) == PAGE:
                    return [("myTrades", {"symbol": rows[-1].symbol, "fromId": rows[-1].id + 1, "limit": PAGE})]
            case _:
                order = answer_of(body, Order)
                self._names[order.order_id] = name_of(order)
                self._ended[order.order_id] = order
        return []

    def _nameless(self) -> list[Question]:
        """Return the questions for the orders of fills that rest no more: what they are called, how they ended."""
        for order in self._open:
            self._names[order.order_id] = name_of(order)
        rest = {order.order_id for order in self._open}
        gone = {(row.symbol, row.order_id): None for row in self._trades if row.order_id not in rest}
        return [("order.status", {"symbol": symbol, "orderId": number}) for symbol, number in gone]

    def _snapshot(self, ts: TimeNs) -> ev.AccountSnapshot:
        assert self._account is not None, "it was asked for"
        fills = fills_of(self._trades, self._names, ts)
        for fill in fills:
            self._held.paid(fill)
        ended: list[VenueOrder] = [resting(o, Product.SPOT) for o in self._ended.values() if o.status in ENDED]
        return ev.AccountSnapshot(
            VENUES[Product.SPOT],
            owned := self._held.ours(balances_of(self._account.balances)),
            self._held(owned),
            ts,
            ts,
            tuple(resting(order, Product.SPOT) for order in self._open),
            fills,
            self.query.number,
            tuple(ended),
            AccountKind.CASH,
            tells_locked=True,
        )
