"""A double-entry ledger: what enters one account leaves another, so that money cannot appear.

Accounts: `wallet` is what the venue holds for us; all others are where it came from or went to.
A purchase of 1 BTC for 50,000 USDT is two moves: 1 BTC from trading to wallet, 50,000 USDT from wallet
to trading. The accounts of an asset sum to zero at all times, as there is no other way to change one.
"""

from __future__ import annotations

import enum
from collections import defaultdict
from typing import TYPE_CHECKING

from tradewind.domain.checkpoint import KeptBook
from tradewind.domain.money import ZERO

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from decimal import Decimal

    from tradewind.domain.ids import Asset


class Account(enum.StrEnum):
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
    ADJUSTMENT = "adjustment"
    """The other side of what reconciliation corrected: no profit, no loss, and to be explained."""


_NAMES = {account: account.value for account in Account}
_WALLET = Account.WALLET  # to look a member of an Enum up takes 0.1 us


class Ledger:
    """Balances by asset and account, changed by moves between two accounts alone."""

    __slots__ = ("books",)

    def __init__(self) -> None:
        self.books: defaultdict[Asset, dict[Account, Decimal]] = defaultdict(_accounts)
        """By asset, in the order in which they first came; for readers whom a call for each would cost too much."""

    def move(self, source: Account, target: Account, asset: Asset, amount: Decimal) -> None:
        """Book an amount of one asset from one account to another; a negative one goes the other way."""
        if amount:
            books = self.books[asset]
            books[source] -= amount
            books[target] += amount

    def balance(self, account: Account, asset: Asset) -> Decimal:
        """Return the balance of an account in an asset; nothing booked is zero."""
        return self.books[asset][account] if asset in self.books else ZERO

    def booked(self, account: Account) -> list[tuple[Asset, Decimal]]:
        """Return what an account has of each asset, where that is not zero."""
        return [(asset, amount) for asset, books in self.books.items() if (amount := books[account])]

    def wallet(self) -> Iterator[tuple[Asset, Decimal]]:
        """Yield what the wallet holds, asset by asset, in the order in which they first came."""
        return iter([(asset, books[_WALLET]) for asset, books in self.books.items()])

    def state(self) -> tuple[KeptBook, ...]:
        """Return the accounts as plain data."""
        return tuple(
            KeptBook(asset, tuple([(_NAMES[account], amount) for account, amount in books.items()]))
            for asset, books in self.books.items()
        )

    def restore(self, kept: Iterable[KeptBook]) -> None:
        """Have the accounts that `state` wrote down, and no others."""
        self.books.clear()
        for book in kept:
            self.books[book.asset].update((Account(name), amount) for name, amount in book.accounts)

    def balances(self) -> dict[tuple[Account, Asset], Decimal]:
        """Return all balances that are not zero, for comparing two ledgers to the last digit."""
        return {(a, asset): amount for asset, books in self.books.items() for a, amount in books.items() if amount}


def _accounts() -> dict[Account, Decimal]:
    return dict.fromkeys(Account, ZERO)
