"""The market of one symbol as everybody sees it: book, trades, klines, the figures of a day."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from tradewind.domain.time import NS_PER_DAY, NS_PER_MINUTE, NS_PER_MS, NS_PER_SECOND
from tradewind.exchange.binance.candles import Candle
from tradewind.exchange.binance.ladder import PublicBook
from tradewind.exchange.binance.symbols import BAND_MINUTES, amount

if TYPE_CHECKING:
    from tradewind.domain.market import Trade
    from tradewind.domain.time import TimeNs
    from tradewind.exchange.binance.candles import Candles
    from tradewind.exchange.binance.symbols import Symbol

TRADES_KEPT_MAX = 5_000


class Print:
    """A trade with its number."""

    __slots__ = ("number", "price", "sells", "size", "ts")

    def __init__(self, number: int, trade: Trade) -> None:
        self.number = number
        self.price, self.size, self.sells, self.ts = trade.price, trade.size, trade.buyer_is_maker, trade.ts_venue

    def row(self) -> dict[str, object]:
        """Return it as REST lists trades."""
        return {
            "id": self.number, "price": amount(self.price), "qty": amount(self.size),
            "quoteQty": amount(self.price * self.size), "time": self.ts // NS_PER_MS, "isBuyerMaker": self.sells,
            "isBestMatch": True,
        }  # fmt: skip

    def aggregate(self) -> dict[str, object]:
        """Return it as an aggregate of itself alone."""
        return {
            "a": self.number, "p": amount(self.price), "q": amount(self.size), "f": self.number, "l": self.number,
            "T": self.ts // NS_PER_MS, "m": self.sells, "M": True,
        }  # fmt: skip

    def told(self, name: str, now_ms: int) -> dict[str, object]:
        """Return it as the stream of trades tells it."""
        return {
            "e": "trade", "E": now_ms, "s": name, "t": self.number, "p": amount(self.price), "q": amount(self.size),
            "T": self.ts // NS_PER_MS, "m": self.sells, "M": True,
        }  # fmt: skip

    def told_aggregate(self, name: str, now_ms: int) -> dict[str, object]:
        """Return it as the stream of aggregates tells it."""
        return {"e": "aggTrade", "E": now_ms, "s": name} | self.aggregate()


class Market:
    """What is known of one symbol."""

    def __init__(self, symbol: Symbol, candles: Candles) -> None:
        self.symbol = symbol
        self.candles = candles
        self.book = PublicBook()
        self.trades: deque[Print] = deque(maxlen=TRADES_KEPT_MAX)
        self._trades_ever = 0
        self._last_size = 0.0
        self._closed: Candle | None = None
        """The klines of the last 24 hours that have closed, as one."""
        self._closed_at = -1
        self._average_of = -1
        self._average: float | None = None
        self.funding_rate = 0.0
        """Of a contract: what longs paid last, as a fraction; 0 before any was paid."""

    def trade(self, trade: Trade) -> Print:
        """Take a trade of the market's; its klines have been rolled up to its time."""
        done = self.print_own(trade)
        self.candles.trade(trade, done.number)
        self._last_size = trade.size
        return done

    def print_own(self, trade: Trade) -> Print:
        """Take a trade of an account's: it is numbered and listed, and no more.

        Klines, tickers, the average and the last price are of the market's trades alone: they are what a backtest
        on the same data sees, whatever the accounts do.
        """
        self._trades_ever += 1
        done = Print(self._trades_ever, trade)
        self.trades.append(done)
        return done

    @property
    def last(self) -> float | None:
        """The last price of the market, None before any."""
        return self.candles.last_price

    def average(self, now: TimeNs) -> float | None:
        """Return the mean price of the last minutes by volume, the last price if nobody traded; None before any.

        It is reckoned once a second: every order is held against it.
        """
        second = now // NS_PER_SECOND
        if second != self._average_of or self._average is None:
            self._average_of, self._average = second, self._mean(now)
        return self._average

    def _mean(self, now: TimeNs) -> float | None:
        rows = self.candles.range(self.candles.base, now - BAND_MINUTES * NS_PER_MINUTE, now + 1)
        volume = sum(row.volume for row in rows)
        return sum(row.quote for row in rows) / volume if volume else self.last

    def day(self, now: TimeNs) -> Candle:
        """Return the last 24 hours as one kline; what has closed of them is reckoned once for each kline that forms."""
        forming = self.candles.forming(self.candles.base.label)
        place = now if forming is None else forming.ts_open
        if self._closed is None or self._closed_at != place:
            self._closed_at, self._closed = place, self._sum(now - NS_PER_DAY, place)
        closed = self._closed
        whole = Candle(closed.ts_open, now, closed.open)
        whole.add(closed)
        if forming is not None:
            whole.add(forming)
        return whole

    def _sum(self, start: TimeNs, end: TimeNs) -> Candle:
        """Return the klines that open in [start, end) as one."""
        rows = self.candles.range(self.candles.base, start, end)
        price = rows[0].open if rows else self.last or 0.0
        whole = Candle(rows[0].ts_open if rows else start, end, price)
        for row in rows:
            whole.add(row)
        return whole

    def ticker(self, now: TimeNs) -> dict[str, object]:
        """Return the figures of the last 24 hours as REST gives them."""
        day = self.day(now)
        bid, bid_size, ask, ask_size = self.book.best or (0.0, 0.0, 0.0, 0.0)
        change = day.close - day.open
        return {
            "symbol": self.symbol.name, "priceChange": amount(change),
            "priceChangePercent": f"{100 * change / day.open if day.open else 0.0:.3f}",
            "weightedAvgPrice": amount(day.quote / day.volume if day.volume else 0.0),
            "prevClosePrice": amount(day.open), "lastPrice": amount(day.close),
            "lastQty": amount(self._last_size), "bidPrice": amount(bid),
            "bidQty": amount(bid_size), "askPrice": amount(ask), "askQty": amount(ask_size),
            "openPrice": amount(day.open), "highPrice": amount(day.high), "lowPrice": amount(day.low),
            "volume": amount(day.volume), "quoteVolume": amount(day.quote), "openTime": day.ts_open // NS_PER_MS,
            "closeTime": now // NS_PER_MS, "firstId": day.first, "lastId": day.last, "count": day.count,
        }  # fmt: skip

    def book_ticker(self) -> dict[str, object]:
        """Return the best bid and ask as REST gives them."""
        bid, bid_size, ask, ask_size = self.book.best or (0.0, 0.0, 0.0, 0.0)
        return {
            "symbol": self.symbol.name, "bidPrice": amount(bid), "bidQty": amount(bid_size), "askPrice": amount(ask),
            "askQty": amount(ask_size),
        }  # fmt: skip
