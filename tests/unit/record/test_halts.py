"""Halt flags: durable, found by whoever has or wants the lease, lifted by name alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tradewind.domain.errors import AccountHalted, ControlError, LeaseLost
from tradewind.domain.lease import Holder
from tradewind.record.lease.halts import LIFTED, Halts
from tradewind.record.lease.sqlite import SqliteLeases
from tradewind.runtime.lease import FLAG_NS, Lease

if TYPE_CHECKING:
    from pathlib import Path

US = Holder("here", 1, "now")


class Hands:
    """A clock that is set."""

    now = 1_000

    def __call__(self) -> int:
        return self.now


def test_a_flag_holds_until_it_is_lifted_by_its_name_and_both_are_written_down(tmp_path: Path) -> None:
    halts = Halts(tmp_path)
    flag = halts.put_up("exchange /x main", "fire", "ann", "2026-01-01T00:00:00Z")
    assert halts.put_up("exchange /x main", "again", "bob", "later") == flag, "the first word stays"
    assert Halts(tmp_path).all() == [flag]
    assert halts.of("another account") is None
    with pytest.raises(ControlError, match=flag.name):
        halts.lift("halt-other", "no", "ann", "now")
    assert halts.lift(flag.name, "found it", "bob", "now") == flag
    assert halts.all() == []
    told = (tmp_path / "halts" / LIFTED).read_text()
    assert "found it" in told
    assert "bob" in told


def test_a_flag_that_cannot_be_read_holds(tmp_path: Path) -> None:
    halts = Halts(tmp_path)
    flag = halts.put_up("a", "fire", "ann", "now")
    halts.path("a").write_text("{")
    found = halts.of("a")
    assert found is not None
    assert "cannot be read" in found.reason
    assert [each.name for each in halts.all()] == [flag.name]


def test_who_has_the_lease_finds_the_flag_before_the_next_effect_and_who_wants_it_is_refused(tmp_path: Path) -> None:
    halts, hands = Halts(tmp_path), Hands()
    lease = Lease(SqliteLeases(tmp_path, clock=hands), "a", US, 10, clock=hands, halts=halts)
    lease.take()
    lease.check()
    halts.put_up("a", "fire", "ann", "now")
    hands.now += FLAG_NS
    with pytest.raises(LeaseLost, match="halted by a flag"):
        lease.check()
    halts.lift(halts.all()[0].name, "x", "ann", "now")
    with pytest.raises(LeaseLost):
        lease.check()
    lease.release()
    halts.put_up("a", "fire", "ann", "now")
    with pytest.raises(AccountHalted, match="tradewind control lift"):
        lease.take()
    lease.close()


def test_a_lease_that_is_seized_is_lost_to_who_had_it(tmp_path: Path) -> None:
    hands = Hands()
    mine = Lease(SqliteLeases(tmp_path, clock=hands), "a", US, 10, clock=hands)
    mine.take()
    other = Lease(SqliteLeases(tmp_path, clock=hands), "a", Holder("here", 2, "now"), 10, clock=hands)
    other.seize()
    assert other.token == mine.token + 1
    with pytest.raises(LeaseLost):
        mine.renew()
    other.renew()
    for lease in (mine, other):
        lease.release()
        lease.close()
