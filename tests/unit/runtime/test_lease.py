from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from tests.unit.runtime.stage import Listener, SilentVenue, bars, stage
from tradewind.domain.errors import LeaseHeld, LeaseLost, LeaseUnreachable
from tradewind.domain.lease import Holder
from tradewind.runtime.lease import Lease, LeaseKeeper
from tradewind.runtime.outbox import Outbox

if TYPE_CHECKING:
    from collections.abc import Callable

US = Holder("here", 1, "now")
SECOND = 1_000_000_000


class Leases:
    """Grants and renews as it is told (port `LeaseStore`)."""

    def __init__(self) -> None:
        self.renewals = 0
        self.released: list[int] = []
        self.held: list[LeaseHeld] = []
        self.trouble: Exception | None = None
        self.meanwhile: Callable[[], None] = lambda: None

    def take(self, account: str, holder: Holder, seconds: float) -> int:
        self.meanwhile()
        if self.held:
            raise self.held.pop(0)
        return 7

    def seize(self, account: str, holder: Holder, seconds: float) -> int:
        return self.take(account, holder, seconds)

    def renew(self, account: str, token: int, seconds: float) -> None:
        self.meanwhile()
        if self.trouble is not None:
            raise self.trouble
        self.renewals += 1

    def release(self, account: str, token: int) -> None:
        self.released.append(token)

    def close(self) -> None:
        self.is_closed = True


class Time:
    now = 0

    def __call__(self) -> int:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += int(seconds * SECOND)


def lease_of(store: Leases, time: Time) -> Lease:
    return Lease(store, "acc", US, 10, clock=time)


def test_it_is_good_for_four_fifths_of_its_time_from_before_it_was_asked_for() -> None:
    store, time = Leases(), Time()
    store.meanwhile = lambda: time.pass_by(3)  # a slow store
    lease = lease_of(store, time)
    assert not lease.is_good
    lease.take()
    lease.check()
    time.pass_by(4.999)
    lease.check()
    time.pass_by(0.001)
    assert not lease.is_good
    with pytest.raises(LeaseLost, match=r"acc \(token 7\) was not renewed within 8 s: .*stood still; nothing more"):
        lease.check()


def test_once_expired_it_is_never_renewed() -> None:
    store, time = Leases(), Time()
    lease = lease_of(store, time)
    lease.take()
    time.pass_by(8)
    with pytest.raises(LeaseLost):
        lease.renew()
    assert store.renewals == 0


def test_a_process_that_is_stopped_while_it_renews_has_lost_it() -> None:
    store, time = Leases(), Time()
    lease = lease_of(store, time)
    lease.take()
    store.meanwhile = lambda: time.pass_by(20)
    lease.renew()  # the store took it
    with pytest.raises(LeaseLost):
        lease.check()


def test_a_store_that_is_away_for_a_moment_is_no_matter_and_is_the_reason_if_it_lasts() -> None:
    store, time = Leases(), Time()
    lease = lease_of(store, time)
    lease.take()
    store.trouble = LeaseUnreachable("the server is away")
    time.pass_by(5)
    with pytest.raises(LeaseUnreachable):
        lease.renew()
    lease.check()
    time.pass_by(3)
    with pytest.raises(LeaseLost, match="the server is away"):
        lease.check()


def test_who_is_known_to_live_is_not_waited_for() -> None:
    store, time = Leases(), Time()
    lease = lease_of(store, time)
    slept: list[float] = []
    store.held = [LeaseHeld("may be dead", certain=False), LeaseHeld("lives", certain=True)]
    with pytest.raises(LeaseHeld, match="lives"):
        lease.take_within(11, slept.append)
    assert len(slept) == 1
    store.held = [LeaseHeld("may be dead", certain=False)] * 3
    lease.take_within(11, slept.append)
    assert lease.is_good
    store.held = [LeaseHeld("may be dead", certain=False)] * 100
    with pytest.raises(LeaseHeld):
        lease_of(store, time).take_within(11, time.pass_by)


def test_the_keeper_renews_while_its_user_lives_and_then_lets_go() -> None:
    store, time = Leases(), Time()
    lease = Lease(store, "acc", US, 0.1, clock=time)
    lease.take()
    keeper = LeaseKeeper(lease)
    hangs, asked = threading.Event(), threading.Semaphore(0)

    def lives() -> bool:
        if hangs.is_set():
            asked.release()
        return not hangs.is_set()

    keeper.lives = lives
    keeper.start()
    while store.renewals < 3:
        lease.check()
    hangs.set()
    asked.acquire()  # from here on no renewal is under way
    renewals = store.renewals
    time.pass_by(0.09)
    assert not lease.is_good
    asked.acquire()
    keeper.end()
    assert store.renewals == renewals
    assert store.is_closed
    assert store.released == [7]
    with pytest.raises(LeaseLost, match="let go"):
        lease.check()
    lease.release()
    assert store.released == [7]


class Fence:
    """Lets so many questions through (port `Fence`)."""

    def __init__(self, good: int) -> None:
        self.left = good

    def check(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise LeaseLost("gone")


@pytest.mark.parametrize("good", range(12))
def test_without_the_lease_nothing_leaves_a_session_and_nothing_is_journaled(good: int) -> None:
    """Wherever it is lost: at a turn's begin, before the commit, before the effect."""
    venue, fence = SilentVenue(), Fence(good)
    on_stage = stage(bars(0, 3), Listener(buy_at=(0, 1, 2)), outbox=Outbox(venue, fence=fence), fence=fence)
    with pytest.raises(LeaseLost, match="gone"):
        on_stage.run()
    committed = on_stage.journal.steps[: on_stage.journal.durable]
    assert all(effect in [e for step in committed for e in step.effects] for effect in venue.sent)
    assert len(venue.sent) <= good


@pytest.mark.parametrize("good", range(6))
def test_a_simulated_venue_is_not_told_either(good: int) -> None:
    fence = Fence(good)
    on_stage = stage(bars(0, 3), Listener(buy_at=(0, 1, 2)), fence=fence)
    with pytest.raises(LeaseLost, match="gone"):
        on_stage.run()
    assert fence.left == -1, "the first no is the end"
