"""What the streams of futures tell: times and `pu` where spot has none, mark prices; and which route tells what."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tradewind.domain.time import NS_PER_HOUR, NS_PER_MS
from tradewind.exchange.binance.symbols import amount
from tradewind.exchange.binance.words import Name, Words, spot_stream, ticker

if TYPE_CHECKING:
    from tradewind.domain.time import TimeNs
    from tradewind.exchange.binance.market import Market, Print
    from tradewind.exchange.binance.words import Wire

FUNDING_NS = 8 * NS_PER_HOUR
_MARK = re.compile(r"(?P<symbol>[a-z0-9]+)@markPrice(?P<quick>@1s)?")
_FORCED = re.compile(r"(?P<symbol>[a-z0-9]+)@forceOrder")
_PUBLIC = ("depth", "part", "bookTicker", "trade")
_EVENT_PACES = {"@500ms": 500, "@250ms": 250}


def mark_of(market: Market) -> float | None:
    """Return the mark price: the middle of the book, else the last price; None before any."""
    best = market.book.best
    return market.last if best is None else (best[0] + best[2]) / 2.0


def next_funding(now: TimeNs) -> TimeNs:
    """Return when funding is due next."""
    return now - now % FUNDING_NS + FUNDING_NS


class FuturesWords(Words):
    """What the streams of contracts tell."""

    def stream_of(self, name: str) -> Name | None:
        """Take the name of a stream apart; None if there is no such stream."""
        marked = _MARK.fullmatch(name)
        if marked is not None:
            return Name(marked["symbol"].upper(), "markPrice", "", 1000 if marked["quick"] else 3000)
        forced = _FORCED.fullmatch(name)
        if forced is not None:
            return Name(forced["symbol"].upper(), "forceOrder", "", 0)
        for suffix, pace_ms in _EVENT_PACES.items():
            if name.endswith(suffix):
                plain = self.stream_of(name.removesuffix(suffix))
                return None if plain is None or plain.kind not in ("depth", "part") else plain._replace(pace_ms=pace_ms)
        found = spot_stream(name)
        if found is not None and found.kind in ("depth", "part") and "ms" not in name:
            return found._replace(pace_ms=250)
        return None if found is not None and found.kind == "avgPrice" else found

    def is_told_at(self, route: str, name: str) -> bool:
        """Tell whether a route tells a stream; at another it is acknowledged, and stays silent."""
        found = self.stream_of(name)
        if found is None:
            return False
        return (route == "public") is (found.kind in _PUBLIC)

    def trade(self, done: Print, name: str, now_ms: int) -> Wire:
        """Return what tells of a trade."""
        told = done.told(name, now_ms)
        told.pop("M")
        return told | {"X": "MARKET"}

    def aggregate(self, done: Print, name: str, now_ms: int) -> Wire:
        """Return what tells of a trade as an aggregate."""
        told = done.told_aggregate(name, now_ms)
        told.pop("M")
        return told

    def best(self, market: Market, now_ms: int) -> Wire:
        """Return what tells of the best bid and ask, which are known."""
        return {"e": "bookTicker"} | super().best(market, now_ms) | {"E": now_ms, "T": now_ms}

    def depth(self, changes: Wire) -> Wire:
        """Return what tells of changes of a book."""
        return changes | {"T": changes["E"]}

    def part(self, market: Market, levels: int, now_ms: int) -> Wire:
        """Return what tells of the best levels."""
        book, last = market.book.snapshot(levels), market.book.last_id
        return {
            "e": "depthUpdate", "E": now_ms, "T": now_ms, "s": market.symbol.name, "U": last, "u": last, "pu": last,
            "b": book["bids"], "a": book["asks"],
        }  # fmt: skip

    def snapshot(self, market: Market, levels: int, now_ms: int) -> Wire:
        """Return what REST gives of a book."""
        return market.book.snapshot(levels) | {"E": now_ms, "T": now_ms}

    def figures(self, market: Market, kind: str, now: TimeNs) -> Wire | None:
        """Return the figures of a day, or the mark price; None while there is none."""
        if kind != "markPrice":
            told = ticker(market, now, is_mini=kind == "miniTicker")
            return {name: value for name, value in told.items() if name not in ("x", "b", "B", "a", "A")}
        mark = mark_of(market)
        if mark is None:
            return None
        price = amount(mark)
        return {
            "e": "markPriceUpdate", "E": now // NS_PER_MS, "s": market.symbol.name, "p": price, "i": price, "P": price,
            "r": amount(market.funding_rate), "T": next_funding(now) // NS_PER_MS,
        }  # fmt: skip
