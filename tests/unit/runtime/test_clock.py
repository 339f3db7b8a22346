from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.runtime import clock

if TYPE_CHECKING:
    import pytest


def test_a_clock_that_is_set_back_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter((100, 105, 90, 104, 106))
    monkeypatch.setattr("tradewind.runtime.clock.time.time_ns", lambda: next(times))
    wall = clock.WallClock()
    assert [wall.now() for _ in range(5)] == [100, 105, 105, 105, 106]
