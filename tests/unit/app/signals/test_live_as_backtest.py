"""Live keys and backtests: the same trades, one by one and a hundred in one process (must not 1, 4, 5, 7)."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.app.signals.clock import NAMES, SimClock, at_work, live
from tests.unit.app.signals.market import BASE, MINUTE, Market, Script, backtest, both, define, plan, told
from tradewind.signals import Live, add_exchange, add_strategy

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("changes", "terms", "expected"),
    [
        (
            {20: (50000, 50000, 49400, 50000)}, {"price_open": 49500.0, "price_stop_loss": 48000.0,
            "minute_estimated_time": 5}, [("opened", 21), ("closed", 26, "time_expired", 0.608283)],
        ),
        (dict.fromkeys(range(20, 60), (45000,)), {}, [("opened", 10), ("closed", 20, "stop_loss", -10.37982)]),
        ({20: (50000, 50000, 48000, 50000)}, {}, [("opened", 10), ("closed", 21, "stop_loss", -2.395804)]),
    ],
    ids=["4: a wick opens", "5: a gap is not booked at the stop", "7: a wick of a minute stops"],
)  # fmt: skip
def test_4_5_7_live_sees_what_a_backtest_sees(
    tmp_path: Path, changes: dict[int, tuple[float, ...]], terms: dict[str, Any], expected: list[Any]
) -> None:
    define(Market(changes=changes), Script({10: plan(**terms)}))
    results = live(tmp_path, 0.5, 60)
    assert told(results) == expected
    assert results == [r for r in both() if r.action in ("opened", "closed")]


def test_1_a_hundred_symbols_in_one_process_do_what_each_does_alone(tmp_path: Path) -> None:
    symbols = [f"S{n:02d}USDT" for n in range(100)]

    def price_of(place: int, minute: int) -> float:
        return (100.0 + place) * (1 + 0.004 * ((minute * (place + 3)) % 5 - 2))

    markets = {symbol: Market(length=20, price=partial(price_of, place)) for place, symbol in enumerate(symbols)}

    def get_candles(*, symbol: str, **terms: Any) -> Any:
        return markets[symbol].get_candles(symbol=symbol, **terms)

    def get_signal(symbol: str, when: int) -> Any:
        minute, at = (when - BASE) // MINUTE, 100.0 + symbols.index(symbol)
        side = {"position": "long", "price_take_profit": at * 1.02, "price_stop_loss": at * 0.98}
        return side | {"minute_estimated_time": 3} if minute == 3 + symbols.index(symbol) % 7 else None

    define(Market(), Script({}), end=14)
    add_exchange(exchange_name="x", get_candles=get_candles, replace=True)
    add_strategy(strategy_name="s", get_signal=get_signal, replace=True)

    async def story(clock: SimClock) -> dict[str, list[Any]]:
        results: dict[str, list[Any]] = {symbol: [] for symbol in symbols}

        async def consume(symbol: str) -> None:
            async with aclosing(Live.run(symbol, NAMES)) as run:
                async for result in run:
                    results[symbol].append(result)

        async with asyncio.TaskGroup() as tasks:
            consuming = [tasks.create_task(consume(symbol)) for symbol in symbols]
            await clock.go_to(14.5)
            for task in consuming:
                task.cancel()
        return results

    results = at_work(tmp_path, 0.5, story)
    assert all([r.action for r in given] == ["opened", "closed"] for given in results.values())
    for symbol in symbols[::10]:
        alone = [r for r in backtest(symbol=symbol) if r.action in ("opened", "closed")]
        assert results[symbol] == alone
    assert len(list((tmp_path / "persist" / "s").glob("*.json"))) == 100
