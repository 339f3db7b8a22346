"""Partial exits and additions, written out: real orders, in a backtest, on paper and at an exchange (RP 7)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.parity.positions import fills, planned, stop_quantities, written
from tests.parity.scripts import Script, bars, refusals, three_ways
from tradewind.domain.commands import AmendOrder, SubmitOrder
from tradewind.domain.step import RefusalCode
from tradewind.risk.exits.plan import PartialPlan

if TYPE_CHECKING:
    from tradewind.domain.step import Step

D = Decimal
C = RefusalCode
EXITS = PartialPlan()
ADDS = PartialPlan(thresholds=(D("0.02"), D("0.05")), additions=(D("0.25"), D("0.25")))


def session(*closes: float, **terms: Any) -> list[Step]:
    script, scenario = written(*closes, **terms)
    return three_ways(script, **scenario)


def test_rp_7_1_and_lesson_88_a_quarter_goes_at_the_first_target_and_the_stop_shrinks_with_it() -> None:
    """Not by balance: ten units, and 2.5 of them are sold with a gain of 7.50."""
    steps = session(100, 102, 103.1, partial=EXITS)
    assert fills(steps) == [("entry", "buy", D(10), D(100)), ("partial_exit", "sell", D("2.5"), D(103))]
    (_, _, _, paid), (_, _, sold, got) = fills(steps)
    assert (got - paid) * sold == D("7.50")
    assert stop_quantities(steps) == [D("7.5")]


def test_rp_7_2_a_jump_over_two_targets_is_two_orders() -> None:
    steps = session(100, 107, partial=EXITS)
    assert [fill for fill in fills(steps) if fill[0] == "partial_exit"] == [
        ("partial_exit", "sell", D("2.5"), D(103)), ("partial_exit", "sell", D("2.5"), D(106)),
    ]  # fmt: skip


def test_rp_7_3_sizes_are_of_what_was_filled() -> None:
    """Asked for .4; a bar of volume 1,000 with this share has .37 for it, and the rest is taken back."""
    steps = session(
        100, 100, 104, 107, 111, buys=D("0.4"), partial=EXITS, scenario={"volume_share": D("0.00037")},
        acts={1: lambda ctx: ctx.cancel_all()},
    )  # fmt: skip
    sold = [quantity for why, _, quantity, _ in fills(steps) if why == "partial_exit"]
    assert sold == [D("0.0925"), D("0.0925"), D("0.1850")]
    assert sum(sold) == D("0.37")


def test_rp_7_4_an_addition_moves_the_average_the_targets_and_the_stop() -> None:
    """.0925 at 102 on .370 at 100 is .4625 at 100.4; the last target closes all that is left."""
    plan = PartialPlan(thresholds=(D("0.02"),), additions=(D("0.25"),))
    steps = session(100, 102, 102, 103.5, 107, 111, buys=D("0.370"), partial=plan, tick="0.001")
    done = fills(steps)
    assert done[1] == ("scale_in", "buy", D("0.0925"), D(102))
    assert done[2] == ("partial_exit", "sell", D("0.0925"), D("103.412"))
    assert done[-1][:3] == ("partial_exit", "sell", D("0.2775"))
    assert sum(q if side == "buy" else -q for _, side, q, _ in done) == 0
    added = next(e for s in steps for e in s.effects if isinstance(e, SubmitOrder) and e.order.tag == "scale_in 1")
    assert [spec.trigger for spec in added.attached] == [D(95)], "what is added is protected from its first fill on"


def test_rp_7_5_an_addition_that_is_refused_has_its_code_and_is_not_asked_for_again_at_each_bar() -> None:
    steps = session(100, 102, 102.1, 102.2, buys=95, partial=ADDS)
    assert [(at, refused.code) for at, refused in refusals(steps)] == [(2, C.INSUFFICIENT_FUNDS)]


def test_additions_at_their_bounds() -> None:
    assert len(fills(session(100, 101.99, 101.99, partial=ADDS))) == 1, "below the threshold"
    assert len(fills(session(100, 102, 102, partial=ADDS))) == 2, "at it"
    once = PartialPlan(thresholds=ADDS.thresholds, additions=ADDS.additions, additions_max=1)
    assert [why for why, *_ in fills(session(100, 102, 102, 106, 106, partial=once))].count("scale_in") == 1
    none = PartialPlan(thresholds=ADDS.thresholds, additions=ADDS.additions, additions_max=0)
    assert [why for why, *_ in fills(session(100, 102, 102, partial=none))].count("scale_in") == 0


def test_against_it_is_added_at_losses_as_far_as_the_whole_may_lose() -> None:
    plan = PartialPlan(thresholds=(D("0.02"),), additions=(D("0.5"),), against=True)
    assert fills(session(100, 98, 98, buys=10, partial=plan))[1] == ("scale_in", "buy", D(5), D(98))
    tight = PartialPlan(thresholds=(D("0.02"),), additions=(D("0.5"),), against=True, risk_max=D("0.006"))
    steps = session(100, 98, 98, buys=10, partial=tight)
    assert [refused.code for _, refused in refusals(steps)] == [C.MAX_RISK_PER_TRADE]
    # ten at 100 and five at 98 lose 65 at 95: .0065 and a little more of 9,980
    enough = PartialPlan(thresholds=(D("0.02"),), additions=(D("0.5"),), against=True, risk_max=D("0.0066"))
    assert len(fills(session(100, 98, 98, buys=10, partial=enough))) == 2


def test_a_part_below_the_smallest_order_is_left_to_the_last_target() -> None:
    steps = session(100, 104, 107, 111, buys=D("0.0003"), partial=EXITS)
    assert [fill[2] for fill in fills(steps)[1:]] == [D("0.0003")]


def test_sizes_below_the_whole_let_the_rest_ride() -> None:
    plan = PartialPlan((D("0.03"),), (D("0.25"),))
    steps = session(100, 104, 120, partial=plan)
    assert [fill[2] for fill in fills(steps)[1:]] == [D("2.5")]


def test_targets_are_amended_and_never_doubled() -> None:
    made_of = Script.of(
        bars(100, 100, 102, 102, 102),
        {0: lambda ctx: ctx.buy(10, limit=100, stop_loss=95)},
        settings=planned(partial=ADDS),
    )
    steps = three_ways(made_of, free=True)
    submitted = [
        e.order for s in steps for e in s.effects if isinstance(e, SubmitOrder) and e.order.tag.startswith("partial")
    ]
    assert [order.tag for order in submitted] == ["partial 1", "partial 2", "partial 3"]
    moved = [e.price for s in steps for e in s.effects if isinstance(e, AmendOrder) and e.price is not None]
    assert moved == [D("103.42"), D("106.43"), D("110.44")], "the targets follow the average of 100.4"
