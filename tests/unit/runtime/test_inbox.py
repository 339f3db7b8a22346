from __future__ import annotations

import asyncio

import pytest

from tests.unit.runtime.stage import bar, bars
from tradewind.domain.control import Paused, Resumed
from tradewind.domain.errors import QueueFull
from tradewind.runtime.inbox import HARD_FACTOR, Inbox


def test_events_leave_in_the_order_of_their_arrival_so_many_at_a_time() -> None:
    inbox = Inbox()
    for event in bars(0, 5):
        inbox.put(event)
    assert len(inbox) == 5
    assert inbox.take(2) == bars(0, 2)
    assert inbox.take(9) == bars(2, 5)
    assert inbox.take(9) == []


def test_lesson_138_words_go_first_and_by_themselves() -> None:
    inbox = Inbox()
    inbox.put(bar(0))
    inbox.put_word(Paused(1))
    inbox.put_word(Resumed(2))
    assert inbox.take(9) == [Paused(1), Resumed(2)]
    assert inbox.take(9) == [bar(0)]


def test_who_waits_is_woken() -> None:
    async def main() -> None:
        inbox = Inbox()
        waiting = asyncio.create_task(inbox.wait(None))
        await asyncio.sleep(0)
        assert not waiting.done()
        inbox.put(bar(0))
        await waiting
        await inbox.wait(None)  # what is there need not be waited for
        inbox.take(1)
        await inbox.wait(0.001)

    asyncio.run(main())


def test_lesson_138_a_full_inbox_makes_sources_wait_until_there_is_room() -> None:
    async def main() -> None:
        inbox = Inbox(2)
        inbox.put(bar(0))
        await inbox.room()
        inbox.put(bar(1))
        assert inbox.is_full
        waiting = asyncio.create_task(inbox.room())
        await asyncio.sleep(0)
        assert not waiting.done()
        inbox.take(1)
        await waiting

    asyncio.run(main())


def test_far_beyond_its_bound_it_is_a_fault() -> None:
    inbox = Inbox(3)
    for number in range(3 * HARD_FACTOR):
        inbox.put(bar(number))
    with pytest.raises(QueueFull, match="its bound is 3"):
        inbox.put(bar(99))
