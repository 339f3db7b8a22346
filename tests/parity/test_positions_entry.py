"""Stops and targets at entry, and what fills where, written out: the same in all three ways (RP 4, RP 6)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from tests.parity.positions import fills, planned, written
from tests.parity.scripts import Script, bars, notices, spot, three_ways
from tradewind.domain.account import AccountKind
from tradewind.domain.commands import CancelOrder, SubmitOrder
from tradewind.domain.events import OrderFilled, OrderTriggered
from tradewind.domain.exits import Moves, StopMoved
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.time import NS_PER_SECOND
from tradewind.engine.settings import EngineSettings
from tradewind.risk.exits.plan import EntryPlan, TrailingPlan
from tradewind.risk.limits import Limits
from tradewind.risk.parameters import NO_PARAMETERS

if TYPE_CHECKING:
    from tradewind.domain.step import Step

D = Decimal


def session(*closes: float, **terms: Any) -> list[Step]:
    script, scenario = written(*closes, **terms)
    return three_ways(script, **scenario)


def bar_after_entry(**prices: float) -> list[tuple[str, str, Decimal, Decimal]]:
    """Enter at 100 with a stop at 95 by the policy and a target at 104; return what one bar after it brings."""
    made = bars(100, 100, 97, 97)
    session = Script.of(
        (*made[:2], replace(made[2], **prices), *made[3:]), {0: lambda ctx: ctx.buy(1, limit=100)},
        settings=planned(entry=EntryPlan(take_profit=D("0.04"))),
    )  # fmt: skip
    return [fill for fill in fills(three_ways(session, free=True)) if fill[0] != "entry"]


def test_rp_4_1_a_stop_fills_at_its_level_and_not_at_the_low() -> None:
    assert bar_after_entry(open=97.0, high=98.0, low=90.0, close=94.0) == [("stop_loss", "sell", D(1), D(95))]


def test_rp_4_2_a_bar_that_opens_beyond_it_fills_at_the_open() -> None:
    assert bar_after_entry(open=93.0, high=98.0, low=90.0, close=94.0) == [("stop_loss", "sell", D(1), D(93))]


def test_rp_4_3_of_stop_and_target_in_one_bar_the_stop() -> None:
    assert bar_after_entry(open=97.0, high=104.5, low=95.0, close=100.0) == [("stop_loss", "sell", D(1), D(95))]


def test_lesson_72_a_stop_with_a_limit_that_a_gap_jumps_is_out_within_seconds_in_three_ways() -> None:
    """The bar opens 2 % below trigger and limit; five seconds later the stop is taken back and the rest sold."""

    def stop(ctx: Any) -> None:
        ctx.sell(1, stop=98, limit=97.5, reduce_only=True)

    limits = Limits(parameters=replace(NO_PARAMETERS, stop_limit_seconds=5))
    made = bars(100, 100, 100, 95.5, 95.5, 95.5)
    gap = (*made[:3], replace(made[3], open=95.5, high=95.5), *made[4:])
    session = Script.of(
        gap, {0: lambda ctx: ctx.buy(1), 1: stop}, settings=EngineSettings(data_interval="1m", limits=limits)
    )
    steps = three_ways(session, free=True)
    cancelled = [step for step in steps if any(isinstance(each, CancelOrder) for each in step.effects)]
    (triggered,) = [step for step in steps if isinstance(step.event, OrderTriggered)]
    assert [step.event.ts_recv - triggered.event.ts_recv for step in cancelled] == [5 * NS_PER_SECOND]
    assert [fill[0::2] for fill in fills(steps)] == [("entry", D(1)), ("protection", D(1))]
    assert fills(steps)[1][3] == D("95.5")


def exits_of(**terms: Any) -> list[Decimal | None]:
    """Return the stop and the target that an entry at 100 leaves with."""
    asks: dict[str, Any] = terms.pop("asks", {})
    session = Script.of(
        bars(*[100.0] * 6), {4: lambda ctx: ctx.buy(1, limit=100, **asks)}, settings=planned(entry=EntryPlan(**terms))
    )
    (sent,) = [e for step in three_ways(session, free=True) for e in step.effects if isinstance(e, SubmitOrder)]
    return [spec.trigger or spec.price for spec in sent.attached]


def test_rp_4_the_strategys_price_comes_first_then_the_range_then_the_distance() -> None:
    assert exits_of() == [D(95)]
    assert exits_of(asks={"stop_loss": 98}) == [D(98)]
    assert exits_of(asks={"stop_fraction": "0.03", "target_fraction": "0.06"}) == [D(97), D(106)]
    assert exits_of(take_profit=D("0.04")) == [D(95), D(104)]
    assert exits_of(atr_multiplier=D(2), atr_period=3) == [D(98)], "bars that stand still have a range of .01"
    assert exits_of(atr_multiplier=D(2), atr_period=50) == [D(95)], "unknown: the fixed distance"
    assert exits_of(stop_loss=None) == []


def short(*closes: float, moves: Moves = Moves.AMEND, **policies: Any) -> list[Step]:
    """Sell one short at 100 on margin."""
    settings = replace(planned(moves=moves, **policies), account=AccountKind.MARGIN, limits=Limits(allow_short=True))
    session = Script.of(
        bars(100, *closes), {0: lambda ctx: ctx.sell(1, limit=100)}, settings=settings,
        instruments=(spot(tick=D("0.0001"), kind=InstrumentKind.PERPETUAL),),
    )  # fmt: skip
    return three_ways(session, free=True, kind=InstrumentKind.PERPETUAL, account=AccountKind.MARGIN)


@pytest.mark.parametrize("moves", Moves)
def test_rp_6_4_short_mirrored(moves: Moves) -> None:
    plan: dict[str, Any] = {"entry": EntryPlan(), "trailing": TrailingPlan(cover_costs=False), "moves": moves}
    steps = short(100, 98.5, 98.5, 99.5, **plan)
    assert [told.trigger for _, told in notices(steps, StopMoved)] == [D("98.9925")]
    last = [step.event for step in steps if isinstance(step.event, OrderFilled)][-1]
    assert last.price == D("98.9925"), "bought back where it was"
