"""Rows of what the account is worth and holds: history by the minute, balances, transfers, peaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.events import AccountSnapshot, BalanceTransferred, SessionStarted
from tradewind.domain.money import ZERO, exact
from tradewind.domain.time import NS_PER_MINUTE
from tradewind.portfolio.ledger import Account
from tradewind.record.sessions.days import Days
from tradewind.record.sql.account_worth import AccountWorth
from tradewind.record.sql.changes import stored

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.corrections import BalanceAdjusted
    from tradewind.domain.time import TimeNs
    from tradewind.record.journal.header import SessionHeader
    from tradewind.record.recorder.books import Books
    from tradewind.record.recorder.facts import Transferred, Valued
    from tradewind.record.sql.changes import Changes
    from tradewind.record.sql.projection_positions import PositionRows

_SUMS = {
    "transfers": (Account.TRANSFERS, -1),
    "profit": (Account.PROFIT, -1),
    "fees": (Account.FEES, 1),
    "funding": (Account.FUNDING, 1),
    "interest": (Account.INTEREST, 1),
    "adjustment": (Account.ADJUSTMENT, -1),
}
"""The ledger's accounts by column; those that stand on the other side of what came in are turned round."""


class AccountRows:
    """Follows the account of one session."""

    def __init__(self, header: SessionHeader, books: Books, positions: PositionRows, changes: Changes) -> None:
        self._base = header.engine.base
        self._books = books
        self._positions = positions
        self._changes = changes
        self._worth = AccountWorth(Days(header.timezone))
        self._minute: TimeNs | None = None
        self._valued_seq = self._money_seq = 0

    def before(self, ts: TimeNs) -> None:
        """Put the row of a minute that is over, before what follows is booked."""
        if self._minute is not None and ts >= self._minute + NS_PER_MINUTE:
            self._put_history(self._minute)
            self._minute = None

    def valued(self, ts: TimeNs, fact: Valued) -> None:
        """Take what the account is worth now."""
        self._minute = ts - ts % NS_PER_MINUTE
        self._valued_seq = self._changes.step
        self._worth.see(ts, fact)

    def moved(self) -> None:
        """Take note that the step has moved money."""
        self._money_seq = self._changes.step

    def transferred(self, event: BalanceTransferred | BalanceAdjusted, fact: Transferred) -> None:
        """Put the row of what came in or went out."""
        self._worth.transfer(fact.amount)
        if isinstance(event, BalanceTransferred):
            amount, kind, reason = event.amount, "deposit" if event.amount > 0 else "withdrawal", None
        else:
            amount, kind, reason = event.total - event.was, "adjustment", event.id
        self._changes.add(
            "transfers",
            {
                "timestamp": event.ts_recv,
                "kind": kind,
                "asset": event.asset,
                "amount": stored(amount),
                "value": stored(fact.amount),
                "reason": reason,
            },
        )

    def told(self, event: SessionStarted | AccountSnapshot) -> None:
        """Put what the venue says of its balances, if it does."""
        source = "opening" if isinstance(event, SessionStarted) else "snapshot"
        for balance in event.balances or ():
            self._changes.put(
                "account_balances",
                (self._changes.step, balance.asset),
                {
                    "timestamp": event.ts_recv,
                    "venue": event.venue,
                    "source": source,
                    "asset": balance.asset,
                    "total": stored(balance.total),
                    "free": stored(balance.free),
                    "locked": stored(balance.locked),
                    "borrowed": stored(balance.borrowed),
                },
            )

    def refresh(self) -> None:
        """Put the rows that say how things stand now."""
        if self._minute is not None:
            self._put_history(self._minute)
        worth, ledger = self._worth, self._books.portfolio.ledger
        if worth.peak is not None:
            self._changes.put("equity_peaks", (), worth.row(), self._valued_seq)
        for asset, total in ledger.wallet():
            price = self._books.valuation.price_of(asset, self._base)
            sums = {name: stored(sign * ledger.balance(account, asset)) for name, (account, sign) in _SUMS.items()}
            value = None if price is None else stored(total * price)
            row = {"asset": asset, "total": stored(total), "value": value, **sums}
            self._changes.put("asset_balances", asset, row, self._money_seq)

    def _put_history(self, minute: TimeNs) -> None:
        worth = self._worth
        self._changes.put(
            "account_history",
            minute,
            {
                "timestamp": minute,
                "balance": stored(self._books.portfolio.ledger.balance(Account.WALLET, self._base)),
                "equity": stored(worth.equity),
                "unrealized_pnl": stored(worth.unrealized),
                "total_pnl": stored(worth.earned(worth.initial, worth.moved)),
                "daily_pnl": stored(worth.earned(worth.baseline, worth.moved_today)),
                "drawdown": worth.drawdown.current if worth.moved is not None else None,
                "open_positions": self._positions.count,
                "total_exposure": stored(self._exposure()),
            },
            self._valued_seq,
        )

    def _exposure(self) -> Decimal | None:
        total = ZERO
        for instrument, position in self._books.portfolio.totals.items():
            if not position.quantity:
                continue
            facts, last = self._books.portfolio.instruments[instrument], self._books.market.last_price(instrument)
            price = self._books.valuation.price_of(facts.quote, self._base)
            if last is None or price is None:
                return None
            total += abs(facts.notional(position.quantity, exact(last))) * price
        return total
