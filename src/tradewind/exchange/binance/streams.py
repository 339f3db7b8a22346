"""Market streams: which names there are, who listens to which, and what is told when.

What happens at once (trades, the best bid and ask, a closed kline) is told at once; what has a pace (depth, klines
that form, tickers) is told when the exchange's time has gone on by so much.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from tradewind.domain.time import NS_PER_MS
from tradewind.exchange.binance.ladder import Changes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tradewind.domain.time import TimeNs
    from tradewind.exchange.binance.candles import Candle
    from tradewind.exchange.binance.market import Market, Print
    from tradewind.exchange.binance.symbols import Symbols
    from tradewind.exchange.binance.words import Name, Words

_encode = msgspec.json.Encoder().encode


class Hearer(Protocol):
    """A connection that streams are told on."""

    def hear(self, raw: bytes, combined: bytes) -> None:
        """Take what a stream tells, alone and with the stream's name around it."""
        ...


class Hub:
    """Who listens to which stream."""

    def __init__(self, symbols: Symbols, market: Callable[[str], Market], words: Words) -> None:
        self._symbols = symbols
        self._words = words
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
        stream = self._words.stream_of(name)
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
        name, low, words = market.symbol.name, market.symbol.name.lower(), self._words
        if self.has(f"{low}@trade"):
            self.tell(f"{low}@trade", words.trade(done, name, now_ms))
        if self.has(f"{low}@aggTrade"):
            self.tell(f"{low}@aggTrade", words.aggregate(done, name, now_ms))

    def best(self, market: Market, now_ms: int) -> None:
        """Tell of the best bid and ask."""
        stream = f"{market.symbol.name.lower()}@bookTicker"
        if market.book.best is not None and self.has(stream):
            self.tell(stream, self._words.best(market, now_ms))

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
                changes = market.book.pending[name].take(stream.symbol, now_ms)
                return None if changes is None else self._words.depth(changes)
            case "part":
                return self._words.part(market, int(stream.argument), now_ms)
            case "kline":
                market.candles.follow(stream.argument)
                forming = market.candles.forming(stream.argument)
                if forming is None:
                    return None
                return forming.told(stream.symbol, stream.argument, now_ms, is_closed=False)
            case _:
                return self._words.figures(market, stream.kind, now)
