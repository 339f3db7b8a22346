"""A double-entry ledger: every entry sums to zero in every asset, so that money cannot appear.

Accounts: `wallet` is what the venue holds for us; all others are where it came from or went to.
A purchase of 1 BTC for 50,000 USDT is four postings: wallet +1 BTC, trading -1 BTC, wallet -50,000
USDT, trading +50,000 USDT.
"""

from __future__ import annotations

import enum
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from tradewind.domain.money import ZERO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tradewind.domain.ids import Asset


class Account(enum.Enum):
    """Where an amount lies."""

    WALLET = "wallet"
    """What we own at the venue; negative is owed."""
    OPENING = "opening"
    """The other side of what was there when the session began."""
    TRANSFERS = "transfers"
    """The other side of deposits and withdrawals."""
    TRADING = "trading"
    """The other side of assets exchanged against each other."""
    PROFIT = "profit"
    """The other side of profit on contracts, where no asset changes hands."""
    FEES = "fees"
    FUNDING = "funding"
    INTEREST = "interest"


class Posting(NamedTuple):
    """One line of an entry."""

    account: Account
    asset: Asset
    amount: Decimal


class Ledger:
    """Balances by account and asset, moved by balanced entries alone."""

    __slots__ = ("_balances", "entries")

    def __init__(self) -> None:
        self._balances: dict[tuple[Account, Asset], Decimal] = {}
        self.entries = 0

    def post(self, *postings: Posting) -> None:
        """Book one entry; a sum other than zero in any asset is a bug and stops everything."""
        sums: dict[Asset, Decimal] = {}
        for _, asset, amount in postings:
            sums[asset] = sums.get(asset, ZERO) + amount
        assert not any(sums.values()), f"entry does not balance: {postings}"
        for account, asset, amount in postings:
            key = (account, asset)
            self._balances[key] = self._balances.get(key, ZERO) + amount
        self.entries += 1

    def move(self, source: Account, target: Account, asset: Asset, amount: Decimal) -> None:
        """Book an amount of one asset from one account to another."""
        if amount:
            self.post(Posting(source, asset, -amount), Posting(target, asset, amount))

    def balance(self, account: Account, asset: Asset) -> Decimal:
        """Return the balance of an account in an asset; nothing booked is zero."""
        return self._balances.get((account, asset), ZERO)

    def wallet(self) -> Iterator[tuple[Asset, Decimal]]:
        """Yield what the wallet holds, asset by asset, in the order in which they first came."""
        return ((asset, amount) for (account, asset), amount in self._balances.items() if account is Account.WALLET)

    def balances(self) -> dict[tuple[Account, Asset], Decimal]:
        """Return all balances, for comparing two ledgers to the last digit."""
        return dict(self._balances)
