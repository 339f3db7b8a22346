"""The same strategy over the same real bars by `tradewind backtest` and by `tradewind live`: the same bytes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import polars as pl
import pytest

from tests.e2e.program import ROOT, journal_of, run
from tradewind.record.journal.reader import digest, last_seq
from tradewind.runtime.replay import verify

if TYPE_CHECKING:
    from pathlib import Path

BARS = "bars/binance_spot_BTCUSDT_1m_20220101_20240625.parquet"
ALL = "TRADEWIND_ALL_BARS"
"""Set to 1, all 1.3 million bars are used; it takes some minutes."""


def trades(root: Path) -> list[tuple[object, ...]]:
    return pl.read_parquet(root / "*/*/trades.parquet").sort("seq").rows()


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.must_really_work
@pytest.mark.timeout(900)
def test_backtest_and_live_over_real_bars_are_one(data_dir: Path, tmp_path: Path) -> None:
    words = [f"{ROOT}/examples/sma_cross.py:SmaCross", "--data", data_dir / BARS, "--json"]
    if os.environ.get(ALL) != "1":
        words += ["--end", "2022-05-20"]
    for command in (("backtest",), ("live", "--speed", "max")):
        code, _, errors = run(*command, *words, "--out", tmp_path / command[0])
        assert code == 0, errors
    past, live = (journal_of(tmp_path / name) for name in ("backtest", "live"))
    assert past is not None
    assert live is not None
    assert last_seq(past) > 200_000
    assert digest(past) == digest(live)
    assert trades(tmp_path / "backtest") == trades(tmp_path / "live")
    assert verify(live).steps == last_seq(live)
