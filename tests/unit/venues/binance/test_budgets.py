"""Budgets that several processes share: what one has spent no other has, and all are silent together."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tradewind.domain.time import NS_PER_MINUTE, NS_PER_SECOND
from tradewind.venues._net.shelf import Shelf
from tradewind.venues.binance.budgets import SharedBudget
from tradewind.venues.binance.weights import ORDERS, WEIGHT, Limit

T0 = 1_719_360_000 * NS_PER_SECOND
LIMITS = (Limit(WEIGHT, NS_PER_MINUTE, 100), Limit(ORDERS, 10 * NS_PER_SECOND, 10))


def budget(folder: Path, account: str = "a") -> SharedBudget:
    return SharedBudget(LIMITS, Shelf(folder / "weight.budget"), Shelf(folder / f"orders {account}.budget"))


def test_what_one_spends_no_other_has_and_a_tenth_is_for_what_protects(tmp_path: Path) -> None:
    one, other = budget(tmp_path), budget(tmp_path)
    assert one.take(T0, 60) == 0
    assert other.take(T0, 40) == NS_PER_MINUTE - T0 % NS_PER_MINUTE, "90 are for entries, 60 are spent"
    assert other.take(T0, 30) == 0
    assert one.take(T0, 10) > 0
    assert one.take(T0, 10, protective=True) == 0
    assert one.take(T0 + NS_PER_MINUTE, 60) == 0, "a new window"


def test_who_has_spent_by_a_clock_that_is_hours_ahead_lets_the_others_wait_for_a_window_at_most(tmp_path: Path) -> None:
    one, other = budget(tmp_path), budget(tmp_path)
    assert one.take(T0 + 3_600 * NS_PER_SECOND, 100, protective=True) == 0
    wait = other.take(T0, 30)
    assert 0 < wait <= NS_PER_MINUTE, "what is spent counts as spent now, and no longer"
    assert other.take(T0 + wait, 30) == 0


def test_orders_are_counted_by_account_and_weight_by_address(tmp_path: Path) -> None:
    one, stranger = budget(tmp_path), budget(tmp_path, "b")
    for _ in range(9):
        assert one.take(T0, 1, orders=1) == 0
    assert budget(tmp_path).take(T0, 1, orders=1) > 0
    assert stranger.take(T0, 1, orders=1) == 0
    assert stranger.take(T0, 85) > 0, "the address is one"


def test_after_a_429_all_are_silent(tmp_path: Path) -> None:
    one, other = budget(tmp_path), budget(tmp_path, "b")
    one.be_silent(T0 + NS_PER_MINUTE, T0)
    assert 0 < other.take(T0, 1, protective=True) <= NS_PER_MINUTE
    assert other.take(T0 + NS_PER_MINUTE, 1) == 0


def test_who_does_not_know_the_venues_time_yet_is_silent_by_the_wall(tmp_path: Path) -> None:
    """The clock of an exchange on this machine may be hours ahead: a start must not wait for it by ours."""
    wall = [T0]
    ahead = 3_600 * NS_PER_SECOND
    one, fresh = (SharedBudget(LIMITS, Shelf(tmp_path / "weight.json"), wall=lambda: wall[0]) for _ in range(2))
    assert one.take(T0 + ahead, 1) == 0
    one.be_silent(T0 + ahead + 9, T0 + ahead)
    assert fresh.take(T0, 1) == 9
    assert one.take(T0 + ahead, 1) == 9
    wall[0] += 9
    assert fresh.take(T0 + 9, 1) == 0


def test_the_venues_own_count_is_everybodys(tmp_path: Path) -> None:
    one, other = budget(tmp_path), budget(tmp_path)
    one.used(T0, WEIGHT, NS_PER_MINUTE, 95)
    assert other.take(T0, 1) > 0


@pytest.mark.parametrize("rubbish", [b"", b"{", b'{"REQUEST_WEIGHT 60000000000":["x"]}', b"\xff\xfe" * 40])
def test_what_cannot_be_read_is_nothing_spent(tmp_path: Path, rubbish: bytes) -> None:
    (tmp_path / "weight.budget").write_bytes(rubbish)
    assert budget(tmp_path).take(T0, 80) == 0
    assert budget(tmp_path).take(T0, 80) > 0


def test_a_shelf_keeps_its_numbers_by_their_names(tmp_path: Path) -> None:
    """Two that are open at once, one that was closed, and one that comes later."""
    path = tmp_path / "weight.budget"
    one, other = Shelf(path), Shelf(path)
    with one:
        one["silent until"] = 10**18
        one["used"] = 7
    with other:
        assert [other[name] for name in ("used", "silent until", "never written")] == [7, 10**18, 0]
        other["used"] = 8
    one.close()
    other.close()
    with Shelf(path) as later:
        assert [later[name] for name in ("silent until", "used")] == [10**18, 8]
    assert path.stat().st_size == 4_096, "it does not grow"


def _spend_and_die(folder: str) -> None:
    mine = budget(Path(folder))
    mine.take(T0, 60)
    mine._by_address.__enter__()
    os.kill(os.getpid(), signal.SIGKILL)


def test_who_is_killed_with_the_lock_leaves_what_he_spent_and_stops_nobody(tmp_path: Path) -> None:
    process = multiprocessing.get_context("fork").Process(target=_spend_and_die, args=(str(tmp_path),))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert budget(tmp_path).take(T0, 40) > 0
    assert budget(tmp_path).take(T0, 30) == 0


def test_who_stands_still_with_the_lock_stops_nobody(tmp_path: Path) -> None:
    """A process that was stopped just then; an emergency stop goes to the venue through the same budget."""
    assert budget(tmp_path).take(T0, 60) == 0
    with Shelf(tmp_path / "weight.budget"):
        assert budget(tmp_path).take(T0, 40) > 0, "what was spent is known all the same"
        assert budget(tmp_path).take(T0, 30) == 0


def _spend(folder: str, told: Any) -> None:
    mine, taken = budget(Path(folder)), 0
    while not mine.take(T0, 1):
        taken += 1
    told.put(taken)


def test_processes_that_spend_at_once_spend_no_more_than_there_is(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    told = context.Queue()
    processes = [context.Process(target=_spend, args=(str(tmp_path), told)) for _ in range(3)]
    for process in processes:
        process.start()
    assert sum(told.get(timeout=30) for _ in processes) == 90
    for process in processes:
        process.join()
    assert (tmp_path / "weight.budget").stat().st_mode & 0o077 == 0
