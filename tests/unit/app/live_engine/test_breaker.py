"""Circuit breakers under their documented names, on the engine that they are given to."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tradewind.domain.errors import ConfigError, EngineSetupError
from tradewind.live import CircuitBreaker, CircuitBreakerConfig, LiveTradingEngine

if TYPE_CHECKING:
    from pathlib import Path


def tree_of(tmp_path: Path) -> dict[str, Any]:
    return {
        "engine": {"symbols": ["BTCUSDT", "ETHUSDT"], "interval": "1m", "data_output_path": str(tmp_path)},
        "market_data": {"provider_type": "mock", "config": {"interval_ms": 5}},
        "trading": {"provider_type": "paper"},
        "strategy": {"path": "tests/e2e/losing.py:Losing", "config": {"all_in_at": 10**6}},
    }


def run(tmp_path: Path, breaker: Any, act: Any) -> None:
    async def whole() -> None:
        engine = LiveTradingEngine(tree_of(tmp_path), circuit_breaker=breaker)
        running = asyncio.create_task(engine.run())
        while engine._run is None or engine._run.world.engine.seq < 20:  # noqa: ASYNC110 - it is to be under way
            await asyncio.sleep(0.01)
        await act(engine)
        engine.stop()
        await running

    asyncio.run(whole())


def test_cb_6_on_trip_is_called_once_a_trip_and_what_it_raises_holds_nothing_up(tmp_path: Path) -> None:
    told: list[tuple[str, str]] = []

    async def on_trip(name: str, reason: str) -> None:
        told.append((name, reason))
        raise ValueError("a bug of the program")

    breaker = CircuitBreaker(CircuitBreakerConfig(max_daily_loss=500, max_orders_per_minute=100), on_trip)

    async def act(engine: LiveTradingEngine) -> None:
        assert (breaker.state, breaker.is_tripped(), breaker.get_trigger_reason()) == ("NORMAL", False, "")
        breaker.trip("storm", "ann")
        while not told:  # noqa: ASYNC110 - the program is told after the commit
            await asyncio.sleep(0.01)
        assert (breaker.state, told) == ("MANUALLY_HALTED", [("manual", "storm")])
        assert breaker.get_trigger_reason() == "breaker manual is latched: storm"
        breaker.reset("ann", "it is over")
        while breaker.is_tripped():  # noqa: ASYNC110 - the venue answers
            await asyncio.sleep(0.01)
        assert set(engine.get_health_status()["breakers"]) == {
            "account_daily", "account_drawdown", "max_drawdown", "daily_loss", "order_rate", "error_rate", "manual",
        }  # fmt: skip

    run(tmp_path, breaker, act)
    assert len(told) == 1


def test_the_documented_limits_are_blocks_of_the_configuration() -> None:
    blocks = CircuitBreakerConfig(max_daily_loss=5, max_drawdown="0.1", max_leverage=2, max_order_value=9).blocks()
    assert blocks["breakers"]["daily_loss"]["amount"] == 5
    assert blocks["breakers"]["drawdown"] == {"fraction": "0.1", "lookback_days": 30}
    assert (blocks["risk.max_leverage"], blocks["risk.max_order_value"]) == (2, 9)


def test_a_limit_that_cannot_be_is_refused_as_in_a_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"breakers\.drawdown\.fraction"):
        LiveTradingEngine(tree_of(tmp_path), circuit_breaker=CircuitBreakerConfig(max_drawdown=3)).run_sync()


def test_alone_it_has_nothing_to_say() -> None:
    with pytest.raises(EngineSetupError, match="give it to a LiveTradingEngine"):
        CircuitBreaker().is_tripped()
