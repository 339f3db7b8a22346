"""What `tradewind new strategy` writes: one logic in each style, its test and its configuration."""

from __future__ import annotations

import enum
from string import Template
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

INTERVAL, MINUTES = "1h", "1m"
"""The bars of a session: signals are watched minute by minute."""

CLASS = Template('''\
"""$cls: in the market while the fast average of closes is above the slow one."""

from tradewind import Strategy


class $cls(Strategy):
    """A beginning: put what you believe in into `on_bar`."""

    fast: int = 20
    slow: int = 50
    fraction: float = 0.5
    """How much of the equity a position is worth when it is opened."""

    def on_bar(self, ctx, bar):
        closes = ctx.history("close", self.slow, bar.instrument)
        if len(closes) < self.slow:
            return
        fast = sum(closes[-self.fast :]) / self.fast
        slow = sum(closes) / self.slow
        held = ctx.position(bar.instrument).quantity
        if fast > slow and not held:
            ctx.target_fraction(self.fraction, bar.instrument)
        elif fast < slow and held:
            ctx.close(bar.instrument)
''')

ALGORITHM = Template('''\
"""$cls: in the market while the fast average of closes is above the slow one."""

from tradewind.api import order_target, order_target_percent, symbols

fast: int = 20
slow: int = 50
fraction: float = 0.5
"""How much of the portfolio a position is worth when it is opened."""


def initialize(context):
    """Set up, once."""
    context.asset = symbols()[0]


def handle_data(context, data):
    """A beginning: put what you believe in here. Called on every closed bar."""
    closes = data.history(context.asset, "close", context.slow, "$interval")
    if len(closes) < context.slow:
        return
    fast = sum(closes[-context.fast :]) / context.fast
    slow = sum(closes) / context.slow
    held = context.portfolio.positions[context.asset].amount
    if fast > slow and not held:
        order_target_percent(context.asset, context.fraction)
    elif fast < slow and held:
        order_target(context.asset, 0)
''')

SIGNAL = Template('''\
"""$cls: long while the fast average of closes is above the slow one, each trade with its target, stop and time."""

from tradewind.signals import add_strategy, get_candles, get_parameters


def get_signal(symbol, when):
    """A beginning: answer with a plan, or None. Asked on closed minutes, once an interval."""
    p = get_parameters()
    closes = [candle.close for candle in get_candles(limit=p.slow)]
    if len(closes) < p.slow or sum(closes[-p.fast :]) / p.fast <= sum(closes) / p.slow:
        return None
    return {
        "position": "long",
        "price_take_profit": closes[-1] * 1.02,
        "price_stop_loss": closes[-1] * 0.98,
        "minute_estimated_time": 240,
        "cost": p.cost,
    }


add_strategy(
    strategy_name="$module",
    get_signal=get_signal,
    interval="5m",
    parameters={"fast": 20, "slow": 50, "cost": 5000.0},
)
''')

TEST = Template('''\
"""Run with `pytest` in this folder."""

from pathlib import Path

from tradewind.app.backtesting import run_backtest
from tradewind.app.config import load_config
from tradewind.app.strategy_parameters import strategy_of

HERE = Path(__file__).parent


def test_the_configuration_fits_the_strategy(monkeypatch):
    monkeypatch.chdir(HERE)  # the paths of a configuration count from here
    assert strategy_of(load_config("config.yaml"))


def test_it_trades(monkeypatch):
    monkeypatch.chdir(HERE)
    outcome = run_backtest(load_config("config.yaml"), Path("catalog"))
    assert outcome.report.fills
''')

CONFIG = Template("""\
# tradewind schema config --markdown lists every key.
engine:
  symbols: [BTCUSDT]
  interval: $interval
  data_output_path: ./data/sessions
market_data:
  provider_type: mock # for your own data: replay, with the path of a file
  config: {pattern: volatile, seed: 42, bars: 2000}
trading:
  provider_type: paper
  config:
    balances: {USDT: 10000}
strategy:
  path: $path
  config: {fast: 20, slow: 50}
""")


class Style(enum.StrEnum):
    """The styles that a strategy can be begun in."""

    CLASS = "class"
    ALGORITHM = "algorithm"
    SIGNAL = "signal"


STRATEGIES = {Style.CLASS: CLASS, Style.ALGORITHM: ALGORITHM, Style.SIGNAL: SIGNAL}


def python_files(style: Style, names: Mapping[str, str]) -> dict[str, str]:
    """Return the text of each file of a strategy in Python by its path."""
    templates = {f"{names['module']}.py": STRATEGIES[style], f"test_{names['module']}.py": TEST}
    return {file: template.substitute(names, interval=INTERVAL) for file, template in templates.items()}


def path_of(style: Style, names: Mapping[str, str]) -> str:
    """Return how a configuration names the strategy."""
    return f"{names['module']}.py:{names['cls']}" if style is Style.CLASS else f"{names['module']}.py"


def configuration(path: str, style: Style = Style.CLASS) -> str:
    """Return the text of a configuration that runs a strategy at once."""
    return CONFIG.substitute(path=path, interval=MINUTES if style is Style.SIGNAL else INTERVAL)
