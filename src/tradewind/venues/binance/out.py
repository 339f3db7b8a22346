"""What comes of anything that happens at the order desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tradewind.domain import events as ev
    from tradewind.venues.binance.calls import Frame


class Out(NamedTuple):
    """What comes of something: what to send, events to tell, and why the connection is to be given up."""

    frames: tuple[Frame, ...] = ()
    events: tuple[ev.Event, ...] = ()
    over: str = ""

    def __add__(self, other: object) -> Out:
        assert isinstance(other, Out)
        return Out(self.frames + other.frames, self.events + other.events, self.over or other.over)


NOTHING = Out()
