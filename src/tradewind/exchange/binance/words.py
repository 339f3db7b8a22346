"""How streams are named, and how what they tell is written: of spot; futures differ in a few fields."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from tradewind.domain.time import NS_PER_MS
from tradewind.exchange.binance.candles import BY_NAME
from tradewind.exchange.binance.symbols import amount

if TYPE_CHECKING:
    from tradewind.domain.time import TimeNs
    from tradewind.exchange.binance.market import Market, Print

Wire = dict[str, object]

_NAME = re.compile(
    r"(?P<symbol>[a-z0-9]+)@(?:(?P<kline>kline)_(?P<interval>\w+)|(?P<part>depth)(?P<levels>5|10|20)(?:@(?P<quick>100ms|1000ms))?"
    r"|(?P<depth>depth)(?:@(?P<pace>100ms|1000ms))?|(?P<plain>trade|aggTrade|bookTicker|miniTicker|ticker|avgPrice))"
)


class Name(NamedTuple):
    """A stream's name taken apart; `pace_ms` is how often it is told, 0 for at once."""

    symbol: str
    kind: str
    argument: str
    pace_ms: int


def spot_stream(name: str) -> Name | None:
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


class Words:
    """What the streams of spot tell."""

    def stream_of(self, name: str) -> Name | None:
        """Take the name of a stream apart; None if there is no such stream."""
        return spot_stream(name)

    def trade(self, done: Print, name: str, now_ms: int) -> Wire:
        """Return what tells of a trade."""
        return done.told(name, now_ms)

    def aggregate(self, done: Print, name: str, now_ms: int) -> Wire:
        """Return what tells of a trade as an aggregate."""
        return done.told_aggregate(name, now_ms)

    def best(self, market: Market, now_ms: int) -> Wire:  # noqa: ARG002 - on spot it has no time
        """Return what tells of the best bid and ask, which are known."""
        assert market.book.best is not None
        bid, bid_size, ask, ask_size = map(amount, market.book.best)
        return {"u": market.book.last_id, "s": market.symbol.name, "b": bid, "B": bid_size, "a": ask, "A": ask_size}

    def depth(self, changes: Wire) -> Wire:
        """Return what tells of changes of a book."""
        changes.pop("pu")
        return changes

    def part(self, market: Market, levels: int, now_ms: int) -> Wire:  # noqa: ARG002 - as for the best
        """Return what tells of the best levels."""
        return market.book.snapshot(levels)

    def snapshot(self, market: Market, levels: int, now_ms: int) -> Wire:  # noqa: ARG002 - as for the best
        """Return what REST gives of a book."""
        return market.book.snapshot(levels)

    def figures(self, market: Market, kind: str, now: TimeNs) -> Wire | None:
        """Return the figures of a day, or the average price; None while there is none."""
        if kind != "avgPrice":
            return ticker(market, now, is_mini=kind == "miniTicker")
        average, now_ms = market.average(now), now // NS_PER_MS
        if average is None:
            return None
        last = market.trades[-1].ts // NS_PER_MS if market.trades else now_ms
        name = market.symbol.name
        return {"e": "avgPrice", "E": now_ms, "s": name, "i": "5m", "w": amount(average), "T": last}


def ticker(market: Market, now: TimeNs, *, is_mini: bool) -> Wire:
    """Return the figures of a day as streams tell them."""
    figures = market.ticker(now)
    mini: Wire = {
        "e": "24hrMiniTicker", "E": now // NS_PER_MS, "s": figures["symbol"], "c": figures["lastPrice"],
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
