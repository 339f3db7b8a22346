"""Questions about the market: anybody may ask them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.time import NS_PER_MS
from tradewind.exchange.binance.refusals import WireError
from tradewind.exchange.binance.symbols import BAND_MINUTES, amount

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.exchange.binance.calls import Call
    from tradewind.exchange.binance.market import Market

Wire = dict[str, object]


def ping(_: Call) -> Wire:
    """Answer."""
    return {}


def server_time(call: Call) -> Wire:
    """Return the time of the exchange."""
    return {"serverTime": call.floor.now() // NS_PER_MS}


def exchange_info(call: Call) -> Wire:
    """Return what is traded, and the limits."""
    params, symbols = call.params, call.floor.symbols
    one, several = params.symbol_if_any(symbols), params.symbols(symbols)
    wanted = [one] if one is not None else list(symbols) if several is None else several
    return {
        "timezone": "UTC", "serverTime": call.floor.now() // NS_PER_MS, "rateLimits": call.floor.limits.listed(),
        "exchangeFilters": [], "symbols": [symbol.listed() for symbol in wanted], "sors": [],
    }  # fmt: skip


def depth(call: Call) -> Wire:
    """Return the best levels of a book."""
    market = call.market
    return call.floor.words.snapshot(market, call.params.limit(100, 5000), call.floor.now() // NS_PER_MS)


def klines(call: Call) -> list[list[object]]:
    """Return klines, the one that forms among them."""
    return klines_of(call, 1000)


def klines_of(call: Call, most: int) -> list[list[object]]:
    """Return klines, at the most so many."""
    market, interval = call.market, call.interval()
    params, now = call.params, call.floor.now()
    start, end, limit = params.integer("startTime"), params.integer("endTime"), params.limit(500, most)
    call.params.get("timeZone")
    until = now + 1 if end is None else min(end * NS_PER_MS + 1, now + 1)
    if start is None:
        return [candle.row() for candle in market.candles.newest(interval, limit, until)]
    first = start * NS_PER_MS
    begins = first if interval.floor(first) == first else interval.next(first)
    rows = market.candles.range(interval, begins, min(until, begins + limit * interval.ns))
    return [candle.row() for candle in rows][:limit]


def trades(call: Call) -> list[Wire]:
    """Return the newest trades."""
    market, limit = call.market, call.params.limit(500, 1000)
    return [done.row() for done in list(market.trades)[-limit:]]


def historical_trades(call: Call) -> list[Wire]:
    """Return trades from a number on."""
    market, limit, first = call.market, call.params.limit(500, 1000), call.params.integer("fromId")
    rows = list(market.trades)
    found = rows[-limit:] if first is None else [done for done in rows if done.number >= first][:limit]
    return [done.row() for done in found]


def aggregate_trades(call: Call) -> list[Wire]:
    """Return trades as aggregates, from a number or a time on."""
    market, params = call.market, call.params
    limit, first = params.limit(500, 1000), params.integer("fromId")
    start, end = params.integer("startTime"), params.integer("endTime")
    rows = list(market.trades)
    if first is None and start is None and end is None:
        return [done.aggregate() for done in rows[-limit:]]
    found = [
        done
        for done in rows
        if (first is None or done.number >= first)
        and (start is None or done.ts // NS_PER_MS >= start)
        and (end is None or done.ts // NS_PER_MS <= end)
    ]
    return [done.aggregate() for done in found[:limit]]


def average_price(call: Call) -> Wire:
    """Return the mean price of the last minutes."""
    market, now = call.market, call.floor.now()
    price = market.average(now)
    last = market.trades[-1].ts if market.trades else now
    return {"mins": BAND_MINUTES, "price": amount(price or 0.0), "closeTime": last // NS_PER_MS}


def ticker_price(call: Call) -> Wire | list[Wire]:
    """Return the last price of one symbol or of several."""
    return _each(call, lambda market: {"symbol": market.symbol.name, "price": amount(market.last or 0.0)})


def book_ticker(call: Call) -> Wire | list[Wire]:
    """Return the best bid and ask of one symbol or of several."""
    return _each(call, lambda market: market.book_ticker())


def ticker_24hr(call: Call) -> Wire | list[Wire]:
    """Return the figures of a day of one symbol or of several."""
    now, kind = call.floor.now(), call.params.get("type") or "FULL"
    if kind not in ("FULL", "MINI"):
        raise WireError(-1139, "Invalid ticker type.")
    left_out = () if kind == "FULL" else _NOT_MINI
    return _each(call, lambda market: {k: v for k, v in market.ticker(now).items() if k not in left_out})


_NOT_MINI = (
    "priceChange", "priceChangePercent", "weightedAvgPrice", "prevClosePrice", "lastQty", "bidPrice", "bidQty",
    "askPrice", "askQty",
)  # fmt: skip


def _each(call: Call, told: Callable[[Market], Wire]) -> Wire | list[Wire]:
    floor = call.floor
    one, several = call.params.symbol_if_any(floor.symbols), call.params.symbols(floor.symbols)
    if one is not None:
        return told(floor.market(one))
    return [told(floor.market(symbol)) for symbol in (floor.symbols if several is None else several)]
