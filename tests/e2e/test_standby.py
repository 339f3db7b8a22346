"""A standby waits, takes over, and ends when it is told to."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from tests.e2e.program import started, wait_for
from tests.e2e.test_one_writer import is_under_way, session, turns
from tests.postgres import postgres
from tradewind.record.journal.reader import read_header

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

LIVE = ("-m", "tradewind", "live", "--json", "-c")


def says(process: subprocess.Popen[str], words: str) -> str:
    """Read what a process says until a line has these words."""
    assert process.stderr is not None
    for line in process.stderr:
        if words in line:
            return line
    raise AssertionError(f"it never said {words!r}; it ended with {process.wait()}")


def end(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)


def test_a_standby_takes_over_from_an_engine_that_is_stopped_in_order(tmp_path: Path) -> None:
    """From one that is killed: `test_take_over.py`; from one that stands still: `test_fenced.py`."""
    path = session(tmp_path)
    with started(*LIVE, path) as first:
        before = is_under_way(path, 1, first)
        with started(*LIVE, path, "--standby") as second:
            assert f"waiting: {read_header(before).account} is traded by another engine" in says(second, "standby:")
            assert second.poll() is None
            end(first)
            assert first.wait(240) in (0, 3)
            assert "token 2" in says(second, "taking over")
            assert read_header(is_under_way(path, 2, second)).lease_token == 2
            end(second)
            assert second.wait(240) in (0, 3)


def test_between_machines_it_waits_until_the_time_of_a_dead_one_is_over(tmp_path: Path) -> None:
    path = session(tmp_path, url=postgres())
    with started(*LIVE, path) as first:
        is_under_way(path, 1, first)
        with started(*LIVE, path, "--standby") as second:
            says(second, "waiting")
            before = is_under_way(path, 1, first)
            first.kill()
            assert "token 2" in says(second, "taking over")
            after = is_under_way(path, 2, second)
            assert [read_header(journal).lease_token for journal in (before, after)] == [1, 2]
            assert read_header(after).parent, "it goes on from the dead one's session"
            end(second)
            assert second.wait(240) in (0, 3)


def test_a_standby_that_is_stopped_ends_and_has_traded_nothing(tmp_path: Path) -> None:
    path = session(tmp_path)
    with started(*LIVE, path) as first:
        before = is_under_way(path, 1, first)
        with started(*LIVE, path, "--standby") as second:
            says(second, "waiting")
            end(second)
            _, errors = second.communicate(timeout=240)
            assert second.returncode == 0, errors
            assert "stopped; it has not traded" in errors
        assert first.poll() is None
        wait_for(lambda seen=turns(before): turns(before) > seen, first)  # type: ignore[misc]  # noqa: B008
    assert len(list((tmp_path / "sessions").rglob("journal.sqlite"))) == 1
