"""What is to happen at the venue itself: requests arrive, orders expire, interest falls due.

It is put on the shared timeline, and kept here as plain data until it has happened, so that it can be written down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.venue_state import KeptAction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tradewind.domain.time import TimeNs
    from tradewind.domain.venue_state import Action
    from tradewind.engine.timeline import Timeline


class Agenda:
    """Actions in order of time; equal times in the order in which they were put down."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._waiting: dict[int, tuple[TimeNs, Action]] = {}
        self.doers: dict[type, Callable[..., None]] = {}
        """Who does what, by the kind of action; called with the action and its time."""

    def put(self, at: TimeNs, action: Action) -> None:
        """Put an action down."""
        self._waiting[self._timeline.at(at, self._do)] = at, action

    def state(self) -> tuple[KeptAction, ...]:
        """Return what waits as plain data."""
        waiting = sorted((at, number, action) for number, (at, action) in self._waiting.items())
        return tuple(KeptAction(at, action) for at, _, action in waiting)

    def restore(self, kept: Iterable[KeptAction], now: TimeNs) -> None:
        """Take over what `state` wrote down; what should have happened by now happens now."""
        for each in kept:
            self.put(max(each.at, now), each.action)

    def _do(self, number: int) -> None:
        at, action = self._waiting.pop(number)
        self.doers[type(action)](action, at)
