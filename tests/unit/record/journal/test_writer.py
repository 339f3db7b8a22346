"""The journal is gapless, durable by turns, and refuses to go on after a failure."""

from __future__ import annotations

import errno
import os
import resource
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.unit.record.session_steps import HEADER, Script, bar, quiet_bars, session
from tradewind.domain.errors import JournalError
from tradewind.domain.step import Step
from tradewind.record.journal.reader import digest, digest_of, last_seq, read
from tradewind.record.journal.writer import TURN_STEPS_MAX, MemoryJournal, NullJournal, SqliteJournal

if TYPE_CHECKING:
    from pathlib import Path


def write(journal_path: Path, steps: list[Step], turn: int = 7) -> None:
    journal = SqliteJournal(journal_path, HEADER)
    for place, step in enumerate(steps, start=1):
        journal.append(step)
        if place % turn == 0:
            journal.commit()
    journal.close()


def append_by_hundreds(journal: SqliteJournal) -> None:
    for step in quiet_bars(50_000):
        journal.append(step)
        if step.seq % 100 == 0:
            journal.commit()


def test_what_is_written_is_read(journal_path: Path) -> None:
    steps = session(60)
    write(journal_path, steps)
    assert list(read(journal_path)) == steps


def test_equal_sessions_have_equal_digests_however_they_were_committed(tmp_path: Path) -> None:
    steps = session(60)
    write(tmp_path / "a", steps, turn=1)
    write(tmp_path / "b", steps, turn=50)
    memory = MemoryJournal()
    for step in steps:
        memory.append(step)
    assert digest(tmp_path / "a") == digest(tmp_path / "b") == digest_of(memory.steps)
    write(tmp_path / "c", session(61))
    assert digest(tmp_path / "c") != digest(tmp_path / "a")


def test_a_gap_is_a_bug(journal_path: Path) -> None:
    journal = SqliteJournal(journal_path, HEADER)
    journal.append(Step(1, bar(0, 1.0)))
    with pytest.raises(AssertionError, match="step 3 after 1"):
        journal.append(Step(3, bar(0, 1.0)))
    journal.close()


def test_only_what_was_committed_is_there(journal_path: Path) -> None:
    journal = SqliteJournal(journal_path, HEADER)
    steps = session(30)
    for step in steps[:10]:
        journal.append(step)
    journal.commit()
    for step in steps[10:]:
        journal.append(step)
    assert last_seq(journal_path) == 10
    assert list(read(journal_path)) == steps[:10]
    journal.close()
    assert list(read(journal_path)) == steps


def test_a_long_turn_is_one_transaction_and_bounded_in_memory(journal_path: Path) -> None:
    steps = list(quiet_bars(3 * TURN_STEPS_MAX))
    journal = SqliteJournal(journal_path, HEADER)
    for step in steps:
        journal.append(step)
    assert last_seq(journal_path) == 0
    assert len(journal._events) <= TURN_STEPS_MAX
    journal.commit()
    assert last_seq(journal_path) == len(steps)
    journal.close()


def test_a_closed_journal_is_one_file(journal_path: Path) -> None:
    write(journal_path, session(5))
    assert [each.name for each in journal_path.parent.iterdir()] == [journal_path.name]


def test_a_journal_is_never_written_over(journal_path: Path) -> None:
    write(journal_path, session(5))
    with pytest.raises(JournalError, match="there is a journal already"):
        SqliteJournal(journal_path, HEADER)
    assert last_seq(journal_path) == len(session(5))


def test_waits_for_the_disk_unless_told_not_to(journal_path: Path, tmp_path: Path) -> None:
    full, off = 2, 0
    assert SqliteJournal(journal_path, HEADER)._execute("PRAGMA synchronous").fetchone() == (full,)
    quick = SqliteJournal(tmp_path / "quick", HEADER, durable=False)
    assert quick._execute("PRAGMA synchronous").fetchone() == (off,)


def test_a_full_disk_is_told_and_ends_the_journal(tiny_disk: Path) -> None:
    journal_path = tiny_disk / "journal.sqlite"
    journal = SqliteJournal(journal_path, HEADER)
    with pytest.raises(JournalError, match="full"):
        append_by_hundreds(journal)
    with pytest.raises(JournalError, match="it takes nothing more"):
        journal.append(Step(journal.last_seq + 1, bar(0, 1.0)))
    with pytest.raises(JournalError, match="it takes nothing more"):
        journal.commit()
    journal.close()
    committed = last_seq(journal_path)
    assert committed > 0
    assert committed % 100 == 0
    assert len(list(read(journal_path))) == committed


def test_a_file_that_may_not_grow_is_told(journal_path: Path) -> None:
    """The same by a limit of the process, in one of its own: the limit holds for all its files."""
    program = f"""
import resource, signal
from pathlib import Path
from tests.unit.record.session_steps import HEADER, quiet_bars
from tradewind.domain.errors import JournalError
from tradewind.record.journal.writer import SqliteJournal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
journal = SqliteJournal(Path({str(journal_path)!r}), HEADER)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, {resource.RLIM_INFINITY}))
try:
    for step in quiet_bars(50_000):
        journal.append(step)
        if step.seq % 100 == 0:
            journal.commit()
            committed = step.seq
except JournalError as error:
    print(committed, error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    committed, _, message = done.stdout.partition(" ")
    assert "cannot commit the journal" in message
    assert int(committed) > 0
    assert len(list(read(journal_path))) == int(committed)


def test_a_folder_that_cannot_be_written_is_told(tiny_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(tiny_disk)], check=True)
    with pytest.raises(JournalError, match=os.strerror(errno.EROFS)):
        SqliteJournal(tiny_disk / "journal.sqlite", HEADER)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match=os.strerror(errno.ENOENT)):
        SqliteJournal(tmp_path / "nowhere" / "journal.sqlite", HEADER)


def test_somebody_who_reads_does_not_hinder_the_end(journal_path: Path) -> None:
    journal = SqliteJournal(journal_path, HEADER)
    for step in session(5):
        journal.append(step)
    journal.commit()
    steps = read(journal_path)
    next(steps)
    journal.close()
    assert len(list(steps)) == len(session(5)) - 1


def test_the_database_itself_is_sound(journal_path: Path) -> None:
    write(journal_path, session(60))
    assert sqlite3.connect(journal_path).execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_the_memory_journal_is_as_strict() -> None:
    journal, script = MemoryJournal(), Script()
    journal.append(script.steps[0])
    assert journal.durable == 0
    journal.commit()
    assert journal.durable == 1
    with pytest.raises(AssertionError):
        journal.append(script.steps[0])


def test_the_null_journal_forgets() -> None:
    """Whoever uses it may hand it anything, also what a journal refuses, and nothing is kept of it."""
    journal, steps = NullJournal(), Script().steps
    for _ in range(3):
        journal.append(steps[0])  # a journal that counts would refuse the second
        journal.commit()
    assert vars(journal) == {}
