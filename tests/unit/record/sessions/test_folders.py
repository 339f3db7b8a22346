"""Run numbers are taken once; each day has its folder, and `session.yaml` says which."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.unit.record.session_steps import DAY, HEADER, OCT_1, header
from tradewind.domain.errors import LocalError, StateError
from tradewind.record.files import write_all
from tradewind.record.sessions.find import is_running
from tradewind.record.sessions.folders import SessionFolders, read_session
from tradewind.record.sessions.runs import claim, runs_of

if TYPE_CHECKING:
    from pathlib import Path

CLAIMS = """
import sys
from pathlib import Path
from tradewind.record.sessions.runs import claim
print("ready", flush=True)
sys.stdin.readline()
for _ in range(int(sys.argv[2])):
    print(claim(Path(sys.argv[1]), "2025-10-01"))
"""
HOLDS = """
import sys, time
from pathlib import Path
from tests.unit.record.session_steps import HEADER, OCT_1
from tradewind.record.sessions.folders import SessionFolders
folders = SessionFolders.begin(Path(sys.argv[1]), OCT_1)
folders.describe(HEADER)
print("held", flush=True)
time.sleep(60)
"""


def begin(root: Path, ts: int = OCT_1, **how: bool | str) -> SessionFolders:
    folders = SessionFolders.begin(root, ts, **how)  # type: ignore[arg-type]
    folders.describe(HEADER)
    return folders


def told(folders: SessionFolders, day: str) -> Path:
    """Return the folder of a day, when `session.yaml` has been told of it."""
    folder = folders.folder(day)
    write_all(folders.untold())
    return folder


def test_numbers_go_up(tmp_path: Path) -> None:
    assert [begin(tmp_path).id for _ in range(3)] == [f"2025-10-01/run_{n}" for n in (1, 2, 3)]
    assert begin(tmp_path, OCT_1 + DAY).id == "2025-10-02/run_1"


def test_the_next_is_one_above_the_highest(tmp_path: Path) -> None:
    for name in ("run_2", "run_9", "run_10", "run_x", "run_007", "notes"):
        (tmp_path / "2025-10-01" / name).mkdir(parents=True)
    (tmp_path / "2025-10-01" / "run_99").write_text("a file")
    assert begin(tmp_path).id == "2025-10-01/run_11"
    assert [run.name for run in runs_of(tmp_path / "2025-10-01")] == ["run_2", "run_9", "run_10", "run_11"]


def test_processes_at_once_never_share_one(tmp_path: Path) -> None:
    racers, each = 4, 25
    command = [sys.executable, "-c", CLAIMS, str(tmp_path), str(each)]
    running = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(racers)
    ]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in running:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    taken = [name for process in running for name in process.communicate()[0].split()]
    assert len(taken) == racers * each
    assert sorted(taken) == sorted(f"run_{n}" for n in range(1, racers * each + 1))


def test_a_session_keeps_its_number_over_days(tmp_path: Path) -> None:
    begin(tmp_path)
    folders = begin(tmp_path)
    assert told(folders, "2025-10-02") == tmp_path / "2025-10-02" / "run_2"
    assert told(folders, "2025-10-02") == tmp_path / "2025-10-02" / "run_2"
    facts = read_session(folders.home)
    assert facts["days"] == {"2025-10-01": "run_2", "2025-10-02": "run_2"}
    assert "note" not in facts


def test_a_taken_number_gives_the_next_and_is_told(tmp_path: Path) -> None:
    folders = begin(tmp_path)
    claim(tmp_path, "2025-10-02")
    assert folders.folder("2025-10-02") == tmp_path / "2025-10-02" / "run_2"
    assert told(folders, "2025-10-03") == tmp_path / "2025-10-03" / "run_1"
    for home in (folders.home, tmp_path / "2025-10-02" / "run_2"):
        facts = read_session(home)
        assert facts["days"]["2025-10-02"] == "run_2"
        assert facts["note"] == "run_1 was taken on some days: this session is run_2 on 2025-10-02"


def test_each_day_tells_where_home_and_journal_are(tmp_path: Path) -> None:
    folders = begin(tmp_path / "root")
    second = told(folders, "2025-10-02")
    (tmp_path / "root").rename(tmp_path / "moved")
    moved = tmp_path / "moved" / second.relative_to(tmp_path / "root")
    facts = read_session(moved)
    assert facts["home"] == "../../2025-10-01/run_1"
    assert facts["journal"] == str(tmp_path / "moved" / "2025-10-01" / "run_1" / "journal.sqlite")


def test_the_facts_of_a_session(tmp_path: Path) -> None:
    folders = SessionFolders.begin(tmp_path, OCT_1)
    folders.describe(header(config='{"api_key": "***", "symbols": ["BTCUSDT"]}', seed=7, parent="x", config_hash="ab"))
    facts = yaml.safe_load((folders.home / "session.yaml").read_text())
    assert facts["config"] == {"api_key": "***", "symbols": ["BTCUSDT"]}
    assert (facts["seed"], facts["parent"], facts["config_hash"]) == (7, "x", "ab")
    assert facts["journal"] == "journal.sqlite"
    assert facts["strategies"][0]["name"] == "Momentum Strategy"
    assert facts["finished"] is None


def test_a_journal_elsewhere_is_named_whole(tmp_path: Path) -> None:
    folders = SessionFolders.begin(tmp_path / "root", OCT_1)
    folders.describe(HEADER, tmp_path / "journals" / "j.sqlite")
    assert read_session(folders.home)["journal"] == str(tmp_path / "journals" / "j.sqlite")


def test_all_in_one_folder_if_days_do_not_count(tmp_path: Path) -> None:
    folders = begin(tmp_path, by_day=False)
    assert folders.folder(folders.day_of(OCT_1 + 400 * DAY)) == folders.home


def test_the_first_day_is_that_of_the_time_zone(tmp_path: Path) -> None:
    assert begin(tmp_path, zone="America/New_York").id == "2025-09-30/run_1"


def test_the_end_is_told_in_home_and_on_the_last_day(tmp_path: Path) -> None:
    folders = begin(tmp_path)
    second = folders.folder("2025-10-02")
    folders.finish("2025-10-02T12:00:00Z", 99)
    for folder in (folders.home, second):
        assert read_session(folder)["finished"] == "2025-10-02T12:00:00Z"
        assert read_session(folder)["steps"] == 99


def test_whether_it_runs_is_known_by_its_lock(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", HOLDS, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    home = tmp_path / "2025-10-01" / "run_1"
    assert is_running(home)
    with pytest.raises(StateError, match="is running"):
        SessionFolders.reopen(home, HEADER)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not is_running(home)
    SessionFolders.reopen(home, HEADER).release()


def test_reopened_it_has_the_same_days(tmp_path: Path) -> None:
    folders = begin(tmp_path)
    claim(tmp_path, "2025-10-02")
    folders.folder("2025-10-02")
    folders.finish("2025-10-02T12:00:00Z", 99)
    again = SessionFolders.reopen(folders.home, HEADER)
    assert again.folder("2025-10-02") == tmp_path / "2025-10-02" / "run_2"
    again.finish("later", 100)
    assert read_session(again.home)["finished"] == "2025-10-02T12:00:00Z"
    elsewhere = SessionFolders.reopen(folders.home, HEADER, tmp_path / "copy")
    assert elsewhere.folder("2025-10-02") == tmp_path / "copy" / "2025-10-02" / "run_2"


def test_a_day_whose_folder_was_taken_just_before_the_end_is_taken_up_again(tmp_path: Path) -> None:
    """Killed before anything in it had its place, and so before `session.yaml` named the day."""
    killed = begin(tmp_path)
    killed.release()
    mine, theirs = claim(tmp_path, "2025-10-02"), claim(tmp_path, "2025-10-03")
    for name in (".session.yaml.77.aside", ".trades.parquet.77.aside"):
        (tmp_path / "2025-10-02" / mine / name).write_text("half")
    (tmp_path / "2025-10-03" / theirs / "session.yaml").write_text("id: theirs")
    again = SessionFolders.reopen(killed.home, HEADER)
    assert [again.folder(day).name for day in ("2025-10-02", "2025-10-03")] == ["run_1", "run_2"]
    assert not list((tmp_path / "2025-10-02" / mine).iterdir())
    again.release()


def test_a_root_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LocalError, match=r"cannot make .*file/2025-10-01"):
        SessionFolders.begin(tmp_path / "file", OCT_1)


def test_a_disk_that_cannot_be_written_is_told(tiny_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(tiny_disk)], check=True)
    with pytest.raises(LocalError, match=os.strerror(30)):
        SessionFolders.begin(tiny_disk, OCT_1)


def test_a_session_file_that_is_none_is_told(tmp_path: Path) -> None:
    assert read_session(tmp_path) == {}
    for text in ("{", "- a list"):
        (tmp_path / "session.yaml").write_text(text)
        with pytest.raises(LocalError, match=r"session\.yaml"):
            read_session(tmp_path)


def test_who_takes_a_running_session_over_goes_on_with_its_days(tmp_path: Path) -> None:
    folders = begin(tmp_path)
    claim(tmp_path, "2025-10-02")  # another session's: ours has a later number on that day
    places = [folders.folder(f"2025-10-{day:02}") for day in (1, 2, 3)]
    write_all(folders.untold())
    other = SessionFolders.taken_over(folders.home, HEADER, folders.journal, os.dup(folders.lock))
    assert other.days == folders.days
    assert [other.folder(f"2025-10-{day:02}") for day in (1, 2, 3)] == places
    assert read_session(folders.home)["days"] == folders.days
    other.release()
    folders.release()
