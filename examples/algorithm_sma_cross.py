"""The cross of sma_cross_stop.py as a module of functions, in the way of Zipline: the same orders, bar by bar."""

from tradewind import SMA
from tradewind.api import MarketOrder, order, symbols

fast: int = 20
slow: int = 50
quantity: float = 0.1
stop: float = 0.98
"""Of the close at which the entry was decided."""


def initialize(context):
    """Set up, once."""
    context.asset = symbols()[0]
    context.fast_average = SMA(context.fast)
    context.slow_average = SMA(context.slow)
    context.above = context.entry = None


def handle_data(context, data):
    """Decide, on every closed bar."""
    close = data.current(context.asset, "price")
    short, long = context.fast_average.update(close), context.slow_average.update(close)
    if short is None or long is None:
        return
    before, context.above = context.above, short > long
    held = context.portfolio.positions[context.asset].amount
    entry = context.entry  # the close of the entry's bar, until the exit is ordered
    if held and entry is not None and (not context.above or close < entry * context.stop):
        context.entry = None
        order(context.asset, -held, style=MarketOrder(tag="stop" if context.above else "cross down"))
    elif not held and context.above and before is False:
        context.entry = close
        order(context.asset, context.quantity, style=MarketOrder(tag="cross up"))
