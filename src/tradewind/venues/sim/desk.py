"""The venue's desk: orders that rest, executions, exits that wake with their entry, reports to us.

The matchers decide at which price something trades; what follows from it is done here, once for all
of them. Every order ends in `_end`, once, whatever ends it.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain import events as ev
from tradewind.domain.events import OrderAccepted, OrderFilled
from tradewind.domain.money import ZERO, ceil_to, floor_to
from tradewind.domain.order import Liquidity
from tradewind.domain.venue_state import VenueState
from tradewind.venues.sim.keeping import brackets_of, kept_bracket, kept_order, order_of, tie
from tradewind.venues.sim.models import OrderFeeModel
from tradewind.venues.sim.resting import NOT_YET, Bracket, Resting

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from decimal import Decimal

    from tradewind.domain.ids import Asset, ClientOrderId, InstrumentId, TradeId, VenueOrderId
    from tradewind.domain.instrument import Instrument
    from tradewind.domain.order import OrderSpec
    from tradewind.domain.time import TimeNs
    from tradewind.engine.timeline import Timeline
    from tradewind.venues.sim.account import SimAccount
    from tradewind.venues.sim.faults import FaultModel
    from tradewind.venues.sim.models import FeeModel, LatencyModel, SlippageModel

ENDED_KEPT_MAX = 10_000
"""Ended orders are remembered for questions about them, so many of them."""

_MAKER, _TAKER = Liquidity.MAKER, Liquidity.TAKER  # to look a member of an Enum up takes 0.1 us


class Desk:
    """Orders at the venue and what happens to them. `name` prefixes order and trade numbers."""

    def __init__(  # noqa: PLR0913 - the models of one venue
        self,
        name: str,
        account: SimAccount,
        timeline: Timeline,
        *,
        fees: FeeModel,
        slippage: SlippageModel,
        latency: LatencyModel,
        slip_limits: bool = False,
        faults: FaultModel | None = None,
    ) -> None:
        self.name = name
        self._account = account
        self._timeline = timeline
        self.charge(fees)
        self.slippage = slippage
        self._slip_limits = slip_limits
        self._latency = latency
        self._faults = faults
        self._numbers = 0
        self._last_seen: TimeNs = 0
        self.books: dict[InstrumentId, dict[ClientOrderId, Resting]] = {}
        """Orders that rest, by instrument; an instrument without orders has no entry."""
        self._orders: dict[ClientOrderId, Resting] = {}
        self.muted: set[ClientOrderId] = set()
        """Orders of which nothing is heard until somebody asks: a fault of the line."""
        self._ended: deque[ClientOrderId] = deque()
        self._rivals: dict[str, list[Resting]] = {}
        self._coming: dict[str, set[ClientOrderId]] = {}
        """Orders on their way to us that share an `oco` name with others."""

    def charge(self, fees: FeeModel) -> None:
        """Charge by a model from now on."""
        self._fees = fees
        self._further = fees.further if isinstance(fees, OrderFeeModel) else None

    def resting(self, instrument: InstrumentId) -> Iterable[Resting]:
        """Return the orders of an instrument in the order of their arrival."""
        return self.books.get(instrument, {}).values()

    def all(self) -> Iterator[Resting]:
        """Yield every order that rests at the venue."""
        return (order for book in self.books.values() for order in book.values())

    def orders(self) -> Iterable[Resting]:
        """Return the orders that rest, sleep, or have ended not too long ago, as they came."""
        return self._orders.values()

    def find(self, order: ClientOrderId) -> Resting | None:
        """Return an order that rests or sleeps, None if it has ended or never came."""
        known = self._orders.get(order)
        return known if known is not None and known.live else None

    def known(self, order: ClientOrderId) -> Resting | None:
        """Return an order that rests, sleeps, or has ended not too long ago; None if it never came."""
        return self._orders.get(order)

    def knows(self, order: ClientOrderId) -> bool:
        """Tell whether an order rests, sleeps, or has ended not too long ago."""
        return order in self._orders

    def state(self) -> VenueState:
        """Return the orders, and what was said of them, as plain data; the rest of the state is left out."""
        brackets = brackets_of(self._orders.values())
        forgotten = (b.entry for b in brackets if b.entry.spec.id not in self._orders)
        return VenueState(
            orders=(
                *(kept_order(order) for order in self._orders.values()),
                *(kept_order(entry, is_forgotten=True) for entry in forgotten),
            ),
            resting=tuple(order.spec.id for order in self.all()),
            brackets=tuple(map(kept_bracket, brackets)),
            ended=tuple(self._ended),
            rivals=tuple((name, tuple(order.spec.id for order in rivals)) for name, rivals in self._rivals.items()),
            coming=tuple((name, tuple(sorted(coming))) for name, coming in self._coming.items()),
            muted=tuple(sorted(self.muted)),
            numbers=self._numbers,
            last_seen=self._last_seen,
        )

    def restore(self, state: VenueState, instruments: Mapping[InstrumentId, Instrument], now: TimeNs) -> None:
        """Take over what `state` wrote down; from now on nothing is heard at an earlier time."""
        orders = {kept.spec.id: order_of(kept, instruments) for kept in state.orders}
        self._orders = {kept.spec.id: orders[kept.spec.id] for kept in state.orders if not kept.is_forgotten}
        for name in state.resting:
            self.books.setdefault(orders[name].spec.instrument, {})[name] = orders[name]
        for bracket in state.brackets:
            tie(bracket, orders)
        self._ended.extend(state.ended)
        self._rivals = {name: [orders[order] for order in rivals] for name, rivals in state.rivals}
        self._coming = {name: set(coming) for name, coming in state.coming}
        self.muted.update(state.muted)
        self._numbers, self._last_seen = state.numbers, max(state.last_seen, now)

    # --- orders come and go -------------------------------------------------------------------------

    def admit(self, order: Resting, attached: tuple[OrderSpec, ...], ts: TimeNs) -> None:
        """Accept an order; its exits sleep until it has a fill."""
        if attached:
            order.exits = Bracket(order)
            for spec in attached:
                exit_order = Resting(spec, order.instrument, ts)
                exit_order.bracket = order.exits
                order.exits.exits.append(exit_order)
                self._orders[spec.id] = exit_order
        if order.spec.oco is not None:
            self._rivals.setdefault(order.spec.oco, []).append(order)
        self._orders[order.spec.id] = order
        self._enter(order, ts, ts)

    def reject(self, spec: OrderSpec, attached: tuple[OrderSpec, ...], reason: str, ts: TimeNs) -> None:
        """Refuse an order, and end its exits with it."""
        seen = self.seen(ts)
        self.report(ev.OrderRejected(spec.id, reason, ts, seen))
        for child in attached:
            self.report(ev.OrderCancelled(child.id, "its entry was rejected", ts, seen))

    def cancel(self, order: Resting, reason: str, ts: TimeNs, seen: TimeNs) -> None:
        """Take an order off the book; one that has ended stays as it is."""
        if order.live:
            self.say(order, ev.OrderCancelled(order.spec.id, reason, ts, self.seen(seen), order.filled))
            self._end(order, ts, seen)

    def expire(self, order: Resting, reason: str, ts: TimeNs, seen: TimeNs) -> None:
        """End an order by its time in force; one that has ended stays as it is."""
        if order.live:
            self.say(order, ev.OrderExpired(order.spec.id, reason, ts, self.seen(seen), order.filled))
            self._end(order, ts, seen)

    def trigger(self, order: Resting, ts: TimeNs, seen: TimeNs) -> None:
        """Note that the market reached an order's trigger; its rivals end. Only now does it meet the market."""
        order.triggered, order.rested = True, False
        self.say(order, ev.OrderTriggered(order.spec.id, ts, self.seen(seen)))
        if order.spec.oco is not None:
            self._defeat(order, "was triggered", ts, seen)

    def refuses(self, order: Resting, ts: TimeNs, seen: TimeNs) -> bool:
        """End a post-only order that would take, and tell whether it was one."""
        if order.rested or not order.spec.post_only:
            return False
        self.cancel(order, "post-only: would take", ts, seen)
        return True

    # --- executions ---------------------------------------------------------------------------------

    def wanted(self, order: Resting) -> Decimal:
        """Return how much an order may trade now; one that may only reduce, no more than what is held."""
        left = order.left
        return min(left, self._account.reducible(order)) if order.spec.reduces_net else left

    def trade(  # noqa: PLR0913 - all that is known of an execution
        self, order: Resting, price: Decimal, quantity: Decimal, *, maker: bool, volume: float, ts: TimeNs, seen: TimeNs
    ) -> Decimal:
        """Execute up to `quantity`, of what is left, at `price` (a taker pays slippage); return how much was executed.

        An order that the account cannot pay, or that would not reduce what it must reduce, ends here.
        """
        spec, instrument = order.spec, order.instrument
        if spec.reduces_net:
            quantity = min(quantity, self.wanted(order))
        if quantity <= ZERO:
            if spec.reduces_net and order.left > 0:
                self.cancel(order, "reduce-only: there is no position to reduce", ts, seen)
            return ZERO
        reached = price
        if not maker or self._slip_limits:
            price = self._slipped(order, price, quantity, volume)
        fee, asset = self.fee(order, quantity, price, maker=maker)
        lacking = self._account.lacking(order, quantity, price, fee, asset)
        if lacking:
            self.cancel(order, lacking, ts, seen)
            return ZERO
        signed = quantity if order.is_buy else -quantity
        self._account.portfolio.execution(instrument, signed, price, fee=fee, asset=asset, ts=ts)
        order.filled_seen = heard = self.seen(seen)
        self.say(
            order,
            OrderFilled(
                spec.id, self.next_trade(), quantity, price, fee, asset, _MAKER if maker else _TAKER, ts, heard,
                None if reached == price else reached,
            ),
        )  # fmt: skip
        order.filled += quantity
        self._follow(order, quantity, price, ts, seen)
        return quantity

    def fee(self, order: Resting, quantity: Decimal, price: Decimal, *, maker: bool) -> tuple[Decimal, Asset]:
        """Return what an execution of the order costs, and in which asset."""
        if self._further is not None and order.filled:
            return self._further(order.instrument, quantity, price, order.filled)
        return self._fees.fee(order.instrument, quantity, price, maker=maker)

    def next_trade(self) -> TradeId:
        """Return the id of the next execution."""
        self._numbers += 1
        return f"{self.name}-t{self._numbers}"  # type: ignore[return-value] # to call the type is 0.1 us

    def _slipped(self, order: Resting, price: Decimal, quantity: Decimal, volume: float) -> Decimal:
        """Return the taker's price on the tick, rounded against it, above zero and not beyond its limit.

        Where slippage is a flat cost of every execution, the limit does not keep it off.
        """
        slipped = self.slippage.price(order.spec.side, price, quantity, volume)
        limit = None if self._slip_limits else order.limit
        if order.is_buy:
            slipped = ceil_to(slipped, order.instrument.tick)
            return slipped if limit is None else min(slipped, limit)
        tick = order.instrument.tick
        slipped = max(floor_to(slipped, tick), tick)
        return slipped if limit is None else max(slipped, limit)

    def _follow(self, order: Resting, quantity: Decimal, price: Decimal, ts: TimeNs, seen: TimeNs) -> None:
        """Do what follows from an execution: wake exits, end the order if it is done, end its rivals."""
        if order.exits is not None:
            order.exits.open += quantity
            self._wake(order.exits, price, ts, seen)
        bracket = order.bracket
        if bracket is not None:
            bracket.open -= quantity
        elif order.spec.oco is not None:
            self._defeat(order, "was executed", ts, seen)
        if order.filled >= order.spec.quantity:
            self._end(order, ts, seen)
        elif bracket is not None:
            self._settle(bracket, ts, seen)

    def _wake(self, bracket: Bracket, price: Decimal, ts: TimeNs, seen: TimeNs) -> None:
        """Let the exits of an entry live; how much they may close is the bracket's to say."""
        if bracket.awake:
            return
        bracket.awake = True
        for order in bracket.exits:
            order.arrived = ts
            if order.spec.after_ns is not None:
                order.due = ts + order.spec.after_ns
            order.trail(float(price))
            self._enter(order, ts, seen)

    def _settle(self, bracket: Bracket, ts: TimeNs, seen: TimeNs) -> None:
        """End the exits when all is closed and the entry can open no more."""
        if bracket.entry.live or bracket.open > 0:
            return
        reason = "nothing is left to close" if bracket.awake else "its entry ended without a fill"
        for order in list(bracket.exits):
            self.cancel(order, reason, ts, seen)

    def _defeat(self, winner: Resting, how: str, ts: TimeNs, seen: TimeNs) -> None:
        """End the orders that share the winner's `oco` name."""
        name, bracket = winner.spec.oco or "", winner.bracket
        if bracket is None:
            self._coming.pop(name, None)
        rivals = self._rivals.get(name, ()) if bracket is None else bracket.exits
        for order in [o for o in rivals if o is not winner and o.spec.oco == name]:
            self.cancel(order, f"{winner.spec.id} {how}", ts, seen)

    def announce(self, spec: OrderSpec) -> None:
        """Note that an order with rivals is on its way."""
        if spec.oco is not None and spec.id not in self._orders:
            self._coming.setdefault(spec.oco, set()).add(spec.id)

    def is_late(self, spec: OrderSpec) -> bool:
        """Tell whether a rival was executed while the order was on its way; it has arrived now."""
        if spec.oco is None:
            return False
        coming = self._coming.get(spec.oco, set())
        late = spec.id not in coming
        coming.discard(spec.id)
        if not coming:
            self._coming.pop(spec.oco, None)
        return late

    # --- the book and the wire ----------------------------------------------------------------------

    def _enter(self, order: Resting, ts: TimeNs, seen: TimeNs) -> None:
        spec = order.spec
        self._numbers += 1
        number: VenueOrderId = f"{self.name}-{self._numbers}"  # type: ignore[assignment] # as in `next_trade`
        order.venue_order = number
        book = self.books.get(spec.instrument)
        if book is None:
            book = self.books[spec.instrument] = {}
        book[spec.id] = order
        self.say(order, OrderAccepted(spec.id, number, ts, self.seen(seen)))

    def _end(self, order: Resting, ts: TimeNs, seen: TimeNs) -> None:
        """Take an order off the book; what hangs on it ends with it, or goes on for what it has filled."""
        order.live = False
        spec = order.spec
        book = self.books.get(spec.instrument)
        if book is not None and book.pop(spec.id, None) is not None and not book:
            del self.books[spec.instrument]
        self._ended.append(spec.id)
        if len(self._ended) > ENDED_KEPT_MAX:
            del self._orders[self._ended.popleft()]
        if order.bracket is not None:
            order.bracket.exits.remove(order)
            self._settle(order.bracket, ts, seen)
        elif spec.oco is not None:
            rivals = self._rivals[spec.oco]
            rivals.remove(order)
            if not rivals:
                del self._rivals[spec.oco]
        if order.exits is not None:
            self._settle(order.exits, ts, seen)

    def seen(self, ts: TimeNs) -> TimeNs:
        """Return when the word of something at `ts` reaches us; words do not overtake each other."""
        seen = ts + self._latency.report()
        if seen < self._last_seen:
            return self._last_seen
        self._last_seen = seen
        return seen

    def glimpse(self, ts: TimeNs) -> TimeNs:
        """Return when an answer about the account reaches us: it overtakes no word, and no word has to wait for it."""
        return max(ts + self._latency.glimpse(), self._last_seen)

    def say(self, order: Resting, event: ev.OrderEvent) -> None:
        """Report on an order, and remember it for whoever asks."""
        order.words.append(event)
        order.written = None
        if self.muted and order.spec.id in self.muted:
            return
        if self._faults is None or not self._faults.loses_word():
            self._timeline.push(event)

    def report(self, event: ev.Event) -> None:
        """Put the venue's word on its way."""
        if not self.muted or getattr(event, "order", None) not in self.muted:
            self._timeline.push(event)

    def repeat(self, order: ClientOrderId, ts: TimeNs) -> None:
        """Say again what was said of an order, if it is known; of its amendments the last, in the first place.

        What an order is now is what venues answer: the values of before would end it early at whoever asks.
        """
        known = self._orders.get(order)
        if known is None:
            return
        amended = [event for event in known.words if isinstance(event, ev.OrderAmended)][-1:]
        for event in known.words or (ev.OrderAccepted(order, NOT_YET, ts, ts),):
            said = event
            if isinstance(event, ev.OrderAmended):
                if not amended:
                    continue
                said = amended.pop()
            self.report(msgspec.structs.replace(said, ts_recv=self.seen(ts)))
