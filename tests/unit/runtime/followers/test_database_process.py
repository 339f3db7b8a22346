"""The session's side of the process that writes its database: it tells, and never waits."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING

from tests.unit.record.session_steps import HEADER, session
from tradewind.record.journal.writer import SqliteJournal
from tradewind.record.sql.address import Address
from tradewind.record.sql.database import Database
from tradewind.record.sql.rebuild import verify
from tradewind.runtime.followers import database_process
from tradewind.runtime.followers.database_messages import DatabaseTask
from tradewind.runtime.followers.database_process import DatabaseProcess

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

WORDS = 100_000
"""More than a pipe takes: 65,536 bytes on Linux."""


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)


def writer(folder: Path, url: str, close_seconds: float = 30.0) -> DatabaseProcess:
    task = DatabaseTask(
        journal=str(folder / "journal.sqlite"), root=str(folder / "sessions"), url=url, flush_seconds=0.02,
        retry_longest_seconds=0.2, close_seconds=close_seconds,
    )  # fmt: skip
    return DatabaseProcess(task, "database")


def test_who_tells_a_process_that_stands_still_does_not_wait(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "journal.sqlite", HEADER, durable=False)
    steps = session(24)
    for step in steps:
        journal.append(step)
    journal.commit()
    url = f"sqlite:///{tmp_path}/x.sqlite"
    process = writer(tmp_path, url)
    process.observe(steps[:1])
    wait_for(lambda: process.written == len(steps))
    assert process.pid is not None
    os.kill(process.pid, signal.SIGSTOP)
    for _ in range(WORDS):  # it would stand still for ever at the 65,537th
        process.observe(steps)
    os.kill(process.pid, signal.SIGCONT)
    process.close()
    assert (process.missed, process.starts) == ("", 1)
    done = verify(tmp_path / "journal.sqlite", Database(Address(url)))
    assert (done.difference, done.missing) == (None, 0)
    journal.close()


def test_one_that_does_not_answer_at_the_end_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_process, "SILENT_SECONDS_MAX", 0.5)
    journal = SqliteJournal(tmp_path / "journal.sqlite", HEADER, durable=False)
    steps = session(24)
    journal.append(steps[0])
    journal.commit()
    process = writer(tmp_path, f"sqlite:///{tmp_path}/x.sqlite", close_seconds=0.1)
    process.observe(steps[:1])
    wait_for(lambda: process.written == 1)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGSTOP)
    process.observe(steps)
    process.close()
    assert process.missed.startswith(f"it lacks steps 2 to {len(steps)}")
    wait_for(lambda: not [t for t in threading.enumerate() if t.name == "database"])
    assert process.starts == 1
    journal.close()


def test_a_session_without_steps_has_no_process(tmp_path: Path) -> None:
    process = writer(tmp_path, "sqlite:///never.sqlite")
    process.close()
    assert (process.pid, process.starts, process.missed) == (None, 0, "")
