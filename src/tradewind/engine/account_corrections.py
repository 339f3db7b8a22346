"""Corrections that a comparison found, as they come back as events: taken if the books are what was compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tradewind.domain import events as ev
from tradewind.domain.ids import EXTERNAL
from tradewind.domain.signal import CancelIntent
from tradewind.domain.step import CorrectionStale

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.execution.order_ids import OrderIds
    from tradewind.execution.orders import Orders
    from tradewind.portfolio.portfolio import Portfolio


class Corrections:
    """Takes them into the books; with `cancels`, an order that has our prefix and was unknown is taken back at once."""

    def __init__(self, orders: Orders, portfolio: Portfolio, ids: OrderIds, words: list[Any], *, cancels: bool) -> None:
        self._orders = orders
        self._portfolio = portfolio
        self._ids = ids
        self._words = words
        self._cancels = cancels

    def routes(self) -> dict[type, Callable[[Any], object]]:
        """Return who takes an event of each kind."""
        return {
            ev.PositionAdjusted: self._adjust_position,
            ev.BalanceAdjusted: self._adjust_balance,
            ev.AverageAdjusted: self._adjust_average,
            ev.OrderAdopted: self._adopt,
        }

    def _adjust_position(self, event: ev.PositionAdjusted) -> bool:
        if not self._portfolio.book_position_adjustment(event):
            self._words.append(CorrectionStale(event.id, event.instrument))
        return True

    def _adjust_balance(self, event: ev.BalanceAdjusted) -> bool:
        if not self._portfolio.book_balance_adjustment(event):
            self._words.append(CorrectionStale(event.id, event.asset))
        return True

    def _adjust_average(self, event: ev.AverageAdjusted) -> bool:
        if not self._portfolio.book_average_adjustment(event):
            self._words.append(CorrectionStale(event.id, event.instrument))
        return True

    def _adopt(self, event: ev.OrderAdopted) -> bool:
        """Take an order over; an id of ours is not given again, and the order is taken back if that is wished for."""
        name, ids = event.order.id, self._ids
        if not self._orders.adopt(event):
            self._words.append(CorrectionStale(event.id, name))
            return True
        number = name.removeprefix(f"{ids.prefix}-")
        if number != name and number.isdecimal():
            ids.count = max(ids.count, int(number))
            if self._cancels:
                self._words.append(CancelIntent(EXTERNAL, name))
        return True
