"""One account at the exchange: a simulated venue, every report that it made, every order that ever came.

It lives as long as the exchange, whoever trades on it. Knows nothing of links.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.account import Balance
from tradewind.domain.commands import QueryAccount, SubmitOrder
from tradewind.domain.money import ZERO, exact, money_context
from tradewind.domain.time import NEVER
from tradewind.exchange.keeping import KeptAccount
from tradewind.exchange.log import Log
from tradewind.exchange.sides import short_of
from tradewind.venues.exchange.answers import REPEATED
from tradewind.venues.sim.reserved import locked_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

    from tradewind.domain.events import AccountSnapshot, Event
    from tradewind.domain.ids import ClientOrderId
    from tradewind.domain.instrument import Instrument
    from tradewind.domain.market import MarketEvent
    from tradewind.domain.order import OrderSpec
    from tradewind.domain.position import Position
    from tradewind.domain.time import TimeNs
    from tradewind.engine.timeline import Timeline
    from tradewind.exchange.seat import Seat
    from tradewind.venues.exchange.protocol import VenueRequest
    from tradewind.venues.sim.venue import SimVenue

Place = tuple["TimeNs", int]
"""A point of the total order of time: `ts_recv` and rank."""
_encode = msgspec.msgpack.Encoder().encode


class Account:
    """The books of one account; requests come in, reports are numbered and kept."""

    def __init__(
        self, name: str, venue: SimVenue, timeline: Timeline, instruments: Iterable[Instrument],
        shorts: Sequence[Instrument] = (),
    ) -> None:  # fmt: skip
        self.name = name
        self.venue = venue
        self.reports: Log[Event] = Log()
        self.told: TimeNs = 0
        """The time of what its client was told last."""
        self.duplicates = 0
        self.timeline = timeline
        self._instruments = {instrument.id for instrument in (*instruments, *shorts)}
        self._shorts = frozenset(instrument.id for instrument in shorts)
        """Under which names short positions are held apart; each meets the market of its contract."""
        self._orders: dict[ClientOrderId, bytes] = {}

    @property
    def orders_ever(self) -> int:
        """Return how many orders have come, exits among them, each counted once."""
        return len(self._orders)

    @property
    def due(self) -> TimeNs:
        """When the next thing happens here without anybody's doing."""
        return self.timeline.due

    def objection(self, request: VenueRequest) -> tuple[str, str] | None:
        """Return the code and the reason for which a request is refused; note the id of a submit that is not."""
        if isinstance(request, QueryAccount):
            return None
        instrument = request.order.instrument if isinstance(request, SubmitOrder) else request.instrument
        if instrument not in self._instruments:
            return "instrument", f"{instrument} is not traded here"
        return self._taken_before(request) if isinstance(request, SubmitOrder) else None

    def number(self, submit: SubmitOrder) -> None:
        """Note an order under a name that the exchange itself has given it: it cannot have come before."""
        self._orders[submit.order.id] = b""

    def meet(self, event: MarketEvent) -> None:
        """Let what rests meet a market event."""
        self.venue.on_market(event)
        if self._shorts:
            short = short_of(event.instrument)
            if short in self._shorts:
                self.venue.on_market(msgspec.structs.replace(event, instrument=short))

    def execute(self, request: VenueRequest, ts: TimeNs) -> None:
        """Give a request that was not refused to the venue; its client sent it at `ts`."""
        with money_context():
            self.venue.execute(request, ts)

    def report_before(self, place: Place) -> Event | None:
        """Return the next report that is made before a point of time, as if it had come; None if there is none."""
        event = self.timeline.pop_before(*place)
        if event is not None:
            self.told = max(self.told, event.ts_recv)
            self.reports.append(event)
        return event

    def snapshot(self, ts: TimeNs) -> AccountSnapshot:
        """Return all that the account has, without its executions."""
        with money_context():
            return self.venue.snapshot(ts, fills_since=NEVER)

    def balances(self) -> list[Balance]:
        """Return what the account owns, with what its orders lock."""
        with money_context():
            locked = locked_by(self.venue.desk.all())
            owned = self.venue.account.portfolio.ledger.wallet()
            return [Balance(asset, total, locked.get(asset, ZERO)) for asset, total in owned]

    def unrealized(self, position: Position) -> Decimal:
        """Return what a position has made by the last price; nothing before there is one."""
        last = self.venue.account.last.get(position.instrument)
        with money_context():
            return ZERO if last is None else position.unrealized(exact(last))

    def kept(self, seat: Seat) -> KeptAccount:
        """Return all of it, between two events, with what is known of its client."""
        with money_context():
            return KeptAccount(
                self.name, self.venue.state(), self.told, self.reports.kept(), self.reports.last,
                {str(name): mark for name, mark in self._orders.items()}, self.duplicates,
                seat.taken_report, seat.taken_market, seat.in_use, seat.token,
            )  # fmt: skip

    def restore(self, kept: KeptAccount, seat: Seat) -> None:
        """Go on, as a fresh account at a fresh venue, where `kept` was taken."""
        with money_context():
            self.venue.restore(kept.venue, kept.told)
        self.told, self.duplicates = kept.told, kept.duplicates
        self.reports.restore(kept.reports, kept.reports_last)
        self._orders.update(kept.orders)  # type: ignore[arg-type] # ids, as they were
        seat.taken_report, seat.taken_market = kept.taken_report, kept.taken_market
        seat.in_use, seat.token = kept.in_use, kept.token

    def _taken_before(self, submit: SubmitOrder) -> tuple[str, str] | None:
        mark = hashlib.sha256(_encode(submit)).digest()[:16]
        before = self._orders.get(submit.order.id)
        if before is None:
            taken = next((spec.id for spec in submit.attached if spec.id in self._orders), None)
            if taken is None:
                self._orders.update(self._marks(submit, mark))
                return None
            before, name = b"", taken
        else:
            name = submit.order.id
        self.duplicates += 1
        if before == mark:
            return REPEATED, f"the order {name} has come before; it was not executed again"
        return "id_taken", f"another order had the id {name} before; go on from its session, or take another prefix"

    def _marks(self, submit: SubmitOrder, mark: bytes) -> dict[ClientOrderId, bytes]:
        specs: tuple[OrderSpec, ...] = (submit.order, *submit.attached)
        return {spec.id: mark for spec in specs}
