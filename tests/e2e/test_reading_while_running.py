"""DuckDB and Polars read the tables of a running session again and again, and never meet half a file."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import duckdb
import polars as pl
import pytest

from tests.e2e.program import config, is_under_way, started, wait_for
from tradewind.record.recorder.tables import SPECS

if TYPE_CHECKING:
    from pathlib import Path

ROUNDS = int(os.environ.get("TRADEWIND_READS", "300" if os.environ.get("CI") else "100"))


def read_all(root: Path) -> int:
    """Read every table of the newest day with both; return how many rows the days have so far."""
    day = max(path.parent for path in root.rglob("market_data.parquet"))
    for spec in SPECS:
        path = day / f"{spec.name}.parquet"
        if path.exists():
            assert tuple(pl.read_parquet(path).columns) == tuple(spec.columns)
            duckdb.execute(f"SELECT * FROM '{path}'").fetchall()
    [(rows,)] = duckdb.execute(f"SELECT count(*) FROM '{root}/*/*/market_data.parquet'").fetchall()
    return int(rows)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.must_really_work
def test_the_tables_can_be_read_at_any_time(tmp_path: Path) -> None:
    path = config(tmp_path, interval_ms=10)  # so that the files grow, and reading a thousand times takes no hour
    with started("-m", "tradewind", "live", "-c", path, "--json") as process:
        wait_for(lambda: is_under_way(tmp_path), process)
        wait_for(lambda: any(tmp_path.rglob("market_data.parquet")), process)
        counts = [read_all(tmp_path / "sessions")]
        while len(counts) < ROUNDS or counts[-1] == counts[0]:
            counts.append(read_all(tmp_path / "sessions"))
        assert process.poll() is None, process.communicate()
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=300)
    assert process.returncode in (0, 3), errors
    assert counts == sorted(counts), "rows were there and then were not"
