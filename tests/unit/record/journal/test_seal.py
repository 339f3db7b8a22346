from __future__ import annotations

import shutil
import sqlite3
from typing import TYPE_CHECKING

import pytest

from tests.unit.record.session_steps import HEADER, quiet_bars
from tradewind.domain.errors import JournalError
from tradewind.record.journal.reader import Follower, check, last_seq, read
from tradewind.record.journal.seal import seal
from tradewind.record.journal.writer import SqliteJournal

if TYPE_CHECKING:
    from pathlib import Path

STEPS = list(quiet_bars(40))


def written(path: Path, count: int) -> SqliteJournal:
    journal = SqliteJournal(path, HEADER)
    for step in STEPS[:count]:
        journal.append(step)
        journal.commit()
    return journal


def test_a_sealed_journal_is_as_it_was_and_takes_nothing_more(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    journal = written(path, 20)
    assert seal(path, "token 2")
    assert seal(path, "token 3"), "who goes on may die before it begins"
    journal.append(STEPS[20])
    with pytest.raises(JournalError, match="sealed: another session has resumed"):
        journal.commit()
    journal.abandon()
    check(path)
    assert list(read(path)) == STEPS[:20]


def test_a_turn_that_was_on_the_disk_when_its_writer_was_killed_is_either_seen_by_all_or_by_nobody(
    tmp_path: Path,
) -> None:
    """A writer is killed after its frames are on the disk, and before it has said so in the index of the log."""

    def killed(name: str) -> tuple[Path, Follower]:
        path, other = tmp_path / name, tmp_path / f"{name}-ahead"
        journal = written(path, 20)
        watching = Follower(path)  # it keeps the index
        for end in ("", "-wal"):
            shutil.copy(f"{path}{end}", f"{other}{end}")
        ahead = sqlite3.connect(other, isolation_level=None)
        ahead.execute("INSERT INTO turn SELECT seq + 1, steps, events, outcomes FROM turn ORDER BY seq DESC LIMIT 1")
        shutil.copy(f"{other}-wal", f"{path}-wal")
        ahead.close()
        journal._database.close()
        return path, watching

    path, watching = killed("unsealed")
    assert last_seq(path) == 20
    watching.close()
    assert last_seq(path) == 21, "the danger is real: it comes to light later"

    path, watching = killed("sealed")
    assert last_seq(path) == 20
    assert seal(path, "token 2")
    watching.close()
    assert last_seq(path) == 20
    check(path)

    path, watching = killed("alone")
    watching.close()
    assert seal(path, "token 2")
    assert last_seq(path) == 21, "nobody had the index: it is found, and gone on from"


def test_one_that_stands_still_in_a_commit_cannot_be_sealed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tradewind.record.journal.seal.BUSY_SECONDS", 0.01)
    journal = written(tmp_path / "journal", 20)
    journal.append(STEPS[20])
    journal._write()
    assert not seal(tmp_path / "journal", "token 2")
    journal.commit()
    assert last_seq(tmp_path / "journal") == 21
    journal.close()


def test_what_is_no_journal_is_told(tmp_path: Path) -> None:
    (tmp_path / "journal").write_bytes(b"no journal" * 100)
    with pytest.raises(JournalError, match="cannot seal"):
        seal(tmp_path / "journal", "token 2")
