"""`emergency-stop --direct`: halt flag, lease, venue, proof. It needs no engine, and no engine can go on after it.

The order matters. First the flag, which stops every engine of the account on this machine before its next effect,
and keeps new ones from beginning; then the lease, with a token above the engine's, which a venue that knows tokens
holds to; then the venue, until it has said twice in a row that nothing is open and nothing is held.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from tradewind.app.control.commands import Done, Outcome
from tradewind.app.control.direct.closer import Closer
from tradewind.app.control.direct.reach import reach
from tradewind.app.session.halts import put_up
from tradewind.app.session.lease import account_of, lease_of
from tradewind.domain.commands import QueryAccount
from tradewind.domain.errors import ControlError, TradewindError
from tradewind.domain.events import AccountSnapshot, SnapshotFailed
from tradewind.domain.money import money_context, plain
from tradewind.domain.time import NS_PER_SECOND

if TYPE_CHECKING:
    from pathlib import Path

    from tradewind.app.config import Config
    from tradewind.app.control.direct.reach import Reach

ANSWER_SECONDS = 3.0
"""How long one answer about the account is waited for."""
PAUSE_SECONDS = 0.15
PROOFS = 2
"""Reads in a row that must show a flat account."""
REACH_SECONDS = 0.5
COMMAND = "emergency-stop"


def stop_directly(config: Config, catalog: Path, *, reason: str, operator: str, seconds: float) -> Done:
    """Make the account of a configuration flat, and leave it halted; raise nothing that could hide what was done."""
    account = account_of(config)
    flag, told = put_up(config, account, reason, operator)
    lease = lease_of(config, ())
    try:
        try:
            lease.seize()
            told.append(f"took the lease, token {lease.token}")
        except TradewindError as error:
            told.append(f"the lease could not be taken: {error.message}")
        with money_context():
            return asyncio.run(_Stop(config, account, lease.token, catalog, told).run(seconds))
    except ControlError as error:
        return Done(COMMAND, Outcome.PARTLY, None, tuple(told), (error.message,), {"halt": flag.name})
    finally:
        lease.release()
        lease.close()


class _Stop:
    """One way to a flat account."""

    def __init__(self, config: Config, account: str, token: int, catalog: Path, told: list[str]) -> None:
        self._config = config
        self._account = account
        self._token = token
        self._catalog = catalog
        self._told = told
        self._number = 0
        self._snapshots: asyncio.Queue[AccountSnapshot | SnapshotFailed] = asyncio.Queue()
        self._last: AccountSnapshot | None = None

    async def run(self, seconds: float) -> Done:
        """Try until it is proven, or the time is over."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        there = await self._reached(end)
        if isinstance(there, str):
            return Done(COMMAND, Outcome.PARTLY, None, tuple(self._told), (there,))
        closer = Closer(there.instruments, there.before, there.is_margined, f"stop_{int(time.time())}")
        async with asyncio.TaskGroup() as tasks:
            hearing = tasks.create_task(self._hear(there, closer))
            proven = await self._until_flat(there, closer, end)
            hearing.cancel()
        told = (*self._told, *closer.told)
        if not proven:
            left = closer.left(self._last) or ["it was flat once, but not twice in a row"]
            return Done(COMMAND, Outcome.PARTLY, None, told, (*left, *closer.troubles))
        return Done(COMMAND, Outcome.DONE, None, (*told, *self._proof()))

    async def _reached(self, end: float) -> Reach | str:
        """Return the way to the venue, or why there is none, after trying until the end."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                return await asyncio.to_thread(reach, self._config, self._account, self._token, self._catalog)
            except ControlError:
                raise
            except TradewindError as error:
                if loop.time() + REACH_SECONDS >= end:
                    return f"the venue cannot be reached: {error.message}"
                await asyncio.sleep(REACH_SECONDS)

    async def _until_flat(self, there: Reach, closer: Closer, end: float) -> bool:
        proofs, loop = 0, asyncio.get_running_loop()
        while loop.time() < end:
            snapshot = await self._asked(there, min(ANSWER_SECONDS, max(end - loop.time(), 0.1)))
            if snapshot is None:
                proofs = 0
                continue
            self._last = snapshot
            proofs = 0 if closer.left(snapshot) else proofs + 1
            if proofs >= PROOFS:
                return True
            for effect in closer.next(snapshot, int(loop.time() * NS_PER_SECOND)):
                await there.venue.execute(effect)
            await asyncio.sleep(PAUSE_SECONDS)
        return False

    async def _asked(self, there: Reach, seconds: float) -> AccountSnapshot | None:
        """Ask the venue for the account; None if it does not say in time."""
        self._number += 1
        await there.venue.execute(QueryAccount(there.clock.now(), self._number))
        try:
            async with asyncio.timeout(seconds):
                while True:
                    answer = await self._snapshots.get()
                    if answer.number == self._number:
                        return answer if isinstance(answer, AccountSnapshot) else None
        except TimeoutError:
            return None

    async def _hear(self, there: Reach, closer: Closer) -> None:
        try:
            async for event in there.venue.events():
                if isinstance(event, AccountSnapshot | SnapshotFailed):
                    self._snapshots.put_nowait(event)
                else:
                    closer.hear(event)
        except TradewindError as error:
            closer.troubles[f"the venue is heard no more: {error.message}"] = None

    def _proof(self) -> list[str]:
        assert self._last is not None
        owned = ", ".join(f"{plain(each.total)} {each.asset}" for each in self._last.balances or ())
        return [f"the venue says, {PROOFS} times in a row: no order is open and nothing is held; it has {owned}"]
