"""One gate over the live keys of an account: what none of them may do beyond what all of them may (section 5.7)."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.app.signals.clock import SimClock, at_work, live, settle
from tests.unit.app.signals.market import SYMBOL, Market, Script, backtest, define, plan, told
from tradewind.app.signals.result import result_of
from tradewind.app.signals.running import RUNNING
from tradewind.domain.errors import ConfigError
from tradewind.signals import Live, add_exchange, add_strategy

if TYPE_CHECKING:
    from pathlib import Path

OTHER = "ETHUSDT"


async def together(clock: SimClock, end: float, *keys: tuple[str, str]) -> list[list[Any]]:
    """Run keys (strategy, symbol) up to a minute, then leave; return what happened to each."""

    async def consume(strategy: str, symbol: str) -> None:
        async with aclosing(Live.run(symbol, strategy_name=strategy, exchange_name="x")) as run:
            async for _ in run:
                pass

    async with asyncio.TaskGroup() as tasks:
        consuming = []
        for key in keys:
            consuming.append(tasks.create_task(consume(*key)))
            await settle()
        await clock.go_to(end)
        moves = [RUNNING[strategy, "x", symbol].keeper.history.moves for strategy, symbol in keys]
        for task in consuming:
            task.cancel()
    return [[result_of(moved) for moved in of] for of in moves]


def test_keys_share_the_money_of_their_account(tmp_path: Path, errors: list[str]) -> None:
    """Both want 100 of the 150 that there are: the second waits for the first to end, asking each minute."""
    script = Script({n: plan(minute_estimated_time=5) for n in range(10, 20)})
    define(Market(), script, exchange={"balance": 150})

    async def story(clock: SimClock) -> Any:
        moves = await together(clock, 30, ("s", SYMBOL), ("s", OTHER))
        names = {"strategy_name": "s", "exchange_name": "x"}
        return *moves, [len(await Live.verify(symbol, names)) for symbol in (SYMBOL, OTHER)]

    first, second, replays = at_work(tmp_path, 0.5, story)
    assert told(first)[:3] == [("scheduled", 10), ("opened", 10), ("closed", 15, "time_expired", -0.3998)]
    refused = [(result.action, result.close_reason) for result in second[:4]]
    assert refused == [("scheduled", ""), ("cancelled", "risk")] * 2
    assert [error for error in errors if "over all keys" in error]
    assert all(error.startswith("rejected: risk: insufficient_funds: ") for error in errors)
    assert max(_open_at_once(first, second)) == 1
    assert [result.action for result in second].count("opened") >= 1, "its turn came"
    assert replays == [1, 1]


def _open_at_once(*keys: list[Any]) -> list[int]:
    """Return how many signals were open after each change, exits of a moment before its entries."""
    changes = [
        (r.ts, +1 if r.action == "opened" else -1) for of in keys for r in of if r.action in ("opened", "closed")
    ]
    return [sum(change for _, change in sorted(changes)[: n + 1]) for n in range(len(changes))]


def test_two_strategies_on_one_symbol_are_one_position_to_the_gate(tmp_path: Path, errors: list[str]) -> None:
    define(
        Market(),
        Script({10: plan(quantity=2), 20: plan(quantity=2)}),
        exchange={"limits": {"position_quantity_max": 3}},
    )
    add_strategy(strategy_name="t", get_signal=Script({10: plan(quantity=1)}), replace=True)

    async def story(clock: SimClock) -> Any:
        return await together(clock, 30, ("s", SYMBOL), ("t", SYMBOL))

    seen = [[(r.action, r.close_reason) for r in of] for of in at_work(tmp_path, 0.5, story)]
    assert seen == [[("scheduled", ""), ("opened", "")]] * 2
    assert errors == []
    add_strategy(strategy_name="t", get_signal=Script({10: plan(quantity=1.5)}), replace=True)
    seen = [[(r.action, r.close_reason) for r in of] for of in at_work(tmp_path / "more", 0.5, story)]
    assert seen[1] == [("scheduled", ""), ("cancelled", "risk")]
    assert errors == ["rejected: risk: max_position: 3.5 of 3, over all keys"]


def test_a_refusal_gives_the_interval_back_also_over_a_restart(tmp_path: Path) -> None:
    script = Script({15: plan(minute_estimated_time=3), 17: plan()})
    other = Script({15: plan(), 16: plan(), 17: plan()})
    define(Market(), script, interval="15m", exchange={"balance": 150})
    add_strategy(strategy_name="t", get_signal=other, interval="15m", replace=True)

    async def story(clock: SimClock) -> Any:
        return await together(clock, 16.5, ("s", SYMBOL), ("t", SYMBOL))

    at_work(tmp_path, 0.5, story)
    assert other.asked == [1, 15, 16]
    assert script.asked == [1, 15]
    at_work(tmp_path, 16.6, lambda clock: together(clock, 18.5, ("s", SYMBOL), ("t", SYMBOL)))
    assert other.asked == [1, 15, 16, 17, 18]


def test_a_restored_position_counts_before_anything_new_is_judged(tmp_path: Path) -> None:
    define(Market(), Script({5: plan()}), exchange={"balance": 150})
    live(tmp_path, 0.5, 10)
    add_strategy(strategy_name="t", get_signal=Script({20: plan()}), replace=True)

    async def story(clock: SimClock) -> Any:
        return await together(clock, 25, ("s", SYMBOL), ("t", SYMBOL))

    _, other = at_work(tmp_path, 10.5, story)
    assert [(result.action, result.close_reason) for result in other] == [("scheduled", ""), ("cancelled", "risk")]


def test_a_key_alone_keeps_the_limits_too_and_a_limit_that_is_none_is_refused() -> None:
    define(Market(), Script({10: plan(), 11: plan(cost=40)}), exchange={"limits": {"order_value_max": 50}})
    assert [(r.action, r.ts) for r in backtest()][:1] == [("scheduled", backtest(events="all")[11].ts)]
    for limits in ({"leverage": 2}, {"leverage_max": 0}, {"order_value_max": "x"}):
        with pytest.raises(ConfigError, match="V10"):
            add_exchange(exchange_name="y", get_candles=print, limits=limits, replace=True)
