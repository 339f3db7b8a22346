"""What we ask of the venue: on its way, arriving in the order in which it was sent, and answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from tradewind.domain import events as ev
from tradewind.domain.commands import AmendOrder, CancelOrder, QueryAccount, QueryOrder, SubmitOrder
from tradewind.domain.order import TimeInForce
from tradewind.domain.venue_state import OrderExpires, RequestArrives
from tradewind.venues.sim.faults import Fate
from tradewind.venues.sim.resting import Resting

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from tradewind.domain.commands import Effect
    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.instrument import Instrument
    from tradewind.domain.time import TimeNs
    from tradewind.engine.timeline import Timeline
    from tradewind.ports import Calendar
    from tradewind.venues.sim.admission import Admission
    from tradewind.venues.sim.agenda import Agenda
    from tradewind.venues.sim.desk import Desk
    from tradewind.venues.sim.faults import FaultModel
    from tradewind.venues.sim.models import LatencyModel

_GTD, _DAY = TimeInForce.GTD, TimeInForce.DAY  # to look a member of an Enum up takes 0.1 us


Request = SubmitOrder | CancelOrder | AmendOrder | QueryOrder | QueryAccount


class Matcher(Protocol):
    """What the venue asks of a matcher besides hearing its kind of market data."""

    volume_share: Decimal | None
    """The part of a bar's or a trade's volume that our orders may take; other data show their sizes themselves."""

    def meets(self, instrument: InstrumentId, *, is_buy: bool) -> float | None:
        """Return the price that a taker of this side meets now; None if it is not known."""
        ...

    def arrive(self, order: Resting, ts: TimeNs) -> None:
        """Let an order look at the market that it finds."""
        ...


class Requests:
    """Submissions, cancels, amendments and queries, from the engine to the desk."""

    def __init__(  # noqa: PLR0913 - whoever has a say in what becomes of a request
        self,
        instruments: dict[InstrumentId, Instrument],
        desk: Desk,
        admission: Admission,
        timeline: Timeline,
        agenda: Agenda,
        *,
        matcher: Matcher,
        latency: LatencyModel,
        faults: FaultModel | None,
        calendar: Calendar,
        snapshot: Callable[[TimeNs, TimeNs], ev.AccountSnapshot],
    ) -> None:
        self._instruments = instruments
        self._desk = desk
        self._admission = admission
        self._timeline = timeline
        self._agenda = agenda
        agenda.doers[RequestArrives] = self._arrives
        agenda.doers[OrderExpires] = self._expire
        self._take: dict[type, Callable[[Any, TimeNs], None]] = {
            SubmitOrder: self._arrive,
            CancelOrder: self._cancel,
            AmendOrder: self._amend,
            QueryOrder: self._query,
            QueryAccount: self._account,
        }
        self._matcher = matcher
        self._latency = latency
        self._faults = faults
        self._calendar = calendar
        self._snapshot = snapshot
        self.last_arrival: TimeNs = 0

    def send(self, effect: Effect, ts: TimeNs) -> None:
        """Put a request that left the engine at `ts` on its way."""
        post = self._post if self._faults is None else self._post_at_risk
        match effect:
            case SubmitOrder():
                if effect.order.oco is not None:
                    self._desk.announce(effect.order)
                post(effect, ts, self._latency.submit())
            case CancelOrder() | AmendOrder():
                post(effect, ts, self._latency.cancel())
            case QueryOrder():
                post(effect, ts, self._latency.submit())
            case QueryAccount():
                self._look(effect, ts)
            case _:
                raise AssertionError(f"not for a venue: {effect}")

    def _look(self, effect: QueryAccount, ts: TimeNs) -> None:
        """Put a question about the account on its way: it draws nothing and holds nothing up, so asking is free."""
        if self._faults is not None and self._faults.loses_account():
            self._give_up(effect, ts + self._faults.timeout_ns)
            return
        self._agenda.put(max(ts + self._latency.look(), self.last_arrival), RequestArrives(effect))

    def _post(self, effect: Request, ts: TimeNs, way: TimeNs, *, silent: bool = False) -> None:
        """Put a request on its way; requests do not overtake each other."""
        arrival = self.last_arrival = max(ts + way, self.last_arrival)
        self._agenda.put(arrival, RequestArrives(effect, silent))

    def _post_at_risk(self, effect: Request, ts: TimeNs, way: TimeNs) -> None:
        """Put a request on its way, on which it may be lost or late, or the answer to it."""
        faults = self._faults
        assert faults is not None
        fate = _question(faults) if isinstance(effect, QueryOrder) else faults.fate()
        if fate is not Fate.ANSWERED:
            self._give_up(effect, ts + faults.timeout_ns)
        if fate is Fate.LATE:
            self._agenda.put(ts + way + faults.delay(), RequestArrives(effect))
        elif fate is not Fate.LOST:
            self._post(effect, ts, way, silent=fate is Fate.UNANSWERED)

    def _give_up(self, effect: Request, ts: TimeNs) -> None:
        """Tell that a request has no answer; by then we stop waiting for one."""
        reason = f"no answer to {type(effect).__name__}"
        match effect:
            case SubmitOrder():
                self._timeline.push(ev.OutcomeUnknown(effect.order.id, reason, ts))
            case CancelOrder() | AmendOrder():
                self._timeline.push(ev.OutcomeUnknown(effect.order, reason, ts))
            case QueryOrder():
                self._timeline.push(ev.LookupFailed(effect.order, reason, ts))
            case QueryAccount():
                self._timeline.push(ev.SnapshotFailed(self._desk.name, reason, ts, effect.number))

    def _arrives(self, action: RequestArrives, ts: TimeNs) -> None:
        """Take a request that has come."""
        request = action.request
        if action.silent:
            assert not isinstance(request, QueryAccount), "a question about the account takes a way of its own"
            self._desk.muted.add(request.order.id if isinstance(request, SubmitOrder) else request.order)
        self._take[type(request)](request, ts)

    def _arrive(self, effect: SubmitOrder, ts: TimeNs) -> None:
        spec = effect.order
        if self._desk.knows(spec.id):
            self._desk.repeat(spec.id, ts)  # the same request again: one order, the same answer
            return
        order = Resting(spec, self._instruments[spec.instrument], ts)
        reason = self._admission.objection(order, ts)
        if reason:
            self._desk.reject(spec, effect.attached, reason, ts)
            return
        self._desk.admit(order, effect.attached, ts)
        if spec.tif is _GTD or spec.tif is _DAY:
            self._limit_life(order, ts)
        self._matcher.arrive(order, ts)

    def _limit_life(self, order: Resting, ts: TimeNs) -> None:
        """Let the order expire when its time is over: just after it, as what happens at its end still counts."""
        end = (order.spec.expire_at or ts) if order.spec.tif is _GTD else self._calendar.day_end(ts)
        self._agenda.put(end + 1, OrderExpires(order.spec.id, end))

    def _expire(self, action: OrderExpires, ts: TimeNs) -> None:
        order = self._desk.find(action.order)
        if order is not None:
            self._desk.expire(order, f"{order.spec.tif.value}: its time is over", action.end, ts)

    def _cancel(self, effect: CancelOrder, ts: TimeNs) -> None:
        order = self._desk.find(effect.order)
        if order is None:
            why = "it has ended" if self._desk.knows(effect.order) else "unknown order"
            self._desk.report(ev.CancelRejected(effect.order, why, ts, self._desk.seen(ts)))
        else:
            self._desk.cancel(order, "cancelled by us", ts, ts)

    def _amend(self, effect: AmendOrder, ts: TimeNs) -> None:
        desk, order = self._desk, self._desk.find(effect.order)
        why = "unknown order" if order is None else self._admission.amend(order, effect)
        if order is None or why:
            desk.report(ev.AmendRejected(effect.order, why, ts, desk.seen(ts), effect.number))
            return
        spec = order.spec
        desk.say(
            order,
            ev.OrderAmended(spec.id, spec.quantity, spec.price, order.trigger, ts, desk.seen(ts), effect.number),
        )
        if order.venue_order:
            self._matcher.arrive(order, ts)

    def _account(self, effect: QueryAccount, ts: TimeNs) -> None:
        snapshot = self._snapshot(ts, effect.fills_since)
        seen = self._desk.glimpse(ts)
        self._desk.report(msgspec.structs.replace(snapshot, ts_recv=seen, number=effect.number))

    def _query(self, effect: QueryOrder, ts: TimeNs) -> None:
        """Answer with what the order has come to; whoever asks hears even what it was to be spared."""
        desk, order = self._desk, effect.order
        desk.muted.discard(order)
        if desk.knows(order):
            desk.repeat(order, ts)
            desk.report(ev.OrderFound(order, ts, desk.seen(ts)))
        else:
            desk.report(ev.OrderNotFound(order, ts, desk.seen(ts)))


def _question(faults: FaultModel) -> Fate:
    return Fate.LOST if faults.loses_question() else Fate.ANSWERED
