"""A made-up exchange for signal strategies: minutes counted from midnight, and strategies that follow a script."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from tradewind.signals import Backtest, SignalResult, add_exchange, add_frame, add_strategy
from tradewind.strategy.signals.candles import Candle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

BASE = 1_704_067_200_000
"""2024-01-01, milliseconds UTC."""
MINUTE = 60_000
BEFORE = 30
"""Minutes of candles before the first."""
SYMBOL = "BTCUSDT"
MOVED = ("scheduled", "opened", "closed", "cancelled")


def minute(number: int) -> int:
    """Return the time at which a minute begins, milliseconds UTC."""
    return BASE + number * MINUTE


def candle(number: int, *prices: float, volume: float = 1.0) -> Candle:
    """Build the candle that opens at a minute: one price for all four, or open, high, low, close."""
    o, h, low, c = prices * 4 if len(prices) == 1 else prices
    return Candle(minute(number), o, h, low, c, volume)


class Market:
    """Candles by symbol, flat at a price but where they are said to be otherwise."""

    def __init__(
        self,
        length: int = 100,
        price: float | Callable[[int], float] = 50_000.0,
        changes: Mapping[int, tuple[float, ...]] | None = None,
        missing: Iterable[int] = (),
    ) -> None:
        self.calls = 0
        gone, changed = set(missing), dict(changes or {})
        self.candles = [
            candle(n, *changed.get(n, (price(n) if callable(price) else price,)))
            for n in range(-BEFORE, length)
            if n not in gone
        ]

    def get_candles(self, *, symbol: str, interval: str, since: int, limit: int) -> list[Candle]:
        assert symbol
        assert interval == "1m"
        self.calls += 1
        return [c for c in self.candles if since <= c.timestamp < since + limit * MINUTE]


def plan(position: str = "long", **terms: Any) -> dict[str, Any]:
    """Build a signal: with a target and a stop two percent away from 50,000, for an hour."""
    far, near = (51_000.0, 49_000.0) if position == "long" else (49_000.0, 51_000.0)
    known = {"position": position, "price_take_profit": far, "price_stop_loss": near, "minute_estimated_time": 60}
    return known | terms


class Script:
    """A `get_signal` that answers what it is told to, minute by minute, and notes when it was asked."""

    def __init__(self, answers: Mapping[int, Any]) -> None:
        self.answers = dict(answers)
        self.asked: list[int] = []

    def __call__(self, symbol: str, when: int) -> Any:
        number = (when - BASE) // MINUTE
        self.asked.append(number)
        answer = self.answers.get(number)
        if isinstance(answer, Exception):
            raise answer
        return answer(symbol) if callable(answer) else answer


def define(
    market: Market,
    script: Callable[..., Any],
    *,
    end: int = 100,
    exchange: Mapping[str, Any] | None = None,
    **rules: Any,
) -> None:
    """Put strategy `s`, exchange `x` and frame `f` into the registries."""  # fmt: skip
    add_exchange(exchange_name="x", get_candles=market.get_candles, replace=True, **(exchange or {}))
    add_strategy(strategy_name="s", get_signal=script, replace=True, **rules)
    add_frame(frame_name="f", start_date=BASE, end_date=minute(end), replace=True)


def backtest(*, events: str = "signals", symbol: str = SYMBOL) -> list[SignalResult]:
    """Run `s` on `x` over `f`."""

    async def collect() -> list[SignalResult]:
        run = Backtest.run(symbol, strategy_name="s", exchange_name="x", frame_name="f", events=events)
        return [result async for result in run]

    return asyncio.run(collect())


def both() -> list[SignalResult]:
    """Run it both ways, see that they agree, and return what moved."""
    slow = [result for result in backtest(events="all") if result.action in (*MOVED, "open")]
    fast = backtest()
    assert slow == fast
    return fast


def told(results: Iterable[SignalResult]) -> list[tuple[Any, ...]]:
    """Return action, minute, reason and percentage of each result."""
    return [
        (
            r.action,
            (r.ts - BASE) / MINUTE,
            *((r.close_reason,) if r.close_reason else ()),
            *((round(r.pnl.pnl_percentage, 6),) if r.pnl is not None else ()),
        )
        for r in results
    ]
