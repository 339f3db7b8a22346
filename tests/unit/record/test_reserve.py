"""A journal on a disk that is full: a real one, of two megabytes."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from tests.small_disk import fill, small_disk
from tests.unit.record.session_steps import HEADER, quiet_bars
from tradewind.domain.errors import JournalError
from tradewind.record.journal.reader import check, read
from tradewind.record.journal.writer import SqliteJournal
from tradewind.record.reserve import Reserve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KB = 1_024


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", 4_000 * KB) as place:
        yield place


def test_a_reserve_takes_room_and_leaves_nothing_behind(disk: Path) -> None:
    reserve = Reserve(disk / "reserve", 1_000 * KB)
    assert reserve.fill()
    assert reserve.fill(), "it is there"
    ballast = fill(disk)
    assert ballast.stat().st_size < 3_100 * KB
    assert list(disk.iterdir()) == [ballast]
    assert reserve.drop()
    assert not reserve.drop()
    fill(disk)
    assert ballast.stat().st_size > 3_500 * KB
    assert not reserve.fill(), "there is no room"
    ballast.unlink()
    assert reserve.fill()


@pytest.mark.parametrize("turn", [1, 40])
def test_on_a_full_disk_the_journal_goes_on_in_its_reserve_and_loses_nothing(disk: Path, turn: int) -> None:
    path = disk / "journal"
    journal = SqliteJournal(path, HEADER, reserve_bytes=1_000 * KB)
    ballast = disk / "ballast"
    strained_at = 0
    for step in quiet_bars(2_000):
        journal.append(step)
        if step.seq % turn == 0:
            journal.commit()
        if step.seq == 200:
            fill(disk, leave_bytes=20 * KB)
        if not strained_at and step.seq > 200 and journal.is_strained:
            strained_at = step.seq
        if strained_at and step.seq == strained_at + 5 * turn:
            break
    assert strained_at
    journal.commit()
    strained = [journal.is_strained]
    ballast.unlink()
    strained.append(journal.is_strained)
    assert strained == [True, False], "the reserve is filled again"
    last = journal.last_seq
    journal.close()
    check(path)
    assert list(read(path)) == list(quiet_bars(2_000))[:last]


def test_without_a_reserve_or_when_it_is_used_up_the_journal_says_so_and_what_was_committed_is_whole(
    disk: Path,
) -> None:
    journal = SqliteJournal(disk / "journal", HEADER, reserve_bytes=100 * KB)
    durable = 0
    with contextlib.suppress(JournalError):
        for step in quiet_bars(100_000):
            if step.seq == 200:
                fill(disk)
            journal.append(step)
            if step.seq % 50 == 0:
                journal.commit()
                durable = step.seq
    journal.abandon()
    assert 150 <= durable < 100_000
    assert [step.seq for step in read(disk / "journal")] == list(range(1, durable + 1))
