from __future__ import annotations

import pytest

from tradewind.domain.events import LinkChanged
from tradewind.runtime.guards import MB, ClockGuard, DiskGuard, LinkGuard, Trouble

SECOND = 10**9


class Clock:
    """A clock that is moved by hand."""

    now = 10**18

    def __call__(self) -> int:
        return self.now


def test_a_disk_with_little_room_and_with_room_again() -> None:
    free = [500 * MB]
    guard = DiskGuard(lambda: free[0], 100 * MB)
    assert guard.look() == {}
    free[0] = 100 * MB
    assert guard.look() == {}
    free[0] -= 1
    assert guard.look() == {
        "disk": Trouble("100 MB are free where the journal is written, less than 100", cancel_only=True)
    }
    free[0] = 109 * MB
    assert guard.look(), "it does not flicker"
    free[0] = 110 * MB
    assert guard.look() == {}


def test_a_journal_on_its_reserve_is_trouble_however_much_room_there_is() -> None:
    guard = DiskGuard(lambda: 10**12, 100 * MB, lambda: True)
    assert "reserve" in guard.look()["disk"].reason


class Clocks:
    """The clock on the wall, and the one that nobody sets."""

    def __init__(self) -> None:
        self.wall, self.steady = Clock(), Clock()
        self.guard = ClockGuard(self.wall, self.steady, limit_seconds=2, settle_seconds=300)

    def after(self, seconds: float, moved: float = 0.0) -> bool:
        """Let time pass, set the clock, and return whether it is trusted."""
        self.steady.now += int(seconds * SECOND)
        self.wall.now += int((seconds + moved) * SECOND)
        return not self.guard.look()


@pytest.mark.parametrize("moved", [3600, -3600, 2.1, -2.1])
def test_a_clock_that_is_moved_is_not_trusted_until_it_is_back(moved: float) -> None:
    clocks = Clocks()
    assert clocks.after(60)
    assert not clocks.after(1, moved)
    [trouble] = clocks.guard.look().values()
    assert trouble == Trouble(f"the machine's clock jumped by {moved:+,.1f} s", cancel_only=True)
    assert not clocks.after(200)
    assert clocks.after(1, -moved)


def test_one_that_stays_where_it_was_put_is_believed_in_the_end() -> None:
    clocks = Clocks()
    assert not clocks.after(1, 3600)
    assert not clocks.after(299)
    assert clocks.after(1)
    assert not clocks.after(1, -3600), "the new time is the one that counts"


def test_one_that_goes_on_jumping_is_not() -> None:
    clocks = Clocks()
    assert not any(clocks.after(100, 10) for _ in range(20))


def test_one_that_is_led_slowly_is_trusted_all_the_time() -> None:
    clocks = Clocks()
    assert all(clocks.after(3600, 1.8) for _ in range(100))


def test_a_link_that_is_down_for_too_long() -> None:
    clock = Clock()
    guard = LinkGuard(clock, 1800)
    down = LinkChanged("binance", "market", up=False, ts_recv=0)
    guard.hear(down)
    clock.now += 1000 * SECOND
    guard.hear(down)  # told again, it is not younger
    guard.hear(LinkChanged("binance", "private", up=False, ts_recv=0))
    assert guard.look() == {}
    clock.now += 800 * SECOND
    assert guard.look() == {"link binance market": Trouble("binance: market has been down for 1,800 s")}
    guard.hear(LinkChanged("binance", "market", up=True, ts_recv=0))
    assert guard.look() == {}
