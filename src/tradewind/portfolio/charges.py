"""Which charges are booked: funding, interest, liquidations and transfers that a venue tells twice are booked once.

A liquidation and a transfer have the venue's id; a transfer without one is booked each time. Funding and
interest are known by what they say: of one instrument, at one time of the venue's, in one asset, of one amount. Who
tells the same again, on another channel or after a reconnect or a restart, must therefore tell the venue's time, not
that of the message.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from tradewind.domain.events import BalanceTransferred, FundingPaid, PositionLiquidated
from tradewind.domain.money import plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tradewind.domain.events import BorrowCharged
    from tradewind.domain.ids import InstrumentId, TradeId
    from tradewind.domain.time import TimeNs

KEPT_MAX = 1_000
"""So many are remembered; funding comes three times a day and instrument."""


def name_of(event: FundingPaid | BorrowCharged | PositionLiquidated | BalanceTransferred) -> str:
    """Return what a charge is known by; empty if it cannot be told from another one."""
    if isinstance(event, BalanceTransferred):
        return f"transfer/{event.venue}/{event.transfer_id}" if event.transfer_id else ""
    if isinstance(event, PositionLiquidated):
        return _liquidation(event.instrument, event.trade_id or event.ts_venue)
    kind = "funding" if isinstance(event, FundingPaid) else "interest"
    return f"{kind}/{event.instrument}/{event.ts_venue}/{event.asset}/{plain(event.amount)}"


def _liquidation(instrument: InstrumentId, trade: TradeId | TimeNs) -> str:
    return f"liquidated/{instrument}/{trade}"


class Charges:
    """Remembers the newest."""

    __slots__ = ("_known", "_order")

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._order: deque[str] = deque()

    def is_new(self, event: FundingPaid | BorrowCharged | PositionLiquidated | BalanceTransferred) -> bool:
        """Remember a charge; False for one that was booked before."""
        name = name_of(event)
        if not name:
            return True
        if name in self._known:
            return False
        self._remember(name)
        return True

    def knows(self, event: FundingPaid | BorrowCharged | PositionLiquidated) -> bool:
        """Tell whether a charge is booked."""
        return name_of(event) in self._known

    def is_liquidation(self, instrument: InstrumentId, trade: TradeId) -> bool:
        """Tell whether an execution is booked as a liquidation."""
        return _liquidation(instrument, trade) in self._known

    def note(self, instrument: InstrumentId, trade: TradeId) -> None:
        """Remember an execution that nobody of ours has ordered: should it be told as a liquidation, it is booked."""
        self._remember(_liquidation(instrument, trade))

    def state(self) -> tuple[str, ...]:
        """Return them, oldest first."""
        return tuple(self._order)

    def restore(self, names: Iterable[str]) -> None:
        """Take over what `state` wrote down."""
        for name in names:
            self._remember(name)

    def _remember(self, name: str) -> None:
        if name in self._known:
            return
        self._known.add(name)
        self._order.append(name)
        if len(self._order) > KEPT_MAX:
            self._known.discard(self._order.popleft())
