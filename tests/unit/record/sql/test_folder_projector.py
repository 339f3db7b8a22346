"""Many journals of one folder, as they appear, on their way into a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.unit.record.session_steps import header, session
from tradewind.record.journal.writer import SqliteJournal
from tradewind.record.sql.folder_projector import FolderProjector
from tradewind.record.sql.rebuild import verify

if TYPE_CHECKING:
    from pathlib import Path

    from tradewind.record.sql.database import Database


def journal(folder: Path, number: int, bars: int = 0) -> SqliteJournal:
    folder.mkdir(parents=True, exist_ok=True)
    made = SqliteJournal(folder / f"{number:06d}.db", header(session_id=f"s-{number}"), durable=False)
    for step in session(bars) if bars else []:
        made.append(step)
    made.commit()
    return made


def test_journals_are_found_as_they_appear_and_left_alone_when_the_next_has_begun(
    database: Database, tmp_path: Path
) -> None:
    keys = tmp_path / "s" / "x" / "BTCUSDT"
    first = journal(keys, 1, 24)
    projector = FolderProjector(tmp_path, database)
    count = projector.catch_up()
    assert verify(keys / "000001.db", database).difference is None
    assert count > 24
    first.close()
    second = journal(keys, 2, 48)
    projector.catch_up()
    assert {path.name for path in projector._open} == {"000002.db"}
    assert verify(keys / "000002.db", database).missing == 0
    assert not projector.read()
    second.close()
    again = FolderProjector(tmp_path, database)
    again.catch_up()
    assert {path.name for path in again._done} == {"000001.db"}, "what is written is not read again"
    projector.close()
    again.close()


def test_one_that_cannot_be_read_is_told_of_once_and_stops_no_other(database: Database, tmp_path: Path) -> None:
    journal(tmp_path / "a", 1, 24).close()
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "000001.db").write_bytes(b"no journal at all" * 100)
    projector = FolderProjector(tmp_path, database)
    assert projector.catch_up() > 24
    (remark,) = projector.remarks()
    assert "b/000001.db" in remark
    assert projector.catch_up() > 24
    assert not projector.remarks()
    projector.close()
