"""Funding, interest, liquidations and transfers as they are told: booked once, and what does not add up is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tradewind.domain import events as ev
from tradewind.domain.money import ZERO
from tradewind.domain.step import ChargeRepeated, LiquidationUnexplained, TransferRepeated

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.portfolio.portfolio import Portfolio
    from tradewind.strategy.roster import Roster


class ChargesHeard:
    """Takes them into the books; strategies hear of what was closed by force."""

    def __init__(self, portfolio: Portfolio, roster: Roster, words: list[Any]) -> None:
        self._portfolio = portfolio
        self._roster = roster
        self._words = words

    def routes(self) -> dict[type, Callable[[Any], object]]:
        """Return who takes an event of each kind."""
        return {
            ev.BalanceTransferred: self._transferred,
            ev.FundingPaid: self._funded,
            ev.BorrowCharged: self._charged,
            ev.PositionLiquidated: self._liquidated,
        }

    def _transferred(self, event: ev.BalanceTransferred) -> bool:
        """Book it; False if it was booked before, and nothing has moved."""
        if self._portfolio.book_transfer(event):
            return True
        self._words.append(TransferRepeated(event.venue, event.asset, event.amount, event.transfer_id))
        return False

    def _funded(self, event: ev.FundingPaid) -> bool:
        if not self._portfolio.book_funding(event):
            self._words.append(ChargeRepeated(event.instrument, "funding", event.ts_venue))
        return True

    def _charged(self, event: ev.BorrowCharged) -> bool:
        if not self._portfolio.book_borrow(event):
            self._words.append(ChargeRepeated(event.instrument, "interest", event.ts_venue))
        return True

    def _liquidated(self, event: ev.PositionLiquidated) -> bool:
        fills, booked = self._portfolio.book_liquidation(event), ZERO
        if fills is None:
            self._words.append(ChargeRepeated(event.instrument, "liquidation", event.ts_venue))
            return True
        for fill in fills:
            booked += fill.quantity * fill.side.sign * event.side.sign
            self._roster.on_liquidation(fill)
        if booked != event.quantity:
            self._words.append(
                LiquidationUnexplained(event.instrument, event.trade_id, event.side, event.quantity, booked)
            )
        return True
