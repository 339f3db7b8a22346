"""From the journal alone the same files come again, value by value."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import polars as pl
import pytest

from tests.unit.record.session_steps import OCT_1, StillClock, header, session
from tradewind.domain.errors import JournalError, StateError
from tradewind.domain.time import NS_PER_HOUR, NS_PER_MINUTE
from tradewind.record.journal.writer import SqliteJournal
from tradewind.record.recorder.recorder import SessionRecorder
from tradewind.record.recorder.tables import SPECS
from tradewind.record.sessions.folders import SessionFolders, read_session
from tradewind.record.sessions.rebuild import rebuild

if TYPE_CHECKING:
    from pathlib import Path


def record(root: Path, *, crash: bool = False, by_day: bool = True, spacing: int = 2 * NS_PER_HOUR) -> SessionFolders:
    about = header(by_day=by_day)
    folders = SessionFolders.begin(root, OCT_1, by_day=by_day)
    folders.describe(about)
    journal = SqliteJournal(folders.journal, about)
    clock = StillClock()
    recorder = SessionRecorder(folders, about, clock)
    for step in session(40, spacing=spacing):
        journal.append(step)
        journal.commit()
        recorder.observe([step])
        clock.pass_seconds(0.4)
    if crash:
        folders.release()
    else:
        journal.close()
        recorder.close()
    return folders


def contents(root: Path, *, pages: bool = True) -> dict[str, object]:
    """Return all tables as frames, and all pages of statistics."""
    found: dict[str, object] = {}
    for path in sorted(root.rglob("*.parquet")):
        found[str(path.relative_to(root))] = pl.read_parquet(path).to_dict(as_series=False)
    for path in sorted(root.rglob("stats.yaml")) if pages else ():
        found[str(path.relative_to(root))] = path.read_text().replace(str(root), "")
    return found


@pytest.mark.parametrize("by_day", [True, False])
def test_elsewhere_they_are_the_same(tmp_path: Path, by_day: bool) -> None:
    folders = record(tmp_path / "a", by_day=by_day)
    done = rebuild(folders.journal, root=tmp_path / "b")
    assert (done.steps, done.days) == (len(session(40)), 4 if by_day else 1)
    assert contents(tmp_path / "b") == contents(tmp_path / "a")
    assert len(contents(tmp_path / "b")) == (len(SPECS) + 1) * done.days


def test_in_place_they_are_the_same_again(tmp_path: Path) -> None:
    folders = record(tmp_path)
    before, facts = contents(tmp_path), read_session(folders.home)
    for path in list(tmp_path.rglob("*.parquet"))[::2]:
        path.write_bytes(b"damaged")
    for path in tmp_path.rglob("stats.yaml"):
        path.unlink()
    rebuild(folders.journal)
    assert contents(tmp_path) == before
    assert read_session(folders.home) == facts
    rebuild(folders.journal)
    assert contents(tmp_path) == before


def test_after_a_crash_nothing_is_missing(tmp_path: Path) -> None:
    crashed, whole = record(tmp_path / "a", crash=True), record(tmp_path / "b")
    rebuild(crashed.journal)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    assert read_session(crashed.home)["finished"] is None
    assert read_session(crashed.home)["steps"] == read_session(whole.home)["steps"]


def test_without_its_session_file_too(tmp_path: Path) -> None:
    folders = record(tmp_path / "a", spacing=NS_PER_MINUTE)
    before = contents(tmp_path / "a")
    for path in folders.home.iterdir():
        if path != folders.journal:
            path.unlink()
    rebuild(folders.journal)
    assert contents(tmp_path / "a") == before
    assert read_session(folders.home)["mode"] == "paper"


def test_a_journal_that_lies_elsewhere(tmp_path: Path) -> None:
    folders = record(tmp_path / "a")
    before = contents(tmp_path / "a")
    folders.journal.rename(tmp_path / "kept.sqlite")
    rebuild(tmp_path / "kept.sqlite", folders.home)
    assert contents(tmp_path / "a") == before
    assert read_session(folders.home)["journal"] == str(tmp_path / "kept.sqlite")


def test_a_running_session_is_left_alone(tmp_path: Path) -> None:
    folders = SessionFolders.begin(tmp_path, OCT_1)
    journal = SqliteJournal(folders.journal, header())
    with pytest.raises(StateError, match="is running"):
        rebuild(folders.journal)
    journal.close()


def test_a_damaged_journal_is_told_and_the_files_stay(tmp_path: Path) -> None:
    folders = record(tmp_path)
    before = contents(tmp_path)
    with sqlite3.connect(folders.journal) as database:
        database.execute("DELETE FROM turn WHERE seq = 50")
    database.close()
    with pytest.raises(JournalError, match="damaged at step 50"):
        rebuild(folders.journal)
    assert contents(tmp_path) == before
