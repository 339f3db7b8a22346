from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING, Any

from tests.unit.runtime.stage import Past, Source, bar, bars, stage
from tradewind.runtime import live, observers
from tradewind.runtime.callbacks import Callbacks
from tradewind.runtime.live import LiveSettings
from tradewind.venues.replay.venue import ReplayClock, ReplayData

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    import pytest

    from tradewind.domain.market import Bar, MarketEvent
    from tradewind.domain.step import Step


class Slow:
    """An observer that takes its time, and counts."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.seqs: list[int] = []
        self.closed = False

    def observe(self, steps: Sequence[Step]) -> None:
        time.sleep(self.seconds)
        self.seqs += [step.seq for step in steps]

    def close(self) -> None:
        self.closed = True


def test_a_slow_observer_slows_the_replay_and_misses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "TURN_MAX", 64)
    slow, most = Slow(0.002), 0

    def counted(source: list[Bar]) -> Any:
        for number, event in enumerate(source):
            nonlocal most
            most = max(most, number - len(slow.seqs))
            yield event

    clock = ReplayClock(None)
    on_stage = stage(
        ReplayData(counted(bars(0, 20_000)), clock), clock=clock, observers=[slow],
        settings=LiveSettings(handle_signals=False, inbox_max=256),
    )  # fmt: skip
    steps = on_stage.run()
    assert slow.seqs == [step.seq for step in steps]
    assert slow.closed
    assert on_stage.session.troubles == []
    assert most <= 64 * observers.BACKLOG_MAX + 256, "what waits is bounded"


def test_a_slow_observer_slows_warm_up_and_gap_filling_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "TURN_MAX", 16)
    slow = Slow(0.001)
    settings = LiveSettings(handle_signals=False, inbox_max=32)
    on_stage = stage([bar(6_000)], observers=[slow], history=Past(), warming=True, settings=settings)
    steps = on_stage.run(bars(0, 3_000))
    assert on_stage.session.troubles == []
    assert slow.seqs == [step.seq for step in steps]
    assert on_stage.strategy.numbers == list(range(6_001))  # type: ignore[attr-defined]


def test_a_slow_callback_slows_the_replay_and_misses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "TURN_MAX", 4)
    told: list[int] = []

    async def slow(event: Bar) -> None:
        if len(told) % 500 == 0:
            await asyncio.sleep(0.01)
        told.append(event.ts_open)

    on_stage = stage(
        bars(0, 6_000), callbacks=Callbacks(on_market_data=slow),
        settings=LiveSettings(handle_signals=False, inbox_max=8),
    )  # fmt: skip
    on_stage.run()
    assert told == [b.ts_open for b in bars(0, 6_000)]


def test_an_observer_that_raises_does_not_end_the_session() -> None:
    class Clumsy(Slow):
        def observe(self, steps: Sequence[Step]) -> None:
            raise LookupError("its own affair")

    good = Slow()
    on_stage = stage(bars(0, 5), observers=[Clumsy(), good])
    steps = on_stage.run()
    assert len(good.seqs) == len(steps)
    assert on_stage.session.troubles == ["Clumsy: its own affair"]


def test_an_observer_that_hangs_loses_steps_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A venue's reports cannot wait: what overflows is dropped, counted and told."""
    gate = threading.Event()

    class Hanging(Slow):
        def observe(self, steps: Sequence[Step]) -> None:
            gate.wait(10)
            super().observe(steps)

    hanging = observers.ObserverThread(Hanging(), backlog_max=4)
    for _ in range(20):
        hanging.observe([object()])  # type: ignore[list-item]
    assert hanging.is_behind
    assert hanging.dropped >= 15
    gate.set()
    monkeypatch.setattr(Slow, "observe", lambda *_: None)
    hanging.close()
    assert hanging.failure is None


def test_a_small_inbox_makes_the_source_wait() -> None:
    most = 0

    async def part() -> AsyncIterator[MarketEvent]:
        nonlocal most
        for event in bars(0, 500):
            most = max(most, len(on_stage.session.inbox))
            yield event

    on_stage = stage(Source(part), settings=LiveSettings(handle_signals=False, inbox_max=5))
    on_stage.run()
    assert most <= 5
    assert on_stage.strategy.numbers == list(range(500))  # type: ignore[attr-defined]
