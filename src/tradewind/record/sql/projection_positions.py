"""Rows of positions and of trades: a position is a round trip of one strategy in one instrument, open or closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.ids import symbol_of
from tradewind.domain.money import ZERO, exact, plain
from tradewind.domain.order import Purpose, Side
from tradewind.execution.lifecycle import OrderState
from tradewind.record.sql.changes import stored

if TYPE_CHECKING:
    from tradewind.domain.events import PositionAdjusted
    from tradewind.domain.ids import InstrumentId, StrategyId
    from tradewind.domain.time import TimeNs
    from tradewind.domain.trip import RoundTrip
    from tradewind.execution.orders import Order
    from tradewind.portfolio.trips import OpenTrip
    from tradewind.record.journal.header import SessionHeader
    from tradewind.record.recorder.books import Books
    from tradewind.record.recorder.facts import Executed
    from tradewind.record.sql.changes import Changes, Row
    from tradewind.record.sql.projection_events import EventRows
    from tradewind.record.sql.projection_names import Names

Key = tuple["StrategyId", "InstrumentId"]

ADJUSTMENT, LIQUIDATION = "adjustment", "liquidation"
_RESTING = frozenset((OrderState.IN_FLIGHT, OrderState.OPEN, OrderState.CANCELLING, OrderState.UNKNOWN))


class _Held:
    """A position that is open; one that a single fill opens and closes has no trip."""

    __slots__ = ("entry_order", "exit_order", "exit_reason", "number", "seq", "trip")

    def __init__(self, number: int, trip: OpenTrip | None, entry_order: str | None, seq: int) -> None:
        self.number = number
        self.trip = trip
        self.entry_order = self.exit_order = entry_order
        self.exit_reason = ADJUSTMENT
        self.seq = seq
        """The step that changed it last."""


class PositionRows:
    """Follows the positions of one session, and counts them."""

    def __init__(self, header: SessionHeader, names: Names, books: Books, events: EventRows, changes: Changes) -> None:
        self._mode = header.mode
        self._events = events
        self._names = names
        self._books = books
        self._changes = changes
        self._held: dict[Key, _Held] = {}
        self._count = 0

    @property
    def count(self) -> int:
        """How many positions are open."""
        return len(self._held)

    def take_over(self, entry_order: str | None = None) -> None:
        """Count what is held and was not: what a session begins with, or reconciliation has found."""
        for instrument, trips in self._books.portfolio.exposed.items():
            for trip in trips:
                if (trip.strategy, instrument) not in self._held:
                    self._open((trip.strategy, instrument), trip, entry_order)

    def executed(self, executed: Executed) -> int:
        """Take a fill and return the number of the position that it belongs to."""
        fill, key = executed.fill, (executed.fill.strategy, executed.fill.instrument)
        known = self._held.get(key)
        held = known or self._open(key, self._trip(key), fill.order)
        held.seq = self._changes.step
        is_entry = held.trip is not None and fill.side is held.trip.side
        code = "opened" if known is None else "increased" if is_entry else "reduced"
        self._tell(key, held.number, code, fill.ts_recv, f"{plain(fill.quantity)} at {plain(fill.price)}")
        if held.trip is None or fill.side is not held.trip.side:
            held.exit_order = fill.order
            held.exit_reason = executed.spec.purpose.value if executed.spec else LIQUIDATION
        return held.number

    def closed(self, trip: RoundTrip) -> None:
        """Put the rows of a position that ended, and take up what the rest of the same fill has opened."""
        key = (trip.strategy, trip.instrument)
        held = self._held.pop(key)
        whose = self._names.booked(*key)
        shared = {
            "position_id": held.number,
            **whose,
            "side": _side(trip.side),
            "entry_price": stored(trip.entry_price),
            "entry_time": trip.opened_at,
            "exit_time": trip.closed_at,
            "mfe": trip.mfe,
            "mae": trip.mae,
            "entry_order_id": held.entry_order,
        }
        nothing = ("current_price", "unrealized_pnl", "stop_loss", "take_profit", "stop_order_id")
        position = {"status": "closed", "quantity": ZERO, "peak_quantity": stored(trip.quantity)}
        self._changes.put("positions", held.number, {**shared, **position, **dict.fromkeys(nothing)})
        self._changes.put("trades", held.number, {**shared, **self._trade(trip, held)})
        said = f"net {plain(stored(trip.net) or ZERO)}, {held.exit_reason}"
        self._tell(key, held.number, "closed", trip.closed_at, said)
        rest = self._trip(key)
        if rest is not None:
            self._open(key, rest, held.exit_order)

    def adjusted(self, event: PositionAdjusted) -> None:
        """Take a correction of what is held, before the round trips that it ended are told."""
        for (_, instrument), held in self._held.items():
            if instrument == event.instrument:
                held.seq = self._changes.step
                held.exit_order, held.exit_reason = event.id, ADJUSTMENT

    def refresh(self) -> None:
        """Put the rows of all that is open, as it stands."""
        for key, held in self._held.items():
            if held.trip is not None:
                self._changes.put("positions", held.number, self._standing(key, held, held.trip), held.seq)

    def _trade(self, trip: RoundTrip, held: _Held) -> Row:
        entry = float(trip.entry_price)
        return {
            "source": self._mode,
            "quantity": stored(trip.quantity),
            "exit_price": stored(trip.exit_price),
            "pnl_gross": stored(trip.gross),
            "fees": stored(trip.fees),
            "interest": stored(trip.borrow),
            "funding": stored(trip.funding),
            "pnl_net": stored(trip.net),
            "return_frac": trip.side.sign * (float(trip.exit_price) / entry - 1.0) if entry else None,
            "complete": trip.complete,
            "exit_reason": held.exit_reason,
            "exit_order_id": held.exit_order,
        }

    def _standing(self, key: Key, held: _Held, trip: OpenTrip) -> Row:
        strategy, instrument = key
        so_far, position = trip.close(0), self._books.portfolio.position(instrument, strategy)
        last = self._books.market.last_price(instrument)
        stop, target = self._exits(key)
        return {
            "position_id": held.number,
            **self._names.booked(*key),
            "side": _side(trip.side),
            "status": "open",
            "entry_price": stored(so_far.entry_price),
            "quantity": stored(abs(position.quantity)),
            "peak_quantity": stored(trip.peak_quantity),
            "entry_time": trip.opened_at,
            "exit_time": None,
            "current_price": None if last is None else exact(last),
            "unrealized_pnl": None if last is None else stored(position.unrealized(exact(last))),
            "mfe": so_far.mfe,
            "mae": so_far.mae,
            "stop_loss": stored(stop.spec.trigger) if stop else None,
            "take_profit": stored(target.spec.price) if target else None,
            "entry_order_id": held.entry_order,
            "stop_order_id": stop.spec.id if stop else None,
        }

    def _exits(self, key: Key) -> tuple[Order | None, Order | None]:
        """Return the stop and the target that rest for a position; of several the oldest."""
        strategy, instrument = key
        resting = [o for o in self._books.orders.open(instrument, strategy) if o.state in _RESTING]
        by_purpose = {order.spec.purpose: order for order in reversed(resting)}
        stop = by_purpose.get(Purpose.STOP_LOSS) or next((order for order in resting if order.spec.protects), None)
        return stop, by_purpose.get(Purpose.TAKE_PROFIT) or by_purpose.get(Purpose.PARTIAL_EXIT)

    def _open(self, key: Key, trip: OpenTrip | None, entry_order: str | None) -> _Held:
        self._count += 1
        held = self._held[key] = _Held(self._count, trip, entry_order, self._changes.step)
        return held

    def _tell(self, key: Key, number: int, code: str, ts: TimeNs, said: str) -> None:
        strategy, instrument = key
        self._events.tell(
            ts, "position", code, f"{symbol_of(instrument)} of {self._names.of(strategy)} {code}: {said}",
            strategy=strategy, instrument=instrument, position=number,
        )  # fmt: skip

    def _trip(self, key: Key) -> OpenTrip | None:
        strategy, instrument = key
        return next((t for t in self._books.portfolio.exposed.get(instrument, ()) if t.strategy == strategy), None)


def _side(side: Side) -> str:
    return "long" if side is Side.BUY else "short"
