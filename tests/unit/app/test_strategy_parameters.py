"""Mistakes in a strategy's parameters are told where they were written: file, line, key, and what may be meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.strategy.wasm.modules import Layout, guest
from tradewind.app.cli import run_options as opt
from tradewind.app.config import load_config, read_parameters
from tradewind.app.strategy_parameters import parameters_of, strategies_of, strategy_of
from tradewind.domain.errors import ConfigError, StrategyParameterError
from tradewind.live import LiveTradingEngine
from tradewind.strategy.wasm.errors import GuestTrap
from tradewind.strategy.wasm.messages import Text
from tradewind.strategy.wasm.plans import TEXT

FILE = """
from tradewind import Strategy


class Cross(Strategy):
    fast: int = 20
    slow: int = 50
    levels: list[int] = []
"""
CONFIG = """\
engine: {symbols: [BTCUSDT], interval: 1m, data_output_path: out}
market_data: {provider_type: mock}
trading: {provider_type: paper}
strategy:
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("cross.py").write_text(FILE)


def told(strategy: str, flags: dict[str, Any] | None = None, index: int = 0) -> tuple[str, ...]:
    Path("c.yaml").write_text(CONFIG + strategy)
    with pytest.raises(StrategyParameterError) as caught:
        strategy_of(load_config("c.yaml", flags), index)
    return caught.value.mistakes


def test_a_list_is_no_file_of_parameters(tmp_path: Path) -> None:
    path = tmp_path / "list.yaml"
    path.write_text("- fast\n- slow\n")
    with pytest.raises(ConfigError, match=r"list\.yaml: parameters are names with their values .*, and no list"):
        read_parameters(path)


def test_in_the_configuration() -> None:
    lines = told("  path: cross.py:Cross\n  config:\n    fsat: 3\n    levels:\n      - 1\n      - x\n")
    assert lines == (
        "c.yaml:7: fsat: unknown parameter; did you mean 'fast'?",
        "c.yaml:10: levels[1]: expected `int`, got `str`",
    )


def test_in_one_of_several_strategies() -> None:
    blocks = "  - {path: cross.py:Cross, id: a}\n  - path: cross.py:Cross\n    id: b\n    config: {slow: no}\n"
    assert told(blocks, index=1) == ("c.yaml:8: slow: expected `int`, got `str`",)


def test_in_a_file_of_their_own() -> None:
    Path("p.yaml").write_text("# mine\nfast: 3\nslwo: 9\n")
    assert told("  path: cross.py:Cross\n  config_path: p.yaml\n  config: {fast: x}\n") == (
        "p.yaml:3: slwo: unknown parameter; did you mean 'slow'?",
        "c.yaml:7: fast: expected `int`, got `str`",
    )


def test_on_the_command_line() -> None:
    Path("p.yaml").write_text("fast: 3\nslwo: 9\n")
    flags = opt.strategy_flags(Path("p.yaml"), ["levels=7", "fast=x"])
    assert set(told("  path: cross.py:Cross\n", flags)) == {
        "p.yaml:2: slwo: unknown parameter; did you mean 'slow'?",
        "command line: fast: expected `int`, got `str`",
        "command line: levels: expected `array`, got `int`",
    }


def test_flags_win_over_their_file_and_that_over_the_configuration() -> None:
    Path("p.yaml").write_text("fast: 3\nslow: 30\n")
    Path("c.yaml").write_text(CONFIG + "  path: cross.py:Cross\n  config: {fast: 1, slow: 10, levels: [1]}\n")
    config = load_config("c.yaml", opt.strategy_flags(Path("p.yaml"), ["fast=5"]))
    assert parameters_of(config.strategy[0]) == {"fast": 5, "slow": 30, "levels": [1]}


def test_in_the_text_that_an_engine_was_given() -> None:
    engine = LiveTradingEngine(
        {"symbols": ["BTCUSDT"], "interval": "1m", "data_output_path": "out"},
        strategy="cross.py:Cross", strategy_config="fast: 3\nslwo: 9\n", market_data="mock", trading="paper",
    )  # fmt: skip
    with pytest.raises(StrategyParameterError, match="strategy config:2: slwo: unknown parameter; did you mean 'slow'"):
        engine.run_sync()


def test_the_owner_of_what_others_do_is_no_strategy() -> None:
    Path("c.yaml").write_text(CONFIG + "  - {path: cross.py:Cross, id: external}\n")
    with pytest.raises(ConfigError, match="the owner of what others do"):
        strategies_of(load_config("c.yaml"))


def test_a_guest_is_given_its_parameters_as_json() -> None:
    """Its Initialize takes that text and nothing else; flags lie over the file of parameters."""
    wanted = TEXT.encode(Text('{"fast": 20, "stop": 0.98, "on": true, "name": "ON", "legs": [{"size": 1}]}'))
    layout = Layout()
    layout.at = 8_192  # its own texts lie before
    byte = "(i32.load8_u (i32.add (local.get {}) (local.get $a)))"
    other = f"(i32.ne {byte.format(0)} {byte.format('$b')})"
    steps = [
        f"(local.set $b (i32.const {layout.bytes(wanted)}))",
        f"(if (i32.ne (local.get 1) (i32.const {len(wanted)})) (then (unreachable)))",
        f"(loop $more (if {other} (then (unreachable)))",
        "(local.set $a (i32.add (local.get $a) (i32.const 1)))",
        f"(br_if $more (i32.lt_u (local.get $a) (i32.const {len(wanted)}))))",
    ]
    Path("g.wasm").write_bytes(guest(initialize=steps, extra="\n".join(layout.data)))
    Path("p.yaml").write_text("fast: 10\nstop: 0.98\non: true\nname: ON\nlegs: [{size: 1}]\n")
    Path("c.yaml").write_text(CONFIG + "  {path: g.wasm, config_path: p.yaml}\n")
    strategy_of(load_config(Path("c.yaml"), {"strategy.config.fast": 20}))
    with pytest.raises(GuestTrap):
        strategy_of(load_config(Path("c.yaml"), {"strategy.config.fast": 21}))
