"""What a USD-M account has: wallet, positions, orders of both kinds, executions, funding. Pure: a state machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain import events as ev
from tradewind.domain.account import AccountKind, Balance, VenueOrder
from tradewind.domain.ids import Asset, ClientOrderId
from tradewind.domain.time import NS_PER_MS
from tradewind.venues.binance.answers import amount, answer_of
from tradewind.venues.binance.looks import ENDED, PAGE, Question
from tradewind.venues.binance.parse_rest import fills_of, liquidations_of, name_of, positions_of, resting, resting_algo
from tradewind.venues.binance.product import VENUES, Product, our_id
from tradewind.venues.binance.usdm_looks import FundingLook
from tradewind.venues.binance.wire_rest import MyTrade, Order
from tradewind.venues.binance.wire_usdm_rest import AlgoOrder, PositionRisk, Wallet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tradewind.domain.commands import QueryAccount
    from tradewind.domain.time import TimeNs
    from tradewind.venues.binance.usdm_memory import Memory

VENUE = VENUES[Product.USDM]
SPAN_MS = 7 * 24 * 3_600_000
"""Executions are told for at most so long at once: asked from a time on, Binance tells those of the week after it."""
KEPT_MS = 180 * 24 * 3_600_000
"""Executions that are older are not told at all."""
TRIES = 4
"""So often an account is read again that changes while it is read; then wallet and positions are not known."""


class UsdmAccountLook:
    """What an account has: balances, positions, orders of both kinds, and the fills since a time, with their names."""

    def __init__(self, query: QueryAccount, symbols: Sequence[str], memory: Memory) -> None:
        self.query = query
        self._symbols = symbols
        self._memory = memory
        self._funding = FundingLook(memory)
        self._is_over = False
        self._tries = 0
        self._clear()

    def _clear(self) -> None:
        self._changes = self._memory.changes
        self._pending = 0
        self._wallets: list[Wallet] = []
        self._positions: list[PositionRisk] = []
        self._open: list[VenueOrder] = []
        self._orders: list[Order] = []
        self._trades: dict[tuple[str, int], MyTrade] = {}
        self._told_until = 0
        """The end of the last span that executions were asked for, in milliseconds."""
        self._ended: dict[int, Order] = {}
        self._named = False

    def give_up(self) -> QueryAccount | None:
        """End it without an answer; return the question, None if it has ended before: each is answered once."""
        over, self._is_over = self._is_over, True
        return None if over else self.query

    def begin(self) -> list[Question]:
        """Return what to ask first; funding before the wallet, which it is in."""
        since = max(self.query.fills_since // NS_PER_MS, 0)
        asked: list[Question] = [*self._funding.begin(), ("v2/account.balance", {}), ("v2/account.position", {})]
        for symbol in self._symbols:
            asked.append(("openOrders.status", {"symbol": symbol}))
            asked.append(("openAlgoOrders", {"symbol": symbol}))
        asked += self._span(since)
        self._pending = len(asked)
        return asked

    def answer(self, method: str, body: bytes, ts: TimeNs) -> tuple[list[Question], tuple[ev.Event, ...]]:
        """Take an answer; return what to ask next, and what it has come to."""
        if self._is_over:
            return [], self._funding.answer(method, body, ts)[1] if method == "income" else ()
        asked, paid = self._take(method, body, ts)
        self._pending += len(asked) - 1
        if not self._pending and self._told_until < ts // NS_PER_MS:
            asked = self._span(max(self._told_until + 1, ts // NS_PER_MS - KEPT_MS))
            self._pending = len(asked)
        if not self._pending and not self._named:
            self._named = True
            asked = self._nameless()
            self._pending = len(asked)
        if self._pending:
            return asked, paid
        if self._changes != self._memory.changes and self._tries < TRIES:
            self._tries += 1
            self._clear()
            return self.begin(), paid
        return [], (*paid, self._snapshot(ts))

    def _take(self, method: str, body: bytes, ts: TimeNs) -> tuple[list[Question], tuple[ev.Event, ...]]:
        match method:
            case "income":
                return self._funding.answer(method, body, ts)
            case "v2/account.balance":
                self._wallets = answer_of(body, list[Wallet])
            case "v2/account.position":
                self._positions = answer_of(body, list[PositionRisk])
            case "openOrders.status":
                self._orders += answer_of(body, list[Order])
            case "openAlgoOrders":
                for algo in answer_of(body, list[AlgoOrder]):
                    self._memory.note_algo(ClientOrderId(algo.client_algo_id), algo.actual_order_id)
                    self._open.append(resting_algo(algo))
            case "allAlgoOrders":
                for algo in answer_of(body, list[AlgoOrder]):
                    self._memory.note_algo(ClientOrderId(algo.client_algo_id), algo.actual_order_id)
            case "userTrades":
                rows = answer_of(body, list[MyTrade])
                self._trades.update(((row.symbol, row.id), row) for row in rows)
                if len(rows) == PAGE:
                    more = {"symbol": rows[-1].symbol, "fromId": rows[-1].id + 1, "limit": PAGE}
                    return [("userTrades", more)], ()
            case _:
                order = answer_of(body, Order)
                self._ended[order.order_id] = order
        return [], ()

    def _span(self, start: int) -> list[Question]:
        """Return the questions for the executions of the next week."""
        self._told_until = start + SPAN_MS - 1
        span = {"startTime": start, "endTime": self._told_until, "limit": PAGE}
        return [("userTrades", {"symbol": symbol, **span}) for symbol in self._symbols]

    def _nameless(self) -> list[Question]:
        """Return the questions for the orders of fills that rest no more: what they are called, how they ended."""
        rest = {order.order_id for order in self._orders}
        gone = {(row.symbol, row.order_id): None for row in self._trades.values() if row.order_id not in rest}
        asked: list[Question] = [("order.status", {"symbol": symbol, "orderId": number}) for symbol, number in gone]
        strange = {symbol for symbol, number in gone if number not in self._memory.names}
        strange |= {order.symbol for order in self._orders if order.order_id not in self._memory.names}
        return asked + [("allAlgoOrders", {"symbol": symbol, "limit": PAGE}) for symbol in sorted(strange)]

    def _name(self, order: Order) -> ClientOrderId:
        """Return our name of an order: that of the conditional order that it was, before its own."""
        name = self._memory.names.get(order.order_id) or name_of(order)
        self._memory.names[order.order_id] = name
        return name

    def _snapshot(self, ts: TimeNs) -> ev.AccountSnapshot:
        product, ours = Product.USDM, {our_id(symbol, Product.USDM) for symbol in self._symbols}
        orders = [resting(order, product, self._name(order)) for order in self._orders]
        ended = [resting(o, product, self._name(o)) for o in self._ended.values() if o.status in ENDED]
        assets, is_one = self._memory.assets, self._changes == self._memory.changes
        balances = (Balance(Asset(row.asset), amount(row.balance)) for row in self._wallets)
        return ev.AccountSnapshot(
            VENUE,
            tuple(each for each in balances if each.total and each.asset in assets) if is_one else None,
            tuple(each for each in positions_of(self._positions) if each.instrument in ours) if is_one else None,
            ts,
            ts,
            (*orders, *self._open),
            fills_of(list(self._trades.values()), self._memory.names, ts),
            self.query.number,
            tuple(ended),
            AccountKind.MARGIN,
            charges=liquidations_of(list(self._trades.values()), self._memory.names, ts),
        )
