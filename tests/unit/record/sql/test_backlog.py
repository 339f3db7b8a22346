"""Earlier sessions that a database lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.unit.record.session_steps import OCT_1, header, session
from tradewind.record.journal.writer import SqliteJournal
from tradewind.record.sessions.folders import SessionFolders
from tradewind.record.sql.backlog import Backlog
from tradewind.record.sql.projector import Projector
from tradewind.record.sql.rebuild import verify

if TYPE_CHECKING:
    from pathlib import Path

    from tradewind.record.sql.database import Database

WANTED = '{"database": {"enabled": true}}'


def ended(root: Path, bars: int = 24, config: str = WANTED) -> Path:
    """Leave a session below `root`, and return its journal."""
    folders = SessionFolders.begin(root, OCT_1)
    head = header(session_id=folders.id, config=config)
    folders.describe(head)
    journal = SqliteJournal(folders.journal, head, durable=False)
    for step in session(bars):
        journal.append(step)
    journal.close()
    folders.release()
    return folders.journal


def written(backlog: Backlog) -> list[str]:
    remarks = []
    while backlog.go_on():
        remarks += backlog.remarks()
    return remarks + backlog.remarks()


def test_what_is_missing_is_written_and_nothing_else(tmp_path: Path, file: Database) -> None:
    current, whole, half, none = (ended(tmp_path, bars) for bars in (12, 24, 36, 48))
    unwanted = ended(tmp_path, config="{}")
    for journal in (current, whole):
        Projector(journal, file).catch_up()
    part = Projector(half, file)
    part._projection.take(session(36)[:20])
    part.write()
    remarks = written(Backlog(tmp_path, current, file))
    assert [remark.split()[1] for remark in remarks] == ["2025-10-01/run_3", "2025-10-01/run_4"]
    for journal in (whole, half, none):
        assert (verify(journal, file).difference, verify(journal, file).missing) == (None, 0)
    assert verify(unwanted, file).written == 0


def test_a_damaged_journal_is_told_and_holds_up_no_other(tmp_path: Path, file: Database) -> None:
    current, damaged, good = ended(tmp_path), ended(tmp_path), ended(tmp_path)
    Projector(current, file).catch_up()
    damaged.write_bytes(b"no journal at all")
    remarks = written(Backlog(tmp_path, current, file))
    assert "does not get session 2025-10-01/run_2" in remarks[0]
    assert verify(good, file).missing == 0
