"""The cross of sma_cross_stop.py as a signal strategy: the same orders, bar by bar."""

from tradewind.signals import add_strategy, get_candles

FAST, SLOW, QUANTITY, STOP = 20, 50, 0.1, 0.98
entries: dict[str, float] = {}
"""The close at which each symbol's entry was decided."""


def above(closes):
    """Tell whether the fast average is above the slow one."""
    return sum(closes[-FAST:]) / FAST > sum(closes[-SLOW:]) / SLOW


def cross(symbol, when):
    """Buy when the fast average comes above the slow one; asked on every closed minute while nothing is held."""
    closes = [candle.close for candle in get_candles(limit=SLOW + 1)]
    if len(closes) <= SLOW or above(closes[:-1]) or not above(closes):
        return None
    entries[symbol] = closes[-1]
    return {"position": "long", "entry": "market", "quantity": QUANTITY}


def leave(symbol, when):
    """Sell when it is below again, or when a bar closes under the stop; asked while something is held."""
    closes = [candle.close for candle in get_candles(limit=SLOW)]
    return not above(closes) or closes[-1] < entries[symbol] * STOP


add_strategy(
    strategy_name="cross-stop", get_signal=cross, get_exit=leave, reenter="same_tick",
    optional=("take_profit", "stop_loss", "time"),
)  # fmt: skip
