"""Futures as a product of the trading floor."""

from __future__ import annotations

from tradewind.domain.instrument import InstrumentKind
from tradewind.exchange.binance.floor import Product
from tradewind.exchange.binance.usdm.shapes import FuturesTeller
from tradewind.exchange.binance.usdm.symbols import Contract
from tradewind.exchange.binance.usdm.words import FuturesWords

FUTURES = Product((InstrumentKind.PERPETUAL,), Contract, FuturesWords(), FuturesTeller, "f")
