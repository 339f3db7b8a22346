"""What an event of an account's stream comes to: events of ours, and what there is to do besides."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tradewind.domain.events import Event


class Heard(NamedTuple):
    """Events for the engine; whether the stream is over; whether the account is to be looked at besides."""

    events: tuple[Event, ...] = ()
    over: str = ""
    """Why nothing more comes over this stream; empty if it goes on."""
    look: str = ""
    """Why the account is to be read: something in it has changed that this event does not tell whole."""


NOTHING = Heard()
