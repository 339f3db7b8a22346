"""A session that is killed at any moment loses nothing that was committed, and its files stay readable.

A process of its own imports everything once and forks a writer for each round; the writer commits each step,
notes that it did, and writes its tables without pause, until it is killed.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import duckdb
import polars as pl
import pytest

from tests.unit.record.session_steps import HEADER, OCT_1, StillClock, session
from tradewind.domain.time import NS_PER_HOUR
from tradewind.record.journal.reader import check, last_seq, read
from tradewind.record.recorder.recorder import SessionRecorder
from tradewind.record.sessions.find import is_running
from tradewind.record.sessions.folders import SessionFolders
from tradewind.record.sessions.rebuild import rebuild

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROUNDS = int(os.environ.get("TRADEWIND_KILLS", "20"))
SPACING = 2 * NS_PER_HOUR
WRITER = """
import os, sys
from pathlib import Path
from tests.unit.record.session_steps import HEADER, OCT_1, session
from tradewind.domain.time import NS_PER_HOUR
from tradewind.record.journal.writer import SqliteJournal
from tradewind.record.recorder.recorder import SessionRecorder
from tradewind.record.sessions.folders import SessionFolders
from tradewind.runtime.clock import WallClock

def write(root):
    note = os.open(root / "committed", os.O_CREAT | os.O_WRONLY)
    folders = SessionFolders.begin(root, OCT_1)
    folders.describe(HEADER)
    journal = SqliteJournal(folders.journal, HEADER)
    recorder = SessionRecorder(folders, HEADER, WallClock(), flush_seconds=0.02)
    for step in session(4_000, spacing=2 * NS_PER_HOUR):
        journal.append(step)
        journal.commit()
        os.pwrite(note, step.seq.to_bytes(8, "little"), 0)
        recorder.observe([step])

for line in sys.stdin:
    child = os.fork()
    if child == 0:
        write(Path(line.strip()))
        os._exit(1)
    print(child, flush=True)
    os.waitpid(child, 0)
    print("gone", flush=True)
"""


@pytest.fixture
def nursery() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", WRITER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.kill()


def kill_one(nursery: subprocess.Popen[str], root: Path, step: int, after_seconds: float) -> int:
    """Let a session run below `root` to some step, kill it soon after, and return the last step that it committed."""
    assert nursery.stdin is not None
    assert nursery.stdout is not None
    root.mkdir()
    nursery.stdin.write(f"{root}\n")
    nursery.stdin.flush()
    child = int(nursery.stdout.readline())
    while committed_of(root) < step:
        time.sleep(0.0005)
    time.sleep(after_seconds)
    with contextlib.suppress(ProcessLookupError):  # who was not scheduled for long finds it at its end
        os.kill(child, signal.SIGKILL)
    assert nursery.stdout.readline() == "gone\n"
    return committed_of(root)


def committed_of(root: Path) -> int:
    """Return the step of which the writer said last that it was committed; 0 before the first."""
    note = root / "committed"
    return int.from_bytes(note.read_bytes(), "little") if note.is_file() else 0


def uninterrupted(root: Path, seq: int) -> None:
    """Record the same session without a fault, up to a step."""
    folders = SessionFolders.begin(root, OCT_1)
    folders.describe(HEADER)
    recorder = SessionRecorder(folders, HEADER, StillClock())
    recorder.observe(session(4_000, spacing=SPACING)[:seq])
    recorder.close()


def tables(root: Path) -> dict[str, object]:
    return {str(path.relative_to(root)): pl.read_parquet(path).rows() for path in sorted(root.rglob("*.parquet"))}


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.must_really_work
def test_killed_at_any_moment_nothing_is_lost(nursery: subprocess.Popen[str], tmp_path: Path) -> None:
    draw, lengths = random.Random(9), set()
    for number in range(ROUNDS):
        root = tmp_path / f"round{number}"
        committed = kill_one(nursery, root, 1 + int(draw.random() ** 2 * 100), draw.random() * 0.01)
        home = root / "2025-10-01" / "run_1"
        assert not is_running(home)

        journal = home / "journal.sqlite"
        check(journal)
        there = last_seq(journal)
        assert committed <= there <= committed + 1
        assert list(read(journal)) == session(4_000, spacing=SPACING)[:there]
        lengths.add(there)

        for path in root.rglob("*.parquet"):
            duckdb.execute(f"SELECT count(*), max(seq) FROM '{path}'").fetchall()

        rebuild(journal)
        assert not list(root.rglob("*.aside"))
        uninterrupted(tmp_path / f"whole{number}", there)
        assert tables(root) == tables(tmp_path / f"whole{number}")
    assert len(lengths) > ROUNDS // 3, "the moments were not different enough to mean anything"
    assert max(lengths) > 40, "no day rolled over on the way"
