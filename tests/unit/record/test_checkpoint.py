"""Checkpoints on disk: whole or not there, whatever breaks; a damaged one is set aside, a newer one refused."""

from __future__ import annotations

import os
import random
import stat
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tradewind.domain.checkpoint import EngineState
from tradewind.domain.errors import CheckpointCorrupted, LocalError, StateRestoreError
from tradewind.record.checkpoint import FORMAT, Checkpoint, Checkpoints, age_ns, sealed
from tradewind.record.disk import Disk
from tradewind.runtime.recovery import unpacked


def checkpoint(seq: int, *, size: int = 300) -> Checkpoint:
    return Checkpoint(
        session="2025-10-01/run_1", seq=seq, ts=seq * 10, saved_at=seq * 1_000,
        engine=EngineState(seq, seq * 10, venue=random.Random(seq).randbytes(size)),
    )  # fmt: skip


def newest(folder: Path) -> tuple[Checkpoint | None, list[str]]:
    notes: list[str] = []
    return Checkpoints(folder).newest(notes), notes


class Crashed(BaseException):
    """The process is there no more: nothing is cleaned up."""


class FailingDisk(Disk):
    """Fails at the n-th call that touches the disk: with an error, or by dying in the middle of it."""

    def __init__(self, fails_at: int, *, dies: bool) -> None:
        self.calls = 0
        self._fails_at = fails_at
        self._dies = dies

    def _touch(self) -> bool:
        self.calls += 1
        if self.calls != self._fails_at:
            return self._dies and self.calls > self._fails_at
        return True

    def _fail(self) -> None:
        raise Crashed if self._dies else OSError(28, "No space left on device")

    def write(self, handle: int, content: memoryview) -> int:
        if self._touch():
            os.write(handle, content[: len(content) // 2])
            self._fail()
        return super().write(handle, content[:100])  # disks may take less than they are given

    def sync(self, handle: int) -> None:
        if self._touch():
            self._fail()

    def replace(self, path: Path, to: Path) -> None:
        if self._touch():
            self._fail()
        super().replace(path, to)

    def remove(self, path: Path) -> None:
        if self._touch():
            self._fail()
        super().remove(path)


def test_what_was_written_comes_back(tmp_path: Path) -> None:
    written = Checkpoints(tmp_path / "c").write(checkpoint(7))
    assert newest(tmp_path / "c") == (checkpoint(7), [])
    assert Checkpoints(tmp_path / "c").load(written) == checkpoint(7)
    assert age_ns(checkpoint(7), 9_000) == 2_000


def test_without_any_there_is_none(tmp_path: Path) -> None:
    assert newest(tmp_path / "nowhere") == (None, [])


def test_the_last_ones_are_kept_and_nobody_else_may_read_them(tmp_path: Path) -> None:
    files = Checkpoints(tmp_path / "c", kept=3)
    for seq in (1, 5, 9, 10, 1_000):
        files.write(checkpoint(seq))
    assert [info.seq for info in files.listed()] == [1_000, 10, 9]
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "c").iterdir()} == {0o600}
    assert stat.S_IMODE((tmp_path / "c").stat().st_mode) == 0o700


def test_what_a_killed_writer_left_is_removed_by_the_next(tmp_path: Path) -> None:
    (tmp_path / ".000000000005.checkpoint.123.aside").write_bytes(b"half")
    Checkpoints(tmp_path).write(checkpoint(6))
    assert [path.name for path in tmp_path.iterdir()] == ["000000000006.checkpoint"]


def calls_of_a_write(folder: Path) -> int:
    Checkpoints(folder, kept=1).write(checkpoint(1))
    disk = FailingDisk(0, dies=False)
    Checkpoints(folder, kept=1, disk=disk).write(checkpoint(2))
    return disk.calls


@pytest.mark.parametrize("dies", [False, True])
def test_lesson_32_a_fault_at_any_call_leaves_a_whole_one(tmp_path: Path, dies: bool) -> None:
    calls = calls_of_a_write(tmp_path / "counted")
    assert calls >= 7  # several writes, two syncs, a rename, a removal
    for fails_at in range(1, calls + 1):
        folder = tmp_path / str(fails_at)
        Checkpoints(folder, kept=1).write(checkpoint(1))
        with pytest.raises((LocalError, Crashed)):
            Checkpoints(folder, kept=1, disk=FailingDisk(fails_at, dies=dies)).write(checkpoint(2))
        found, notes = newest(folder)
        assert found in (checkpoint(1), checkpoint(2)), fails_at
        assert not notes
        Checkpoints(folder, kept=1).write(checkpoint(3))
        assert [path.name for path in folder.iterdir()] == ["000000000003.checkpoint"]


def test_a_full_disk_leaves_the_old_one_and_says_so(tmp_path: Path) -> None:
    """By the system's own limit of a file's size, not by a fake."""
    child = os.fork()
    if child == 0:
        import resource
        import signal

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        Checkpoints(tmp_path).write(checkpoint(1))
        resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, 4_096))
        try:
            Checkpoints(tmp_path).write(checkpoint(2, size=20_000))
        except LocalError as error:
            os._exit(0 if "File too large" in str(error) else 2)
        os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    assert newest(tmp_path) == (checkpoint(1), [])
    assert [path.name for path in tmp_path.iterdir()] == ["000000000001.checkpoint"]


def test_lesson_17_cut_anywhere_it_is_set_aside_and_the_one_before_used(tmp_path: Path) -> None:
    path = Checkpoints(tmp_path).write(checkpoint(2, size=60))
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(CheckpointCorrupted, match="is damaged"):
            Checkpoints(tmp_path).load(path)
    Checkpoints(tmp_path).write(checkpoint(1))
    found, notes = newest(tmp_path)
    assert found == checkpoint(1)
    assert [path.name for path in sorted(tmp_path.iterdir())] == [
        "000000000001.checkpoint", "000000000002.checkpoint.damaged",
    ]  # fmt: skip
    assert notes == [f"the checkpoint {path} is damaged: its checksum is wrong; it is kept as {path.name}.damaged"]


def test_no_flipped_bit_is_accepted(tmp_path: Path) -> None:
    path = Checkpoints(tmp_path).write(checkpoint(2, size=60))
    whole = path.read_bytes()
    for place in range(len(whole)):
        for bit in range(8):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ (1 << bit)]) + whole[place + 1 :])
            with pytest.raises(CheckpointCorrupted):
                Checkpoints(tmp_path).load(path)
    path.write_bytes(whole + b"x")
    with pytest.raises(CheckpointCorrupted):
        Checkpoints(tmp_path).load(path)


def test_all_damaged_is_none_and_all_are_named(tmp_path: Path) -> None:
    for seq in (1, 2):
        Checkpoints(tmp_path).write(checkpoint(seq)).write_bytes(b"noise")
    found, notes = newest(tmp_path)
    assert found is None
    assert len(notes) == 2
    assert newest(tmp_path) == (None, [])  # set aside, so named once


def test_a_newer_format_is_refused_by_name_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "000000000009.checkpoint"
    path.write_bytes(sealed(FORMAT + 1, b"of whatever"))
    Checkpoints(tmp_path).write(checkpoint(3))
    with pytest.raises(StateRestoreError, match=rf"newer program \(format {FORMAT + 1}, this program reads {FORMAT}\)"):
        newest(tmp_path)
    assert path.exists()


def test_an_older_format_is_migrated_step_by_step(tmp_path: Path) -> None:
    def named(plain: Any) -> Any:
        return {**plain, "session": plain["session"].upper()}

    def dated(plain: Any) -> Any:
        return {**plain, "ts": plain["ts"] + 1}

    path = Checkpoints(tmp_path).write(checkpoint(3))
    later = Checkpoints(tmp_path, migrations={FORMAT: named, FORMAT + 1: dated}, newest_format=FORMAT + 2)
    assert later.load(path) == msgspec.structs.replace(checkpoint(3), session="2025-10-01/RUN_1", ts=31)
    with pytest.raises(CheckpointCorrupted, match="cannot be understood"):
        Checkpoints(tmp_path, migrations={}, newest_format=FORMAT + 1).load(path)


def test_one_that_is_whole_and_makes_no_sense_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "000000000009.checkpoint"
    path.write_bytes(sealed(FORMAT, msgspec.msgpack.encode({"seq": "nine"})))
    with pytest.raises(CheckpointCorrupted, match="cannot be understood"):
        Checkpoints(tmp_path).load(path)


def test_one_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StateRestoreError, match="there is no checkpoint"):
        Checkpoints(tmp_path).load(tmp_path / "000000000001.checkpoint")


@pytest.mark.parametrize("path", sorted((Path(__file__).parent / "formats").glob("*.checkpoint")), ids=lambda p: p.stem)
def test_sta_5_a_file_of_every_format_loads_for_ever(path: Path) -> None:
    """Written by the program of that day: a random session of a perpetual account, in the middle of its affairs."""
    found = Checkpoints(path.parent).load(path)
    state = found.engine
    assert (found.session, found.seq, state.id_count) == ("2025-10-01/run_1", 57, 15)
    assert [(order.spec.id, order.state) for order in state.orders.orders][-4:] == [
        ("tw-000012", "open"), ("tw-000013", "asleep"), ("tw-000014", "asleep"), ("tw-000015", "in_flight"),
    ]  # fmt: skip
    assert [(each.instrument, each.quantity) for each in state.portfolio.totals] == [
        ("sim:C0USDT", Decimal("3.5")), ("sim:C1USDT", Decimal("-4.7")),
    ]  # fmt: skip
    assert state.venue is not None
    assert unpacked(state.venue).brackets
    assert Path(__file__).parent.joinpath(f"formats/{FORMAT}.checkpoint").is_file(), "keep a file of this format"
