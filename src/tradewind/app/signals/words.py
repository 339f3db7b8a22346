"""What a live key is told from outside: words for its strategy, and that it shall end. A word ends its wait."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tradewind.app.signals.setup import LiveClock


class Words:
    """Words in the order in which they came: `close`, `cancel`, `pause`, `resume`."""

    def __init__(self) -> None:
        self.is_ending = False
        """Whether the run shall end as soon as nothing is on."""
        self._words: list[str] = []
        self._awake = asyncio.Event()

    def say(self, word: str) -> None:
        """Say a word; whoever waits is woken."""
        self._words.append(word)
        self._awake.set()

    def end(self, *, close: bool) -> None:
        """Have the run end, after closing what is open, or after its natural close. Twice is once."""
        self.is_ending = True
        if close:
            self.say("close")
        self.say("cancel")

    def next(self) -> str | None:
        """Take the oldest word; None without one."""
        self._awake.clear()
        return self._words.pop(0) if self._words else None

    async def wait(self, clock: LiveClock, seconds: float) -> None:
        """Wait, or until somebody says something."""
        if self._words:
            return
        async with asyncio.TaskGroup() as tasks:
            sleeping = tasks.create_task(_sleep(clock, seconds))
            waking = tasks.create_task(self._awake.wait())
            await asyncio.wait((sleeping, waking), return_when=asyncio.FIRST_COMPLETED)
            sleeping.cancel()
            waking.cancel()


async def _sleep(clock: LiveClock, seconds: float) -> None:
    await clock.sleep(seconds)
