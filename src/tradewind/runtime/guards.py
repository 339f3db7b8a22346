"""Guards check what may fail around an engine: the disk, the clock, the links to the venue.

A guard returns the reasons why trading must be restricted. It is given all readings, so a test needs neither a full
disk nor a jumping clock; `supervisor.py` calls all guards and informs the engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol

from tradewind.domain.time import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.domain.events import LinkChanged

MB = 1_000_000
ENOUGH = Fraction(11, 10)
"""A disk has room again when there is a tenth more than the floor, so that it does not flicker."""


@dataclass(frozen=True)
class Trouble:
    """Why trading is held back."""

    reason: str
    cancel_only: bool = False


class Guard(Protocol):
    """Looks at one thing that trading stands on."""

    def look(self) -> dict[str, Trouble]:
        """Return what is wrong at this moment, by cause."""
        ...


class DiskGuard:
    """Cancel only when the disk of the journal has little room, before it has none."""

    def __init__(
        self, free_bytes: Callable[[], int], floor_bytes: int, is_strained: Callable[[], bool] = lambda: False
    ) -> None:
        self._free_bytes = free_bytes
        self._floor = floor_bytes
        self._is_strained = is_strained
        self._is_low = False

    def look(self) -> dict[str, Trouble]:
        """Return the cause `disk` if there is too little room, or if the journal had to use its reserve."""
        free = self._free_bytes()
        self._is_low = free < self._floor * (ENOUGH if self._is_low else 1)
        if self._is_strained():
            return {"disk": Trouble("the disk is full: the journal is written on its reserve", cancel_only=True)}
        if self._is_low:
            text = f"{free / MB:,.0f} MB are free where the journal is written, less than {self._floor / MB:,.0f}"
            return {"disk": Trouble(text, cancel_only=True)}
        return {}


class ClockGuard:
    """Cancel only when the clock on the wall has been moved against the one that nobody sets.

    It is trusted again when it is back, or when it has stayed for `settle_seconds` where it is now: then it was put
    right, and it is the time before that was wrong.
    """

    def __init__(
        self, wall_ns: Callable[[], int], steady_ns: Callable[[], int], limit_seconds: float, settle_seconds: float
    ) -> None:
        self._wall_ns = wall_ns
        self._steady_ns = steady_ns
        self._limit = int(limit_seconds * NS_PER_SECOND)
        self._settle = int(settle_seconds * NS_PER_SECOND)
        self._offset = wall_ns() - steady_ns()
        """Where the clock stood, against the steady one, when it was last trusted."""
        self._moved: tuple[int, int] | None = None
        """Where it stands since it was moved, and since when."""

    def look(self) -> dict[str, Trouble]:
        """Return the cause `clock` while the clock is not to be trusted."""
        steady = self._steady_ns()
        offset = self._wall_ns() - steady
        if abs(offset - self._offset) <= self._limit:
            self._offset, self._moved = offset, None  # it may be led slowly, by NTP
            return {}
        if self._moved is None or abs(offset - self._moved[0]) > self._limit:
            self._moved = offset, steady
        elif steady - self._moved[1] >= self._settle:
            self._offset, self._moved = offset, None
            return {}
        seconds = (offset - self._offset) / NS_PER_SECOND
        return {"clock": Trouble(f"the machine's clock jumped by {seconds:+,.1f} s", cancel_only=True)}


class LinkGuard:
    """Close only when a link to a venue has been down for too long."""

    def __init__(self, steady_ns: Callable[[], int], limit_seconds: float) -> None:
        self._steady_ns = steady_ns
        self._limit = limit_seconds
        self.down: dict[tuple[str, str], int] = {}
        """Venue and link → since when, by the steady clock."""
        self.known: dict[tuple[str, str], bool] = {}
        """Venue and link → whether it is up, of those that were heard of."""

    def hear(self, event: LinkChanged) -> None:
        """Take note of a link that went up or down."""
        self.known[event.venue, event.link] = event.up
        if event.up:
            self.down.pop((event.venue, event.link), None)
        else:
            self.down.setdefault((event.venue, event.link), self._steady_ns())

    def look(self) -> dict[str, Trouble]:
        """Return a cause for each link that has been down for too long."""
        now = self._steady_ns()
        return {
            f"link {venue} {link}": Trouble(f"{venue}: {link} has been down for {self._limit:,.0f} s")
            for (venue, link), since in self.down.items()
            if now - since >= self._limit * NS_PER_SECOND
        }
