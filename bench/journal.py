"""What it costs to keep: the journal by the size of its groups, and the recorder of tables and statistics."""

from __future__ import annotations

import os
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bench import bars
from bench.figures import Figure, interleaved, percentile, seconds
from bench.steps import header, steps
from tradewind.record.journal.writer import SqliteJournal
from tradewind.record.recorder.recorder import SessionRecorder
from tradewind.record.sessions.folders import SessionFolders
from tradewind.runtime.clock import WallClock

if TYPE_CHECKING:
    from collections.abc import Iterator

GROUPS = ((1, 2_000), (10, 20_000), (100, 100_000), (1_000, 100_000))
"""Steps between two commits, and steps in all."""
TURN = 1_000
SYNCS = 500


def figures() -> Iterator[Figure]:
    """Measure."""
    made = len(steps())
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        yield Figure(name="fsync of one page, alone (median)", value=_fsync(folder) * 1e6, unit="µs")
        for durable in (True, False):
            runs = [partial(_journal, folder, *group, durable=durable) for group in GROUPS]
            for (group, count), cost in zip(GROUPS, interleaved(*runs, rounds=3), strict=True):
                kind = "durable" if durable else "not durable"
                yield Figure(
                    name=f"journal, {kind}, {group:,} steps a commit", value=cost / count * 1e6, unit="µs/step"
                )
        best = min(seconds(lambda: _record(folder)) for _ in range(3))
    yield Figure(name="recorder: tables and statistics", value=made / best, unit="steps/s", note=bars.described())


def _journal(folder: Path, group: int, count: int, *, durable: bool) -> None:
    path = folder / "journal.sqlite"
    path.unlink(missing_ok=True)
    journal = SqliteJournal(path, header(), durable=durable)
    append, commit = journal.append, journal.commit
    for number, step in enumerate(steps()[:count], 1):
        append(step)
        if number % group == 0:
            commit()
    journal.close()


def _record(folder: Path) -> None:
    first = int(bars.frame()["ts_open"][0])
    recorder = SessionRecorder(SessionFolders.begin(folder / "sessions", first), header(), WallClock())
    for start in range(0, len(steps()), TURN):
        recorder.observe(steps()[start : start + TURN])
    recorder.close()


def _fsync(folder: Path) -> float:
    """Return how long the disk takes to keep a page, with nothing else around it."""
    times = []
    with (folder / "page").open("wb", buffering=0) as file:
        for _ in range(SYNCS):
            began = time.perf_counter()
            file.write(bytes(4096))
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - began)
    return percentile(times, 0.5)
