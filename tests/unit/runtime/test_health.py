"""How a session stands: each cell of the table in spec/live-controls.md 12 that there is something for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.runtime.stage import bars, stage
from tests.unit.runtime.test_supervisor import Hands, supervisor_of
from tradewind.domain.control import Halted, Paused
from tradewind.domain.events import LinkChanged, OutcomeUnknown
from tradewind.domain.ids import ClientOrderId, StrategyId, venue_of
from tradewind.domain.money import money_context
from tradewind.domain.order import Side
from tradewind.domain.step import Step
from tradewind.engine.account import DIFFERS
from tradewind.runtime.callbacks import EngineStatus
from tradewind.runtime.health import HealthLevel, Signs, health_of
from tradewind.testing import bar, instrument, order_spec, rejected, script
from tradewind.testing import engine as build

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.engine.engine import Engine

RUNNING = EngineStatus.RUNNING
SECOND = 10**9


@pytest.fixture
def engine() -> Any:
    on_stage = stage(bars(0, 3))
    on_stage.run()
    on_stage.engine.risk.stopping = False
    with money_context():
        yield on_stage.engine


def submit(engine: Engine, count: int = 1) -> list[ClientOrderId]:
    names = [ClientOrderId(f"h-{number}") for number in range(count)]
    for name in names:
        engine.orders.submit(order_spec(Side.BUY, 1, id=name, instrument=next(iter(engine.portfolio.instruments))))
    return names


def unknown(engine: Engine) -> None:
    engine.process(OutcomeUnknown(submit(engine)[0], "", engine.view.now))


def refused(engine: Engine) -> None:
    for name in submit(engine, 12)[:2]:
        engine.process(rejected(name, ts=engine.view.now))


def now(engine: Engine, seconds: float) -> int:
    return engine.view.now + int(seconds * SECOND)


CRITICAL: dict[str, Callable[[Engine], object]] = {
    "halted": lambda engine: engine.process(Halted(engine.view.now)),
    "strategy halted: s": lambda engine: engine.risk.halted.add(StrategyId("s")),
    "cancel only: 9 MB are free": lambda engine: engine.risk.cancel_only.update(disk="9 MB are free"),
    "close only: our books differ": lambda engine: engine.risk.close_only.update({DIFFERS: "our books differ"}),
    "no stop can be placed: b:X": lambda engine: engine.risk.unguarded.add("b:X"),  # type: ignore[arg-type]
}
DEGRADED: dict[str, Callable[[Engine], object]] = {
    "close only: a reason": lambda engine: engine.risk.close_only.update(x="a reason"),
    "paused": lambda engine: engine.process(Paused(engine.view.now)),
    "discrepancy: b:X": lambda engine: engine.risk.disputed.add("b:X"),  # type: ignore[arg-type]
    "2 of the last 12 orders were rejected": refused,
}


@pytest.mark.parametrize("reason", [*CRITICAL, *DEGRADED])
def test_mon_1_what_the_engine_says_of_itself(reason: str, engine: Engine) -> None:
    assert health_of(engine, RUNNING, {}).reasons == ()
    (CRITICAL | DEGRADED)[reason](engine)
    health = health_of(engine, RUNNING, {})
    assert health.reasons == (reason,)
    assert health.level is (HealthLevel.CRITICAL if reason in CRITICAL else HealthLevel.DEGRADED)


def test_an_unknown_outcome_is_so_at_once_and_degraded_after_half_a_minute(engine: Engine) -> None:
    unknown(engine)
    assert health_of(engine, RUNNING, {}, Signs(now(engine, 30))).level is HealthLevel.HEALTHY
    assert health_of(engine, RUNNING, {}, Signs(now(engine, 31))).reasons == ("unknown outcome: h-0",)


@pytest.mark.parametrize(
    ("signs", "level", "reason"),
    [
        ({"silent_seconds": 30.0}, HealthLevel.HEALTHY, ""),
        ({"silent_seconds": 31.0}, HealthLevel.CRITICAL, "the loop has not turned for 31 s"),
        ({"checkpoint_seconds": 120.0}, HealthLevel.HEALTHY, ""),
        ({"checkpoint_seconds": 121.0}, HealthLevel.DEGRADED, "the last checkpoint is 121 s old"),
        ({"missed": ("tables: 3 steps dropped",)}, HealthLevel.DEGRADED, "tables: 3 steps dropped"),
    ],
)
def test_lesson_2_signs_from_outside_of_the_engine(
    signs: dict[str, Any], level: HealthLevel, reason: str, engine: Engine
) -> None:
    """Health is the age of the engine's last turn and of its data; a session that hangs does not say otherwise."""
    health = health_of(engine, RUNNING, {}, Signs(**signs))
    assert (health.level, ", ".join(health.reasons)) == (level, reason)


def test_a_market_that_never_closes_is_late_five_minutes_after_its_next_bar_was_due(engine: Engine) -> None:
    assert health_of(engine, RUNNING, {}, Signs(now(engine, 360))).level is HealthLevel.HEALTHY
    late = health_of(engine, RUNNING, {}, Signs(now(engine, 361)))
    assert late.level is HealthLevel.DEGRADED
    assert late.reasons[0].startswith("no market data of ")


def test_lesson_151_a_feed_that_failed_at_its_first_step_is_late_as_well() -> None:
    """That there is an instrument is no price of it: watched is what came last, and else how long was waited."""
    with money_context():
        made = build(script(), instruments=[instrument("BTCUSDT"), instrument("ETHUSDT")])
        made.process(bar(100.0))
        assert health_of(made, RUNNING, {}, Signs(360 * SECOND)).level is HealthLevel.HEALTHY
        late = health_of(made, RUNNING, {}, Signs(361 * SECOND))
        assert (late.level, late.reasons) == (
            HealthLevel.DEGRADED, (f"no market data of {instrument('ETHUSDT').id} for 361 s",)
        )  # fmt: skip
        made.process(bar(10.0, 5, of=instrument("ETHUSDT").id))
        assert health_of(made, RUNNING, {}, Signs(420 * SECOND)).level is HealthLevel.HEALTHY, "it has come"


def test_lesson_2_a_loop_that_hangs_is_critical_though_the_engine_says_nothing() -> None:
    hands = Hands()
    supervisor = supervisor_of(hands)
    ticks = [0]
    supervisor._pulse._steady_ns = lambda: ticks[0]
    on_stage = stage(bars(0, 3), supervisor=supervisor)
    on_stage.session.status = RUNNING
    supervisor.beat()
    assert on_stage.session.health()["status"] == "healthy"
    ticks[0] = 40 * SECOND
    told = on_stage.session.health()
    assert (told["status"], told["reasons"]) == ("critical", ["the loop has not turned for 40 s"])


def test_what_a_session_tells_of_itself() -> None:
    supervisor = supervisor_of(Hands())
    on_stage = stage(bars(0, 3), supervisor=supervisor)
    before = on_stage.session.health()
    assert (before["status"], before["engine_running"], before["broker_connected"]) == ("critical", False, False)
    assert (before["last_data_update"], before["last_checkpoint"], before["last_reconciliation"]) == (None, None, None)
    on_stage.run()
    venue = venue_of(next(iter(on_stage.engine.portfolio.instruments)))
    supervisor.hear([Step(1, LinkChanged(venue, "private", up=False, ts_recv=0))])
    on_stage.session.status = RUNNING
    told = on_stage.session.health()
    assert told["last_data_update"] == on_stage.engine.view.now
    assert set(told["data_age_seconds"].values()) == {0.0}
    assert (told["position_count"], told["queue_depth"], told["paused"], told["mode"]) == (0, 0, False, "paper")
    assert told["links"][venue] == {"market": True, "private": False}
    assert not told["broker_connected"]
    assert told["journal_lag_ms"] >= 0
