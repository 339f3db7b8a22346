from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.unit.runtime.stage import bar, bars
from tradewind.domain.time import NS_PER_SECOND
from tradewind.venues.replay import venue
from tradewind.venues.replay.venue import ReplayClock, ReplayData

if TYPE_CHECKING:
    from tradewind.domain.market import MarketEvent

FIRST = bar(0).ts_recv


class Wall:
    """A monotonic clock that the test moves, and that sleeping moves."""

    def __init__(self) -> None:
        self.ns = 10**15
        self.naps: list[float] = []

    def __call__(self) -> int:
        return self.ns

    async def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.ns += int(seconds * NS_PER_SECOND)


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    made = Wall()
    monkeypatch.setattr("tradewind.venues.replay.venue.asyncio.sleep", made.sleep)
    return made


async def collected(data: ReplayData) -> list[MarketEvent]:
    return [event async for event in data.stream()]


def test_at_full_speed_all_comes_at_once_and_the_clock_follows(wall: Wall) -> None:
    clock = ReplayClock(None, wall)
    assert clock.now() == 0
    assert asyncio.run(collected(ReplayData(bars(0, 3), clock))) == bars(0, 3)
    assert wall.naps == []
    assert clock.now() == bar(2).ts_recv
    assert clock.wait_seconds(bar(9).ts_recv) == 0.0


def test_at_a_speed_events_come_at_their_time(wall: Wall) -> None:
    clock = ReplayClock(60.0, wall)
    began = wall.ns
    assert asyncio.run(collected(ReplayData(bars(0, 4), clock))) == bars(0, 4)
    assert (wall.ns - began) / NS_PER_SECOND == pytest.approx(3.0, abs=1e-6)
    assert max(wall.naps) <= venue.NAP_SECONDS


def test_between_events_the_clock_runs_but_not_past_the_next(wall: Wall) -> None:
    clock = ReplayClock(60.0, wall)
    clock.arrive(FIRST)
    clock.horizon = bar(1).ts_recv
    wall.ns += NS_PER_SECOND // 2
    assert clock.now() == FIRST + 30 * NS_PER_SECOND
    wall.ns += 5 * NS_PER_SECOND
    assert clock.now() == bar(1).ts_recv - 1
    clock.horizon = None
    assert clock.now() == bar(1).ts_recv - 1


def test_the_clock_never_goes_back(wall: Wall) -> None:
    clock = ReplayClock(None, wall)
    clock.arrive(FIRST)
    clock.arrive(FIRST - 5)
    assert clock.now() == FIRST
