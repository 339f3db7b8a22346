"""What `get_signal` and callbacks may call without saying for which symbol or time: the running call knows.

Each answer can be used as it is, or awaited: awaiting it never suspends, but for candles that an exchange with a
coroutine must be asked for.
"""

from __future__ import annotations

import inspect
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from tradewind.app.signals.data import ExchangeCandles, taken
from tradewind.domain.errors import DataError, LookaheadError, NoPrice
from tradewind.domain.time import NS_PER_MS, Interval
from tradewind.strategy.signals.calling import CURRENT, Execution, present
from tradewind.strategy.signals.candles import Candle
from tradewind.strategy.signals.registry import EXCHANGES

if TYPE_CHECKING:
    from collections.abc import Generator

    from tradewind.domain.trade_signal import SignalRow

DEFAULT_LIMIT = 100


class Candles(list[Candle]):
    """Closed candles, oldest first; may be awaited."""

    __slots__ = ()

    def __await__(self) -> Generator[Any, None, list[Candle]]:
        """Return the candles; never suspends."""
        yield from ()
        return self


class Price(float):
    """A price; may be awaited."""

    __slots__ = ()

    def __await__(self) -> Generator[Any, None, float]:
        """Return the price; never suspends."""
        yield from ()
        return float(self)


class Text(str):
    """A text; may be awaited."""

    __slots__ = ()

    def __await__(self) -> Generator[Any, None, str]:
        """Return the text; never suspends."""
        yield from ()
        return str(self)


class Moment(datetime):
    """A time, UTC; may be awaited."""

    def __await__(self) -> Generator[Any, None, datetime]:
        """Return the time; never suspends."""
        yield from ()
        return self


class Context(dict[str, str]):
    """Names of strategy, exchange, frame and symbol; may be awaited."""

    def __await__(self) -> Generator[Any, None, dict[str, str]]:
        """Return the names; never suspends."""
        yield from ()
        return self


class Parameters(dict[str, Any]):
    """Parameters by name, as items and as attributes; may be awaited."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever its author put there
        """Return a parameter."""
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"no parameter {name!r}; there is: {', '.join(self) or 'none'}") from None

    def __await__(self) -> Generator[Any, None, dict[str, Any]]:
        """Return the parameters; never suspends."""
        yield from ()
        return self


class Pending:
    """Candles that must be asked of an exchange with a coroutine; awaiting it does, nothing else is possible."""

    def __init__(self, candles: ExchangeCandles, execution: Execution, interval: str, limit: int) -> None:
        self._candles = candles
        self._when = execution.when
        self._interval = interval
        self._limit = limit

    def __await__(self) -> Generator[Any, None, list[Candle]]:
        """Ask the exchange."""
        return self._ask().__await__()

    async def _ask(self) -> list[Candle]:
        step = Interval.parse(self._interval).ns
        aligned = self._when - self._when % step
        since = aligned - self._limit * step
        exchange = self._candles.exchange
        page = exchange.get_candles(
            symbol=self._candles.symbol, interval=self._interval, since=since // NS_PER_MS, limit=self._limit
        )
        return taken(await page if inspect.isawaitable(page) else page, step, since, aligned)[0]


class Held:
    """The signal that is on, or none: false, and awaits to None, if there is none."""

    def __init__(self, row: SignalRow | None) -> None:
        self._row = row

    def __bool__(self) -> bool:
        return self._row is not None

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - a field of the row
        return getattr(self._row, name)

    def __await__(self) -> Generator[Any, None, SignalRow | None]:
        """Return the row, None if there is none; never suspends."""
        yield from ()
        return self._row


def get_candles(
    symbol: str | None = None,
    interval: str = "1m",
    limit: int = DEFAULT_LIMIT,
    *,
    end: int | None = None,
    strict: bool = False,
) -> Candles:
    """Return the last `limit` candles that are closed now, oldest first; fewer if there are fewer.

    `end` (milliseconds) may name an earlier time; a later one raises `LookaheadError`. With `strict` fewer candles
    than asked raise `DataError`.
    """
    try:
        execution = CURRENT.get()  # `present` without its call, as most strategies ask on every bar
    except LookupError:
        execution = present("get_candles")
    if limit == 1 and symbol is None and end is None and interval == "1m" and (bar := execution.bar) is not None:
        made = Candle(bar.ts_open // NS_PER_MS, bar.open, bar.high, bar.low, bar.close, bar.volume)  # `candle_of`
        return Candles((made,))
    when = execution.when
    if end is not None and (when := end * NS_PER_MS) > execution.when:
        raise LookaheadError(f"get_candles: end {end} lies after the present, {execution.when // NS_PER_MS}")
    if limit < 1:
        raise ValueError(f"get_candles: limit must be at least 1, not {limit}")
    source = execution.around.candles(symbol or execution.symbol)
    if isinstance(source, ExchangeCandles) and not source.covers(interval, when, limit) and source.must_await:
        return Pending(source, msgspec.structs.replace(execution, when=when), interval, limit)  # type: ignore[return-value] # to await
    found = Candles(source.window(interval, when, limit))
    if strict and len(found) < limit:
        raise DataError(f"get_candles: {len(found)} candles of {limit} are there")
    return found


def get_average_price(symbol: str | None = None) -> Price:
    """Return the average price of the last five closed minutes, weighted with volume; raise `NoPrice` without any."""
    execution = present("get_average_price")
    price = execution.around.candles(symbol or execution.symbol).average(execution.when)
    if price is None:
        raise NoPrice(f"no candles of {symbol or execution.symbol} of the last two minutes")
    return Price(price)


def get_signal(symbol: str | None = None) -> Held:
    """Return the scheduled or open signal of this strategy; false if there is none."""
    execution = present("get_signal")
    return Held(execution.around.signal(symbol or execution.symbol))


def get_date() -> Moment:
    """Return the present: the minute that has just ended."""
    execution = present("get_date")
    return Moment.fromtimestamp(execution.when // NS_PER_MS / 1000, tz=UTC)


def get_mode() -> Text:
    """Return `backtest` or `live`."""
    return Text(present("get_mode").around.mode)


def get_parameters() -> Parameters:
    """Return the parameters that the strategy was defined with, or that its session has set."""
    return Parameters(present("get_parameters").around.parameters())


def get_context() -> Context:
    """Return the names of strategy, exchange, frame (empty when live) and symbol."""
    execution = present("get_context")
    return Context(**execution.around.method._asdict(), symbol=execution.symbol)


def format_price(price: float) -> Text:
    """Write a price as the exchange does."""
    return _formatted("format_price", price)


def format_quantity(quantity: float) -> Text:
    """Write a quantity as the exchange does."""
    return _formatted("format_quantity", quantity)


def _formatted(name: str, value: float) -> Text:
    execution = present(name)
    function = getattr(EXCHANGES.get(execution.around.method.exchange_name), name)
    return Text(f"{value:.8f}" if function is None else function(execution.symbol, value))
