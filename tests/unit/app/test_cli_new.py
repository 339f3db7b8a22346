"""`tradewind new strategy`: what it writes runs as it stands."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tradewind.app.cli import main
from tradewind.app.cli.new_templates import Style
from tradewind.app.config import load_config
from tradewind.strategy.load import load

if TYPE_CHECKING:
    from collections.abc import Callable

    New = Callable[..., Path]


@pytest.fixture
def new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> New:
    """Write a new strategy and go into its folder."""
    monkeypatch.chdir(tmp_path)

    def written(name: str, *words: str) -> Path:
        assert main(["new", "strategy", name, "--json", *words]) == 0
        folder = Path(json.loads(capsys.readouterr().out)["folder"]).absolute()
        monkeypatch.chdir(folder)
        return folder

    return written


@pytest.mark.parametrize(
    ("name", "module", "cls"),
    [
        ("MyCross", "my_cross", "MyCross"),
        ("my-cross", "my_cross", "MyCross"),
        ("my cross", "my_cross", "MyCross"),
        ("SMACross", "sma_cross", "SMACross"),
        ("RSI2Fade", "rsi_2_fade", "RSI2Fade"),
    ],
)
def test_names(new: New, name: str, module: str, cls: str) -> None:
    folder = new(name)
    assert folder.name == module
    assert sorted(file.name for file in folder.iterdir()) == sorted(
        ["config.yaml", f"{module}.py", f"test_{module}.py"]
    )
    assert f"class {cls}(Strategy):" in (folder / f"{module}.py").read_text()
    assert load_config(folder / "config.yaml").strategy[0].path == f"{module}.py:{cls}"


@pytest.mark.parametrize("name", ["class", "signal", "config", "2fast", "a/b", "../up", "é", "", "--"])
def test_names_that_cannot_be(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["new", "strategy", "--", name]) == 2
    assert not any(tmp_path.iterdir())


def test_nothing_is_overwritten(new: New, capsys: pytest.CaptureFixture[str]) -> None:
    folder = new("MyCross")
    file = folder / "my_cross.py"
    file.write_text("mine")
    assert main(["new", "strategy", "MyCross", "--out", str(folder)]) == 1
    assert "fix: name another folder with --out" in capsys.readouterr().err
    assert file.read_text() == "mine"


def test_the_strategy_loads_and_its_own_test_passes(new: New) -> None:
    folder = new("MyCross")
    strategy = load("my_cross.py:MyCross", load_config("config.yaml").strategy[0].config)
    assert (type(strategy).__name__, strategy.fast, strategy.slow) == ("MyCross", 20, 50)  # type: ignore[attr-defined]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("style", [style.value for style in Style])
def test_every_style_loads_and_trades_alike(new: New, style: str, capsys: pytest.CaptureFixture[str]) -> None:
    new("MyCross", "--style", style)
    assert main(["strategy", "inspect", load_config("config.yaml").strategy[0].path or "", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["style"] == style
    assert main(["doctor", "-c", "config.yaml"]) == 0
    capsys.readouterr()
    assert main(["backtest", "-c", "config.yaml", "--no-session", "--json"]) == 0
    # Signals are watched minute by minute and have exits of their own: not the same trades.
    assert json.loads(capsys.readouterr().out)["statistics"]["counts"]["total"] == (19 if style != "signal" else 93)


def test_parameters_of_signals_are_set_and_checked(new: New, capsys: pytest.CaptureFixture[str]) -> None:
    new("MyCross", "--style", "signal")
    totals = []
    for fast in ("20", "5"):
        assert main(["backtest", "-c", "config.yaml", "--no-session", "--json", "-p", f"fast={fast}"]) == 0
        totals.append(json.loads(capsys.readouterr().out)["statistics"]["counts"]["total"])
    assert totals[0] != totals[1]
    assert main(["backtest", "-c", "config.yaml", "--no-session", "-p", "fats=5"]) == 78
    assert "fats: unknown parameter; did you mean 'fast'?" in capsys.readouterr().err


def test_a_guest_has_no_style(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["new", "strategy", "MyCross", "--wasm", "zig", "--style", "class"]) == 2
    assert "give --wasm or --style, not both" in capsys.readouterr().err
    assert not any(tmp_path.iterdir())


def test_the_doctor_finds_it_well(new: New) -> None:
    new("MyCross")
    assert main(["doctor", "-c", "config.yaml"]) == 0


def test_a_backtest_of_it_runs(new: New, capsys: pytest.CaptureFixture[str]) -> None:
    new("MyCross")
    assert main(["backtest", "-c", "config.yaml", "--no-session", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["bars"] == 2000
