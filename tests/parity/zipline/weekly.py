"""A program for Zipline: on the second day of each week, half in the asset if it is above its price of 10 days ago."""

# mypy: ignore-errors
# ruff: noqa: ANN001, ANN201 - a program as its author wrote it

from zipline.api import (
    commission,
    date_rules,
    order_target_percent,
    order_value,
    schedule_function,
    set_commission,
    symbol,
    time_rules,
)


def initialize(context):
    """Set up."""
    set_commission(commission.PerTrade(cost=5.0))
    context.asset = symbol("BTCUSDT")
    context.calls = []
    context.mornings = 0
    schedule_function(rebalance, date_rules.week_start(days_offset=1), time_rules.market_open(hours=2))
    schedule_function(add, date_rules.month_end(days_offset=2), time_rules.market_close(minutes=5))


def before_trading_start(context, data):
    """Count the mornings."""
    context.mornings += 1


def handle_data(context, data):
    """Take note."""
    context.calls.append(["bar", float(data.current(context.asset, "close"))])


def rebalance(context, data):
    """Take note, and move."""
    closes = data.history(context.asset, "close", 10, "1d")
    context.calls.append(["rebalance", float(data.current(context.asset, "price"))])
    order_target_percent(context.asset, 0.5 if closes[-1] > closes[0] else 0.1)


def add(context, data):
    """Take note, and buy a little more."""
    context.calls.append(["add", float(data.current(context.asset, "open"))])
    order_value(context.asset, 120_000)
