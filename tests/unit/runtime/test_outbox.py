from __future__ import annotations

import asyncio

import pytest

from tests.unit.runtime.stage import COIN, HonestVenue, Listener, SilentVenue, bars, kinds, stage
from tradewind.domain.commands import CancelOrder, Effect
from tradewind.domain.errors import QueueFull
from tradewind.domain.ids import ClientOrderId
from tradewind.record.journal.writer import MemoryJournal
from tradewind.runtime import live
from tradewind.runtime.outbox import Outbox


def effects(count: int) -> list[Effect]:
    return [CancelOrder(ClientOrderId(f"tw-{number}"), COIN) for number in range(count)]


def test_what_is_held_goes_nowhere_before_it_is_released() -> None:
    async def main() -> None:
        venue = SilentVenue()
        outbox = Outbox(venue)
        running = asyncio.create_task(outbox.run())
        for effect in effects(5):
            outbox.hold(effect, 0)
        await asyncio.sleep(0)
        await outbox.drained()
        assert venue.sent == []
        outbox.release()
        await outbox.drained()
        assert venue.sent == effects(5)
        running.cancel()

    asyncio.run(main())


def test_a_venue_that_does_not_keep_up_is_a_fault() -> None:
    outbox = Outbox(SilentVenue(), size_max=2)
    for effect in effects(3):
        outbox.hold(effect, 0)
    outbox.release()  # one turn may have much to say
    outbox.hold(effects(1)[0], 0)
    with pytest.raises(QueueFull, match="3 effects wait"):
        outbox.release()


def test_effects_leave_in_order_and_after_their_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "TURN_MAX", 3)
    journal = MemoryJournal()
    venue = HonestVenue(journal)
    on_stage = stage(
        bars(0, 40), Listener(buy_at=tuple(range(0, 40, 2))), journal=journal, outbox=Outbox(venue), account=venue
    )  # fmt: skip
    steps = on_stage.run()
    asked = [effect for step in steps for effect in step.effects]
    assert len(asked) == 20
    assert venue.sent == asked
    assert not list(on_stage.engine.orders.open())
    assert kinds(on_stage.events).count("OrderFilled") == 20


def test_a_venue_that_is_hopelessly_behind_stops_the_session() -> None:
    class Stuck(SilentVenue):
        async def execute(self, effect: Effect) -> None:
            await asyncio.Event().wait()

    outbox = Outbox(Stuck(), size_max=3, stuck_seconds=0.05)
    on_stage = stage(bars(0, 200), Listener(buy_at=tuple(range(200))), outbox=outbox)
    with pytest.raises(QueueFull):
        on_stage.run()


class Slow(HonestVenue):
    """Has others take their turns before each effect leaves."""

    outbox: Outbox
    most = 0

    async def execute(self, effect: Effect) -> None:
        self.most = max(self.most, len(self.outbox) + 1)
        for _ in range(3):
            await asyncio.sleep(0)
        await super().execute(effect)


def test_a_session_decides_nothing_more_while_the_venue_is_far_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bars that came all at once are told as fast as their orders leave: nothing is lost, and the queue is bounded."""
    monkeypatch.setattr(live, "TURN_MAX", 2)
    journal = MemoryJournal()
    venue = Slow(journal)
    venue.outbox = Outbox(venue, size_max=4)
    on_stage = stage(
        bars(0, 60), Listener(buy_at=tuple(range(60))), journal=journal, outbox=venue.outbox, account=venue
    )  # fmt: skip
    asked = [effect for step in on_stage.run() for effect in step.effects]
    assert len(asked) == 60
    assert venue.sent == asked
    assert 4 <= venue.most <= 6, "what may wait, what one turn adds, and what is leaving"
