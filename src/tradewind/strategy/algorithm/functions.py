"""The words of an algorithm as plain functions, for modules of functions; `tradewind.api` is their front.

Each speaks for the algorithm whose function is being called.
"""

from __future__ import annotations

from tradewind.strategy.algorithm.controls import AlgorithmControls
from tradewind.strategy.algorithm.orders import AlgorithmOrders
from tradewind.strategy.algorithm.running import said_by_whom_it_concerns as said
from tradewind.strategy.algorithm.session import AlgorithmSession

order = said(AlgorithmOrders.order)
order_value = said(AlgorithmOrders.order_value)
order_percent = said(AlgorithmOrders.order_percent)
order_target = said(AlgorithmOrders.order_target)
order_target_value = said(AlgorithmOrders.order_target_value)
order_target_percent = said(AlgorithmOrders.order_target_percent)
batch_market_order = said(AlgorithmOrders.batch_market_order)
cancel_order = said(AlgorithmOrders.cancel_order)
get_order = said(AlgorithmOrders.get_order)
get_open_orders = said(AlgorithmOrders.get_open_orders)
symbol = said(AlgorithmSession.symbol)
symbols = said(AlgorithmSession.symbols)
sid = said(AlgorithmSession.sid)
future_symbol = said(AlgorithmSession.future_symbol)
continuous_future = said(AlgorithmSession.continuous_future)
get_datetime = said(AlgorithmSession.get_datetime)
get_environment = said(AlgorithmSession.get_environment)
set_benchmark = said(AlgorithmSession.set_benchmark)
record = said(AlgorithmSession.record)
schedule_function = said(AlgorithmSession.schedule_function)
attach_pipeline = said(AlgorithmSession.attach_pipeline)
pipeline_output = said(AlgorithmSession.pipeline_output)
fetch_csv = said(AlgorithmSession.fetch_csv)
set_max_leverage = said(AlgorithmControls.set_max_leverage)
set_min_leverage = said(AlgorithmControls.set_min_leverage)
set_max_position_size = said(AlgorithmControls.set_max_position_size)
set_max_order_size = said(AlgorithmControls.set_max_order_size)
set_max_order_count = said(AlgorithmControls.set_max_order_count)
set_do_not_order_list = said(AlgorithmControls.set_do_not_order_list)
set_asset_restrictions = said(AlgorithmControls.set_asset_restrictions)
set_long_only = said(AlgorithmControls.set_long_only)
set_slippage = said(AlgorithmControls.set_slippage)
set_commission = said(AlgorithmControls.set_commission)
set_cancel_policy = said(AlgorithmControls.set_cancel_policy)
