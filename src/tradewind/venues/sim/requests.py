"""What we ask of the venue: on its way, arriving in the order in which it was sent, and answered."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from tradewind.domain import events as ev
from tradewind.domain.commands import AmendOrder, CancelOrder, QueryAccount, QueryOrder, SubmitOrder
from tradewind.domain.order import TimeInForce
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
        self._matcher = matcher
        self._latency = latency
        self._faults = faults
        self._calendar = calendar
        self._snapshot = snapshot
        self._last_arrival: TimeNs = 0

    def send(self, effect: Effect, ts: TimeNs) -> None:
        """Put a request that left the engine at `ts` on its way."""
        post = self._post if self._faults is None else self._post_at_risk
        match effect:
            case SubmitOrder():
                if effect.order.oco is not None:
                    self._desk.announce(effect.order)
                post(self._arrive, effect, ts, self._latency.submit())
            case CancelOrder():
                post(self._cancel, effect, ts, self._latency.cancel())
            case AmendOrder():
                post(self._amend, effect, ts, self._latency.cancel())
            case QueryOrder():
                post(self._query, effect, ts, self._latency.submit())
            case QueryAccount():
                post(self._account, effect, ts, self._latency.submit())
            case _:
                raise AssertionError(f"not for a venue: {effect}")

    def _post(self, then: Callable[[Any, TimeNs], None], effect: Request, ts: TimeNs, way: TimeNs) -> None:
        """Put a request on its way; requests do not overtake each other."""
        arrival = self._last_arrival = max(ts + way, self._last_arrival)
        self._timeline.at(arrival, partial(then, effect, arrival))

    def _post_at_risk(self, then: Callable[[Any, TimeNs], None], effect: Request, ts: TimeNs, way: TimeNs) -> None:
        """Put a request on its way, on which it may be lost or late, or the answer to it."""
        faults = self._faults
        assert faults is not None
        fate = _question(faults) if isinstance(effect, QueryOrder | QueryAccount) else faults.fate()
        if fate is not Fate.ANSWERED:
            self._give_up(effect, ts + faults.timeout_ns)
        if fate is Fate.LATE:
            arrival = ts + way + faults.delay()
            self._timeline.at(arrival, partial(then, effect, arrival))
        elif fate is not Fate.LOST:
            self._post(then if fate is Fate.ANSWERED else partial(self._in_silence, then), effect, ts, way)

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
                self._timeline.push(ev.SnapshotFailed(self._desk.name, reason, ts))

    def _in_silence(self, then: Callable[[Any, TimeNs], None], effect: Request, ts: TimeNs) -> None:
        assert not isinstance(effect, QueryAccount), "a question is not answered in silence"
        self._desk.muted.add(effect.order.id if isinstance(effect, SubmitOrder) else effect.order)
        then(effect, ts)

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
        self._timeline.at(end + 1, partial(self._expire, order, end))

    def _expire(self, order: Resting, end: TimeNs) -> None:
        self._desk.expire(order, f"{order.spec.tif.value}: its time is over", end, end + 1)

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
        self._desk.report(msgspec.structs.replace(snapshot, ts_recv=self._desk.seen(ts)))

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
