"""Sessions by name, folder, id, day, or the latest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.record.session_steps import DAY, OCT_1, header
from tradewind.domain.errors import DataNotFoundError
from tradewind.record.sessions.find import SessionState, find, sessions
from tradewind.record.sessions.folders import SessionFolders

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Three sessions: one over two days that ended, one that crashed, one on the second day that ended."""
    for number, (start, ended) in enumerate(((OCT_1, True), (OCT_1, False), (OCT_1 + DAY, True))):
        folders = SessionFolders.begin(tmp_path, start)
        folders.describe(header(session_id=f"s{number}", created=f"2025-10-0{3 - number}T00:00:00Z"))
        if number == 0:
            folders.folder("2025-10-02")
        if ended:
            folders.finish("then", 1)
        folders.release()
    (tmp_path / "2025-10-01" / "notes").mkdir()
    (tmp_path / "other").mkdir()
    return tmp_path


def test_each_once_in_order(root: Path) -> None:
    found = sessions(root)
    assert [entry.name for entry in found] == ["2025-10-01/run_1", "2025-10-01/run_2", "2025-10-02/run_2"]
    assert [entry.state for entry in found] == [SessionState.FINISHED, SessionState.CRASHED, SessionState.FINISHED]
    assert [day.name for day in found[0].days.values()] == ["run_1", "run_1"]
    assert found[0].journal == root / "2025-10-01" / "run_1" / "journal.sqlite"


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("2025-10-01/run_2", "2025-10-01/run_2"),
        ("2025-10-02/run_1", "2025-10-01/run_1"),  # its second day
        ("s2", "2025-10-02/run_2"),
        ("2025-10-02", "2025-10-02/run_2"),
        ("latest", "2025-10-01/run_1"),
    ],
)
def test_by_any_name(root: Path, name: str, found: str) -> None:
    assert find(root, name).name == found


def test_by_folder_from_anywhere(root: Path) -> None:
    assert find(root / "nowhere", str(root / "2025-10-02" / "run_1")).name == "2025-10-01/run_1"


def test_who_is_meant_must_be_clear(root: Path) -> None:
    with pytest.raises(DataNotFoundError, match="more than one session is '2025-10-01'"):
        find(root, "2025-10-01")
    with pytest.raises(DataNotFoundError, match=r"no session 'x' .*there are: 2025-10-01/run_1, "):
        find(root, "x")
    with pytest.raises(DataNotFoundError, match=r"^no sessions in "):
        find(root / "nowhere", "latest")


def test_a_running_one(root: Path) -> None:
    folders = SessionFolders.begin(root, OCT_1 + DAY)
    assert find(root, folders.id).state is SessionState.RUNNING
    folders.release()
    assert find(root, folders.id).state is SessionState.CRASHED
