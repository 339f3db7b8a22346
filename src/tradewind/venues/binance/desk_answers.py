"""What becomes of an account's requests, by whichever way they have left: answers in, events and new requests out.

A part of the order desk (`desk.py`); pure as that is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from tradewind.domain.commands import CancelOrder, QueryOrder, SubmitOrder
from tradewind.domain.errors import VenueProtocolError
from tradewind.domain.time import NS_PER_MS
from tradewind.venues._net.failure import Again, Failure, Kind, Outcome
from tradewind.venues._net.masking import masked
from tradewind.venues.binance.errands import Errand
from tradewind.venues.binance.errors import failure, http_failure
from tradewind.venues.binance.looks import OrderLook
from tradewind.venues.binance.opening import LOGON, SUBSCRIBE, TIME
from tradewind.venues.binance.out import NOTHING, Out
from tradewind.venues.binance.product import VENUES
from tradewind.venues.binance.replies import Wish, no_answer, refused
from tradewind.venues.binance.rest import error_of
from tradewind.venues.binance.weights import header_counts

if TYPE_CHECKING:
    from tradewind.domain import events as ev
    from tradewind.domain.time import TimeNs
    from tradewind.venues.binance.calls import Reply
    from tradewind.venues.binance.errands import Errands
    from tradewind.venues.binance.opening import Opening
    from tradewind.venues.binance.wire_api import Incoming
    from tradewind.venues.binance.wishes import Wishes

log = structlog.get_logger(__name__)


class Answers:
    """The answers to one account's requests."""

    def __init__(self, wishes: Wishes, errands: Errands, opening: Opening) -> None:
        self.product = wishes.product
        self.venue = VENUES[self.product]
        self.errands = errands
        self._wishes = wishes
        self._opening = opening
        self._resync: list[Errand] = []
        self._stream_is_open = False

    @property
    def is_heard(self) -> bool:
        """Whether the account's stream is heard, so that nothing of what we do is missed."""
        return self._stream_is_open or (self._opening.subscribes and self._opening.is_done)

    def replied(self, name: str, reply: Reply, now: TimeNs) -> Out:
        """Take what came back to a call over REST; what cannot be read leaves its outcome unknown."""
        for kind, length, count in header_counts(reply.headers):
            self.errands.budget.used(now, kind, length, count)
        errand = self.errands.answered(name)
        if errand is None:
            log.warning("an answer to a call that nobody waits for", status=reply.status)
            return NOTHING
        if reply.status >= 300:
            error = error_of(reply.body)
            found = http_failure(
                self.product, reply.status, error.code, error.msg,
                retry_after=reply.headers.get("retry-after", ""), now=now, body=reply.body.decode(errors="replace"),
            )  # fmt: skip
            return self._failed(errand, found, now)
        try:
            return self._done(errand, reply.body, now)
        except VenueProtocolError as error:
            return odd(reply.body, error) + Out(events=self._unanswered(errand, error.message, now))

    def unheard(self, name: str, why: str, now: TimeNs, *, left: bool) -> Out:
        """Take it that a call over REST has no answer; `left` if it may have been read by somebody."""
        errand = self.errands.answered(name)
        if errand is None:
            return NOTHING
        if left:
            return Out(events=self._unanswered(errand, why, now))
        return Out(events=self._refused(errand, f"never sent: {why}", now))

    def _ask(self, *errands: Errand, now: TimeNs) -> Out:
        if len(errands) == 1:
            return Out(tuple(self.errands.ask(errands[0], now)))
        return Out(tuple([frame for errand in errands for frame in self.errands.ask(errand, now)]))

    def _answer(self, said: Incoming, now: TimeNs) -> Out:
        self.errands.learn(said.rate_limits, now)
        errand = self.errands.answered(said.id)
        if errand is None:
            log.warning("an answer to nothing that was asked", id=said.id, status=said.status)
            return NOTHING
        if said.error is not None:
            data = said.error.data or {}
            # From its own time, where it tells that: ours may be off, and a ban is long.
            there = int(data["serverTime"]) * NS_PER_MS if "serverTime" in data else now
            wait_ns = int(data["retryAfter"]) * NS_PER_MS - there if "retryAfter" in data else 0
            found = failure(
                self.product, said.error.code, said.error.msg, status=said.status, now=now, retry_after_ns=wait_ns
            )
            return self._failed(errand, found, now)
        return self._done(errand, bytes(said.result), now)

    def _done(self, errand: Errand, body: bytes, now: TimeNs) -> Out:
        purpose = errand.purpose
        if isinstance(purpose, str):
            more = self._opening.done(errand.method, body, errand.sent, now, self.errands)
            again, self._resync = self._resync, []
            return self._ask(*more, *again, now=now)
        if not isinstance(purpose, Wish):
            asked, events = purpose.answer(errand.method, body, now)
            self._wishes.paid(events)
            asking = self._ask(*(Errand(method, params, purpose) for method, params in asked), now=now)
            return asking + Out(events=events)
        events = self._wishes.done(purpose, errand.method, body, now)
        if isinstance(purpose, SubmitOrder) and not self.is_heard:
            # Nobody will tell us what it executes: we ask.
            look = QueryOrder(purpose.order.id, purpose.order.instrument)
            return Out(events=events) + self._ask(*self._wishes.errands_of(look, now, quiet=True), now=now)
        return Out(events=events)

    def _failed(self, errand: Errand, found: Failure, now: TimeNs) -> Out:
        if found.kind in (Kind.RATE_LIMITED, Kind.BANNED) and found.retry_after_ns:
            self.errands.budget.be_silent(now + found.retry_after_ns, now)
        if found.again is Again.RESYNC and not errand.tries and errand.method != "time":
            self._resync.append(errand._replace(tries=1))
            return self._ask(*self._opening.compare_clocks(), now=now)
        if isinstance(errand.purpose, CancelOrder) and found.again in (Again.WAIT, Again.LATER) and errand.tries < 3:
            return self._ask(errand._replace(tries=errand.tries + 1), now=now)  # it may be repeated without harm
        if isinstance(errand.purpose, OrderLook) and found.kind is Kind.UNKNOWN_ORDER:
            asked, events = errand.purpose.not_there(errand.method, now)
            return self._ask(*(Errand(method, params, errand.purpose) for method, params in asked), now=now) + Out(
                events=events
            )
        if isinstance(errand.purpose, CancelOrder) and found.kind is Kind.UNKNOWN_ORDER:
            return self._ask(*self._wishes.look_behind(errand.purpose), now=now)
        if is_opening(errand):
            return Out(over=f"{errand.method}: {found.told()}")
        doubt = found.outcome is Outcome.UNKNOWN or found.kind is Kind.DUPLICATE_ID
        end = self._unanswered if doubt else self._refused
        asking = self._wishes.compare_terms(now) if found.kind is Kind.FILTER else ()
        return Out(events=end(errand, found.told(), now)) + self._ask(*asking, now=now)

    def _refused(self, errand: Errand, why: str, now: TimeNs) -> tuple[ev.Event, ...]:
        wish = _wish_of(errand)
        return () if wish is None else refused(wish, why, self.venue, now)

    def _unanswered(self, errand: Errand, why: str, now: TimeNs) -> tuple[ev.Event, ...]:
        wish = _wish_of(errand)
        return () if wish is None else no_answer(wish, why, self.venue, now)


def is_opening(errand: Errand) -> bool:
    """Tell whether a connection cannot be opened without it."""
    return errand.purpose in (LOGON, SUBSCRIBE, TIME)


def odd(frame: bytes, error: Exception) -> Out:
    """Tell in the log of what is not as documented; it is nothing besides."""
    log.warning("not as Binance documents it", error=str(error), frame=masked(frame.decode(errors="replace")))
    return NOTHING


def _wish_of(errand: Errand) -> Wish | None:
    """Return the wish that ends with a request; None where nobody waits for it, or not any more."""
    purpose = errand.purpose
    if isinstance(purpose, str):
        return None
    ended: Wish | None = purpose if isinstance(purpose, Wish) else purpose.give_up()
    return ended
