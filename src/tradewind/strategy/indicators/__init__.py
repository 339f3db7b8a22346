"""Incremental indicators: one object a series, constant time a bar (but for CCI), TA-Lib's numbers.

They know floats and closed bars, and nothing of strategies or the engine.
"""

from tradewind.strategy.indicators.averages import EMA, SMA, WMA
from tradewind.strategy.indicators.base import BarIndicator, Indicator, Takes, ValueIndicator
from tradewind.strategy.indicators.momentum import MACD, RSI
from tradewind.strategy.indicators.oscillators import CCI, Stochastic, WilliamsR
from tradewind.strategy.indicators.trend import ADX, SuperTrend
from tradewind.strategy.indicators.volatility import ATR, BollingerBands, Donchian, StdDev, TrueRange
from tradewind.strategy.indicators.volume import OBV, VWAP, RollingVWAP
from tradewind.strategy.indicators.windows import Highest, Lowest

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
    "BarIndicator",
    "BollingerBands",
    "Donchian",
    "Highest",
    "Indicator",
    "Lowest",
    "RollingVWAP",
    "StdDev",
    "Stochastic",
    "SuperTrend",
    "Takes",
    "TrueRange",
    "ValueIndicator",
    "WilliamsR",
]
