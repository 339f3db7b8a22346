from __future__ import annotations

from decimal import Decimal

from tradewind.domain.ids import Asset
from tradewind.portfolio.ledger import Account, Ledger

D = Decimal
USDT, BTC = Asset("USDT"), Asset("BTC")


def test_what_enters_one_account_leaves_another() -> None:
    ledger = Ledger()
    ledger.move(Account.OPENING, Account.WALLET, USDT, D(100))
    ledger.move(Account.WALLET, Account.FEES, USDT, D("0.1"))
    assert ledger.balances() == {
        (Account.WALLET, USDT): D("99.9"), (Account.OPENING, USDT): D(-100), (Account.FEES, USDT): D("0.1"),
    }  # fmt: skip


def test_a_negative_amount_goes_the_other_way() -> None:
    ledger = Ledger()
    ledger.move(Account.WALLET, Account.FEES, USDT, D("-0.1"))
    assert ledger.balance(Account.WALLET, USDT) == D("0.1")


def test_nothing_is_no_entry() -> None:
    ledger = Ledger()
    ledger.move(Account.OPENING, Account.WALLET, USDT, D(0))
    assert list(ledger.wallet()) == []
    assert ledger.balance(Account.WALLET, USDT) == 0
    assert ledger.balances() == {}


def test_the_wallet_is_told_in_the_order_in_which_assets_came() -> None:
    ledger = Ledger()
    for asset in (USDT, BTC, USDT):
        ledger.move(Account.TRANSFERS, Account.WALLET, asset, D(1))
    assert list(ledger.wallet()) == [(USDT, D(2)), (BTC, D(1))]
