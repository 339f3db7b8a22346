"""The simulated venue: takes orders, matches them against market events, reports what came of it.

Knows nothing of the engine: it is given effects and market events and puts its reports on a timeline.
How a price is found is the matchers' affair (`bars.py`, `quotes.py`, `trades.py`, `book.py`); what follows
from a trade is the desk's, what it costs and how long it takes is that of the models.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from tradewind.domain import events as ev
from tradewind.domain.account import Balance, VenuePosition
from tradewind.domain.commands import AmendOrder, CancelOrder, QueryOrder, SubmitOrder
from tradewind.domain.market import Bar, BookDelta, BookSnapshot, FundingRate, Quote, Trade
from tradewind.domain.money import ZERO
from tradewind.domain.order import TimeInForce
from tradewind.venues.sim.account import SimAccount, locked_by
from tradewind.venues.sim.admission import Admission
from tradewind.venues.sim.bars import BarMatcher
from tradewind.venues.sim.book import BookMatcher
from tradewind.venues.sim.carry import Carry
from tradewind.venues.sim.desk import Desk
from tradewind.venues.sim.quotes import QuoteMatcher
from tradewind.venues.sim.resting import Resting
from tradewind.venues.sim.trades import TradeMatcher

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tradewind.domain.commands import Effect
    from tradewind.domain.ids import Asset, InstrumentId
    from tradewind.domain.instrument import Instrument
    from tradewind.domain.market import MarketEvent
    from tradewind.domain.time import TimeNs
    from tradewind.engine.timeline import Timeline
    from tradewind.ports import Calendar
    from tradewind.venues.sim.settings import SimModels


class Matcher(Protocol):
    """What the venue asks of a matcher besides hearing its kind of market data."""

    def meets(self, instrument: InstrumentId, *, is_buy: bool) -> float | None:
        """Return the price that a taker of this side meets now; None if it is not known."""
        ...

    def arrive(self, order: Resting, ts: TimeNs) -> None:
        """Let an order look at the market that it finds."""
        ...


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
        self._last_arrival: TimeNs = 0
        self.account = SimAccount(instruments, models.account, base, opening)
        self.desk = Desk(
            models.name, self.account, timeline, fees=models.fees, slippage=models.slippage, latency=models.latency
        )
        self._carry = Carry(
            self._instruments, self.account, self.desk, timeline,
            calendar=calendar, fees=models.fees, borrow_rate=models.borrow_rate,
        )  # fmt: skip
        self._last = self.account.last
        self._books = self.desk.books
        self._margined = models.is_margined(instruments)
        self._matcher: Matcher
        self._hear = self._routes()
        self._admission = Admission(self.desk, self.account, self._matcher)

    def on_market(self, event: MarketEvent) -> None:
        """Match what rests against a market event, before the engine sees it."""
        hear = self._hear.get(type(event))
        if hear is not None:
            hear(event)

    def execute(self, effect: Effect, ts: TimeNs) -> None:
        """Take an effect that left the engine at `ts`; it arrives when the latency model says."""
        match effect:
            case SubmitOrder():
                self.desk.announce(effect.order)
                self._send(self._arrive, effect, ts + self._models.latency.submit())
            case CancelOrder():
                self._send(self._cancel, effect, ts + self._models.latency.cancel())
            case AmendOrder():
                self._send(self._amend, effect, ts + self._models.latency.cancel())
            case QueryOrder():
                self._send(self._query, effect, ts + self._models.latency.submit())
            case _:
                raise AssertionError(f"not for a venue: {effect}")

    def snapshot(self, ts: TimeNs) -> ev.AccountSnapshot:
        """Return the venue's own word on balances and positions; for a cash account, with what orders lock."""
        account = self.account
        locked = {} if self._margined else locked_by(self.desk.all())
        return ev.AccountSnapshot(
            self._models.name,
            tuple(Balance(a, total, locked.get(a, ZERO)) for a, total in account.portfolio.ledger.wallet()),
            tuple(
                VenuePosition(p.instrument, p.quantity, p.average_price)
                for p in account.portfolio.totals.values()
                if not p.is_flat
            ),
            ts,
            ts,
        )

    # --- the market ---------------------------------------------------------------------------------

    def _routes(self) -> dict[type, Callable[[Any], None]]:
        """Choose the matcher, and say who hears which market data; what is not matched on still marks."""
        models, desk = self._models, self.desk
        routes: dict[type, Callable[[Any], None]] = {
            Bar: lambda bar: self._mark(bar.instrument, bar.close, bar.ts_venue, bar.ts_recv),
            Quote: self._mark_quote,
            Trade: lambda trade: self._mark(trade.instrument, trade.price, trade.ts_venue, trade.ts_recv),
        }
        if models.funding:
            routes[FundingRate] = self._carry.fund
        terms: dict[str, Any] = {"touch": models.touch, "volume_share": models.volume_share}
        match models.match_on:
            case "bars":
                self._bars = self._matcher = BarMatcher(desk, self._last, **terms)
                return routes | {Bar: self._on_bar}
            case "quotes":
                self._quotes = self._matcher = QuoteMatcher(desk, by_size=models.fill_by_size)
                self._trades = TradeMatcher(desk, self._last, makers_only=True, **terms)
                return routes | {Quote: self._on_quote, Trade: self._on_trade}
            case "trades":
                self._trades = self._matcher = TradeMatcher(desk, self._last, **terms)
                return routes | {Trade: self._on_trade}
            case "book":
                self._book = self._matcher = BookMatcher(desk, queue=models.queue)
                return routes | dict.fromkeys((BookSnapshot, BookDelta), self._on_book) | {Trade: self._book.on_trade}

    def _on_bar(self, bar: Bar) -> None:
        name = bar.instrument
        matched = name in self._books and self._bars.covers(bar)
        if matched:
            self._bars.begin(bar)
        if self._margined and self.account.position(name):
            self._last.setdefault(name, bar.open)
            self._carry.close_out(name, (bar.open, bar.low, bar.high), bar.ts_venue, bar.ts_recv)
        if matched:
            self._bars.finish(bar)
        self._last[name] = bar.close
        if self._margined:
            self._watch(name, bar.close, bar.ts_venue, bar.ts_recv)

    def _on_quote(self, quote: Quote) -> None:
        if quote.bid > 0.0 and quote.ask >= quote.bid:
            self._last[quote.instrument] = (quote.bid + quote.ask) / 2.0
            self._quotes.on_quote(quote)
            self._mark_quote(quote)

    def _on_trade(self, trade: Trade) -> None:
        if trade.price > 0.0:
            self._last[trade.instrument] = trade.price
            self._trades.on_trade(trade)
            self._mark(trade.instrument, trade.price, trade.ts_venue, trade.ts_recv)

    def _on_book(self, event: BookSnapshot | BookDelta) -> None:
        middle = self._book.on_book(event)
        if middle is not None:
            self._mark(event.instrument, middle, event.ts_venue, event.ts_recv)

    def _mark_quote(self, quote: Quote) -> None:
        if quote.bid > 0.0 and quote.ask >= quote.bid:
            self._mark(quote.instrument, (quote.bid + quote.ask) / 2.0, quote.ts_venue, quote.ts_recv)

    def _mark(self, name: InstrumentId, price: float, ts: TimeNs, seen: TimeNs) -> None:
        self._last[name] = price
        if self._margined:
            self._watch(name, price, ts, seen)

    def _watch(self, name: InstrumentId, price: float, ts: TimeNs, seen: TimeNs) -> None:
        """See whether what is held must be closed out at this price, or pays interest from now on."""
        if self.account.position(name):
            self._carry.close_out(name, (price, price, price), ts, seen)
            self._carry.watch_short(name, seen)

    # --- what was asked for arrives -----------------------------------------------------------------

    def _send(self, then: Callable[[Any, TimeNs], None], effect: Effect, arrival: TimeNs) -> None:
        """Put a request on its way; requests do not overtake each other."""
        arrival = self._last_arrival = max(arrival, self._last_arrival)
        self._timeline.at(arrival, partial(then, effect, arrival))

    def _arrive(self, effect: SubmitOrder, ts: TimeNs) -> None:
        spec = effect.order
        if self.desk.knows(spec.id):
            self.desk.repeat(spec.id, ts)  # the same request again: one order, the same answer
            return
        order = Resting(spec, self._instruments[spec.instrument], ts)
        reason = self._admission.objection(order, ts)
        if reason:
            self.desk.reject(spec, effect.attached, reason, ts)
            return
        self.desk.admit(order, effect.attached, ts)
        self._limit_life(order, ts)
        self._matcher.arrive(order, ts)

    def _limit_life(self, order: Resting, ts: TimeNs) -> None:
        """Let the order expire when its time is over: just after it, as what happens at its end still counts."""
        tif = order.spec.tif
        if tif is TimeInForce.GTD:
            end = order.spec.expire_at or ts
        elif tif is TimeInForce.DAY:
            end = self._calendar.day_end(ts)
        else:
            return
        self._timeline.at(end + 1, partial(self._expire, order, end))

    def _expire(self, order: Resting, end: TimeNs) -> None:
        self.desk.expire(order, f"{order.spec.tif.value}: its time is over", end, end + 1)

    def _cancel(self, effect: CancelOrder, ts: TimeNs) -> None:
        order = self.desk.find(effect.order)
        if order is None:
            why = "it has ended" if self.desk.knows(effect.order) else "unknown order"
            self.desk.report(ev.CancelRejected(effect.order, why, ts, self.desk.seen(ts)))
        else:
            self.desk.cancel(order, "cancelled by us", ts, ts)

    def _amend(self, effect: AmendOrder, ts: TimeNs) -> None:
        desk, order = self.desk, self.desk.find(effect.order)
        why = "unknown order" if order is None else self._admission.amend(order, effect)
        if order is None or why:
            desk.report(ev.AmendRejected(effect.order, why, ts, desk.seen(ts)))
            return
        spec = order.spec
        desk.say(order, ev.OrderAmended(spec.id, spec.quantity, spec.price, order.trigger, ts, desk.seen(ts)))
        if order.venue_order:
            self._matcher.arrive(order, ts)

    def _query(self, effect: QueryOrder, ts: TimeNs) -> None:
        self.desk.repeat(effect.order, ts)
