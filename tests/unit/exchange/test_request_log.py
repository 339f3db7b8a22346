"""The log of an exchange's requests: what it grows by, and what is left of it by whoever is killed."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from tradewind.exchange import request_log
from tradewind.exchange.request_entry import FORMAT, Entry, Head
from tradewind.exchange.request_log import RequestLog
from tradewind.record.disk import Disk

if TYPE_CHECKING:
    import pytest

T0 = 1_719_360_000_000_000_000
HEAD = Head(FORMAT, "bars", ("a",), T0, "mark")


def test_how_far_time_has_come_stands_once_and_requests_stand_all(tmp_path: Path) -> None:
    path = tmp_path / "state"
    log = RequestLog(path)
    log.begin(HEAD)
    log.mark(T0, T0 + 9)
    whole = path.stat().st_size
    for second in range(1, 1_000):
        log.mark(T0 + second, T0 + second)
    assert path.stat().st_size == whole
    log.append(Entry(T0 + 2_000, T0 + 2_000, "a", None, "b", b"note"))
    log.mark(T0 + 3_000, T0 + 3_000)
    log.mark(T0 + 3_001, T0 + 3_001)
    log.close()

    again = RequestLog(path)
    again.begin(HEAD)
    told = list(again.entries())
    assert [(each.reached - T0, each.ts - T0, each.note) for each in told] == [
        (999, 999, b""), (2_000, 2_000, b"note"), (3_001, 3_001, b""),
    ]  # fmt: skip
    again.mark(T0 + 4_000, T0 + 4_000)
    again.close()
    assert [each.reached - T0 for each in RequestLog(path).entries()] == [999, 2_000, 3_001, 4_000]


def test_a_mark_never_takes_back_what_the_one_before_it_said(tmp_path: Path) -> None:
    """The speed was lowered: a client may have been told a time that lay ahead."""
    log = RequestLog(tmp_path / "state")
    log.begin(HEAD)
    log.mark(T0, T0 + 120)
    log.mark(T0 + 1, T0 + 1)
    log.close()
    assert [(each.reached - T0, each.ts - T0) for each in RequestLog(tmp_path / "state").entries()] == [(1, 120)]


def test_a_mark_that_was_cut_short_is_let_go(tmp_path: Path) -> None:
    path = tmp_path / "state"
    log = RequestLog(path)
    log.begin(HEAD)
    log.append(Entry(T0, T0, "a", None, "b", b"note"))
    log.mark(T0 + 1, T0 + 1)
    log.close()
    path.write_bytes(path.read_bytes()[:-3])
    again = RequestLog(path)
    again.begin(HEAD)
    assert [each.note for each in again.entries()] == [b"note"]
    again.mark(T0 + 2, T0 + 2)
    again.close()
    assert [each.reached - T0 for each in RequestLog(path).entries()] == [0, 2]


def requests(first: int, end: int) -> list[Entry]:
    return [Entry(T0 + n, T0 + n, "a", None, "b", f"note {n}".encode()) for n in range(first, end)]


def grown(path: Path, count: int = 5_000) -> list[Entry]:
    """Write a log with so many requests, marks between them and one at the end; return the requests."""
    log = RequestLog(path)
    log.begin(HEAD)
    told = requests(0, count)
    for entry in told:
        log.append(entry)
        if entry.ts % 10 == 0:
            log.mark(entry.reached, entry.ts + 3)
    log.mark(T0 + count + 10, T0 + count + 99)
    log.close()
    return told


def told_by(path: Path) -> list[Entry]:
    log = RequestLog(path)
    log.begin(HEAD)
    found = list(log.entries())
    log.close()
    return found


def test_a_file_that_has_grown_is_packed_with_all_its_requests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "state"
    told = grown(path)
    whole = path.stat().st_size
    log = RequestLog(path)
    log.begin(HEAD)
    assert log.pack() == 0, "it is not worth while yet"
    monkeypatch.setattr(request_log, "PACK_BYTES", 1)
    assert log.pack() == whole - path.stat().st_size > whole * 2 / 3
    end = Entry(T0 + 5_010, T0 + 5_099)
    assert list(log.entries()) == [*told, end]
    log.append(requests(6_000, 6_001)[0])
    log.mark(T0 + 6_001, T0 + 6_001)
    log.close()
    assert told_by(path) == [*told, end, *requests(6_000, 6_001), Entry(T0 + 6_001, T0 + 6_001)]
    again = RequestLog(path)
    again.begin(HEAD)
    assert again.pack() != 0
    assert list(again.entries()) == [*told, *requests(6_000, 6_001), Entry(T0 + 6_001, T0 + 6_001)]
    again.close()
    assert path.stat().st_mode & 0o077 == 0


def test_who_opens_a_file_while_it_is_packed_has_not_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "state"
    told = grown(path, 10)
    monkeypatch.setattr(request_log, "PACK_BYTES", 1)
    log = RequestLog(path)
    log.begin(HEAD)
    lock = fcntl.flock
    old: list[int] = []

    def pack_first(handle: int, kind: int) -> None:
        if not old:
            old.append(os.fstat(handle).st_ino)
            log.pack()
            log.close()
        lock(handle, kind)

    monkeypatch.setattr(fcntl, "flock", pack_first)
    other = RequestLog(path)
    assert old != [path.stat().st_ino]
    other.append(requests(10, 11)[0])
    other.close()
    assert [entry for entry in told_by(path) if entry.note] == [*told, *requests(10, 11)]


class Deadly(Disk):
    """Kills its process before or after its n-th word to the disk."""

    def __init__(self, after: int) -> None:
        self.left = after

    def _die(self) -> None:
        self.left -= 1
        if not self.left:
            os.kill(os.getpid(), signal.SIGKILL)

    def write(self, handle: int, content: memoryview) -> int:
        self._die()
        done = super().write(handle, content[: max(len(content) // 2, 1)])
        self._die()
        return done

    def sync(self, handle: int) -> None:
        self._die()
        super().sync(handle)
        self._die()

    def replace(self, path: Path, to: Path) -> None:
        self._die()
        super().replace(path, to)
        self._die()

    def remove(self, path: Path) -> None:
        self._die()
        super().remove(path)
        self._die()


def _pack(path: str, after: int) -> None:
    log = RequestLog(Path(path), Deadly(after))
    log.begin(HEAD)
    log.pack()
    log.close()


def test_kill_nine_in_the_middle_of_packing_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_log, "PACK_BYTES", 1)
    context, deaths, packed = multiprocessing.get_context("fork"), 0, 0
    while True:
        path = tmp_path / f"{deaths}" / "state"
        path.parent.mkdir()
        told, whole = grown(path, 50), path.stat().st_size
        process = context.Process(target=_pack, args=(str(path), deaths + 1))
        process.start()
        process.join()
        assert [entry for entry in told_by(path) if entry.note] == told
        assert max(entry.ts for entry in told_by(path)) == T0 + 149
        packed += path.stat().st_size < whole
        if process.exitcode == 0:
            break
        assert process.exitcode == -signal.SIGKILL
        deaths += 1
        _pack(str(path), -1)
        assert [entry for entry in told_by(path) if entry.note] == told
        assert [each.name for each in path.parent.iterdir()] == ["state"], "nothing is left of the first try"
    assert deaths > 10
    assert packed > 1, "killed after the new file had taken its place, too"
