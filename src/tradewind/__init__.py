"""Tradewind: one strategy, one engine, in backtest, on paper, in shadow and live.

What a strategy author needs, and nothing else; names are imported when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tradewind.domain.fill import Fill
    from tradewind.domain.instrument import Instrument
    from tradewind.domain.market import Bar, Quote, Trade
    from tradewind.domain.order import OrderType, Side, TimeInForce
    from tradewind.strategy.algorithm.algorithm import TradingAlgorithm
    from tradewind.strategy.base import Strategy
    from tradewind.strategy.context import Context
    from tradewind.strategy.indicators import (
        ADX,
        ATR,
        CCI,
        EMA,
        MACD,
        OBV,
        RSI,
        SMA,
        VWAP,
        WMA,
        BollingerBands,
        Donchian,
        Stochastic,
        SuperTrend,
        WilliamsR,
    )

_INDICATORS = "tradewind.strategy.indicators"
_HOMES = {
    "Bar": "tradewind.domain.market",
    "Context": "tradewind.strategy.context",
    "Fill": "tradewind.domain.fill",
    "Instrument": "tradewind.domain.instrument",
    "OrderType": "tradewind.domain.order",
    "Quote": "tradewind.domain.market",
    "Side": "tradewind.domain.order",
    "Strategy": "tradewind.strategy.base",
    "TimeInForce": "tradewind.domain.order",
    "TradingAlgorithm": "tradewind.strategy.algorithm.algorithm",
    "Trade": "tradewind.domain.market",
}

__all__ = [
    "ADX",
    "ATR",
    "CCI",
    "EMA",
    "MACD",
    "OBV",
    "RSI",
    "SMA",
    "VWAP",
    "WMA",
    "Bar",
    "BollingerBands",
    "Context",
    "Donchian",
    "Fill",
    "Instrument",
    "OrderType",
    "Quote",
    "Side",
    "Stochastic",
    "Strategy",
    "SuperTrend",
    "TimeInForce",
    "Trade",
    "TradingAlgorithm",
    "WilliamsR",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    if name not in __all__:
        raise AttributeError(f"module 'tradewind' has no attribute {name!r}")
    value = getattr(import_module(_HOMES.get(name, _INDICATORS)), name)
    globals()[name] = value
    return value
