"""Where a venue cannot amend a trigger: stops follow the fill, and are moved by others in their place (RP 4, RP 6)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.parity.positions import fills, planned, written
from tests.parity.scripts import Script, bars, notices, spot, three_ways
from tradewind.domain.commands import AmendOrder, CancelOrder, SubmitOrder
from tradewind.domain.events import OrderAccepted, OrderCancelled
from tradewind.domain.exits import Moves, Protected, StopMoved, Unprotected
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.order import OrderType
from tradewind.domain.time import NS_PER_MS
from tradewind.risk.exits.plan import EntryPlan, PartialPlan, TrailingPlan

if TYPE_CHECKING:
    from tradewind.domain.step import Step

D = Decimal
TRAILING = TrailingPlan(cover_costs=False)
SLOW = {"latency_ns": (40 * NS_PER_MS, 30 * NS_PER_MS, 20 * NS_PER_MS)}


def session(*closes: float, **terms: Any) -> list[Step]:
    script, scenario = written(*closes, **terms)
    return three_ways(script, **scenario)


def life_of_stops(steps: list[Step]) -> list[tuple[str, Decimal]]:
    """Return what was asked about stops, in order: placed at, or taken back from."""
    told, triggers = [], {}
    for step in steps:
        for effect in step.effects:
            if isinstance(effect, SubmitOrder) and effect.order.type is OrderType.STOP:
                assert effect.order.trigger is not None
                assert effect.order.reduce_only
                triggers[effect.order.id] = effect.order.trigger
                told.append(("place", effect.order.trigger))
            elif isinstance(effect, CancelOrder) and effect.order in triggers:
                told.append(("cancel", triggers[effect.order]))
            assert not isinstance(effect, AmendOrder)
    return told


def test_rp_4_on_spot_the_stop_follows_the_fill_and_the_gap_is_told() -> None:
    steps = session(100, 100, entry=EntryPlan(take_profit=None), stop=None, moves=Moves.REPLACE, scenario=SLOW)
    sent = [effect for step in steps for effect in step.effects if isinstance(effect, SubmitOrder)]
    assert all(not effect.attached for effect in sent), "nothing is sent with an entry"
    assert life_of_stops(steps) == [("place", D(95))]
    (_, bare), (_, covered) = notices(steps, Unprotected)[0], notices(steps, Protected)[0]
    assert bare.quantity == 10
    assert covered.until - covered.since == 60 * NS_PER_MS, "there and back: the gap is timed"


def test_rp_6_7_on_spot_one_is_taken_back_and_then_the_next_is_placed() -> None:
    """At no instant two stops could both fill beyond the quantity."""
    steps = session(100, 102, 103, 103, trailing=TRAILING, moves=Moves.REPLACE, scenario=SLOW)
    assert life_of_stops(steps) == [
        ("place", D(95)), ("cancel", D(95)), ("place", D("101.49")), ("cancel", D("101.49")), ("place", D("102.48")),
    ]  # fmt: skip
    never_two(steps)
    gaps = [told.until - told.since for _, told in notices(steps, Protected)]
    assert gaps == [60 * NS_PER_MS] * 3
    assert len(notices(steps, StopMoved)) == 2


def never_two(steps: list[Step]) -> None:
    """See that what rests at the venue never adds up to more than is held."""
    resting: dict[str, Decimal] = {}
    sizes: dict[str, Decimal] = {}
    for step in steps:
        for effect in step.effects:
            if isinstance(effect, SubmitOrder) and effect.order.type is OrderType.STOP:
                sizes[effect.order.id] = effect.order.quantity
        match step.event:
            case OrderAccepted(order=name) if name in sizes:
                resting[name] = sizes[name]
            case OrderCancelled(order=name):
                resting.pop(name, None)
            case _:
                pass
        assert sum(resting.values()) <= 10


def test_rp_6_on_margin_another_reduce_only_stop_rests_before_the_old_one_is_taken_back() -> None:
    perpetual = (spot(kind=InstrumentKind.PERPETUAL),)
    settings: Any = planned(trailing=TRAILING, moves=Moves.REPLACE)
    made_of = Script.of(
        bars(100, 100, 102, 103, 103), {0: lambda ctx: ctx.buy(10, limit=100, stop_loss=95)},
        settings=settings, instruments=perpetual,
    )  # fmt: skip
    steps = three_ways(made_of, free=True, kind=InstrumentKind.PERPETUAL, **SLOW)
    assert life_of_stops(steps) == [
        ("place", D(95)), ("place", D("101.49")), ("cancel", D(95)), ("place", D("102.48")), ("cancel", D("101.49")),
    ]  # fmt: skip
    assert len(notices(steps, Unprotected)) == 1, "after the fill alone; a move leaves no gap"


def test_on_spot_a_target_and_a_part_are_taken_at_the_market_when_the_stop_is_gone() -> None:
    """And RP 4.6: cancel, confirm, close; then what is left is protected again."""
    plan = PartialPlan((D("0.03"),), (D("0.25"),))
    steps = session(100, 103, 103, 103, partial=plan, moves=Moves.REPLACE, scenario=SLOW)
    assert fills(steps)[1][:3] == ("partial_exit", "sell", D("2.5"))
    assert life_of_stops(steps) == [("place", D(95)), ("cancel", D(95)), ("place", D(95))]
    never_two(steps)
    target = session(
        100, 104, 104, 104, stop=None, entry=EntryPlan(take_profit=D("0.04")), moves=Moves.REPLACE, scenario=SLOW
    )  # fmt: skip
    assert fills(target)[1][:3] == ("take_profit", "sell", D(10))


def test_rp_4_4_and_lesson_64_the_stop_is_for_what_is_left_after_a_fee_in_base() -> None:
    for moves in Moves:
        steps = session(
            100, 100, buys=1, moves=moves, entry=EntryPlan(), lot="0.001",
            scenario={"base_fees": True, "free": False},
        )  # fmt: skip
        quantities = [
            effect.quantity if isinstance(effect, AmendOrder) else effect.order.quantity
            for step in steps for effect in step.effects
            if isinstance(effect, AmendOrder)
            or (isinstance(effect, SubmitOrder) and effect.order.type is OrderType.STOP)
        ]  # fmt: skip
        assert quantities == [D("0.999")], "of 1 less .001, on the lot"
