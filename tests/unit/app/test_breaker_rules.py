"""The block `breakers`: mistakes all at once, no breaker without it, and what real money asks for."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.app.config.test_binance import SECRET
from tradewind.app.breaker_rules import breakers_of, check_for_real_money
from tradewind.app.config import build_config
from tradewind.app.config.source import Source
from tradewind.app.session.carried import carried, carried_from
from tradewind.app.session.live_run import prepare
from tradewind.domain.breakers import BreakerDrilled, BreakerState
from tradewind.domain.errors import ConfigError, EngineSetupError
from tradewind.domain.money import money_context
from tradewind.live import LiveTradingEngine
from tradewind.risk.breakers.settings import BreakerSettings, DrawdownGuard, Window

if TYPE_CHECKING:
    from pathlib import Path

D = Decimal


def config(breakers: Any = "none", provider: str = "paper", risk: Any = None, **engine: Any) -> Any:
    keys = {"api_key": "k", "secret_key": SECRET} if provider != "paper" else {}
    tree = {
        "engine": {"symbols": ["BTCUSDT"], "interval": "1m", "data_output_path": "nowhere", **engine},
        "market_data": {"provider_type": "mock" if provider == "paper" else "binance"},
        "trading": {"provider_type": provider, "config": keys},
        "strategy": {"path": "tests/e2e/losing.py:Losing"},
    }
    tree |= {} if breakers == "none" else {"breakers": breakers}
    tree |= {} if risk is None else {"risk": risk}
    return build_config(Source("c.yaml", tree, {}), environ={})


def test_without_the_block_there_are_none_and_an_empty_one_is_the_defaults() -> None:
    assert breakers_of(config()) is None
    assert breakers_of(config({"enabled": False})) is None
    for found in (breakers_of(config({})), breakers_of(config(None))):
        assert found == BreakerSettings(error_rate=Window(5, 300 * 10**9))
        assert found.max_drawdown == DrawdownGuard(D("0.20"))


def test_lesson_99_tiers_of_dynamic_risk_beyond_the_cap_of_the_breaker_are_refused_with_both_numbers() -> None:
    """The cap may stand among the breakers alone, and have its default."""
    late = {"dynamic": {"drawdown_thresholds": ["0.1", "0.15", "0.2"]}}
    for breakers in ({}, {"max_drawdown": {"cap": "0.2"}}):
        with pytest.raises(ConfigError, match=r"0\.2 can never act: they reach max_drawdown 0\.20? "):
            breakers_of(config(breakers, risk=late))
    assert breakers_of(config({"max_drawdown": {"cap": "0.21"}}, risk=late)) is not None
    assert breakers_of(config(risk=late)) is None


def test_what_cannot_act_is_refused_all_at_once() -> None:
    wrong = {
        "account": {"drawdown_recovery": 0.2}, "max_drawdown": {"warning_at": 0.9, "cap": 0},
        "daily_loss": {"warning": 5, "caution": 4}, "day_end": "24:00", "order_rate": {"max_orders": 0}, "odd": 1,
    }  # fmt: skip
    with pytest.raises(ConfigError) as caught:
        config(wrong)
    for place in ("drawdown_recovery", "cap", "caution", "day_end", "max_orders", "odd"):
        assert f"{place}: " in str(caught.value), place


@pytest.mark.parametrize(
    ("breakers", "missing"),
    [
        ("none", "a daily loss .* a drawdown"),
        ({"enabled": False}, "a daily loss .* a drawdown"),
        ({"account": {"mode": "off"}}, "a daily loss"),
        ({"account": {"mode": "dry_run"}}, "a daily loss"),
        ({}, ""),
        ({"account": {"mode": "off"}, "daily_loss": {"fraction": 0.02}}, ""),
    ],
)
def test_lesson_163_real_money_needs_limits_of_a_day_and_a_drawdown(
    breakers: Any, missing: str, tmp_path: Path
) -> None:
    real = config(breakers, "binance-live")
    if not missing:
        check_for_real_money(real)
        found = breakers_of(real)
        assert found is not None
        assert not found.can_drill
        return
    with pytest.raises(ConfigError, match=missing) as caught:
        prepare(real, tmp_path, real=True)
    assert SECRET not in str(caught.value)


def session(tmp_path: Path, act: Any, breakers: Any) -> Path:
    """Run a session on paper, and do something in it."""
    tree = {
        "engine": {"symbols": ["BTCUSDT", "ETHUSDT"], "interval": "1m", "data_output_path": str(tmp_path)},
        "market_data": {"provider_type": "mock", "config": {"interval_ms": 5}},
        "trading": {"provider_type": "paper"},
        "strategy": {"path": "tests/e2e/losing.py:Losing", "config": {"all_in_at": 10**6}},
    }

    async def whole() -> Path:
        engine = LiveTradingEngine(tree if breakers is None else tree | {"breakers": breakers})
        running = asyncio.create_task(engine.run())
        while engine._run is None or engine._run.world.engine.seq < 20:  # noqa: ASYNC110 - the engine is to be under way
            await asyncio.sleep(0.01)
        await act(engine)
        engine.stop()
        return await running

    return asyncio.run(whole())


def test_an_operator_trips_resets_and_drills_and_what_is_latched_is_carried_over(tmp_path: Path) -> None:
    async def act(engine: LiveTradingEngine) -> None:
        drilled = await engine.drill_breaker("account_daily", operator="ann")
        assert isinstance(drilled, BreakerDrilled)
        assert (drilled.tripped, drilled.refused) == (True, "daily_loss")
        assert await engine.trip_breaker(reason="news", operator="ann") == []
        assert await engine.trip_breaker() == ["manual: it is latched already"]
        assert engine.get_health_status()["breakers"]["manual"] == "latched"
        assert await engine.reset_breaker("manual", reason="read them", operator="ann") == []
        while engine.get_health_status()["breakers"]["manual"] != "closed":  # noqa: ASYNC110 - the venue answers
            await asyncio.sleep(0.01)
        assert await engine.trip_breaker(reason="again") == []

    session(tmp_path, act, {})
    with money_context():
        kept = carried_from(tmp_path, "paper", "paper")
        assert kept is not None
        assert [(each.breaker, each.state) for each in kept.breakers] == [("manual", BreakerState.LATCHED)]
        assert carried_from(tmp_path, "live", "paper") is None
        assert carried(config({}, data_output_path=str(tmp_path)), "paper") is None, "on paper the account is new"


def test_in_a_session_without_breakers_there_is_nothing_to_drill(tmp_path: Path) -> None:
    async def act(engine: LiveTradingEngine) -> None:
        with pytest.raises(EngineSetupError, match="this session has no breakers"):
            await engine.drill_breaker("manual")
        assert engine.get_health_status()["breakers"] == {}

    session(tmp_path, act, None)
