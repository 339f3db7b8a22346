"""How far a client has come, and what the exchange was told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.venues.exchange.protocol import UNKNOWN, Taken

if TYPE_CHECKING:
    from tradewind.domain.time import TimeNs
    from tradewind.ports import Handed
    from tradewind.venues.exchange.stream import Channel


class Progress:
    """What was handed to the engine, what the engine has taken, what the exchange knows of it."""

    def __init__(self) -> None:
        self.handed: Handed = (UNKNOWN, UNKNOWN, UNKNOWN)
        """The last report, the last market event, the last word on the time."""
        self._done: Taken | None = None
        self._told: Taken | None = None

    def hand_over(self, *, report: int | None = None, market: int | None = None, wake: int | None = None) -> None:
        """Note what the engine has now, though it may not have looked at it."""
        had = self.handed
        self.handed = (
            had[0] if report is None else report, had[1] if market is None else market, had[2] if wake is None else wake
        )  # fmt: skip

    def take(self, handed: Handed, due: TimeNs) -> None:
        """Note what the engine has taken, and when its next timer is due."""
        self._done = Taken(*handed, due)

    def forget(self) -> None:
        """Tell again what was told: on a new link nobody knows whether it came."""
        self._told = None

    def tell(self, channel: Channel) -> None:
        """Tell what is new, if the link is up."""
        if self._done is not None and self._done != self._told and channel.is_up:
            channel.send(self._done)
            self._told = self._done
