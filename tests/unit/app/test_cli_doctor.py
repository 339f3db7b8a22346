"""`tradewind doctor`."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tradewind.app.cli import main
from tradewind.app.cli.doctor_config import check_configuration, check_live_flags
from tradewind.app.cli.doctor_machine import (
    YEAR_2024_NS,
    Level,
    check_catalog,
    check_clock,
    check_disk,
    check_package,
    check_packages,
    check_python,
    check_writable,
)

if TYPE_CHECKING:
    from collections.abc import Callable

STRATEGY = """\
from tradewind.strategy.base import Strategy


class Cross(Strategy):
    version = "3"
    fast: int = 5
"""

GOOD = """\
engine: {{symbols: [BTCUSDT], interval: 1m, data_output_path: {out}}}
market_data: {{provider_type: {data}}}
trading: {{provider_type: {trading}}}
strategy: {{path: {strategy}}}
"""


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Write a configuration, with a strategy's file beside it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRADING_MODE", raising=False)
    (tmp_path / "cross.py").write_text(STRATEGY)

    def written(data: str = "mock", trading: str = "paper", strategy: str = "cross.py:Cross") -> Path:
        path = tmp_path / "config.yaml"
        path.write_text(GOOD.format(out=tmp_path / "out", data=data, trading=trading, strategy=strategy))
        return path

    return written


def test_a_good_configuration_on_this_machine(write: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "-c", str(write()), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is True
    checks = {check["name"]: check for check in told["checks"]}
    assert checks["configuration"]["level"] == "ok"
    assert checks["live trading"]["found"].startswith("off: orders are real only with both --live-trading and")


def test_mistakes_fail_each_on_a_line(write: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    path = write()
    path.write_text(path.read_text().replace("1m", "1x").replace("paper", "papr"))
    assert main(["doctor", "-c", str(path)]) == 1
    printed = capsys.readouterr().out
    assert sum(line.startswith("fail  configuration") for line in printed.splitlines()) == 2
    assert printed.count("fix: `tradewind schema config --markdown` lists every key") == 1


def test_what_this_version_lacks_fails(write: Callable[..., Path]) -> None:
    checks, _ = check_configuration(write(data="polygon", trading="bybit-live", strategy="gone.py:Gone"))
    found = {check.name: (check.level, check.found) for check in checks}
    assert found["market_data"] == (Level.FAIL, "polygon is not in this version")
    assert found["trading"] == (Level.FAIL, "bybit-live is not in this version")
    assert found["strategy"] == (Level.FAIL, "gone.py: no such file")
    assert found["live trading"][0] is Level.WARN


@pytest.mark.parametrize(
    ("parameters", "file", "told"),
    [
        ("{fast: 7}", "", "cross.py:Cross, Cross 3"),
        ("{}", "fast: 9", "cross.py:Cross, Cross 3"),
        ("{slow: 7}", "", "Cross: 1 mistake in its parameters, which are: fast\n"),
        (
            "{}",
            "fast: many",
            "Cross: 1 mistake in its parameters, which are: fast\np.yaml:1: fast: expected `int`, got `str`",
        ),
        ("{}", "fast: ${NOBODY_SETS_THIS}", "p.yaml: 1 mistake in the configuration"),
    ],
)
def test_strategies_are_loaded(write: Callable[..., Path], parameters: str, file: str, told: str) -> None:
    Path("p.yaml").write_text(file)
    named = ", config_path: p.yaml" if file else ""
    checks, _ = check_configuration(write(strategy=f"cross.py:Cross, config: {parameters}{named}"))
    found = next(check for check in checks if check.name == "strategy")
    assert found.found.startswith(told)
    assert (found.level is Level.OK) == told.startswith("cross.py")


@pytest.mark.parametrize(("word", "level"), [("live", Level.WARN), ("demo", Level.FAIL), ("paper", Level.OK)])
def test_the_environment_alone(monkeypatch: pytest.MonkeyPatch, word: str, level: Level) -> None:
    monkeypatch.setenv("TRADING_MODE", word)
    assert check_live_flags(venue_is_real=False).level is level


def test_this_python_and_its_packages() -> None:
    assert check_python().level is Level.OK
    names = {check.name for check in check_packages()}
    assert {"msgspec", "pydantic", "polars", "duckdb", "plotly"} <= names
    assert "pytest" not in names


def test_packages_that_are_missing_or_old() -> None:
    missing = check_package("no-such-package", "1.0", Level.WARN, "pip install it")
    assert (missing.level, missing.found, missing.fix) == (Level.WARN, "not installed", "pip install it")
    assert check_package("msgspec", "99.1", Level.FAIL, "").found.endswith("older than 99.1")
    assert check_package("msgspec", "0.1", Level.FAIL, "").level is Level.OK


def test_folders(tmp_path: Path) -> None:
    assert check_writable(tmp_path).found == str(tmp_path)
    assert check_writable(tmp_path / "a" / "b").found.endswith("(will be made)")
    assert check_disk(tmp_path / "a").found.endswith("GB free")
    assert check_catalog(tmp_path).level is Level.WARN
    (tmp_path / "binance").mkdir()
    assert check_catalog(tmp_path).level is Level.OK


def test_a_folder_that_nobody_may_write_in() -> None:
    check = check_writable(Path("/proc/tradewind"))
    assert (check.level, check.fix) == (Level.FAIL, "give yourself the right to write in /proc")


def ticking(start: int, step: int) -> Callable[[], int]:
    ticks = count(start, step)
    return lambda: next(ticks)


@pytest.mark.parametrize(
    ("start", "wall_step", "level"),
    [(0, 1, Level.FAIL), (YEAR_2024_NS, 20_000_000, Level.OK), (YEAR_2024_NS, 3_000_000_000, Level.WARN)],
)
def test_clocks(start: int, wall_step: int, level: Level) -> None:
    slept: list[float] = []
    assert check_clock(ticking(start, wall_step), ticking(0, 20_000_000), slept.append).level is level


def test_the_file_of_a_signals_exchange_is_looked_at_without_a_strategy(tmp_path: Path) -> None:
    file = tmp_path / "there.yaml"
    keys = 'api_key: k, secret_key: s, base_url: "http://127.0.0.1:9"'
    text = f"engine: {{symbols: [BTCUSDT], data_output_path: {tmp_path}}}\n"
    file.write_text(text + f"trading: {{provider_type: binance-paper, config: {{{keys}}}}}\n")
    checks, folder = check_configuration(file)
    assert folder == tmp_path
    (told,) = [check for check in checks if check.name == "strategy"]
    assert (told.level, told.found) == (Level.WARN, "none in this file, which is right for signals alone")
    assert [check.level for check in checks if check.name == "trading"] == [Level.OK]
