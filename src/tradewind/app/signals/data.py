"""Candles from a user's `get_candles`: asked by keyword, in pages, cut off at the time that has come, checked (V9)."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tradewind.domain.errors import DataError
from tradewind.domain.time import NS_PER_MINUTE, NS_PER_MS, Interval
from tradewind.strategy.signals.candles import Candle, Columns, believed
from tradewind.strategy.signals.prices import AVERAGED, average_when

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tradewind.domain.time import TimeNs
    from tradewind.strategy.signals.definition import ExchangeDefinition

PAGE = 1_000
"""Candles asked for at a time: what most exchanges give at once."""
FIELDS = ("timestamp", "open", "high", "low", "close", "volume")


async def fetched(
    exchange: ExchangeDefinition, symbol: str, interval: str, since: TimeNs, until: TimeNs
) -> tuple[list[Candle], list[str]]:
    """Return the closed candles that open in [since, until), and what was wrong with others."""
    step = Interval.parse(interval).ns
    candles: list[Candle] = []
    faults: list[str] = []
    at = since
    while at < until:
        limit = min(PAGE, -(-(until - at) // step))
        page = exchange.get_candles(symbol=symbol, interval=interval, since=at // NS_PER_MS, limit=limit)
        good, bad = taken(await page if inspect.isawaitable(page) else page, step, at, until)
        candles += good
        faults += bad
        at += limit * step
    return candles, faults


def fetched_now(exchange: ExchangeDefinition, symbol: str, interval: str, since: TimeNs, until: TimeNs) -> list[Candle]:
    """Return closed candles of an exchange that answers at once; raise `DataError` if it must be awaited."""
    step = Interval.parse(interval).ns
    limit = -(-(until - since) // step)
    page = exchange.get_candles(symbol=symbol, interval=interval, since=since // NS_PER_MS, limit=limit)
    if inspect.isawaitable(page):
        if inspect.iscoroutine(page):
            page.close()
        raise DataError(
            f"get_candles of {exchange.exchange_name} must be awaited: write `async def get_signal` and await it"
        )
    return taken(page, step, since, until)[0]


def taken(page: Iterable[Any] | None, step: int, since: TimeNs, until: TimeNs) -> tuple[list[Candle], list[str]]:
    """Read a page: what is outside of [since, until) is cut off, what is forming as well, what is odd dropped."""
    candles: list[Candle] = []
    faults: list[str] = []
    for item in page or ():
        try:
            candles.append(_candle(item))
        except (TypeError, ValueError, KeyError, AttributeError, IndexError) as error:
            faults.append(f"V9: not a candle: {item!r}: {error}")
    first, last = since // NS_PER_MS, (until - step) // NS_PER_MS
    good, bad = believed((c for c in candles if first <= c.timestamp <= last), step // NS_PER_MS)
    return good, faults + bad


def _candle(item: Any) -> Candle:  # noqa: ANN401 - a mapping, a sequence or an object
    if isinstance(item, Candle):
        return item
    if isinstance(item, Mapping):
        values = [item[name] for name in FIELDS]
    elif isinstance(item, list | tuple):
        values = list(item[: len(FIELDS)])
    else:
        values = [getattr(item, name) for name in FIELDS]
    if any(isinstance(value, bool | str) for value in values):
        raise TypeError("a field is no number")
    return Candle(int(values[0]), *(float(value) for value in values[1:]))


class ExchangeCandles:
    """Candles of one symbol: minutes in memory, everything else from the exchange, never past the asked time."""

    def __init__(self, exchange: ExchangeDefinition, symbol: str, columns: Columns) -> None:
        self.exchange = exchange
        self.symbol = symbol
        self.columns = columns
        self.must_await = inspect.iscoroutinefunction(exchange.get_candles)
        """Whether the exchange can only be asked by `await`."""

    def window(self, interval: str, when: TimeNs, limit: int) -> list[Candle]:
        """Return the last `limit` candles that were closed at `when`."""
        if self.covers(interval, when, limit):
            return self.columns.window(interval, when, limit)
        step = Interval.parse(interval).ns
        aligned = when - when % step
        return fetched_now(self.exchange, self.symbol, interval, aligned - limit * step, aligned)

    def average(self, when: TimeNs) -> float | None:
        """Return the average price of the last minutes closed at `when`; None without any, or if they are stale."""
        if self.covers("1m", when, AVERAGED):
            return self.columns.average(when)
        return average_when(self.window("1m", when, AVERAGED), when)

    def covers(self, interval: str, when: TimeNs, limit: int) -> bool:
        """Tell whether the minutes in memory reach back far enough for a window."""
        opens = self.columns.opens
        if not opens:
            return False
        step = NS_PER_MINUTE if interval == "1m" else Interval.parse(interval).ns
        return when - when % step - limit * step >= opens[0]
