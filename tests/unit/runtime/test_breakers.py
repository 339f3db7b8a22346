"""What a live session makes of its breakers: its health, and its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.unit.runtime.stage import bars, kinds, stage
from tradewind import Strategy
from tradewind.domain.breakers import BreakerAction
from tradewind.domain.control import BreakerTripRequested
from tradewind.domain.money import money_context
from tradewind.risk.breakers.settings import BreakerSettings
from tradewind.runtime.callbacks import EngineStatus
from tradewind.runtime.health import HealthLevel, health_of

if TYPE_CHECKING:
    from tradewind.strategy.context import Context

RUNNING = EngineStatus.RUNNING


def test_mon_1_a_breaker_that_has_tripped_is_critical_and_the_status_has_all_of_them() -> None:
    on_stage = stage(bars(0, 3), breakers=BreakerSettings())
    on_stage.run()
    engine = on_stage.engine
    engine.risk.stopping = False
    assert health_of(engine, RUNNING, {}).level is HealthLevel.HEALTHY
    with money_context():
        engine.process(BreakerTripRequested(engine.view.now, reason="storm"))
    health = health_of(engine, RUNNING, {})
    assert (health.level, health.reasons) == (HealthLevel.CRITICAL, ("breaker manual is latched: storm",))
    assert on_stage.session.health()["breakers"] == {
        "account_daily": "closed", "account_drawdown": "closed", "max_drawdown": "closed", "manual": "latched",
    }  # fmt: skip


def test_mon_1_equity_that_is_unknown_is_degraded() -> None:
    on_stage = stage(bars(0, 3), breakers=BreakerSettings())
    assert health_of(on_stage.engine, RUNNING, {}).reasons == ("equity is unknown: a price is missing",)


def test_a_breaker_whose_action_is_to_stop_ends_a_live_session_in_order() -> None:
    told: list[str] = []

    class Trading(Strategy):
        def on_bar(self, ctx: Context, bar: Any) -> None:
            told.append("bar")
            if len(told) == 2:
                ctx.buy(1)
            elif len(told) == 4:
                on_stage.session.tell(BreakerTripRequested(0, reason="storm"))

        def on_stop(self, ctx: Context) -> None:
            told.append(f"stop {ctx.position().quantity}")

    stopping = BreakerSettings(manual=BreakerAction.STOP)
    on_stage = stage(bars(0, 5_000), Trading(), breakers=stopping)
    on_stage.run()
    assert len(told) < 5_000
    assert told[-1] == "stop 0.000", "it waits until all is closed"
    assert kinds([step.event for step in on_stage.journal.steps]).count("StopRequested") == 1
