"""What all clients share: the markets, the accounts' dealers, numbers, time. A witness of the exchange."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import TYPE_CHECKING

from tradewind.domain.commands import SubmitOrder
from tradewind.domain.ids import InstrumentId
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.market import Bar, BookDelta, BookSnapshot, FundingRate, Quote, Trade
from tradewind.domain.money import ZERO, exact, money_context, plain
from tradewind.domain.order import Side
from tradewind.domain.time import NEVER, NS_PER_MS, NS_PER_SECOND, Interval
from tradewind.exchange.binance.candles import Candles
from tradewind.exchange.binance.dealer import Dealer
from tradewind.exchange.binance.market import Market
from tradewind.exchange.binance.notes import Chosen, decode, encode
from tradewind.exchange.binance.past import PastBars
from tradewind.exchange.binance.reports import SpotTeller
from tradewind.exchange.binance.streams import Hub
from tradewind.exchange.binance.symbols import Symbol, Symbols
from tradewind.exchange.binance.usdm.listen_keys import ListenKeys
from tradewind.exchange.binance.words import Words
from tradewind.exchange.request_entry import Entry
from tradewind.exchange.sides import SHORT, short_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tradewind.domain.events import Event
    from tradewind.domain.instrument import Instrument
    from tradewind.domain.market import MarketEvent
    from tradewind.domain.time import TimeNs
    from tradewind.exchange.account import Account
    from tradewind.exchange.binance.limits import Limits
    from tradewind.exchange.binance.market import Print
    from tradewind.exchange.binance.notes import AnyNote
    from tradewind.exchange.binance.seams import Teller
    from tradewind.exchange.conductor import Conductor
    from tradewind.exchange.history import Tape


@dataclass(frozen=True)
class Product:
    """What is traded on a floor, and how that is written."""

    kinds: tuple[InstrumentKind, ...]
    symbol: Callable[[Instrument, int], Symbol]
    words: Words
    teller: Callable[[], Teller]
    prefix: str
    """Of the names that its orders have at the simulated venue."""


SPOT = Product((InstrumentKind.SPOT, InstrumentKind.EQUITY), Symbol, Words(), SpotTeller, "b")


class TradingFloor:
    """The exchange as this dialect sees it."""

    def __init__(  # noqa: PLR0913 - an exchange, and what is traded on the floor
        self, conductor: Conductor, tape: Tape, accounts: Iterable[Account],
        trades: Callable[[Bar], list[Trade]] | None, limits: Limits, *, product: Product,
    ) -> None:  # fmt: skip
        self.conductor = conductor
        self.words, self.prefix = product.words, product.prefix
        self.symbols = Symbols([each for each in tape.instruments if each.kind in product.kinds], product.symbol)
        self.dealers = {account.name: Dealer(account, self, product.teller()) for account in accounts}
        self._by_trades = trades is not None or tape.finest == "trades"
        """Whether klines are made of trades, and rolled by the clock; else of bars."""
        base = Interval.parse(tape.interval)
        self.markets = {
            symbol.name: Market(
                symbol, Candles(base, tape.start, PastBars(tape.history, symbol.id, tape.interval, trades))
            )
            for symbol in self.symbols
        }  # fmt: skip
        self.limits = limits
        self.cuts_short: Callable[[], bool] = lambda: False
        """Whether half of the order that is placed now is never executed: a fault that was asked for."""
        self.hub = Hub(self.symbols, self.markets.__getitem__, self.words)
        self.listen_keys = ListenKeys()
        self.orders_last = self.reports_last = self.lists_last = 0
        self._changed: set[str] = set()
        """Symbols whose book of ours may have changed."""

    # --- what dealers ask ---------------------------------------------------------------------------

    def now(self) -> int:
        """Return the exchange's time, in nanoseconds."""
        return self.conductor.now()

    def market(self, symbol: Symbol) -> Market:
        """Return the market of a symbol."""
        return self.markets[symbol.name]

    def next_order(self) -> int:
        """Return the number of the next order."""
        self.orders_last += 1
        return self.orders_last

    def next_report(self) -> int:
        """Return the number of the next report."""
        self.reports_last += 1
        return self.reports_last

    def find(self, instrument: str) -> Symbol | None:
        """Return the symbol of an instrument."""
        return self.symbols.of(InstrumentId(instrument.removesuffix(SHORT)))

    def carry_out(self, dealer: Dealer, note: AnyNote) -> None:
        """Write a request of an account's down, carry it out, and let happen what follows at once."""
        account, now = dealer.account, self.conductor.catch_up()
        self.conductor.log(Entry(now, now, account.name, None, self.prefix, encode(note)))
        self._give(dealer, note, now)
        self.conductor.play_to(now)
        if account.due != NEVER:
            self.conductor.poke()

    def replay(self, account: str, note: bytes, ts: TimeNs) -> None:
        """Carry a request out again that was written down, at the time of then."""
        again = decode(note)
        if account:
            self._give(self.dealers[account], again, ts)
        elif isinstance(again, Chosen):
            symbol = self.symbols.get(again.of)
            assert symbol is not None, again
            symbol.tick = _tick(again.value)

    def _give(self, dealer: Dealer, note: AnyNote, ts: TimeNs) -> None:
        if isinstance(note, Chosen) and note.what == "stream":
            self.listen_keys.put(dealer.account.name, note.value, ts)
        for request in dealer.apply(note, ts):
            if type(request) is SubmitOrder:
                dealer.account.number(request)
            dealer.account.execute(request, ts)

    def ends_at(self, symbol: Symbol, quantity: Decimal) -> Decimal:
        """Return after how much of an order the exchange takes the rest back by itself; 0 for never."""
        half = quantity / 2 // symbol.lot * symbol.lot
        value = half * exact(self.market(symbol).last or 0.0)
        is_enough = half >= symbol.quantity_min and value >= symbol.instrument.notional_min
        return half if is_enough and self.cuts_short() else ZERO

    def passed(self, number: int) -> None:
        """Note that an order has a number."""
        self.orders_last = max(self.orders_last, number)

    def passed_list(self, number: int) -> None:
        """Note that a list has a number."""
        self.lists_last = max(self.lists_last, number)

    def next_list(self) -> int:
        """Return the number of the next list."""
        self.lists_last += 1
        return self.lists_last

    def change_tick(self, name: str, value: str) -> None:
        """Give a symbol another tick, ten times what it was if no value is given; raise `ValueError` for none.

        What rests stays where it is, and the market keeps its own steps: it is new orders that are held to the tick.
        """
        symbol = self.symbols.get(name)
        assert symbol is not None
        tick = symbol.tick * 10 if not value else _tick(value)
        now = self.conductor.catch_up()
        note = Chosen("tick", plain(tick), name)
        self.conductor.log(Entry(now, now, "", None, self.prefix, encode(note)))
        symbol.tick = tick

    def halt(self, name: str, seconds: float) -> None:
        """Let a symbol not trade for a while of the exchange's time; what rests stays, and may be taken back."""
        symbol = self.symbols.get(name)
        assert symbol is not None
        symbol.halted_until = self.now() + int(seconds * NS_PER_SECOND)
        symbol.status = "BREAK" if seconds > 0 else "TRADING"

    def side_of(self, instrument: InstrumentId, *, has_sides: bool) -> str:
        """Return which position of an account's an instrument stands for: BOTH, or LONG or SHORT in hedge mode."""
        if instrument.endswith(SHORT):
            return "SHORT"
        return "LONG" if has_sides else "BOTH"

    def order_filled(self, account: Account) -> None:
        """Note that an order does not count as unfilled any more."""
        self.limits.filled(account.name, self.now())

    def printed(self, trade: Trade) -> int:
        """Show a trade of an account's to everybody; return its number."""
        market = self.markets[self.symbols.of(trade.instrument).name]  # type: ignore[union-attr]
        return self._told(market, market.print_own(trade))

    # --- what it witnesses --------------------------------------------------------------------------

    def on_market(self, event: MarketEvent) -> None:
        """Take a market event."""
        symbol = self.symbols.of(event.instrument)
        if symbol is None:
            return
        market = self.markets[symbol.name]
        match event:
            case Trade():
                self._trade(market, event)
            case BookSnapshot() | BookDelta():
                self._best(market, partial(market.book.on_market, event))
            case Quote() if event.ask > event.bid > 0.0:
                self._best(market, partial(market.book.on_quote, event))
            case FundingRate():
                market.funding_rate = event.rate
            case Bar() if self._by_trades:
                self._roll(market, event.ts_recv)
            case Bar() if event.interval == market.candles.base.label:
                market.candles.bar(event)
                self._roll(market, event.ts_venue)

    def on_report(self, account: Account, event: Event) -> None:
        """Take what an account was told."""
        dealer = self.dealers.get(account.name)
        if dealer is not None:
            self._changed.update(dealer.outcomes.on_report(event))

    def on_quiet(self) -> None:
        """Show what has come of it, now that all that was due has happened."""
        for name in sorted(self._changed):
            market = self.markets[name]
            bids, asks = resting_levels(self.dealers.values(), market.symbol)
            self._best(market, partial(market.book.lay_over, bids, asks))
        self._changed.clear()
        for dealer in self.dealers.values():
            if dealer.outcomes.are_unsettled:
                dealer.outcomes.settle()

    def pulse(self) -> None:
        """Let the streams that have a pace tell what is due, and klines close whose time has come."""
        self.conductor.catch_up()
        now = self.now()
        for symbol in self.symbols:
            symbol.status = "BREAK" if now < symbol.halted_until else "TRADING"
        if self._by_trades:
            for market in self.markets.values():
                self._roll(market, now)
        self.listen_keys.expire(now)
        with money_context():
            self.hub.pulse(now)

    def _trade(self, market: Market, trade: Trade) -> None:
        if self._by_trades:
            self._roll(market, trade.ts_venue)
        self._told(market, market.trade(trade))

    def _told(self, market: Market, done: Print) -> int:
        """Tell of a trade; return its number."""
        self.hub.traded(market, done, self.now() // NS_PER_MS)
        return done.number

    def _best(self, market: Market, change: Callable[[], bool]) -> None:
        """Change the book, and tell of the best bid and ask if they are others now."""
        before = market.book.best
        if change() and market.book.best != before:
            self.hub.best(market, self.now() // NS_PER_MS)

    def _roll(self, market: Market, ts: int) -> None:
        closed = market.candles.roll(ts)
        if closed:
            self.hub.closed(market, closed, self.now() // NS_PER_MS)


def _tick(value: str) -> Decimal:
    try:
        tick = exact(value)
    except (InvalidOperation, ValueError):
        raise ValueError(f"a tick is a number above zero, not {value!r}") from None
    if tick <= 0:
        raise ValueError(f"a tick is a number above zero, not {value!r}")
    return tick


def resting_levels(dealers: Iterable[Dealer], symbol: Symbol) -> tuple[dict[float, float], dict[float, float]]:
    """Return what the accounts have resting in the book of a symbol: bids and asks by price."""
    bids: dict[float, float] = {}
    asks: dict[float, float] = {}
    for dealer in dealers:
        desk = dealer.account.venue.desk
        for order in (*desk.resting(symbol.id), *desk.resting(short_of(symbol.id))):
            if order.limit is not None and order.triggered:
                side = bids if order.spec.side is Side.BUY else asks
                side[order.limit_level] = side.get(order.limit_level, 0.0) + float(order.left)
    return bids, asks
