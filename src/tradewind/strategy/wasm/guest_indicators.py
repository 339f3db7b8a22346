"""The indicators that the contract names, made from their parameters.

Where argo's formula is not the indicator it is called, ours is (the differences are listed in docs/wasm.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.strategy.indicators import EMA, SMA
from tradewind.strategy.wasm.enums import IndicatorType
from tradewind.strategy.wasm.errors import InvalidIndicatorConfig
from tradewind.strategy.wasm.indicator_parameters import duration

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.strategy.wasm.indicator_reading import GuestIndicator


from tradewind.strategy.wasm.indicators_range import GuestBollinger, GuestPsy, GuestRsi, GuestWilliams
from tradewind.strategy.wasm.indicators_trend import GuestAtr, GuestAverage, GuestMacd, GuestWaddah

T = IndicatorType


def made(kind: IndicatorType, values: tuple[object, ...], *, cutler: bool) -> GuestIndicator:
    """Make an indicator; refuse parameters that do not go together."""
    builders: dict[IndicatorType, Callable[..., GuestIndicator]] = {
        T.RSI: lambda period, low, high: GuestRsi(period, low, high, cutler=cutler),
        T.EMA: lambda period: GuestAverage("ema", EMA(period)),
        T.MA: lambda period: GuestAverage("ma", SMA(period)),
        T.MACD: GuestMacd,
        T.ATR: GuestAtr,
        T.BOLLINGER_BANDS: lambda period, k, back: GuestBollinger(period, k, duration(back)),
        T.WILLIAMS_R: GuestWilliams,
        T.PSY: GuestPsy,
        T.WADDAH_ATTAR: lambda fast, slow, signal, atr, m: GuestWaddah(fast, slow, signal, atr, multiplier=m),
    }
    try:
        return builders[kind](*values)
    except ValueError as error:
        raise InvalidIndicatorConfig(f"{kind.name}: {error}") from error
