"""The simulated venue: takes orders, matches them against market events, reports what came of it.

Knows nothing of the engine: it is given effects and market events and puts its reports on a timeline.
How a price is found is the matchers' affair (`bars.py`, `quotes.py`, `book.py`); what follows from a
trade is the desk's, what it costs and how long it takes is that of the models.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from tradewind.domain import events as ev
from tradewind.domain.commands import AmendOrder, CancelOrder, QueryOrder, SubmitOrder
from tradewind.domain.market import Bar, FundingRate, Quote, Trade
from tradewind.domain.money import exact
from tradewind.domain.order import OrderType, TimeInForce
from tradewind.venues.sim.account import SimAccount
from tradewind.venues.sim.bars import BarMatcher
from tradewind.venues.sim.carry import Carry
from tradewind.venues.sim.desk import Desk
from tradewind.venues.sim.resting import STOPS, Resting

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from decimal import Decimal

    from tradewind.domain.account import Balance
    from tradewind.domain.commands import Effect
    from tradewind.domain.ids import Asset, InstrumentId
    from tradewind.domain.instrument import Instrument
    from tradewind.domain.market import MarketEvent
    from tradewind.domain.order import OrderSpec
    from tradewind.domain.time import TimeNs
    from tradewind.engine.timeline import Timeline
    from tradewind.ports import Calendar
    from tradewind.venues.sim.settings import SimModels


class SimVenue:
    """One simulated account at one simulated venue, driven by market events."""

    def __init__(  # noqa: PLR0913 - an account, its opening, its models, its time
        self,
        instruments: Sequence[Instrument],
        models: SimModels,
        timeline: Timeline,
        *,
        base: Asset,
        opening: Sequence[Balance],
        calendar: Calendar,
    ) -> None:
        self._instruments = {instrument.id: instrument for instrument in instruments}
        self._models = models
        self._timeline = timeline
        self._calendar = calendar
        self.account = SimAccount(instruments, models.account, base, opening)
        self.desk = Desk(
            models.name, self.account, timeline, fees=models.fees, slippage=models.slippage, latency=models.latency
        )
        self._bars = BarMatcher(self.desk, touch=models.touch, volume_share=models.volume_share)
        self._carry = Carry(
            self._instruments, self.account, self.desk, timeline, calendar=calendar, borrow_rate=models.borrow_rate
        )
        self._last = self.account.last
        self._books = self.desk.books
        self._margined = models.is_margined(instruments)
        self._hear: dict[type, Callable[[Any], None]] = {
            Bar: self._on_bar,
            Quote: self._on_quote,
            Trade: self._on_trade,
            FundingRate: self._carry.fund,
        }

    def on_market(self, event: MarketEvent) -> None:
        """Match what rests against a market event, before the engine sees it."""
        hear = self._hear.get(type(event))
        if hear is not None:
            hear(event)

    def execute(self, effect: Effect, ts: TimeNs) -> None:
        """Take an effect that left the engine at `ts`; it arrives when the latency model says."""
        match effect:
            case SubmitOrder():
                arrival = ts + self._models.latency.submit()
                self._timeline.at(arrival, partial(self._arrive, effect, arrival))
            case CancelOrder():
                arrival = ts + self._models.latency.cancel()
                self._timeline.at(arrival, partial(self._cancel, effect, arrival))
            case AmendOrder():
                arrival = ts + self._models.latency.cancel()
                self._timeline.at(arrival, partial(self._amend, effect, arrival))
            case QueryOrder():
                arrival = ts + self._models.latency.submit()
                self._timeline.at(arrival, partial(self._query, effect, arrival))
            case _:
                raise AssertionError(f"not for a venue: {effect}")

    # --- the market ---------------------------------------------------------------------------------

    def _on_bar(self, bar: Bar) -> None:
        if bar.instrument in self._books:
            self._bars.match(bar)
        if self._margined and self.account.position(bar.instrument):
            self._last.setdefault(bar.instrument, bar.open)
            self._carry.close_out(bar)
            self._carry.watch_short(bar.instrument, bar.ts_recv)
        self._last[bar.instrument] = bar.close

    def _on_quote(self, quote: Quote) -> None:
        if quote.bid > 0.0 and quote.ask >= quote.bid:
            self._last[quote.instrument] = (quote.bid + quote.ask) / 2.0

    def _on_trade(self, trade: Trade) -> None:
        if trade.price > 0.0:
            self._last[trade.instrument] = trade.price

    # --- what was asked for arrives -----------------------------------------------------------------

    def _arrive(self, effect: SubmitOrder, ts: TimeNs) -> None:
        spec = effect.order
        instrument = self._instruments[spec.instrument]
        reason = self._objection(spec, instrument, ts)
        if reason:
            self.desk.reject(spec, reason, ts, effect.attached)
            return
        order = self.desk.open(spec, instrument, ts, effect.attached)
        if spec.type is OrderType.TRAILING_STOP and spec.instrument in self._last:
            order.trail(exact(self._last[spec.instrument]))
        end = spec.expire_at if spec.tif is TimeInForce.GTD else None
        if spec.tif is TimeInForce.DAY:
            end = self._calendar.day_end(ts)
        if end is not None:
            self._timeline.at(max(end, ts), partial(self._expire, order, max(end, ts)))

    def _objection(self, spec: OrderSpec, instrument: Instrument, ts: TimeNs) -> str:
        """Say why an arriving order cannot be taken; the empty string if it can."""
        if spec.tif is TimeInForce.GTD and (spec.expire_at or 0) <= ts:
            return "expires before it arrives"
        candidate = Resting(spec, instrument, ts, self.desk.venue_order())
        last = self._last.get(spec.instrument)
        if spec.reduce_only and not self.account.reducible(candidate):
            return "reduce-only: there is no position to reduce"
        if last is None:
            return ""
        if spec.post_only and spec.price is not None and _crosses(candidate, exact(last)):
            return f"post-only: would take at {last}"
        if spec.type in STOPS and candidate.reached(exact(last)):
            return f"would trigger at once: last price {last}"
        price: Decimal = spec.price or spec.trigger or exact(last)
        return self.account.affordable(candidate, price, self.desk.all())

    def _cancel(self, effect: CancelOrder, ts: TimeNs) -> None:
        order = self.desk.find(effect.instrument, effect.order)
        if order is not None:
            self.desk.cancel(order, "cancelled by us", ts, ts)
        elif not self.desk.cancel_asleep(effect.order, ts):
            self.desk.report(ev.CancelRejected(effect.order, "unknown order", ts, self.desk.seen(ts)))

    def _amend(self, effect: AmendOrder, ts: TimeNs) -> None:
        order = self.desk.find(effect.instrument, effect.order)
        quantity = None if order is None else effect.quantity or order.spec.quantity
        if order is None or quantity is None or quantity <= order.filled:
            why = "unknown order" if order is None else "not above what has filled"
            self.desk.report(ev.AmendRejected(effect.order, why, ts, self.desk.seen(ts)))
            return
        price = effect.price or order.spec.price
        order.spec = msgspec.structs.replace(order.spec, quantity=quantity, price=price)
        order.trigger = effect.trigger or order.trigger
        order.queue_ahead = None
        self.desk.report(
            ev.OrderAmended(effect.order, quantity, price, order.trigger, ts, self.desk.seen(ts))
        )

    def _query(self, effect: QueryOrder, ts: TimeNs) -> None:
        order = self.desk.find(effect.instrument, effect.order)
        if order is None:
            self.desk.report(ev.OrderNotFound(effect.order, ts, self.desk.seen(ts)))
        else:
            self.desk.report(ev.OrderAccepted(effect.order, order.venue_order, ts, self.desk.seen(ts)))

    def _expire(self, order: Resting, ts: TimeNs) -> None:
        if self.desk.find(order.spec.instrument, order.spec.id) is order:
            self.desk.expire(order, f"{order.spec.tif.value}: its time is over", ts, ts)


def _crosses(order: Resting, price: Decimal) -> bool:
    limit = order.limit
    return limit is not None and (limit >= price if order.is_buy else limit <= price)
