"""Who may act for the account of a simulated world: the port `LeaseStore`, in virtual time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.errors import LeaseHeld, LeaseLost
from tradewind.domain.time import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.domain.lease import Holder
    from tradewind.domain.time import TimeNs

SECONDS = 20.0
"""How long a lease is good without a renewal."""


class Leases:
    """The lease of one account."""

    def __init__(self, clock: Callable[[], TimeNs]) -> None:
        self.token = 0
        """The highest that was given: whose holder alone may act."""
        self._clock = clock
        self._ends: TimeNs = 0

    def take(self, account: str, holder: Holder, seconds: float) -> int:
        """Return the token under which the lease is the caller's; raise `LeaseHeld` while another has it."""
        if self._clock() < self._ends:
            raise LeaseHeld(f"{account} is traded by another engine than {holder}", certain=True)
        self.token += 1
        self._ends = self._clock() + int(seconds * NS_PER_SECOND)
        return self.token

    def seize(self, account: str, holder: Holder, seconds: float) -> int:
        """Take it from whoever has it."""
        self._ends = 0
        return self.take(account, holder, seconds)

    def renew(self, account: str, token: int, seconds: float) -> None:
        """Keep it for so long from now; raise `LeaseLost` if it is not under this token any more."""
        if token != self.token:
            raise LeaseLost(f"the lease of {account} is not ours any more")
        self._ends = self._clock() + int(seconds * NS_PER_SECOND)

    def release(self, account: str, token: int) -> None:
        """Let it go, if it is still under this token; so the system does for whoever dies."""
        del account
        if token == self.token:
            self._ends = 0

    def close(self) -> None:
        """Do nothing: there is no file."""
