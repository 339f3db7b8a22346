"""The simulated venue: takes orders, matches them against market events, reports what came of it.

Knows nothing of the engine: it is given effects and market events and puts its reports on a timeline.
How a price is found is the matchers' affair (`bars.py`, `quotes.py`, `trades.py`, `book.py`); what follows
from a trade is the desk's, what it costs and how long it takes is that of the models.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec

from tradewind.data.quality import fault
from tradewind.domain import events as ev
from tradewind.domain.account import Balance, VenuePosition
from tradewind.domain.market import Bar, BookDelta, BookSnapshot, FundingRate, Quote, Trade
from tradewind.domain.money import ZERO
from tradewind.venues.sim.account import SimAccount
from tradewind.venues.sim.admission import Admission
from tradewind.venues.sim.agenda import Agenda
from tradewind.venues.sim.bars import BUSY, BarMatcher, Quiet
from tradewind.venues.sim.book import BookMatcher
from tradewind.venues.sim.carry import Carry
from tradewind.venues.sim.choice import fees_of, slippage_of
from tradewind.venues.sim.desk import Desk
from tradewind.venues.sim.keeping import kept_random, set_random
from tradewind.venues.sim.listing import ended_of, fills_of, listed
from tradewind.venues.sim.mid import MidFills
from tradewind.venues.sim.quotes import QuoteMatcher
from tradewind.venues.sim.requests import Matcher, Requests
from tradewind.venues.sim.reserved import locked_by
from tradewind.venues.sim.resting import Resting
from tradewind.venues.sim.trades import TradeMatcher

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Collection, Iterable, Sequence
    from decimal import Decimal

    from tradewind.domain.commands import Effect, ModelVenue, SubmitOrder
    from tradewind.domain.ids import Asset, InstrumentId
    from tradewind.domain.instrument import Instrument
    from tradewind.domain.market import MarketEvent
    from tradewind.domain.time import TimeNs
    from tradewind.domain.venue_state import VenueState
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
        self.account = SimAccount(instruments, models.account, base, opening)
        self.desk = Desk(
            models.name,
            self.account,
            timeline,
            fees=models.fees,
            slippage=models.slippage,
            latency=models.latency,
            slip_limits=models.slip_limits,
            faults=models.faults,
        )
        self._timeline = timeline
        self._agenda = Agenda(timeline)
        self._chosen: dict[str, ModelVenue] = {}
        self._carry = Carry(
            self._instruments, self.account, self.desk, self._agenda,
            calendar=calendar, fees=models.fees, borrow_rate=models.borrow_rate,
        )  # fmt: skip
        self._last, self._totals = self.account.last, self.account.portfolio.totals
        self._books = self.desk.books
        self._margined = models.is_margined(instruments)
        self._watched = self._margined and models.close_out
        self._matcher: Matcher
        self._mid: MidFills | None = None
        self._hear = self._routes()
        self._requests = Requests(
            self._instruments, self.desk, Admission(self.desk, self.account, self._matcher), timeline, self._agenda,
            matcher=self._matcher, latency=models.latency, faults=models.faults, calendar=calendar,
            snapshot=self.snapshot,
        )  # fmt: skip

    def on_market(self, event: MarketEvent) -> None:
        """Match what rests against a market event, before the engine sees it."""
        if type(event) is Bar:
            if fault(event):
                return  # nobody traded at such prices; the engine refuses it as well, and says why
            name = event.instrument
            if name not in self._books and not (self._margined and self._totals[name].quantity):
                self._last[name] = event.close  # most bars: nothing rests, nothing is held against collateral
                if self._mid is not None:
                    self._mid.see(event)
                return
        hear = self._hear.get(type(event))
        if hear is not None:
            hear(event)

    def execute(self, effect: Effect, ts: TimeNs) -> None:
        """Take an effect that left the engine at `ts`; it arrives when the latency model says."""
        self._requests.send(effect, ts)

    def model(self, choice: ModelVenue) -> None:
        """Reckon by another model from now on: a strategy chooses before it trades."""
        self._chosen[choice.part] = choice
        if choice.part == "commission":
            self._carry.fees = fees_of(choice)
            self.desk.charge(self._carry.fees)
        else:
            self.desk.slippage = slippage_of(choice)
            self._matcher.volume_share = choice.volume_limit

    def quiet(self, instrument: InstrumentId, ts_open: TimeNs) -> Quiet:
        """Say which bars, from the one that opens at `ts_open` on, can change nothing at this venue."""
        assert self._models.match_on == "bars", "only bars can be passed over"
        return BUSY if self._watched or self._mid else self._bars.quiet(instrument, ts_open)

    def state(self) -> VenueState:
        """Return all of the venue as plain data, with what is on its way to it and from it; between two events only.

        What argo's fill model has seen is not in it: that is for backtests.
        """
        assert self._mid is None, "a model that looks ahead is for backtests, which are not gone on with"
        books, bars = self.account.portfolio, self._bars.intervals if self._models.match_on == "bars" else {}
        return msgspec.structs.replace(
            self.desk.state(),
            books=books.ledger.state(),
            totals=tuple(position.kept() for position in books.totals.values()),
            prices=tuple(self._last.items()),
            last_arrival=self._requests.last_arrival,
            actions=self._agenda.state(),
            reports=tuple(self._timeline.coming()),
            borrowing=tuple(sorted(self._carry.borrowing)),
            charges=tuple(self._carry.told),
            models=tuple(self._chosen.values()),
            intervals=tuple((name, *bars_of) for name, bars_of in bars.items()),
            randoms=tuple(map(kept_random, self._randoms)),
            quotes=self._quotes.state() if self._models.match_on == "quotes" else (),
            depths=self._book.state() if self._models.match_on == "book" else (),
        )

    def restore(self, state: VenueState, now: TimeNs) -> None:
        """Go on, as a fresh venue on a fresh timeline, where `state` was taken; what was under way comes now."""
        self.account.restore(state)
        for choice in state.models:
            self.model(choice)
        self.desk.restore(state, self._instruments, now)
        self._requests.last_arrival = state.last_arrival
        self._carry.borrowing.update(state.borrowing)
        self._carry.told.extend(state.charges)
        if self._models.match_on == "bars":
            self._bars.intervals.update((name, (interval, ns)) for name, interval, ns in state.intervals)
        elif self._models.match_on == "quotes":
            self._quotes.restore(state.quotes)
        elif self._models.match_on == "book":
            self._book.restore(state.depths)
        for generator, kept in zip(self._randoms, state.randoms, strict=False):
            set_random(generator, kept)
        self._agenda.restore(state.actions, now)
        for event in state.reports:
            self._timeline.push(event if event.ts_recv >= now else msgspec.structs.replace(event, ts_recv=now))

    @property
    def _randoms(self) -> tuple[random.Random, ...]:
        faults = self._models.faults
        return (*self._models.latency.randoms, *(() if faults is None else faults.randoms))

    def take_filled(self, effect: SubmitOrder, price: Decimal, filled_at: TimeNs, now: TimeNs) -> None:
        """Take an order that an earlier venue had filled at `price` before slippage, and fill it as it was then.

        Its exits live from that fill on, so that what is left of their time is right.
        """
        order = Resting(effect.order, self._instruments[effect.order.instrument], now)
        self.desk.admit(order, effect.attached, now)
        self.desk.trade(order, price, order.left, maker=False, volume=0.0, ts=filled_at, seen=now)
        for exit_order in order.exits.exits if order.exits is not None else ():
            exit_order.rested = True

    @property
    def attended(self) -> Collection[InstrumentId] | None:
        """The instruments whose bars must come by `on_market`; the others' only give a price. None: all must.

        As it is now: a collection that was asked for before an effect or a bar came here says nothing after it.
        """
        if self._mid is not None:
            return None
        if not self._margined:
            return self._books
        return {name for name, held in self._totals.items() if held.quantity or name in self._books}

    def pass_over(self, closes: Iterable[tuple[InstrumentId, float]]) -> None:
        """Be told by whoever drives that bars have been that can change nothing here, and their closes, in order."""
        self._last.update(closes)

    def force_out(self, instrument: InstrumentId, ts: TimeNs) -> None:
        """Close a position by force at the last price, whatever the margin; its orders that rest are cancelled."""
        last = self._last.get(instrument)
        if last is not None and self.account.position(instrument):
            self._carry.close_at(instrument, self._instruments[instrument].price(last), ts, ts)

    def snapshot(self, ts: TimeNs, fills_since: TimeNs = 0) -> ev.AccountSnapshot:
        """Return the venue's own word on all that it has of ours; for a cash account, with what orders lock."""
        account = self.account
        locked = {} if self._margined else locked_by(self.desk.all())
        return ev.AccountSnapshot(
            self._models.name,
            tuple(Balance(a, total, locked.get(a, ZERO)) for a, total in account.portfolio.ledger.wallet()),
            tuple(
                VenuePosition(p.instrument, p.quantity, p.average_price, tells_average=True)
                for p in account.portfolio.totals.values()
                if not p.is_flat
            ),
            ts,
            ts,
            tuple(listed(self.desk.orders())),
            tuple(fills_of(self.desk.orders(), fills_since)),
            ended=tuple(ended_of(self.desk.orders(), fills_since)),
            account=self._models.account,
            tells_locked=not self._margined,
            charges=self._carry.since(fills_since),
        )

    # --- the market ---------------------------------------------------------------------------------

    def _routes(self) -> dict[type, Callable[[Any], None]]:
        """Choose the matcher, and say who hears which market data; what is not matched on still marks."""
        models, desk = self._models, self.desk
        routes: dict[type, Callable[[Any], None]] = {
            Bar: lambda bar: self._mark(bar.instrument, bar.close, bar.ts_venue, bar.ts_recv),
            Quote: self._mark_quote,
            Trade: self._mark_trade,
        }
        if models.funding:
            routes[FundingRate] = self._carry.fund
        terms: dict[str, Any] = {"touch": models.touch, "volume_share": models.volume_share}
        match models.match_on:
            case "bars":
                self._mid = MidFills(desk) if models.current_bar_mid else None
                self._bars = self._matcher = BarMatcher(
                    desk, self._last, improve=models.improve, mid=self._mid, **terms
                )
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
        if self._watched and self.account.position(name):
            self._last.setdefault(name, bar.open)
            self._carry.close_out(name, (bar.open, bar.low, bar.high), bar.ts_venue, bar.ts_recv)
        if matched:
            self._bars.finish(bar)
        self._last[name] = bar.close
        if self._mid is not None:
            self._mid.see(bar)
        if self._watched:
            self._watch(name, bar.close, bar.ts_venue, bar.ts_recv)

    def _on_quote(self, quote: Quote) -> None:
        if 0.0 < quote.bid <= quote.ask < math.inf:
            self._last[quote.instrument] = (quote.bid + quote.ask) / 2.0
            self._quotes.on_quote(quote)
            self._mark_quote(quote)

    def _on_trade(self, trade: Trade) -> None:
        if 0.0 < trade.price < math.inf:
            self._last[trade.instrument] = trade.price
            self._trades.on_trade(trade)
            self._mark_trade(trade)

    def _on_book(self, event: BookSnapshot | BookDelta) -> None:
        middle = self._book.on_book(event)
        if middle is not None:
            self._mark(event.instrument, middle, event.ts_venue, event.ts_recv)

    def _mark_trade(self, trade: Trade) -> None:
        if 0.0 < trade.price < math.inf:
            self._mark(trade.instrument, trade.price, trade.ts_venue, trade.ts_recv)

    def _mark_quote(self, quote: Quote) -> None:
        if 0.0 < quote.bid <= quote.ask < math.inf:
            self._mark(quote.instrument, (quote.bid + quote.ask) / 2.0, quote.ts_venue, quote.ts_recv)

    def _mark(self, name: InstrumentId, price: float, ts: TimeNs, seen: TimeNs) -> None:
        self._last[name] = price
        if self._watched:
            self._watch(name, price, ts, seen)

    def _watch(self, name: InstrumentId, price: float, ts: TimeNs, seen: TimeNs) -> None:
        """See whether what is held must be closed out at this price, or pays interest from now on."""
        if self.account.position(name):
            self._carry.close_out(name, (price, price, price), ts, seen)
            self._carry.watch_short(name, seen)
