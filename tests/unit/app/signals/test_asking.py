"""When `get_signal` is asked, and what it may see (spec/signals.md, sections 7 and 8)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.unit.app.signals.market import BASE, MINUTE, Market, Script, backtest, both, define, minute, plan, told
from tradewind.domain.errors import DataNotFoundError, LookaheadError, NoContext, SignalError
from tradewind.signals import (
    get_average_price,
    get_candles,
    get_context,
    get_date,
    get_mode,
    get_signal,
)


def test_2_the_newest_candle_ends_now_and_the_newest_hour_with_the_hour() -> None:
    seen: dict[int, Any] = {}

    def look(_: str, when: int) -> None:
        seen[(when - BASE) // MINUTE] = (get_candles(limit=3)[-1], get_candles(interval="15m", limit=1)[-1])

    define(Market(price=lambda n: 50_000 + n), look)
    backtest()
    newest, quarter = seen[60]
    assert (newest.timestamp, newest.close) == (minute(59), 50059)
    assert (quarter.timestamp, quarter.close) == (minute(45), 50059)
    assert seen[59][1].timestamp == minute(30)


def test_2_a_later_end_is_refused() -> None:
    errors: list[Exception] = []

    def look(_: str, when: int) -> None:
        assert len(get_candles(limit=5, end=when - MINUTE)) == 5
        try:
            get_candles(end=when + 1)
        except LookaheadError as error:
            errors.append(error)

    define(Market(length=5), look, end=5)
    backtest()
    assert len(errors) == 5


def test_26_one_candle_can_be_asked_for() -> None:
    seen: list[int] = []
    define(Market(length=5), lambda _, __: seen.append(get_candles(limit=1)[0].timestamp), end=5)
    backtest()
    assert seen == [minute(n - 1) for n in range(5)]


def test_25_an_interval_is_asked_once_and_a_failed_call_does_not_use_it_up() -> None:
    script = Script({15: ValueError("once")})
    define(Market(), script, interval="15m")
    backtest()
    assert script.asked == [0, 15, 16, 30, 45, 60, 75, 90]


def test_not_asked_while_a_signal_is_on_and_then_at_the_next_tick() -> None:
    script = Script({10: plan(minute_estimated_time=5)})
    define(Market(length=30), script, end=30)
    assert told(both())[-1][1] == 15
    assert script.asked == [*range(11), *range(17, 30)] * 2


def test_functions_know_where_they_are_and_can_be_awaited() -> None:
    seen: list[Any] = []

    async def look(symbol: str, when: int) -> None:
        candles = await get_candles(limit=2)
        seen.append(
            (await get_context(), str(await get_mode()), (await get_date()).timestamp() * 1000 == when,
             await get_average_price(), await get_signal(), len(candles), symbol)
        )  # fmt: skip

    define(Market(length=3), look, end=3)
    backtest()
    context = {"strategy_name": "s", "exchange_name": "x", "frame_name": "f", "symbol": "BTCUSDT"}
    assert seen[0] == (context, "backtest", True, 50000.0, None, 2, "BTCUSDT")
    assert len(seen) == 3


def test_a_coroutine_that_waits_answers_at_the_time_it_was_asked() -> None:
    async def slow(symbol: str, when: int) -> Any:
        await asyncio.sleep(0.001)
        assert get_context()["symbol"] == symbol
        return plan() if when == minute(10) else None

    define(Market(changes={20: (50000, 50000, 48000, 50000)}), slow)
    assert told(both()) == [("scheduled", 10), ("opened", 10), ("closed", 21, "stop_loss", -2.395804)]


def test_a_backtest_s_answers_do_not_depend_on_the_clock_on_the_wall() -> None:
    """Slower than its limit it is waited for all the same; what never answers ends the run, loudly."""

    async def slow(symbol: str, when: int) -> Any:
        await asyncio.sleep(0.11)
        return plan() if when == minute(5) else None

    define(Market(length=20), slow, end=8, get_signal_timeout=0.1)
    assert [r.action for r in backtest()][:2] == ["scheduled", "opened"]

    async def never(symbol: str, when: int) -> Any:
        await asyncio.Event().wait()

    define(Market(length=20), never, end=8, get_signal_timeout=0.1)
    with pytest.raises(SignalError, match=r"get_signal of s at .*: no answer within 1 s; the backtest ends"):
        backtest()


def test_outside_of_a_call_there_is_no_context() -> None:
    for function in (get_candles, get_average_price, get_signal, get_date, get_mode, get_context):
        with pytest.raises(NoContext, match=function.__name__):
            function()


def test_context_does_not_leak_to_the_consumer_of_results() -> None:
    define(Market(), Script({10: plan()}))
    backtest(events="all")
    with pytest.raises(NoContext):
        get_date()


def test_22_what_is_open_at_the_end_is_told_and_missing_candles_are_an_error() -> None:
    define(Market(length=100), Script({90: plan()}))
    last = both()[-1]
    assert (last.action, last.current_price) == ("open", 50000)
    assert last.unrealized_percentage == pytest.approx(-0.3998002)
    define(Market(length=80), Script({}), end=100)
    with pytest.raises(DataNotFoundError, match="2024-01-01T01:20:00Z to 2024-01-01T01:40:00Z"):
        backtest()


def test_a_signal_that_outlives_the_frame_is_followed_to_its_close() -> None:
    define(Market(length=200), Script({90: plan()}), end=100)
    assert told(both())[-1][:3] == ("closed", 150, "time_expired")


def test_a_resting_entry_is_cancelled_in_time() -> None:
    define(Market(length=200), Script({10: plan(price_open=49500)}), end=200, entry_timeout_minutes=30)
    assert told(both())[1] == ("cancelled", 40, "timeout")


def test_a_stop_entry_is_cancelled_when_its_stop_comes_first() -> None:
    define(Market(changes={20: (50000, 50000, 48900, 50000)}), Script({10: plan(price_open=50500, entry="stop")}))
    assert told(both())[1][:3] == ("cancelled", 21, "price_reject")


def test_close_by_the_strategy_s_own_word() -> None:
    define(Market(), Script({10: plan()}), get_exit=lambda _, when: when >= minute(20))
    assert told(both())[-1][:3] == ("closed", 20, "closed")


def test_a_plan_may_leave_out_what_its_strategy_may() -> None:
    terms = {"position": "long", "price_stop_loss": 49000.0, "entry": "market", "quantity": 0.1}
    define(Market(), Script({10: terms}), optional=("take_profit", "time"), get_exit=lambda _, when: when >= minute(20))
    results = both()
    assert told(results)[-1][:3] == ("closed", 20, "closed")
    assert results[0].signal is not None
    assert results[0].signal.price_limit is None
