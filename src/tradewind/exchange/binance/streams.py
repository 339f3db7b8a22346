"""Market streams: which names there are, who listens to which, and what is told when.

What happens at once (trades, the best bid and ask, a closed kline) is told at once; what has a pace (depth, klines
that form, tickers) is told when the exchange's time has gone on by so much.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec

from tradewind.domain.time import NS_PER_MS
from tradewind.exchange.binance.candles import BY_NAME
from tradewind.exchange.binance.ladder import Changes
from tradewind.exchange.binance.symbols import amount

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tradewind.domain.time import TimeNs
    from tradewind.exchange.binance.candles import Candle
    from tradewind.exchange.binance.market import Market, Print
    from tradewind.exchange.binance.symbols import Symbols

_NAME = re.compile(
    r"(?P<symbol>[a-z0-9]+)@(?:(?P<kline>kline)_(?P<interval>\w+)|(?P<part>depth)(?P<levels>5|10|20)(?:@(?P<quick>100ms|1000ms))?"
    r"|(?P<depth>depth)(?:@(?P<pace>100ms|1000ms))?|(?P<plain>trade|aggTrade|bookTicker|miniTicker|ticker|avgPrice))"
)
_encode = msgspec.json.Encoder().encode


class Name(NamedTuple):
    """A stream's name taken apart; `pace_ms` is how often it is told, 0 for at once."""

    symbol: str
    kind: str
    argument: str
    pace_ms: int


class Hearer(Protocol):
    """A connection that streams are told on."""

    def hear(self, raw: bytes, combined: bytes) -> None:
        """Take what a stream tells, alone and with the stream's name around it."""
        ...


def stream_of(name: str) -> Name | None:
    """Take the name of a stream apart; None if there is no such stream."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    parts = found.groupdict()
    symbol = parts["symbol"].upper()
    if parts["kline"]:
        label = parts["interval"]
        return Name(symbol, "kline", label, 1000 if label == "1s" else 2000) if label in BY_NAME else None
    if parts["part"]:
        return Name(symbol, "part", parts["levels"], 100 if parts["quick"] == "100ms" else 1000)
    if parts["depth"]:
        return Name(symbol, "depth", "", 100 if parts["pace"] == "100ms" else 1000)
    kind = parts["plain"]
    return Name(symbol, kind, "", 0 if kind in ("trade", "aggTrade", "bookTicker") else 1000)


class Hub:
    """Who listens to which stream."""

    def __init__(self, symbols: Symbols, market: Callable[[str], Market]) -> None:
        self._symbols = symbols
        self._market = market
        self._hearers: dict[str, list[Hearer]] = {}
        self._paced: dict[str, tuple[Name, TimeNs]] = {}
        """Streams that have a pace and are listened to, and when each is due."""
        self.unknown = 0
        """How often a stream was asked for that there is not: it is acknowledged, and stays silent."""

    @property
    def streams(self) -> Iterable[str]:
        """The streams that somebody listens to."""
        return self._hearers

    def subscribe(self, name: str, hearer: Hearer, now: TimeNs) -> None:
        """Let somebody listen to a stream from now on."""
        hearers = self._hearers.setdefault(name, [])
        if hearer in hearers:
            return
        hearers.append(hearer)
        stream = stream_of(name)
        if stream is None or self._symbols.get(stream.symbol) is None:
            self.unknown += 1
            return
        market = self._market(stream.symbol)
        if stream.kind == "kline":
            market.candles.follow(stream.argument)
        if stream.kind == "depth":
            market.book.pending.setdefault(name, Changes(market.book.last_id))
        if stream.pace_ms:
            self._paced.setdefault(name, (stream, now))

    def unsubscribe(self, name: str, hearer: Hearer) -> None:
        """Let somebody listen no more."""
        hearers = self._hearers.get(name, [])
        if hearer in hearers:
            hearers.remove(hearer)
        if not hearers:
            self._hearers.pop(name, None)
            paced = self._paced.pop(name, None)
            if paced is not None:
                self._market(paced[0].symbol).book.pending.pop(name, None)

    def leave(self, hearer: Hearer) -> None:
        """Let a connection that has ended go from everywhere."""
        for name in [name for name, hearers in self._hearers.items() if hearer in hearers]:
            self.unsubscribe(name, hearer)

    def has(self, name: str) -> bool:
        """Tell whether anybody listens."""
        return name in self._hearers

    def tell(self, name: str, payload: object) -> None:
        """Tell all who listen."""
        hearers = self._hearers.get(name)
        if not hearers:
            return
        raw = _encode(payload)
        combined = b'{"stream":"' + name.encode() + b'","data":' + raw + b"}"
        for hearer in list(hearers):
            hearer.hear(raw, combined)

    # --- at once ------------------------------------------------------------------------------------

    def traded(self, market: Market, done: Print, now_ms: int) -> None:
        """Tell of a trade."""
        name, low = market.symbol.name, market.symbol.name.lower()
        if self.has(f"{low}@trade"):
            self.tell(f"{low}@trade", done.told(name, now_ms))
        if self.has(f"{low}@aggTrade"):
            self.tell(f"{low}@aggTrade", done.told_aggregate(name, now_ms))

    def best(self, market: Market) -> None:
        """Tell of the best bid and ask."""
        stream, best = f"{market.symbol.name.lower()}@bookTicker", market.book.best
        if best is not None and self.has(stream):
            bid, bid_size, ask, ask_size = map(amount, best)
            told = {"u": market.book.last_id, "s": market.symbol.name, "b": bid, "B": bid_size, "a": ask, "A": ask_size}
            self.tell(stream, told)

    def closed(self, market: Market, rows: Iterable[tuple[str, Candle]], now_ms: int) -> None:
        """Tell of klines that have closed."""
        name = market.symbol.name
        for label, candle in rows:
            stream = f"{name.lower()}@kline_{label}"
            if self.has(stream):
                self.tell(stream, candle.told(name, label, now_ms, is_closed=True))

    # --- at a pace ----------------------------------------------------------------------------------

    def pulse(self, now: TimeNs) -> None:
        """Tell what is due; what is in lock-step with a pace is due at its multiples."""
        for name, (stream, due) in list(self._paced.items()):
            if now < due:
                continue
            pace = stream.pace_ms * NS_PER_MS
            self._paced[name] = stream, now - now % pace + pace
            told = self._told(name, stream, now)
            if told is not None:
                self.tell(name, told)

    def _told(self, name: str, stream: Name, now: TimeNs) -> object | None:
        market, now_ms = self._market(stream.symbol), now // NS_PER_MS
        match stream.kind:
            case "depth":
                return market.book.pending[name].take(stream.symbol, now_ms)
            case "part":
                return market.book.snapshot(int(stream.argument))
            case "kline":
                market.candles.follow(stream.argument)
                forming = market.candles.forming(stream.argument)
                if forming is None:
                    return None
                return forming.told(stream.symbol, stream.argument, now_ms, is_closed=False)
            case "avgPrice":
                average = market.average(now)
                if average is None:
                    return None
                told = {"e": "avgPrice", "E": now_ms, "s": stream.symbol, "i": "5m", "w": amount(average)}
                return told | {"T": market.trades[-1].ts // NS_PER_MS if market.trades else now_ms}
            case _:
                return _ticker(market, now, is_mini=stream.kind == "miniTicker")


def _ticker(market: Market, now: TimeNs, *, is_mini: bool) -> dict[str, object]:
    figures = market.ticker(now)
    now_ms = now // NS_PER_MS
    mini = {
        "e": "24hrMiniTicker", "E": now_ms, "s": figures["symbol"], "c": figures["lastPrice"],
        "o": figures["openPrice"], "h": figures["highPrice"], "l": figures["lowPrice"], "v": figures["volume"],
        "q": figures["quoteVolume"],
    }  # fmt: skip
    if is_mini:
        return mini
    return mini | {
        "e": "24hrTicker", "p": figures["priceChange"], "P": figures["priceChangePercent"],
        "w": figures["weightedAvgPrice"], "x": figures["prevClosePrice"], "Q": figures["lastQty"],
        "b": figures["bidPrice"], "B": figures["bidQty"], "a": figures["askPrice"], "A": figures["askQty"],
        "O": figures["openTime"], "C": figures["closeTime"], "F": figures["firstId"], "L": figures["lastId"],
        "n": figures["count"],
    }  # fmt: skip
