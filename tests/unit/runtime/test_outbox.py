from __future__ import annotations

import asyncio

import pytest

from tests.unit.runtime.stage import COIN
from tests.unit.runtime.test_live import SilentVenue
from tradewind.domain.commands import CancelOrder, Effect
from tradewind.domain.errors import QueueFull
from tradewind.domain.ids import ClientOrderId
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
    with pytest.raises(QueueFull, match="2 effects wait"):
        outbox.release()
