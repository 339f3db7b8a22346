"""The order desk of an account: effects go in, frames and calls come out; answers go in, events come out. No socket.

One connection of the WebSocket API carries orders and their answers, on spot the account's stream too; USD-M's stream
has a connection of its own. What the WebSocket API lacks goes over REST, and all that may not wait while it is away.
Answers are matched by id alone; the report of an order may come before its answer, and both say the same. What left
and was not answered is unknown, at once when the connection is lost; what never left is a clean no. Nothing is sent
twice but a cancel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import structlog

from tradewind.domain.commands import SubmitOrder
from tradewind.domain.errors import VenueProtocolError, VenueRefused
from tradewind.venues.binance.desk_answers import Answers, is_opening, odd
from tradewind.venues.binance.out import NOTHING, Out
from tradewind.venues.binance.replies import Wish, refused
from tradewind.venues.binance.wire_api import Incoming

if TYPE_CHECKING:
    from tradewind.domain.time import TimeNs
    from tradewind.venues.binance.heard import Heard

_incoming = msgspec.json.Decoder(Incoming)
log = structlog.get_logger(__name__)


class Desk(Answers):
    """The state of one account's requests, over all its connections."""

    # --- what we wish -------------------------------------------------------------------------------

    def take(self, wish: Wish, now: TimeNs) -> Out:
        """Take an effect; return what leaves of it, or why it is nothing."""
        if type(wish) is SubmitOrder:  # nearly all, and this one somebody waits for
            return self._part(wish, now)
        return sum((self._part(part, now) for part in self._wishes.parts_of(wish)), NOTHING)

    def _part(self, part: Wish, now: TimeNs) -> Out:
        try:
            return self._ask(*self._wishes.errands_of(part, now), now=now)
        except VenueRefused as error:
            return Out(events=refused(part, error.message, self.venue, now))

    def may_leave_unheard(self, wish: Wish) -> bool:
        """Tell whether it may leave while nobody hears the account's stream: what protects may, and questions."""
        return not isinstance(wish, SubmitOrder) or wish.order.reduce_only

    # --- the connections ----------------------------------------------------------------------------

    def open(self, now: TimeNs) -> Out:
        """Return what is said first on a new connection of the WebSocket API."""
        self.errands.has_api = True
        return self._ask(*self._opening.begin(), now=now)

    def compare_clocks(self, now: TimeNs) -> Out:
        """Return the question for the venue's time."""
        return self._ask(*self._opening.compare_clocks(), now=now)

    def compare_terms(self, now: TimeNs) -> Out:
        """Return the question in which steps our symbols are traded now."""
        return self._ask(*self._wishes.compare_terms(now), now=now)

    @property
    def is_open(self) -> bool:
        """Whether the WebSocket API is ready; on spot, whether the account's stream is subscribed to as well."""
        return self._opening.is_done

    def stream_opened(self, now: TimeNs) -> Out:
        """Take it that the account's own connection is there; return what is asked because of it."""
        self._stream_is_open = True
        return self._ask(*self._wishes.on_stream(now), now=now)

    def stream_lost(self) -> None:
        """Take it that the account's own connection is gone."""
        self._stream_is_open = False

    def lost(self, why: str, now: TimeNs) -> Out:
        """Take it that the WebSocket API is gone: what had left over it is unknown, what had not is refused."""
        self._opening.over()
        self.errands.has_api = False
        left, held = self.errands.lost()
        held, self._resync = held + self._resync, []
        events = [event for errand in left for event in self._unanswered(errand, why, now)]
        events += [event for errand in held for event in self._refused(errand, f"never sent: {why}", now)]
        return Out(events=tuple(events))

    def due(self) -> TimeNs | None:
        """Return when `tick` has something to do."""
        return self.errands.due()

    def tick(self, now: TimeNs) -> Out:
        """Do what the time brings: send what has waited, give up what waits too long."""
        frames, given_up = self.errands.move_on(now)
        events = [event for errand in given_up for event in self._refused(errand, "never sent: out of budget", now)]
        over = ""
        for errand in self.errands.overdue(now):
            events += self._unanswered(errand, "no answer in time", now)
            over = over or ("the account's stream could not be opened in time" if is_opening(errand) else "")
        return Out(tuple(frames), tuple(events), over)

    # --- what they say ------------------------------------------------------------------------------

    def hear(self, frame: bytes, now: TimeNs) -> Out:
        """Take a frame; one that is not as documented is told in the log, and is nothing besides."""
        try:
            said = _incoming.decode(frame)
            if bytes(said.event):
                return self._heard(self._wishes.read(said.event, now), now)
            return self._answer(said, now)
        except (msgspec.DecodeError, VenueProtocolError) as error:
            return odd(frame, error)

    def hear_stream(self, frame: bytes, now: TimeNs) -> Out:
        """Take a frame of the account's own connection, in the same way."""
        try:
            return self._heard(self._wishes.read(frame, now), now)
        except VenueProtocolError as error:
            return odd(frame, error)

    def _heard(self, heard: Heard, now: TimeNs) -> Out:
        asked = self._wishes.after(heard.look, now) if heard.look else []
        if heard.look and not asked:
            log.warning("the account is worth a look", why=heard.look)
        return self._ask(*asked, now=now) + Out(events=self._wishes.seen(heard.events), over=heard.over)
