"""`tradewind data`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.unit.record.catalog_bars import DAY, minutes, write_csv
from tradewind.app.cli import main
from tradewind.domain.time import NS_PER_MINUTE

SERIES = "binance:BTCUSDT:1m"


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRADEWIND_CATALOG", raising=False)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    def call(*words: str, code: int = 0) -> str:
        capsys.readouterr()
        assert main(["data", *words]) == code
        seen = capsys.readouterr()
        assert "Traceback" not in seen.err
        return seen.out if code == 0 else seen.out + seen.err

    return call


@pytest.fixture
def archive(tmp_path: Path) -> str:
    return str(write_csv(tmp_path / "BTCUSDT-1m-2024-06-01.csv", minutes(130).filter(pl.col("volume") != 70)))


def test_a_file_is_imported_listed_shown_checked_and_resampled(run: Any, archive: str) -> None:
    assert "added 129" in run("import", archive)
    assert SERIES in run("list")
    shown = run("show", SERIES, "--rows", "2")
    assert "2024-06-01T00:00:00Z" in shown
    assert "gap       2024-06-01T01:09:00Z to 2024-06-01T01:10:00Z" in shown
    assert "1 bars missing in 1 gaps" in run("check", SERIES)
    assert "binance:BTCUSDT:1h" in run("resample", SERIES, "--to", "1h")
    assert "equal 129" in run("import", archive)
    assert Path("data/catalog/binance/BTCUSDT/instrument.json").exists()


def test_everything_speaks_json(run: Any, archive: str) -> None:
    (imported,) = json.loads(run("import", archive, "--json"))
    assert (imported["series"], imported["added"], imported["files"]) == (SERIES, 129, 1)
    (listed,) = json.loads(run("list", "--json"))
    assert (listed["rows"], listed["gaps"], listed["missing"]) == (129, 1, 1)
    shown = json.loads(run("show", SERIES, "--json"))
    assert (len(shown["head"]), len(shown["tail"]), len(shown["holes"])) == (5, 5, 1)
    assert shown["instrument"]["instrument"]["tick"] == "0.01"
    checked = json.loads(run("check", "--all", "--json"))
    assert (checked["errors"], checked["warnings"]) == (0, 1)
    made = json.loads(run("resample", SERIES, "--to", "5m", "--json"))
    assert (made["series"], made["added"]) == ("binance:BTCUSDT:5m", 26)
    sample = json.loads(run("sample", "--days", "1", "--symbols", "SOLUSDT", "--out", "other", "--json"))
    assert [one["series"] for one in sample] == ["sample:SOLUSDT:1m"]
    assert Path("other/sample/SOLUSDT/1m/2024.parquet").exists()


def test_check_ends_with_one_on_errors_only(run: Any, archive: str) -> None:
    run("import", archive)
    path = Path("data/catalog/binance/BTCUSDT/1m/2024.parquet")
    frame = pl.read_parquet(path)
    pl.concat([frame, frame.tail(1)]).write_parquet(path)
    found = run("check", "--all", code=1)
    assert "duplicate" in found
    assert "damaged" in found
    assert json.loads(run("check", SERIES, "--json", code=1))["errors"] == 2


def test_a_file_is_checked_before_it_is_imported(run: Any, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "BTCUSDT-1m-bad.csv", minutes(3).with_columns(low=pl.lit(200.0)))
    assert "bad-ohlc" in run("check", str(path), code=1)


def test_facts_can_be_told(run: Any, archive: str) -> None:
    (imported,) = json.loads(run("import", archive, "--tick", "0.05", "--lot", "0.1", "--base", "XBT", "--json"))
    assert "tick" not in imported["inferred"]
    facts = json.loads(Path("data/catalog/binance/BTCUSDT/instrument.json").read_text())["instrument"]
    assert (facts["tick"], facts["lot"], facts["base"], facts["quote"]) == ("0.05", "0.1", "XBT", "USDT")


def test_times_that_name_the_close(run: Any, tmp_path: Path) -> None:
    shifted = minutes(3, start=DAY + NS_PER_MINUTE)
    path = write_csv(tmp_path / "BTCUSDT-1m-x.csv", shifted)
    words = ["--venue", "binance", "--time-is", "close", "--timestamp-unit", "ms", "--timestamp-column", "timestamp"]
    run("import", str(path), *words)
    assert json.loads(run("list", "--json"))[0]["first"] == "2024-06-01T00:00:00Z"


def test_bars_that_differ_need_replace(run: Any, archive: str) -> None:
    run("import", archive)
    write_csv(Path(archive), minutes(130, price=50.0))
    assert "--replace" in run("import", archive, code=1)
    assert "replaced 129" in run("import", archive, "--replace")


def test_the_catalog_may_lie_elsewhere(run: Any, archive: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run("import", archive, "--root", "there")
    assert "nothing in data/catalog yet" in run("list")
    monkeypatch.setenv("TRADEWIND_CATALOG", "there")
    assert SERIES in run("list")


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["show", "nope"], 1, "no series 'nope' in data/catalog"),
        (["import", "nowhere.csv"], 1, "nowhere.csv: no such file or folder"),
        (["resample", "nope", "--to", "1h"], 1, "no series 'nope'"),
        (["check"], 2, "or --all"),
        (["check", "x", "--all"], 2, "or --all"),
        (["import"], 2, "Missing argument"),
        (["import", "x", "--tick", "wide"], 2, "numbers above zero"),
        (["import", "x", "--lot", "0"], 2, "numbers above zero"),
        (["import", "x", "--timestamp-unit", "h"], 2, "timestamp-unit"),
        (["sample", "--days", "0"], 2, "--days"),
    ],
)
def test_errors_are_one_clean_message(run: Any, words: list[str], code: int, message: str) -> None:
    assert message in run(*words, code=code)


def test_intervals_that_do_not_fit(run: Any, archive: str) -> None:
    run("import", archive)
    assert "not an interval: '4x'" in run("resample", SERIES, "--to", "4x", code=2)
    assert "cannot make 1s bars" in run("resample", SERIES, "--to", "1s", code=1)


@pytest.mark.parametrize("command", ["import", "list", "show", "check", "resample", "sample"])
def test_each_command_has_help_with_an_example(run: Any, command: str) -> None:
    assert f"Example: tradewind data {command}" in run(command, "--help")
