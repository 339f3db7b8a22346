"""Reading journals: from any step, while they are written, and never what is damaged."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import time
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.unit.record.journal.test_writer import write
from tests.unit.record.session_steps import HEADER, quiet_bars, session
from tradewind.domain.errors import JournalError
from tradewind.record.journal.reader import Follower, check, last_seq, open_read_only, read, read_header
from tradewind.record.journal.writer import SqliteJournal

if TYPE_CHECKING:
    from pathlib import Path

    from tradewind.domain.step import Step

STEPS = session(60)


def change(journal_path: Path, statement: str, *values: object) -> None:
    with sqlite3.connect(journal_path) as database:
        database.execute(statement, values)
    database.close()


@pytest.mark.parametrize("start", [1, 2, 7, 8, 9, 60, len(STEPS), len(STEPS) + 1])
def test_from_any_step_on(journal_path: Path, start: int) -> None:
    write(journal_path, STEPS)
    assert list(read(journal_path, start)) == STEPS[start - 1 :]


def test_the_header_comes_back_whole(journal_path: Path) -> None:
    write(journal_path, [])
    assert read_header(journal_path) == HEADER
    assert last_seq(journal_path) == 0
    assert not list(read(journal_path))


def test_while_it_is_written(journal_path: Path) -> None:
    journal = SqliteJournal(journal_path, HEADER)
    for step in STEPS:
        journal.append(step)
        journal.commit()
        assert last_seq(journal_path) == step.seq
    assert list(read(journal_path)) == STEPS
    check(journal_path)
    journal.close()


def test_a_newer_format_is_refused_by_name(journal_path: Path) -> None:
    write(journal_path, STEPS)
    change(journal_path, "UPDATE meta SET value = 2 WHERE key = 'format'")
    for reading in (read_header, last_seq, check, lambda p: next(read(p))):
        with pytest.raises(JournalError, match=r"is of a newer program \(format 2, this program reads 1\)"):
            reading(journal_path)


def test_what_is_no_journal_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="no journal at"):
        read_header(tmp_path / "none")
    (tmp_path / "text").write_text("not a database, whatever it is called" * 100)
    with pytest.raises(JournalError, match="not a database"):
        read_header(tmp_path / "text")
    change(tmp_path / "other", "CREATE TABLE x(y)")
    with pytest.raises(JournalError, match="unknown format"):
        read_header(tmp_path / "other")


def test_a_missing_turn_is_named(journal_path: Path) -> None:
    write(journal_path, STEPS, turn=10)
    change(journal_path, "DELETE FROM turn WHERE seq = 21")
    with pytest.raises(JournalError, match="is damaged at step 21: step 31 comes where 21 belongs") as caught:
        list(read(journal_path))
    assert caught.value.context["seq"] == 21


def test_a_missing_beginning_is_named(journal_path: Path) -> None:
    write(journal_path, STEPS, turn=10)
    change(journal_path, "DELETE FROM turn WHERE seq = 1")
    with pytest.raises(JournalError, match="damaged at step 1"):
        list(read(journal_path))


@pytest.mark.parametrize(
    ("statement", "value"),
    [
        ("UPDATE turn SET events = ? WHERE seq = 11", b"\xc1rubbish"),
        ("UPDATE turn SET outcomes = ? WHERE seq = 11", b"\x93\x01\x02"),
        ("UPDATE turn SET events = ? WHERE seq = 11", msgspec.msgpack.encode([])),
    ],
)
def test_an_undecodable_turn_is_named(journal_path: Path, statement: str, value: bytes) -> None:
    write(journal_path, STEPS, turn=10)
    change(journal_path, statement, value)
    assert next(read(journal_path)) == STEPS[0]
    with pytest.raises(JournalError, match="damaged at step 11"):
        list(read(journal_path))
    with pytest.raises(JournalError, match="damaged at step 11"):
        check(journal_path)


def test_a_damaged_page_is_found(journal_path: Path) -> None:
    write(journal_path, session(2000), turn=1)
    data = bytearray(journal_path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 3000] = b"\xff" * 3000
    journal_path.write_bytes(data)
    with pytest.raises(JournalError):
        check(journal_path)


def test_a_header_that_cannot_be_read_is_told(journal_path: Path) -> None:
    write(journal_path, STEPS)
    change(journal_path, "UPDATE meta SET value = '{}' WHERE key = 'header'")
    with pytest.raises(JournalError, match="the header of"):
        read_header(journal_path)
    change(journal_path, "DELETE FROM meta WHERE key = 'header'")
    with pytest.raises(JournalError, match="has no header"):
        read_header(journal_path)


def test_it_cannot_be_changed_by_reading(journal_path: Path) -> None:
    write(journal_path, STEPS)
    database = open_read_only(journal_path)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        database.execute("DELETE FROM turn")
    database.close()


def test_from_a_disk_that_cannot_be_written(tiny_disk: Path) -> None:
    write(tiny_disk / "journal.sqlite", STEPS)
    subprocess.run(["mount", "-o", "remount,ro", str(tiny_disk)], check=True)
    assert list(read(tiny_disk / "journal.sqlite")) == STEPS


def test_a_follower_reads_what_was_committed_meanwhile(journal_path: Path) -> None:
    journal = SqliteJournal(journal_path, HEADER)
    follower = Follower(journal_path)
    assert follower.header == HEADER
    assert follower.more() == []
    seen: list[Step] = []
    for number, step in enumerate(STEPS, start=1):
        journal.append(step)
        if number % 7 == 0:
            assert follower.more() == [], "not committed yet"
            journal.commit()
            seen += follower.more()
            assert len(seen) == number
    journal.close()
    while new := follower.more():
        seen += new
    assert seen == STEPS
    follower.close()


def test_a_commit_whose_writer_died_before_it_was_noted_is_found_by_who_opens_anew(journal_path: Path) -> None:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:  # it dies without closing, like one that was killed
        journal = SqliteJournal(journal_path, HEADER)
        journal.append(STEPS[0])
        journal.commit()
        index = journal_path.with_name(journal_path.name + "-shm").read_bytes()
        journal.append(STEPS[1])
        journal.commit()
        journal_path.with_name("index").write_bytes(index)
        os.write(writing, b"!")
        time.sleep(600)
    os.read(reading, 1)
    follower = Follower(journal_path)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with journal_path.with_name(journal_path.name + "-shm").open("r+b") as shared:
        shared.write(journal_path.with_name("index").read_bytes())
    assert follower.more() == STEPS[:1]
    follower.reopen()
    assert follower.more() == STEPS[1:2]
    follower.close()


def test_a_follower_takes_a_few_thousand_steps_at_a_time_and_refuses_a_hole(journal_path: Path) -> None:
    journal = SqliteJournal(journal_path, HEADER)
    for step in quiet_bars(9_000):
        journal.append(step)
    journal.commit()
    follower = Follower(journal_path)
    counts = []
    while new := follower.more():
        counts.append(len(new))
    assert sum(counts) == last_seq(journal_path) > 9_000
    assert max(counts) <= 4_000
    follower.close()
    journal.close()
    change(journal_path, "DELETE FROM turn WHERE seq = 1001")
    follower = Follower(journal_path)
    with pytest.raises(JournalError, match="where 1001 belongs"):
        follower.more()
    follower.close()
