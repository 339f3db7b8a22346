"""A program for Zipline: at the start of each month, equal shares in three stocks; part of one is sold at its end."""

# mypy: ignore-errors
# ruff: noqa: ANN001, ANN201 - a program as its author wrote it

from zipline.api import (
    commission,
    date_rules,
    order_percent,
    order_target_percent,
    order_target_value,
    schedule_function,
    set_commission,
    symbols,
    time_rules,
)


def initialize(context):
    """Set up."""
    set_commission(commission.PerShare(cost=0.005, min_trade_cost=1.0))
    context.assets = symbols("SPY", "AAPL", "IBM")
    context.calls = []
    schedule_function(enter, date_rules.month_start(), time_rules.market_open(minutes=30))
    schedule_function(leave, date_rules.month_end(), time_rules.market_close(minutes=30))
    schedule_function(trim, date_rules.week_end(), time_rules.market_close())


def enter(context, data):
    """Take equal shares."""
    context.calls.append(["enter", float(data.current(context.assets[0], "price"))])
    for asset in context.assets:
        order_target_percent(asset, 0.3)


def leave(context, data):
    """Leave one for a while."""
    context.calls.append(["leave", float(data.current(context.assets[0], "price"))])
    order_target_value(context.assets[1], 200_000)


def trim(context, data):
    """Sell a little of the last."""
    context.calls.append(["trim", float(data.current(context.assets[2], "price"))])
    if context.portfolio.positions[context.assets[2]].amount > 100:
        order_percent(context.assets[2], -0.01)
