from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tradewind.domain.ids import Asset, StrategyId
from tradewind.domain.instrument import InstrumentKind
from tradewind.portfolio.portfolio import Portfolio
from tradewind.portfolio.valuation import Valuation
from tradewind.testing import fill, instrument, started

if TYPE_CHECKING:
    from tradewind.domain.ids import InstrumentId

D = Decimal
SYMBOLS = ("BTCUSDT", "ETHBTC", "ETHUSDT", "BNBBTC", "ADABNB")
QUOTES = {"BTCUSDT": "USDT", "ETHBTC": "BTC", "ETHUSDT": "USDT", "BNBBTC": "BTC", "ADABNB": "BNB"}
SPOT = [instrument(symbol, quote=QUOTES[symbol]) for symbol in SYMBOLS]
PERP = instrument("SOLUSDT", kind=InstrumentKind.PERPETUAL)


def price(asset: str, in_asset: str, **last: float) -> Decimal | None:
    def known(name: InstrumentId) -> float | None:
        return last.get(name.partition(":")[2])

    return Valuation([*SPOT, PERP], known).price_of(Asset(asset), Asset(in_asset))


def test_an_asset_is_worth_one_of_itself() -> None:
    assert price("XYZ", "XYZ") == 1


def test_the_path_with_the_fewest_instruments_is_taken() -> None:
    assert price("ETH", "USDT", BTCUSDT=50_000.0, ETHBTC=0.05, ETHUSDT=2_400.0) == 2_400
    assert price("ETH", "USDT", BTCUSDT=50_000.0, ETHBTC=0.05) == 2_500
    assert price("ADA", "USDT", BTCUSDT=50_000.0, BNBBTC=0.01, ADABNB=0.002) == 1


def test_instruments_are_gone_through_in_both_directions() -> None:
    assert price("USDT", "BTC", BTCUSDT=50_000.0) == D("0.00002")


def test_a_missing_price_makes_a_value_unknown() -> None:
    assert price("ADA", "USDT", BTCUSDT=50_000.0, BNBBTC=0.01) is None
    assert price("SOL", "USDT", SOLUSDT=100.0) is None
    assert price("NONE", "USDT") is None


def test_equity_is_wallet_and_open_contracts() -> None:
    last = {SPOT[0].id: 50_000.0}
    valuation = Valuation([*SPOT, PERP], last.get)
    books = Portfolio([*SPOT, PERP], valuation.price_of)
    books.book_opening(started(USDT=1_000, BTC=2))
    assert valuation.equity(books, Asset("USDT")) == 101_000
    books.book_fill(fill(quantity=3, price=100, instrument=PERP.id, strategy=StrategyId("s")))
    assert valuation.equity(books, Asset("USDT")) is None
    last[PERP.id] = 110.0
    assert valuation.equity(books, Asset("USDT")) == 101_030
    books.book_opening(started(ADA=1))
    assert valuation.equity(books, Asset("USDT")) is None


def test_contracts_in_a_quote_without_a_price_are_unknown() -> None:
    odd = instrument("XEUR", quote="EUR", kind=InstrumentKind.PERPETUAL)
    valuation = Valuation([odd], {odd.id: 5.0}.get)
    books = Portfolio([odd], valuation.price_of)
    books.book_fill(fill(instrument=odd.id))
    assert valuation.equity(books, Asset("USDT")) is None
