"""The words of the algorithm style: what a module of functions imports. No logic here.

`from tradewind.api import order_target, schedule_function, symbol`: they speak for the algorithm whose function
is being called, and raise outside of one.
"""

from tradewind.strategy.algorithm import TradingAlgorithm
from tradewind.strategy.algorithm_functions import (
    attach_pipeline,
    batch_market_order,
    cancel_order,
    continuous_future,
    fetch_csv,
    future_symbol,
    get_datetime,
    get_environment,
    get_open_orders,
    get_order,
    order,
    order_percent,
    order_target,
    order_target_percent,
    order_target_value,
    order_value,
    pipeline_output,
    record,
    schedule_function,
    set_benchmark,
    sid,
    symbol,
    symbols,
)
from tradewind.strategy.algorithm_schedule import date_rules, time_rules
from tradewind.strategy.algorithm_styles import (
    BracketOrder,
    LimitOrder,
    MarketOrder,
    OCOOrder,
    StopLimitOrder,
    StopOrder,
    TrailingStopOrder,
)

__all__ = [
    "BracketOrder",
    "LimitOrder",
    "MarketOrder",
    "OCOOrder",
    "StopLimitOrder",
    "StopOrder",
    "TradingAlgorithm",
    "TrailingStopOrder",
    "attach_pipeline",
    "batch_market_order",
    "cancel_order",
    "continuous_future",
    "date_rules",
    "fetch_csv",
    "future_symbol",
    "get_datetime",
    "get_environment",
    "get_open_orders",
    "get_order",
    "order",
    "order_percent",
    "order_target",
    "order_target_percent",
    "order_target_value",
    "order_value",
    "pipeline_output",
    "record",
    "schedule_function",
    "set_benchmark",
    "sid",
    "symbol",
    "symbols",
    "time_rules",
]
