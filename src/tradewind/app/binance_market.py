"""The market data of a session at Binance: which streams, over which connections."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from tradewind.venues.binance.history import Books, Klines
from tradewind.venues.binance.policy import Patience
from tradewind.venues.binance.product import Product, routes_of, streams_of
from tradewind.venues.binance.rest import Rest
from tradewind.venues.binance.routed import RoutedMarket
from tradewind.venues.binance.stream import BinanceMarket

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tradewind.app.config.binance import BinanceData
    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.market import Bar, MarketEvent
    from tradewind.ports import MarketData
    from tradewind.venues._net.offset import VenueClock
    from tradewind.venues.binance.hosts import Hosts
    from tradewind.venues.binance.weights import Budget


class Hearing(NamedTuple):
    """What market data are heard with: the interval of bars, the venue's time, what is known already, what is new."""

    interval: str
    clock: VenueClock
    klines: Klines
    wanted: Callable[[MarketEvent], bool]
    budget: Callable[[], Budget]


def market_of(
    data: BinanceData, doors: Hosts, product: Product, of: Mapping[str, InstrumentId], hearing: Hearing
) -> MarketData:
    """Return the market data of these symbols: one connection for each route that they need."""
    settings = data.config
    patience = Patience(silent_seconds=settings.silent_seconds, rotate_seconds=settings.rotate_seconds)
    streams = streams_of(list(of), hearing.interval, product, settings.also)
    book_of = None
    if "book" in settings.also:
        names = {name: symbol for symbol, name in of.items()}
        book_of = Books(
            Rest(doors.rest, product, budget=hearing.budget(), now=hearing.clock.now), names, hearing.clock.now
        )
    parts = [
        BinanceMarket(
            f"{doors.stream}{path}", asked, dict(of), hearing.clock, wanted=hearing.wanted, patience=patience,
            book_of=book_of,
            klines=hearing.klines if any("@kline_" in name for name in asked) else None,
        )
        for path, asked in routes_of(streams, product).items()
    ]  # fmt: skip
    return parts[0] if len(parts) == 1 else RoutedMarket(parts)


def as_heard(bars: Iterator[Bar]) -> Iterator[Bar]:
    """Have bars heard in the order in which they are told: pages of several symbols come in turn."""
    heard = 0
    for bar in bars:
        heard = max(heard, bar.ts_recv)
        yield bar if bar.ts_recv == heard else msgspec.structs.replace(bar, ts_recv=heard)
