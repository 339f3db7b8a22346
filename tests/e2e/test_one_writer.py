"""One engine trades an account, whatever is started, stopped and thawed: real processes, with the lease in a file or
in PostgreSQL."""

from __future__ import annotations

import contextlib
import signal
import sqlite3
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tests.e2e.program import config, run, started, wait_for
from tests.postgres import postgres
from tradewind.record.journal.reader import last_seq, read_header

if TYPE_CHECKING:
    import subprocess

SECONDS = 10.0
"""How long the leases are taken for: a busy machine must not take a renewal of four fifths of it for a death."""


def session(tmp_path: Path, **lease: Any) -> Path:
    """Write the configuration of a session without an end."""
    path = config(tmp_path, interval_ms=2)
    block = {"account": f"test {uuid.uuid4()}", "seconds": SECONDS, **lease}
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), "lease": block}))
    return path


def journals(path: Path) -> list[Path]:
    """Return the journals of the sessions, in the order in which they were begun."""
    found = (path.parent / "sessions").rglob("journal.sqlite")
    return sorted(found, key=lambda journal: read_header(journal).lease_token if last_seq(journal) else 0)


def is_under_way(path: Path, count: int, process: subprocess.Popen[str]) -> Path:
    """Wait until that many sessions have journals with steps; return the newest."""
    wait_for(lambda: sum(last_seq(journal) > 20 for journal in whole(path)) >= count, process)
    return journals(path)[-1]


def whole(path: Path) -> list[Path]:
    return [j for j in (path.parent / "sessions").rglob("journal.sqlite") if j.with_name("session.yaml").is_file()]


def stop(process: subprocess.Popen[str]) -> None:
    """Stop a process, and wait until it stands still."""
    process.send_signal(signal.SIGSTOP)
    stat = Path(f"/proc/{process.pid}/stat")
    wait_for(lambda: stat.read_text().rpartition(")")[2].split()[0] == "T")


def turns(journal: Path) -> int:
    """Return how many turns a journal has."""
    with contextlib.closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as database:
        [(count,)] = database.execute("SELECT count(*) FROM turn").fetchall()
        return int(count)


def test_lesson_48_a_second_engine_is_refused_and_told_who_has_the_account(tmp_path: Path) -> None:
    path = session(tmp_path)
    with started("-m", "tradewind", "live", "-c", path, "--json") as first:
        is_under_way(path, 1, first)
        code, _, errors = run("live", "-c", path, "--json")
        assert code == 1
        assert "is traded by another engine" in errors
        assert f"process {first.pid} on " in errors
        assert first.poll() is None
        first.send_signal(signal.SIGTERM)
        assert first.wait(240) in (0, 3)
    assert len(journals(path)) == 1, "who is refused leaves nothing behind"


def test_lesson_40_an_engine_that_was_stopped_past_its_time_adds_nothing_when_it_goes_on(tmp_path: Path) -> None:
    path = session(tmp_path, url=postgres())
    words = ("-m", "tradewind", "live", "-c", path, "--json")
    with started(*words) as old:
        before = is_under_way(path, 1, old)
        stop(old)
        stood = turns(before)
        time.sleep(SECONDS)  # what is tested is that the time is over
        with started(*words) as new:
            after = is_under_way(path, 2, new)
            assert read_header(after).lease_token > read_header(before).lease_token
            old.send_signal(signal.SIGCONT)
            _, errors = old.communicate(timeout=240)
            assert old.returncode == 1
            assert "nothing more is sent" in errors
            assert "stood still" in errors or "not ours any more" in errors
            # It may have stood still in the middle of a commit, which then ends; its effects go nowhere.
            assert turns(before) <= stood + 1, "its journal has grown, though another has taken the account"
            seq = last_seq(after)
            wait_for(lambda: last_seq(after) > seq, new)
            new.send_signal(signal.SIGTERM)
            assert new.wait(240) in (0, 3)
