"""Trailing and breakeven, written out: the same steps in a backtest, on paper and at an exchange (RP 6, RP 0.1)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.parity.scripts import Script, bars, notices, spot, three_ways
from tradewind.domain.commands import AmendOrder
from tradewind.domain.events import OrderFilled
from tradewind.domain.exits import ExitBegun, StopMoved
from tradewind.engine.settings import EngineSettings
from tradewind.risk.exits.plan import ExitPlan, StrategyPlan, TrailingPlan
from tradewind.testing import STRATEGY

if TYPE_CHECKING:
    from tradewind.domain.step import Step

D = Decimal
FINE = (spot(tick=D("0.0001")),)


def session(*closes: float, stop: float | None = 95, **trailing: Any) -> list[Step]:
    """Buy one at 100 with a stop, and let the price go; the trailing as configured, without costs covered."""
    plan = ExitPlan(trailing=TrailingPlan(**({"cover_costs": False} | trailing)))
    return three_ways(
        Script.of(
            bars(100, *closes),
            {0: lambda ctx: ctx.buy(1, limit=100, stop_loss=stop)},
            settings=EngineSettings(data_interval="1m", exits=(StrategyPlan(STRATEGY, plan),)),
            instruments=FINE,
        )
    )


def moves(steps: list[Step]) -> list[tuple[int, Decimal]]:
    return [(at, told.trigger) for at, told in notices(steps, StopMoved)]


def test_rp_6_1_the_stop_follows_and_the_old_table_of_prices() -> None:
    steps = session(100, 101, 101.5, 102, 103, 110, 105)
    assert moves(steps) == [(3, D("100.9925")), (4, D("101.49")), (5, D("102.485")), (6, D("109.45"))]
    sent = [effect.trigger for step in steps for effect in step.effects if isinstance(effect, AmendOrder)]
    assert sent == [D("100.9925"), D("101.49"), D("102.485"), D("109.45")], "the order at the venue moves"
    last = [step.event for step in steps if isinstance(step.event, OrderFilled)][-1]
    assert last.reference == D("109.45"), "and fills there, less slippage"


def test_rp_6_2_and_lesson_75_breakeven_does_not_freeze_trailing() -> None:
    """And lesson 75: one rule, whoever asks."""
    steps = session(100, 100, 102, 110, activation=D("0.05"), breakeven=D("0.02"))
    assert [(told.trigger, told.why) for _, told in notices(steps, StopMoved)] == [
        (D("100.1"), "breakeven"), (D("109.45"), "trailing"),
    ]  # fmt: skip


def test_rp_6_3_breakeven_needs_no_activation() -> None:
    assert moves(session(100, 101.99, 102, activation=D("0.10"))) == [(3, D("100.1"))]
    with_costs = session(100, 102, activation=D("0.10"), cover_costs=True)
    assert moves(with_costs) == [(2, D("100.3"))], "two fees of .001 and two slippages of .0005"
    assert moves(session(100, 102, 110, activation=D("0.5"), breakeven=None)) == []


def test_rp_6_1_at_below_and_above_the_bounds() -> None:
    assert moves(session(100, 101.4999)) == [], "a gain of .014999 does not begin it"
    assert moves(session(100, 101.5)) == [(2, D("100.9925"))], "a gain of .015 does"
    few = session(100, 102, 102.1, 102.2, min_move=D("0.002"))
    assert moves(few) == [(2, D("101.49"))], ".00098 and .00196 are too small a move"
    assert moves(session(100, 102, 102.3, min_move=D("0.001")))[1:] == [(3, D("101.7885"))]
    slow = session(100, 102, 103, 104, 105, min_interval_ns=120_000_000_000)
    assert [at for at, _ in moves(slow)] == [2, 4], "sooner than two minutes after a move is too soon"


def test_rp_6_5_by_the_mean_true_range_or_the_fallback() -> None:
    still = [100.0] * 4
    wide = session(*still, 102, 104, 106, 108, 110, pct=None, atr=D("1.5"), atr_period=4, breakeven=None)
    assert moves(wide)[-1] == (9, D("107")), "true ranges of 2: 110 - 2 * 1.5"
    unknown = session(100, 110, pct=None, atr=D("1.5"), atr_period=50, breakeven=None)
    assert moves(unknown) == [(2, D("108.9"))]


def test_a_stop_that_the_price_has_passed_already_is_an_exit_at_the_market() -> None:
    """The mean true range shrinks, so the stop would come to lie above the market: nothing could rest there."""
    path = [100, 104, 108, 112, 116, 120, 118, 117.5, 117.5, 117.5, 117.5, 117.5]
    steps = session(*path, pct=None, atr=D("2"), atr_period=3, breakeven=None, stop=90)
    begun = notices(steps, ExitBegun)
    assert [told.why for _, told in begun] == ["stop"]
    fills = [step.event for step in steps if isinstance(step.event, OrderFilled)]
    assert len(fills) == 2, "in and out, once"


def test_without_a_stop_of_the_strategy_one_is_placed_when_trailing_begins() -> None:
    steps = session(100, 101, 103, 104, stop=None)
    assert moves(steps) == [(3, D("102.485")), (4, D("103.48"))]
