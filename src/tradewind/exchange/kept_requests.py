"""An exchange that is kept by its requests: written down as they come, and carried out again after it was killed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from tradewind.domain.money import money_context
from tradewind.domain.time import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tradewind.domain.time import TimeNs
    from tradewind.exchange.account import Account
    from tradewind.exchange.conductor import Conductor
    from tradewind.exchange.request_entry import Entry
    from tradewind.exchange.request_log import RequestLog

MARK_SECONDS = 1.0
"""How often it is written down how far time has come."""


class Notetaker(Protocol):
    """A dialect, which writes notes of its own."""

    def replay(self, account: str, note: bytes, ts: TimeNs) -> None:
        """Carry a request out again that was written down, at the time of then."""
        ...


class KeptRequests:
    """Keeps one exchange in a log."""

    def __init__(
        self, log: RequestLog, conductor: Conductor, accounts: Iterable[Account], dialects: Mapping[str, Notetaker]
    ) -> None:
        self._log = log
        self._conductor = conductor
        self._accounts = {account.name: account for account in accounts}
        self._dialects = dialects

    def restore(self) -> int:
        """Carry out again, before anybody is served, what the log has; return how many requests that were.

        From then on, every request is written down before it is carried out.
        """
        count, until = 0, 0
        with money_context():
            for entry in self._log.entries():
                self._conductor.play_to(entry.reached)
                until = max(until, entry.ts)
                count += self._again(entry)
        self._conductor.resume(until)
        self._conductor.log = self._log.append
        return count

    def _again(self, entry: Entry) -> bool:
        if entry.dialect:
            self._dialects[entry.dialect].replay(entry.account, entry.note, entry.ts)
        elif entry.effect is not None:
            account = self._accounts[entry.account]
            account.objection(entry.effect)
            account.execute(entry.effect, entry.ts)
        else:
            return False
        return True

    async def mark(self) -> None:
        """Write down, for ever, how far time may have come until the next mark: so it never goes back."""
        conductor, before = self._conductor, 0
        while True:
            now = conductor.now()
            if now != before:
                speed = conductor.speed or 0.0
                ahead = int(2 * MARK_SECONDS * speed * NS_PER_SECOND) if speed != 1.0 else 0
                self._log.mark(conductor.reached, now + ahead)
                before = now
            await asyncio.sleep(MARK_SECONDS)
