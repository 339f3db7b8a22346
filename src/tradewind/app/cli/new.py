"""`tradewind new strategy`: a strategy that runs at once, with a test and a configuration beside it."""

from __future__ import annotations

import keyword
import re
import sys
from pathlib import Path
from string import Template
from typing import Annotated

import typer

from tradewind.app.cli.output import emit
from tradewind.domain.errors import LocalError

app = typer.Typer(add_completion=False, rich_markup_mode=None)

STRATEGY = Template('''\
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

TEST = Template('''\
"""Run with `pytest` in this folder."""

from pathlib import Path

from $module import $cls
from tradewind.app.backtesting import run_backtest
from tradewind.app.config import load_config

HERE = Path(__file__).parent


def test_the_configuration_fits_the_strategy():
    strategy = $cls(**load_config(HERE / "config.yaml").strategy[0].config)
    assert strategy.fast < strategy.slow


def test_it_trades(monkeypatch):
    monkeypatch.chdir(HERE)  # the paths of a configuration count from here
    outcome = run_backtest(load_config("config.yaml"), Path("catalog"))
    assert outcome.report.fills
''')

CONFIG = Template("""\
# tradewind schema config --markdown lists every key.
engine:
  symbols: [BTCUSDT]
  interval: 1h
  data_output_path: ./sessions
market_data:
  provider_type: mock # for your own data: replay, with the path of a file
  config: {pattern: volatile, seed: 42, bars: 2000}
trading:
  provider_type: paper
  config:
    balances: {USDT: 10000}
strategy:
  path: $module.py:$cls
  config: {fast: 20, slow: 50}
""")


@app.callback()
def new() -> None:
    """Begin something new."""


@app.command()
def strategy(
    name: Annotated[str, typer.Argument(help="Such as MyCross or my-cross.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="The folder; by default one of the strategy's name.")
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Write a strategy that runs, its test and its configuration."""
    names = _names(name)
    folder = out or Path(names["module"])
    texts = {f"{names['module']}.py": STRATEGY, f"test_{names['module']}.py": TEST, "config.yaml": CONFIG}
    there = [str(folder / file) for file in texts if (folder / file).exists()]
    if there:
        raise LocalError(f"already there: {', '.join(there)}", {"fix": "name another folder with --out"})
    folder.mkdir(parents=True, exist_ok=True)
    for file, template in texts.items():
        (folder / file).write_text(template.substitute(names), encoding="utf-8")
    steps = f"cd {folder}\ntradewind doctor -c config.yaml\ntradewind backtest -c config.yaml"
    files = [str(folder / file) for file in texts]
    emit({"folder": str(folder), "files": files}, "\n".join(("Written:", *files, "", "Next:", steps)), as_json=as_json)


def _names(name: str) -> dict[str, str]:
    """Make the names of the class and of its file out of what was given."""
    words = [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", name)]
    module = "_".join(words)
    taken = keyword.iskeyword(module) or module in sys.stdlib_module_names or module in {"tradewind", "config"}
    if not module.isidentifier() or not re.fullmatch(r"[A-Za-z0-9_ -]+", name) or taken:
        raise typer.BadParameter(f"{name!r} cannot name a strategy: letters first, and no word that Python has taken")
    spelt = name.isidentifier() and name[0].isupper() and "_" not in name
    return {"module": module, "cls": name if spelt else "".join(word.capitalize() for word in words)}
