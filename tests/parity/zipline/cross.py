"""A program for Zipline: hold ten while the mean of 20 days is above that of 50."""

# mypy: ignore-errors
# ruff: noqa: ANN001, ANN201 - a program as its author wrote it

from zipline.api import commission, order, order_target, set_commission, symbol


def initialize(context):
    """Set up."""
    set_commission(commission.PerDollar(cost=0.001))
    context.asset = symbol("BTCUSDT")
    context.calls = []


def handle_data(context, data):
    """Decide on the day's bar."""
    closes = data.history(context.asset, "price", 50, "1d")
    held = context.portfolio.positions[context.asset].amount
    above = closes[-20:].mean() > closes.mean()
    if above and not held:
        order(context.asset, 10)
    elif held and not above:
        order_target(context.asset, 0)
