"""The numbers of the contract that have names."""

from __future__ import annotations

import enum


class PurchaseType(enum.IntEnum):
    """Buy or sell."""

    BUY = 0
    SELL = 1


class PositionType(enum.IntEnum):
    """Which side of a position an order is about."""

    LONG = 0
    SHORT = 1


class GuestOrderType(enum.IntEnum):
    """How an order finds its price."""

    MARKET = 0
    LIMIT = 1


class OrderStatus(enum.IntEnum):
    """What became of an order."""

    PENDING = 0
    FILLED = 1
    CANCELLED = 2
    REJECTED = 3
    FAILED = 4


class SignalType(enum.IntEnum):
    """What a signal or a mark says."""

    BUY_LONG = 0
    SELL_LONG = 1
    BUY_SHORT = 2
    SELL_SHORT = 3
    NO_ACTION = 4
    CLOSE_POSITION = 5
    WAIT = 6
    ABORT = 7


class IndicatorType(enum.IntEnum):
    """The indicators that have a number."""

    RSI = 0
    MACD = 1
    BOLLINGER_BANDS = 2
    STOCHASTIC_OSCILLATOR = 3
    WILLIAMS_R = 4
    ADX = 5
    CCI = 6
    AO = 7
    TREND_STRENGTH = 8
    RANGE_FILTER = 9
    EMA = 10
    WADDAH_ATTAR = 11
    ATR = 12
    MA = 13
    PSY = 14


INTERVAL_LABELS = ("1m", "5m", "15m", "30m", "1h", "4h", "6h", "8h", "12h", "1d", "1w", "1M")
SHAPES = ("circle", "square", "triangle")
MARK_LEVELS = ("info", "warning", "error")
LOG_LEVELS = ("debug", "info", "warning", "error")
