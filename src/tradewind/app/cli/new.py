"""`tradewind new strategy`: a strategy that runs at once, with a test and a configuration beside it."""

from __future__ import annotations

import keyword
import re
import sys
from pathlib import Path
from string import Template
from typing import Annotated

import typer

from tradewind.app.cli.new_guest import Language, guest_files
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
  path: $path
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
    wasm: Annotated[
        Language | None, typer.Option("--wasm", help="Write it in another language, for WebAssembly: go or zig.")
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Write a strategy that runs, its test and its configuration; with --wasm, a guest to build and its kit."""
    names = _names(name)
    folder = out or Path(names["module"])
    texts, build = _class_files(names) if wasm is None else guest_files(wasm, names)
    path = f"{names['module']}.py:{names['cls']}" if wasm is None else f"{names['module']}.wasm"
    texts["config.yaml"] = CONFIG.substitute(path=path)
    there = [str(folder / file) for file in texts if (folder / file).exists()]
    if there:
        raise LocalError(f"already there: {', '.join(there)}", {"fix": "name another folder with --out"})
    for file, text in texts.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(text, encoding="utf-8")
    steps = [f"cd {folder}", build, "tradewind doctor -c config.yaml", "tradewind backtest -c config.yaml"]
    files = [str(folder / file) for file in texts]
    told = ("Written:", *files, "", "Next:", *filter(None, steps))
    emit({"folder": str(folder), "files": files, "build": build}, "\n".join(told), as_json=as_json)


def _class_files(names: dict[str, str]) -> tuple[dict[str, str], str]:
    """Return the texts of a strategy as a class; there is nothing to build."""
    templates = {f"{names['module']}.py": STRATEGY, f"test_{names['module']}.py": TEST}
    return {file: template.substitute(names) for file, template in templates.items()}, ""


def _names(name: str) -> dict[str, str]:
    """Make the names of the class and of its file out of what was given."""
    words = [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", name)]
    module = "_".join(words)
    taken = keyword.iskeyword(module) or module in sys.stdlib_module_names or module in {"tradewind", "config"}
    if not module.isidentifier() or not re.fullmatch(r"[A-Za-z0-9_ -]+", name) or taken:
        raise typer.BadParameter(f"{name!r} cannot name a strategy: letters first, and no word that Python has taken")
    spelt = name.isidentifier() and name[0].isupper() and "_" not in name
    cls = name if spelt else "".join(word.capitalize() for word in words)
    return {"module": module, "cls": cls, "name": " ".join(words).capitalize()}
