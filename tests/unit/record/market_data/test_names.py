"""What file names and symbols tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from tradewind.domain.instrument import InstrumentKind
from tradewind.record.market_data.names import Guess, guess_from_name, split_symbol

SPOT, PERPETUAL, EQUITY = InstrumentKind.SPOT, InstrumentKind.PERPETUAL, InstrumentKind.EQUITY


@pytest.mark.parametrize(
    ("name", "guess"),
    [
        ("BTCUSDT-1m-2024-06-01.zip", Guess("binance", "BTCUSDT", "1m")),
        ("ETHUSDT-1mo-2024-06.csv", Guess("binance", "ETHUSDT", "1M")),
        ("binance_spot_BTCUSDT_1m_20220101_20240625.parquet", Guess("binance", "BTCUSDT", "1m")),
        ("binance_usdm_BTCUSDT_1m_20250504.parquet", Guess("binance_usdm", "BTCUSDT", "1m", PERPETUAL)),
        ("us_equity_SPY_1m_20240326.parquet", Guess("us_equity", "SPY", "1m", EQUITY)),
        ("us_equity_1d_10symbols.parquet", Guess("us_equity", "", "1d", EQUITY)),
        ("ETH-USD_1h.csv.gz", Guess("", "ETHUSD", "1h")),
        ("kraken_XBTEUR-4h.csv", Guess("kraken", "XBTEUR", "4h")),
        ("prices.csv", Guess()),
    ],
)
def test_names(name: str, guess: Guess) -> None:
    assert guess_from_name(Path("/some/where") / name) == guess


@pytest.mark.parametrize(
    ("symbol", "kind", "pair"),
    [
        ("BTCUSDT", SPOT, ("BTC", "USDT")),
        ("ETHBTC", SPOT, ("ETH", "BTC")),
        ("BTCFDUSD", SPOT, ("BTC", "FDUSD")),
        ("BTC-USD", SPOT, ("BTC", "USD")),
        ("BTC/USDT:USDT", PERPETUAL, ("BTC", "USDT")),
        ("AAPL", EQUITY, ("AAPL", "USD")),
        ("XYZ", SPOT, ("XYZ", "USD")),
    ],
)
def test_pairs(symbol: str, kind: InstrumentKind, pair: tuple[str, str]) -> None:
    assert split_symbol(symbol, kind) == pair
