"""What to do next to make an account flat, from what its venue says. Pure: snapshots and reports in, requests out.

Nothing is asked for twice while its answer may still come: an order that closes is known by its id until it has ended,
and one of unknown outcome is looked up, never sent again; "not there" soon after it left means too early. At a venue
that holds positions against collateral what protects them stays until they are closed, and everywhere where it is not
known what is held; in spot it locks what is to be sold, and goes first.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tradewind.domain import events as ev
from tradewind.domain.commands import CancelOrder, QueryOrder, SubmitOrder
from tradewind.domain.ids import ClientOrderId, StrategyId
from tradewind.domain.money import ZERO, floor_to, plain
from tradewind.domain.order import OrderSpec, OrderType, Purpose, Side
from tradewind.domain.time import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from decimal import Decimal

    from tradewind.domain.commands import Effect
    from tradewind.domain.events import AccountSnapshot, Event
    from tradewind.domain.ids import Asset, InstrumentId, TradeId
    from tradewind.domain.instrument import Instrument
    from tradewind.domain.time import TimeNs

AGAIN_NS = 2 * NS_PER_SECOND
"""A cancel that has changed nothing, and a close that was refused, are asked for again after so long."""
LOOK_NS = NS_PER_SECOND
GRACE_NS = 10 * NS_PER_SECOND
"""So long a close may be under way before "not there" is believed: longer than a venue takes one that comes late."""
OPERATOR = StrategyId("operator")


@dataclass
class Close:
    """An order of ours that closes."""

    instrument: InstrumentId
    quantity: Decimal
    sent_at: TimeNs
    filled: Decimal = ZERO
    is_over: bool = False
    is_unknown: bool = False
    looked_at: TimeNs = 0
    trades: set[TradeId] = field(default_factory=set)
    """What was heard of it: a venue may tell an execution twice."""


@dataclass
class Closer:
    """One account on its way out."""

    instruments: Sequence[Instrument]
    before: Mapping[Asset, Decimal] | None
    is_margined: bool
    prefix: str
    closes: dict[ClientOrderId, Close] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    """What was done, line by line."""
    troubles: dict[str, None] = field(default_factory=dict)
    """What was refused, each once."""
    cancelled: set[ClientOrderId] = field(default_factory=set)
    _asked: dict[str, TimeNs] = field(default_factory=dict)
    _count: int = 0

    def hear(self, event: Event) -> None:
        """Take a report of the venue's."""
        close = self.closes.get(event.order) if isinstance(event, ev.OrderEvent) else None
        match event:
            case ev.OrderCancelled() if close is None:
                if event.order not in self.cancelled:  # venues say it twice: as an answer, and in the account's stream
                    self.cancelled.add(event.order)
                    self.told.append(f"cancelled {event.order}")
            case ev.CancelRejected():
                self.troubles[f"{event.order}: the cancel was refused: {event.reason}"] = None
            case ev.OrderFilled() if close is not None:
                if event.trade_id in close.trades:
                    return
                close.trades.add(event.trade_id)
                close.filled += event.quantity
                close.is_over = close.filled >= close.quantity
                close.is_unknown = False
                fee = f"fee {plain(event.fee)} {event.fee_asset}"
                self.told.append(f"closed {plain(event.quantity)} {close.instrument} at {plain(event.price)}, {fee}")
            case ev.OrderRejected() if close is not None:
                close.is_over = True
                self.troubles[f"{close.instrument}: a close was refused: {event.reason}"] = None
            case ev.OrderCancelled() | ev.OrderExpired() if close is not None:
                close.is_over = True
            case ev.OrderNotFound() if close is not None:
                close.is_over = close.is_over or close.looked_at - close.sent_at >= GRACE_NS
            case ev.OutcomeUnknown() if close is not None:
                close.is_unknown = True
            case ev.OrderAccepted() | ev.OrderFound() if close is not None:
                close.is_unknown = False

    def next(self, snapshot: AccountSnapshot, now: TimeNs) -> list[Effect]:
        """Return the requests that the account as it stands now asks for."""
        known = self.positions(snapshot)
        positions = known or {}
        effects: list[Effect] = []
        for order in snapshot.orders or ():
            stays = order.reduce_only and (known is None or (self.is_margined and order.instrument in positions))
            if order.order not in self.closes and not stays and self._is_time(f"cancel {order.order}", now):
                effects.append(CancelOrder(order.order, order.instrument))
        locked = {order.instrument for order in snapshot.orders or () if order.order not in self.closes}
        for instrument, quantity in positions.items():
            if self._is_closing(instrument) or (instrument in locked and not self.is_margined):
                continue
            if self._is_time(f"close {instrument}", now):
                effects += self._close(instrument, quantity, now)
        return effects + list(self._looks(now))

    def positions(self, snapshot: AccountSnapshot) -> dict[InstrumentId, Decimal] | None:
        """Return what is held, less what is too little to be traded; None if nobody can say."""
        if snapshot.positions is not None:
            found = {each.instrument: each.quantity for each in snapshot.positions}
        elif self.is_margined or snapshot.balances is None or self.before is None:
            return None
        else:
            owned = {balance.asset: balance.total - balance.borrowed for balance in snapshot.balances}
            bases = {each.id: each.base for each in self.instruments}
            found = {name: owned.get(base, ZERO) - self.before.get(base, ZERO) for name, base in bases.items()}
        facts = {each.id: each for each in self.instruments}
        return {
            name: quantity for name, quantity in found.items()
            if name not in facts or abs(quantity) >= max(facts[name].lot, facts[name].quantity_min)
        }  # fmt: skip

    def left(self, snapshot: AccountSnapshot | None) -> list[str]:
        """Return what is open or held, or not known, line by line; nothing if the account is flat."""
        if snapshot is None:
            return ["the venue has not told its account"]
        told = [f"open: {order.order} of {order.instrument}" for order in snapshot.orders or ()]
        if snapshot.orders is None:
            told.append("the venue has not told its orders")
        held = self.positions(snapshot)
        if held is None:
            return [*told, "what is held of ours is not known: no position was closed"]
        told += [f"held: {plain(quantity)} {instrument}" for instrument, quantity in held.items()]
        return told + [f"not known: what became of {name}" for name, close in self.closes.items() if not close.is_over]

    def _is_closing(self, instrument: InstrumentId) -> bool:
        return any(close.instrument == instrument and not close.is_over for close in self.closes.values())

    def _is_time(self, what: str, now: TimeNs) -> bool:
        if now - self._asked.get(what, -AGAIN_NS) < AGAIN_NS:
            return False
        self._asked[what] = now
        return True

    def _close(self, instrument: InstrumentId, quantity: Decimal, now: TimeNs) -> Iterator[Effect]:
        facts = next((each for each in self.instruments if each.id == instrument), None)
        if facts is None:
            self.troubles[f"{instrument} is not in engine.symbols: its position is left"] = None
            return
        left = floor_to(abs(quantity), facts.lot)
        while left > 0:
            part = min(left, facts.quantity_max) if facts.quantity_max else left
            left -= part
            self._count += 1
            name = ClientOrderId(f"{self.prefix}-{self._count:03d}")
            self.closes[name] = Close(instrument, part, now)
            side = Side.SELL if quantity > 0 else Side.BUY
            yield SubmitOrder(
                OrderSpec(
                    name, OPERATOR, instrument, side, OrderType.MARKET, part,
                    reduce_only=True, netted=not self.is_margined, purpose=Purpose.OPERATOR,
                )
            )  # fmt: skip

    def _looks(self, now: TimeNs) -> Iterator[Effect]:
        for name, close in self.closes.items():
            if close.is_unknown and not close.is_over and now - close.looked_at >= LOOK_NS:
                close.looked_at = now
                yield QueryOrder(name, close.instrument)
