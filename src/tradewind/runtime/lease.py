"""A lease as its holder knows it, and the thread that keeps it.

The holder's own deadline lies before the moment from which another may take the lease: it is counted from *before*
the renewal was asked for, and is a fifth shorter. So a process that stood still (stopped, swapped out, asleep with its
machine) finds its deadline passed when it goes on, and needs to ask nobody. Once passed, it is not renewed again.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import structlog

from tradewind.domain.errors import AccountHalted, LeaseHeld, LeaseLost, LeaseUnreachable
from tradewind.domain.time import NS_PER_SECOND
from tradewind.record.lease.sqlite import boot_ns

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from tradewind.domain.lease import Holder
    from tradewind.ports import LeaseStore
    from tradewind.record.lease.halts import Halts

SURE_SHARE = 0.8
"""The part of the lease's time in which its holder acts; the rest is for clocks that run unevenly."""
RENEWALS = 4
"""Tries to renew within the lease's time."""
FLAG_NS = NS_PER_SECOND // 50
"""How often we look for a halt flag; a process that stood still for longer looks before anything else."""
LOOK_SECONDS = 0.25
"""How often somebody who waits for a lease looks."""

log = structlog.get_logger(__name__)


class Lease:
    """The right to act for an account (port `Fence`): good from `take` until a deadline that only `renew` moves."""

    def __init__(  # noqa: PLR0913 - what a lease is made of
        self,
        store: LeaseStore,
        account: str,
        holder: Holder,
        seconds: float,
        clock: Callable[[], int] = boot_ns,
        *,
        halts: Halts | None = None,
    ) -> None:
        self.account = account
        self.holder = holder
        self.seconds = seconds
        self.token = 0
        self._store = store
        self._clock = clock
        self._deadline = 0
        self._lost = f"the lease of {account} was never taken"
        self._trouble = ""
        self._halts = halts
        self._flag = None if halts is None else str(halts.path(account))
        self._look_at = 0

    def take(self) -> None:
        """Take it, under a new token; raise `LeaseHeld` if another has it, `AccountHalted` if nobody may trade."""
        flag = None if self._halts is None else self._halts.of(self.account)
        if flag is not None:
            raise AccountHalted(str(flag), {"halt": flag.name})
        asked = self._clock()
        self.token = self._store.take(self.account, self.holder, self.seconds)
        self._lost = ""
        self._extend(asked)

    def seize(self) -> None:
        """Take it from whoever has it, in an emergency; its flag stops nobody who does that."""
        asked = self._clock()
        self.token = self._store.seize(self.account, self.holder, self.seconds)
        self._lost, self._flag = "", None
        self._extend(asked)

    def take_within(self, seconds: float, sleep: Callable[[float], object]) -> None:
        """Take it; wait so long for one whose holder may have died, but not for one that is known to live."""
        end = self._clock() + int(seconds * NS_PER_SECOND)
        while True:
            try:
                self.take()
            except LeaseHeld as held:
                if held.certain or self._clock() >= end:
                    raise
                sleep(LOOK_SECONDS)
            else:
                return

    @property
    def is_good(self) -> bool:
        """Whether this process may act at this moment."""
        return not self._lost and self._clock() < self._deadline

    def check(self) -> None:
        """Return if an effect may leave at this moment, else raise `LeaseLost`."""
        if self._lost:
            raise LeaseLost(self._lost, {"account": self.account, "token": self.token})
        now = self._clock()
        if now >= self._look_at and self._flag is not None:
            self._look_at = now + FLAG_NS
            if os.path.exists(self._flag):  # noqa: PTH110 - half the time of a Path's, and asked on every turn
                self._lose(f"{self.account} is halted by a flag, {self._flag}")
        if now >= self._deadline:
            why = self._trouble or "this process, or its machine, stood still"
            self._lose(
                f"the lease of {self.account} (token {self.token}) was not renewed within "
                f"{self.seconds * SURE_SHARE:g} s: {why}"
            )

    def renew(self) -> None:
        """Move the deadline; raise `LeaseLost` if it has passed or another has the lease.

        Raises `LeaseUnreachable` where nothing was learned; the deadline stays where it is.
        """
        self.check()
        asked = self._clock()
        try:
            self._store.renew(self.account, self.token, self.seconds)
        except LeaseLost as lost:
            self._lose(lost.message)
        except LeaseUnreachable as error:
            self._trouble = error.message
            raise
        self._trouble = ""
        self._extend(asked)

    def release(self) -> None:
        """Let it go, if it is still ours; what cannot be told to the store ends by its time."""
        token, self.token = self.token, 0
        if token:
            self._lost = self._lost or f"the lease of {self.account} was let go"
            try:
                self._store.release(self.account, token)
            except LeaseUnreachable as error:
                log.warning("a lease could not be let go: it ends by itself", error=error.message, seconds=self.seconds)

    def close(self) -> None:
        """Let go of where leases are kept; what was not released ends by its time."""
        self._store.close()

    def _extend(self, asked: int) -> None:
        self._deadline = asked + int(self.seconds * SURE_SHARE * NS_PER_SECOND)

    def _lose(self, why: str) -> None:
        self._lost = f"{why}; nothing more is sent"
        raise LeaseLost(self._lost, {"account": self.account, "token": self.token})


class LeaseKeeper:
    """Renews a lease from a thread of its own, as long as whoever uses it gives signs of life.

    Who loses the lease learns it from the lease itself, which is asked on every turn.
    """

    def __init__(self, lease: Lease) -> None:
        self.lease = lease
        self.lives: Callable[[], bool] = lambda: True
        """Whether the one who acts under the lease still does; a loop that hangs shall lose it."""
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)

    def start(self) -> Self:
        """Begin to renew."""
        self._thread.start()
        return self

    def end(self) -> None:
        """Renew no more, and let the lease go."""
        self._ended.set()
        self._thread.join()
        self.lease.release()
        self.lease.close()

    def _keep(self) -> None:
        pause = self.lease.seconds * SURE_SHARE / RENEWALS
        while not self._ended.wait(pause):
            if not self.lives():
                log.error("the lease is not renewed: the loop does not turn", account=self.lease.account)
                continue
            try:
                self.lease.renew()
            except LeaseUnreachable as error:
                log.warning("the lease could not be renewed", error=error.message)
            except LeaseLost as lost:
                log.error("the lease is lost", error=lost.message)  # noqa: TRY400 - no bug, so no traceback
                return
