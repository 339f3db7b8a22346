"""The documented names of the signal style, in one place: re-exports, no logic."""

from tradewind.app.signals.backtest import Backtest
from tradewind.app.signals.functions import (
    format_price,
    format_quantity,
    get_average_price,
    get_candles,
    get_context,
    get_date,
    get_mode,
    get_parameters,
    get_signal,
)
from tradewind.app.signals.live import Cancel, Live, LiveStatus
from tradewind.app.signals.live_run import TICK_TTL
from tradewind.app.signals.observers import (
    listen_done,
    listen_error,
    listen_signal,
    listen_signal_backtest,
    listen_signal_backtest_once,
    listen_signal_live,
    listen_signal_live_once,
    listen_signal_once,
)
from tradewind.app.signals.registry import (
    add_exchange,
    add_frame,
    add_strategy,
    list_exchanges,
    list_frames,
    list_strategies,
)
from tradewind.app.signals.result import SignalResult
from tradewind.app.signals.setup import configure
from tradewind.strategy.signals.candles import Candle
from tradewind.venues.sim.faults import SeededFaults

__all__ = [
    "TICK_TTL",
    "Backtest",
    "Cancel",
    "Candle",
    "Live",
    "LiveStatus",
    "SeededFaults",
    "SignalResult",
    "add_exchange",
    "add_frame",
    "add_strategy",
    "configure",
    "format_price",
    "format_quantity",
    "get_average_price",
    "get_candles",
    "get_context",
    "get_date",
    "get_mode",
    "get_parameters",
    "get_signal",
    "list_exchanges",
    "list_frames",
    "list_strategies",
    "listen_done",
    "listen_error",
    "listen_signal",
    "listen_signal_backtest",
    "listen_signal_backtest_once",
    "listen_signal_live",
    "listen_signal_live_once",
    "listen_signal_once",
]
