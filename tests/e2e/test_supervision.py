"""Real processes whose disk fills up, whose loop hangs, whose clock is moved."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.e2e.program import config, is_under_way, journal_of, started, wait_for
from tests.small_disk import fill, small_disk
from tradewind.domain.control import Degraded, Restored
from tradewind.record.journal.reader import check, last_seq, read
from tradewind.runtime.replay import verify

if TYPE_CHECKING:
    import subprocess

MB = 1_000_000


def changed(path: Path, **blocks: Any) -> Path:
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), **blocks}))
    return path


def under_way(root: Path, process: subprocess.Popen[str]) -> Path:
    wait_for(lambda: is_under_way(root), process)
    journal = journal_of(root)
    assert journal is not None
    return journal


def words(journal: Path, cause: str) -> list[type]:
    """Return what the supervisor has said of a cause."""
    events = (step.event for step in read(journal))
    return [type(event) for event in events if isinstance(event, Degraded | Restored) and event.cause == cause]


def orders_of(journal: Path) -> dict[str, int]:
    """Return how many orders left while it was well and while it was not."""
    count, state = {"well": 0, "ill": 0}, "well"
    for step in read(journal):
        state = {Degraded: "ill", Restored: "well"}.get(type(step.event), state)
        count[state] += sum(type(effect).__name__ == "SubmitOrder" for effect in step.effects)
    return count


def test_lesson_25_a_disk_that_fills_up_lets_cancels_through_alone_until_it_has_room(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 40 * MB) as disk:
        path = changed(
            config(tmp_path, interval_ms=5),
            engine={"symbols": ["BTCUSDT"], "interval": "15m", "data_output_path": str(disk / "sessions")},
            supervision={"disk_free_min_mb": 10, "journal_reserve_mb": 2},
        )
        with started("-m", "tradewind", "live", "-c", path, "--json") as process:
            journal = under_way(disk, process)
            ballast = fill(disk, leave_bytes=5 * MB)
            wait_for(lambda: words(journal, "disk") == [Degraded], process)
            seq = last_seq(journal)
            wait_for(lambda: last_seq(journal) > seq + 200, process)
            ballast.unlink()
            wait_for(lambda: words(journal, "disk") == [Degraded, Restored], process)
            seq = last_seq(journal)
            wait_for(lambda: last_seq(journal) > seq + 200, process)
            process.send_signal(signal.SIGTERM)
            assert process.wait(240) in (0, 3)
        check(journal)
        orders = orders_of(journal)
        assert orders["ill"] == 0
        assert orders["well"] > 0
        verify(journal)


HANGING = """
import time
from tradewind import Strategy

class Hangs(Strategy):
    def on_bar(self, ctx, bar):
        self.heard = getattr(self, "heard", 0) + 1
        if self.heard == 30:
            hang_here()

def hang_here():
    time.sleep(600)
"""


def test_a_loop_that_hangs_is_told_with_its_place_and_ends_where_that_is_asked(tmp_path: Path) -> None:
    (tmp_path / "hangs.py").write_text(HANGING)
    path = changed(
        config(tmp_path, interval_ms=2),
        strategy={"path": f"{tmp_path / 'hangs.py'}:Hangs"},
        supervision={"hang_seconds": 4, "end_when_hung": True},
    )
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(60)
        environ = {
            **os.environ,
            "NOTIFY_SOCKET": str(tmp_path / "notify"),
            "WATCHDOG_USEC": "12000000",
        }  # a word a second: ten may wait
        with started("-m", "tradewind", "live", "-c", path, "--json", environ=environ) as process:
            said = ""
            while "STATUS=hung" not in said:
                said += systemd.recv(4096).decode() + "\n"
            _, errors = process.communicate(timeout=240)
    assert process.returncode == 1
    assert "in hang_here" in errors
    assert "READY=1" in said
    assert "WATCHDOG=1" in said


FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)


def test_a_clock_that_is_set_lets_cancels_through_alone_until_it_is_back(tmp_path: Path) -> None:
    """The clock on the wall is moved under a real process by libfaketime; the steady one is left alone."""
    if FAKETIME is None:
        pytest.skip("libfaketime is not installed: apt-get install libfaketime")
    offset = tmp_path / "offset"
    offset.write_text("+0")
    path = config(tmp_path, interval_ms=5)
    environ = {
        **os.environ, "LD_PRELOAD": str(FAKETIME), "FAKETIME_TIMESTAMP_FILE": str(offset), "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }  # fmt: skip
    with started("-m", "tradewind", "live", "-c", path, "--json", environ=environ) as process:
        journal = under_way(tmp_path, process)
        offset.write_text("+3600")
        wait_for(lambda: words(journal, "clock") == [Degraded], process)
        offset.write_text("+0")
        wait_for(lambda: words(journal, "clock") == [Degraded, Restored], process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(240) in (0, 3)
    assert orders_of(journal)["ill"] == 0
    verify(journal)
