"""Questions about a USD-M account that take several requests. Pure: state machines, as those of spot in `looks.py`.

A conditional order lives at a service of its own until it is triggered, and is an order with another number from
then on; here it has our name all the time. Funding is told by `income`, each charge once, by its number there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain import events as ev
from tradewind.domain.ids import Asset, VenueOrderId
from tradewind.domain.time import NS_PER_MS
from tradewind.venues.binance.answers import amount, answer_of
from tradewind.venues.binance.looks import PAGE, OrderLook, Question
from tradewind.venues.binance.product import Product, our_id
from tradewind.venues.binance.wire_usdm_rest import AlgoOrder, Income

if TYPE_CHECKING:
    from tradewind.domain.commands import CancelOrder, QueryOrder
    from tradewind.domain.time import TimeNs
    from tradewind.venues.binance.usdm_memory import Memory


class UsdmOrderLook(OrderLook):
    """What became of one order, wherever it lives."""

    def __init__(
        self,
        query: QueryOrder,
        symbol: str,
        memory: Memory,
        *,
        quiet: bool = False,
        behind: CancelOrder | None = None,
    ) -> None:
        super().__init__(query, symbol, quiet=quiet, behind=behind)
        self._memory = memory
        self._asked: set[str] = set()
        self._child = memory.child_of(query.order)

    def begin(self) -> list[Question]:
        """Return what to ask first."""
        name = self.query.order
        if self._child:
            return self._ask_child()
        if self._memory.is_algo(name):
            self._asked.add("algoOrder.status")
            return [("algoOrder.status", {"clientAlgoId": name})]
        return super().begin()

    def not_there(self, method: str, ts: TimeNs) -> tuple[list[Question], tuple[ev.Event, ...]]:
        """Ask the other service if nobody knows at which it is; no such order is what both of them do not know."""
        if self._child:  # its conditional order says that it is there
            wish = self.give_up()
            if self._behind is not None:
                return [], self._refusal(ts)
            return [], () if wish is None else (ev.LookupFailed(wish.order, "its order is not told yet", ts),)
        if method == "order.status" and "algoOrder.status" not in self._asked and self.query.order not in self._memory:
            self._asked.add("algoOrder.status")
            return [("algoOrder.status", {"clientAlgoId": self.query.order})], ()
        return super().not_there(method, ts)

    def answer(self, method: str, body: bytes, ts: TimeNs) -> tuple[list[Question], tuple[ev.Event, ...]]:
        """Take an answer; return what to ask next, or what it has come to."""
        if method == "algoOrder.status":
            return self._algo(answer_of(body, AlgoOrder), ts)
        if method == "userTrades":
            return super().answer("myTrades", body, ts)
        asked, events = super().answer(method, body, ts)
        return [("userTrades", params) for _, params in asked], events

    def _algo(self, order: AlgoOrder, ts: TimeNs) -> tuple[list[Question], tuple[ev.Event, ...]]:
        name, at = self.query.order, order.update_time * NS_PER_MS or ts
        self._memory.note_algo(name, order.actual_order_id)
        self._child = self._memory.child_of(name)
        if self._child:
            return self._ask_child(), ()
        found = self._refusal(ts) if self._quiet else (ev.OrderFound(name, ts, ts),)
        match order.algo_status:
            case "CANCELED":
                return [], (ev.OrderCancelled(name, "cancelled", at, ts), *found)
            case "EXPIRED":
                return [], (ev.OrderExpired(name, "expired", at, ts), *found)
            case "REJECTED":
                return [], (ev.OrderRejected(name, "rejected", at, ts), *found)
            case _ if self._quiet:
                return [], found
            case _:
                return [], (ev.OrderAccepted(name, VenueOrderId(f"algo-{order.algo_id}"), at, ts), *found)

    def _ask_child(self) -> list[Question]:
        return [("order.status", {"symbol": self._symbol, "orderId": self._child})]


class FundingLook:
    """What funding was paid or received that nobody has told yet."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def begin(self) -> list[Question]:
        """Return what to ask."""
        since = self._memory.funded_at // NS_PER_MS
        return [("income", {"incomeType": "FUNDING_FEE", "startTime": since, "limit": PAGE})]

    def give_up(self) -> None:
        """End it without an answer; the next one asks for the same time."""

    def answer(self, method: str, body: bytes, ts: TimeNs) -> tuple[list[Question], tuple[ev.Event, ...]]:
        """Take the answer; each charge is told once."""
        assert method == "income", method
        rows = answer_of(body, list[Income])
        new = tuple(self._paid(row, ts) for row in rows if row.symbol and self._memory.is_new_charge(row))
        return self.begin() if len(rows) == PAGE and new else [], new

    @staticmethod
    def _paid(row: Income, ts: TimeNs) -> ev.FundingPaid:
        at = row.time * NS_PER_MS
        return ev.FundingPaid(our_id(row.symbol, Product.USDM), amount(row.income), Asset(row.asset), at, ts)
