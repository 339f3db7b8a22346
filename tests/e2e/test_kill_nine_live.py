"""`kill -9` in the middle of the real `tradewind live`, at random points: what was committed is whole, and proves.

A process of its own imports the program once and forks a session for each round.
"""

from __future__ import annotations

import os
import random
import signal
import time
from typing import TYPE_CHECKING

import duckdb
import polars as pl
import pytest

from tests.e2e.program import NURSERY, config, is_under_way, journal_of, started, wait_for
from tradewind.record.journal.reader import check, last_seq, read, read_header
from tradewind.record.recorder.recorder import SessionRecorder
from tradewind.record.sessions.find import find, is_running
from tradewind.record.sessions.folders import SessionFolders
from tradewind.record.sessions.rebuild import rebuild
from tradewind.runtime.clock import WallClock
from tradewind.runtime.replay import verify

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

ROUNDS = int(os.environ.get("TRADEWIND_KILLS", "20" if os.environ.get("CI") else "12"))
SECONDS_MAX = 0.4


def kill_one(nursery: subprocess.Popen[str], root: Path, after_seconds: float, interval_ms: int) -> None:
    """Let a session run below `root`, bar by bar or in large turns, and kill it so long after its first step."""
    assert nursery.stdin is not None
    assert nursery.stdout is not None
    root.mkdir()
    nursery.stdin.write(f"{config(root, interval_ms=interval_ms)}\n")
    nursery.stdin.flush()
    child = int(nursery.stdout.readline())
    # At full speed the first turn comes when the inbox is full; what is of interest is after it.
    wait_for(lambda: is_under_way(root, 1 if interval_ms else 1_000), nursery)
    time.sleep(after_seconds)
    os.kill(child, signal.SIGKILL)
    assert int(nursery.stdout.readline()) == signal.SIGKILL


def recorded_afresh(journal: Path, root: Path) -> dict[str, object]:
    """Return the tables that the steps of a journal come to in a new recorder."""
    header, steps = read_header(journal), list(read(journal))
    folders = SessionFolders.begin(root, steps[0].event.ts_recv)
    recorder = SessionRecorder(folders, header, WallClock())
    recorder.observe(steps)
    recorder.close()
    return tables({day: root / day / run for day, run in folders.days.items()})


def tables(days: dict[str, Path]) -> dict[str, object]:
    """Return the rows of every table of every day."""
    return {
        f"{day} {path.stem}": pl.read_parquet(path).rows()
        for day, folder in days.items()
        for path in sorted(folder.glob("*.parquet"))
    }


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.must_really_work
def test_a_live_session_killed_at_any_moment(tmp_path: Path) -> None:
    draw, lengths = random.Random(4), []
    with started("-c", NURSERY, stdin=-1) as nursery:
        for number in range(ROUNDS):
            root = tmp_path / f"round{number}"
            kill_one(nursery, root, draw.random() * SECONDS_MAX, interval_ms=int(number % 5 > 0))
            journal = journal_of(root)
            assert journal is not None
            wait_for(lambda home=journal.parent: not is_running(home))  # type: ignore[misc]
            whole = tables(find(root / "sessions", str(journal.parent)).days)

            check(journal)
            there = last_seq(journal)
            assert [step.seq for step in read(journal)] == list(range(1, there + 1))
            for path in root.rglob("*.parquet"):
                [(seen,)] = duckdb.execute(f"SELECT coalesce(max(seq), 0) FROM '{path}'").fetchall()
                assert seen <= there, f"{path} has what the journal has not"
            assert verify(journal).steps == there

            afresh = recorded_afresh(journal, tmp_path / f"afresh{number}")
            assert whole == afresh, "the recorder outlives its session, and writes what was committed"
            rebuild(journal)
            assert tables(find(root / "sessions", str(journal.parent)).days) == afresh
            lengths.append(there)
    assert len(set(lengths)) > ROUNDS // 2, "the moments were not different enough to mean anything"
