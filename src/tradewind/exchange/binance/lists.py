"""Order lists of spot: orders that cancel each other (OCO), and orders that wait until others have filled (OTO, OTOCO).

Those that cancel each other do so at the simulated venue, which knows them by a common name. Those that wait are kept
here: they go to the venue when the order before them has filled completely, and end with it if it ends otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.time import NS_PER_MS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tradewind.domain.time import TimeNs
    from tradewind.exchange.binance.symbols import Symbol
    from tradewind.exchange.binance.tickets import Ticket, Wire


class OrderList:
    """Two or three orders; the first `working` are at the venue, the others wait."""

    def __init__(  # noqa: PLR0913 - what a list is
        self, number: int, symbol: Symbol, legs: Sequence[Ticket], *, client_id: str, contingency: str, working: int,
        now: TimeNs,
    ) -> None:  # fmt: skip
        self.number = number
        self.symbol = symbol
        self.client_id = client_id
        self.contingency = contingency
        self.legs = tuple(legs)
        self.working, self.waiting = self.legs[:working], self.legs[working:]
        self.status_type, self.status = "EXEC_STARTED", "EXECUTING"
        self.updated = now
        self.is_told = False
        """Whether its beginning was told."""
        self.is_released = not self.waiting
        """Whether the orders that wait have gone to the venue."""
        for leg in self.legs:
            leg.order_list = self

    @property
    def is_open(self) -> bool:
        """Whether one of its orders may still trade."""
        return self.status == "EXECUTING"

    @property
    def has_begun(self) -> bool:
        """Whether the venue has answered the orders that went to it."""
        return all(leg.status != "PENDING_NEW" for leg in self.working)

    @property
    def is_due(self) -> bool:
        """Whether the orders that wait may go to the venue now."""
        return not self.is_released and all(leg.status == "FILLED" for leg in self.working)

    @property
    def has_failed(self) -> bool:
        """Whether the orders that wait will never go: what they waited for ended otherwise."""
        ended = [leg for leg in self.working if not leg.is_open]
        return not self.is_released and any(leg.status != "FILLED" for leg in ended)

    def end(self, ts: TimeNs) -> None:
        """Note that it is over."""
        self.status_type = self.status = "ALL_DONE"
        self.updated = ts

    # --- how it is written --------------------------------------------------------------------------

    def answered(self, reports: Sequence[Wire] | None = None) -> Wire:
        """Return the answer about it; with the reports of its orders, where it is to one that places or cancels."""
        plain: Wire = {
            "orderListId": self.number, "contingencyType": self.contingency, "listStatusType": self.status_type,
            "listOrderStatus": self.status, "listClientOrderId": self.client_id,
            "transactionTime": self.updated // NS_PER_MS, "symbol": self.symbol.name,
            "orders": [
                {"symbol": self.symbol.name, "orderId": leg.number, "clientOrderId": leg.client_id}
                for leg in self.legs
            ],
        }  # fmt: skip
        return plain if reports is None else plain | {"orderReports": list(reports)}

    def told(self, now: TimeNs) -> Wire:
        """Return what the user stream tells of it."""
        return {
            "e": "listStatus", "E": now // NS_PER_MS, "s": self.symbol.name, "g": self.number, "c": self.contingency,
            "l": self.status_type, "L": self.status, "r": "NONE", "C": self.client_id, "T": self.updated // NS_PER_MS,
            "O": [{"s": self.symbol.name, "i": leg.number, "c": leg.client_id} for leg in self.legs],
        }  # fmt: skip
