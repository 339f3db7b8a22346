"""The order desk of a spot account: effects go in, frames come out; frames go in, events come out. Pure, no socket.

One connection of the WebSocket API carries orders, their answers and the account's stream. Answers are matched by id
alone; the report of an order may come before its answer, and both say the same. What left and was not answered is
unknown, at once when the connection is lost; what never left is a clean no. Nothing is sent twice but a cancel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import structlog

from tradewind.domain import events as ev
from tradewind.domain.commands import AmendOrder, CancelOrder, SubmitOrder
from tradewind.domain.errors import VenueProtocolError, VenueRefused
from tradewind.domain.ids import VenueOrderId
from tradewind.domain.time import NS_PER_MS
from tradewind.venues._net.failure import Again, Failure, Kind, Outcome
from tradewind.venues._net.masking import masked
from tradewind.venues.binance.answers import answer_of
from tradewind.venues.binance.errands import Errand
from tradewind.venues.binance.errors import failure
from tradewind.venues.binance.looks import AccountLook, OrderLook
from tradewind.venues.binance.opening import LOGON, SUBSCRIBE, TIME
from tradewind.venues.binance.out import NOTHING, Out
from tradewind.venues.binance.parse_account import read_event
from tradewind.venues.binance.parse_rest import name_of
from tradewind.venues.binance.product import VENUES, Product
from tradewind.venues.binance.replies import Wish, no_answer, refused
from tradewind.venues.binance.wire_api import Incoming
from tradewind.venues.binance.wire_rest import Order

if TYPE_CHECKING:
    from tradewind.domain.time import TimeNs
    from tradewind.venues.binance.errands import Errands
    from tradewind.venues.binance.opening import Opening
    from tradewind.venues.binance.wishes import Wishes

VENUE = VENUES[Product.SPOT]
_incoming = msgspec.json.Decoder(Incoming)
log = structlog.get_logger(__name__)


class Desk:
    """The state of one account's requests, over all its connections."""

    def __init__(self, wishes: Wishes, errands: Errands, opening: Opening) -> None:
        self._wishes = wishes
        self._errands = errands
        self._opening = opening
        self._resync: list[Errand] = []

    # --- what we wish -------------------------------------------------------------------------------

    def take(self, wish: Wish, now: TimeNs) -> Out:
        """Take an effect; return the frames that it is, or why it is nothing."""
        try:
            errands = self._wishes.errands_of(wish)
        except VenueRefused as error:
            return Out(events=refused(wish, error.message, VENUE, now))
        return self._ask(*errands, now=now)

    def _ask(self, *errands: Errand, now: TimeNs) -> Out:
        return Out(tuple(frame for errand in errands for frame in self._errands.ask(errand, now)))

    # --- the connection -----------------------------------------------------------------------------

    def open(self, now: TimeNs) -> Out:
        """Return what is said first on a new connection."""
        return self._ask(*self._opening.begin(), now=now)

    def compare_clocks(self, now: TimeNs) -> Out:
        """Return the question for the venue's time."""
        return self._ask(*self._opening.compare_clocks(), now=now)

    @property
    def is_open(self) -> bool:
        """Whether the account's stream is subscribed to, so that nothing of what we do is missed."""
        return self._opening.is_done

    def lost(self, why: str, now: TimeNs) -> Out:
        """Take it that the connection is gone: what had left is unknown, what had not is refused."""
        self._opening.over()
        left, held = self._errands.lost()
        held, self._resync = held + self._resync, []
        events = [event for errand in left for event in _unanswered(errand, why, now)]
        events += [event for errand in held for event in _refused(errand, f"never sent: {why}", now)]
        return Out(events=tuple(events))

    def due(self) -> TimeNs | None:
        """Return when `tick` has something to do."""
        return self._errands.due()

    def tick(self, now: TimeNs) -> Out:
        """Do what the time brings: send what has waited, give up what waits too long."""
        frames, given_up = self._errands.move_on(now)
        events = [event for errand in given_up for event in _refused(errand, "never sent: out of budget", now)]
        over = ""
        for errand in self._errands.overdue(now):
            events += _unanswered(errand, "no answer in time", now)
            over = over or ("the account's stream could not be opened in time" if _is_opening(errand) else "")
        return Out(tuple(frames), tuple(events), over)

    # --- what they say ------------------------------------------------------------------------------

    def hear(self, frame: bytes, now: TimeNs) -> Out:
        """Take a frame; one that is not as documented is told in the log, and is nothing besides."""
        try:
            said = _incoming.decode(frame)
            return self._event(said.event, now) if bytes(said.event) else self._answer(said, now)
        except (msgspec.DecodeError, VenueProtocolError) as error:
            log.warning("not as Binance documents it", error=str(error), frame=masked(frame.decode(errors="replace")))
            return NOTHING

    def _event(self, event: msgspec.Raw, now: TimeNs) -> Out:
        heard = read_event(event, now)
        if heard.look:
            log.warning("the account is worth a look", why=heard.look)
        return Out(events=self._wishes.seen(heard.events), over=heard.over)

    def _answer(self, said: Incoming, now: TimeNs) -> Out:
        self._errands.learn(said.rate_limits, now)
        errand = self._errands.answered(said.id)
        if errand is None:
            log.warning("an answer to nothing that was asked", id=said.id, status=said.status)
            return NOTHING
        if said.error is not None:
            data = said.error.data or {}
            wait_ns = int(data.get("retryAfter", 0)) * NS_PER_MS - now if "retryAfter" in data else 0
            found = failure(
                Product.SPOT, said.error.code, said.error.msg, status=said.status, now=now, retry_after_ns=wait_ns
            )
            return self._failed(errand, found, now)
        return self._done(errand, bytes(said.result), now)

    def _done(self, errand: Errand, body: bytes, now: TimeNs) -> Out:
        match errand.purpose:
            case OrderLook() | AccountLook() as look:
                asked, events = look.answer(errand.method, body, now)
                asking = self._ask(*(Errand(method, params, look) for method, params in asked), now=now)
                return asking + Out(events=events)
            case SubmitOrder():
                order = answer_of(body, Order)
                return Out(events=(self._accepted(order, now),))
            case CancelOrder(order=name):
                return Out(events=(ev.OrderCancelled(name, "cancelled", now, now),))
            case AmendOrder() as wish:
                return Out(events=(self._wishes.amended(wish, now),))
            case _:
                more = self._opening.done(errand.method, body, errand.sent, now, self._errands)
                again, self._resync = self._resync, []
                return self._ask(*more, *again, now=now)

    def _accepted(self, order: Order, now: TimeNs) -> ev.OrderAccepted:
        name = name_of(order)
        self._wishes.name(order.order_id, name)
        at = order.transact_time * NS_PER_MS or now
        return ev.OrderAccepted(name, VenueOrderId(str(order.order_id)), at, now)

    def _failed(self, errand: Errand, found: Failure, now: TimeNs) -> Out:
        if found.kind in (Kind.RATE_LIMITED, Kind.BANNED) and found.retry_after_ns:
            self._errands.budget.be_silent(now + found.retry_after_ns)
        if found.again is Again.RESYNC and not errand.tries and errand.method != "time":
            self._resync.append(errand._replace(tries=1))
            return self._ask(*self._opening.compare_clocks(), now=now)
        if isinstance(errand.purpose, CancelOrder) and found.again in (Again.WAIT, Again.LATER) and errand.tries < 3:
            return self._ask(errand._replace(tries=errand.tries + 1), now=now)  # it may be repeated without harm
        if isinstance(errand.purpose, OrderLook) and found.kind is Kind.UNKNOWN_ORDER:
            errand.purpose.give_up()
            return Out(events=(ev.OrderNotFound(errand.purpose.query.order, now, now),))
        if _is_opening(errand):
            return Out(over=f"{errand.method}: {found.told()}")
        doubt = found.outcome is Outcome.UNKNOWN or found.kind is Kind.DUPLICATE_ID
        return Out(events=_unanswered(errand, found.told(), now) if doubt else _refused(errand, found.told(), now))


def _is_opening(errand: Errand) -> bool:
    return errand.purpose in (LOGON, SUBSCRIBE, TIME)


def _refused(errand: Errand, why: str, now: TimeNs) -> tuple[ev.Event, ...]:
    wish = _wish_of(errand)
    return () if wish is None else refused(wish, why, VENUE, now)


def _unanswered(errand: Errand, why: str, now: TimeNs) -> tuple[ev.Event, ...]:
    wish = _wish_of(errand)
    return () if wish is None else no_answer(wish, why, VENUE, now)


def _wish_of(errand: Errand) -> Wish | None:
    """Return the wish that ends with a request; None where nobody waits for it, or not any more."""
    purpose = errand.purpose
    if isinstance(purpose, OrderLook | AccountLook):
        return purpose.give_up()
    return None if isinstance(purpose, str) else purpose
