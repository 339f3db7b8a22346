"""Whatever prices do: a stop never loosens, exits never exceed the position, and two stops never fill beyond it.

The session is a whole backtest, at a venue that amends and at one that does not; lessons 78 and 67.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.parity.positions import written
from tests.parity.worlds import Scenario, run_backtest
from tradewind.domain.account import AccountKind
from tradewind.domain.commands import SubmitOrder
from tradewind.domain.events import OrderAccepted, OrderAmended, OrderCancelled, OrderExpired, OrderFilled
from tradewind.domain.exits import Moves, StopMoved
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.order import OrderType, Side
from tradewind.domain.time import NS_PER_MS
from tradewind.risk.exits.plan import EntryPlan, ExitPlan, PartialPlan, TimePlan, TrailingPlan

if TYPE_CHECKING:
    from tradewind.domain.order import OrderSpec
    from tradewind.domain.step import Step

D = Decimal
ADDS = PartialPlan((D("0.01"), D("0.02")), (D("0.4"), D("0.6")), (D("0.005"), D("0.015")), (D("0.3"), D("0.2")))
PLANS = st.sampled_from(
    (
        ExitPlan(entry=EntryPlan(D("0.01")), trailing=TrailingPlan(D("0.003"), D("0.004"), cover_costs=False)),
        ExitPlan(entry=EntryPlan(D("0.01")), trailing=TrailingPlan(D("0.003"), D("0.004")), partial=ADDS),
        ExitPlan(entry=EntryPlan(D("0.02"), D("0.03")), partial=ADDS, time=TimePlan(9 * 60 * 10**9)),
    )
)
STEPS = st.lists(st.floats(-0.012, 0.012), min_size=4, max_size=25)


@given(PLANS, STEPS, st.sampled_from(Moves), st.sampled_from(InstrumentKind), st.booleans())
def test_lesson_78_and_67_over_any_path(
    plan: ExitPlan, steps: list[float], moves: Moves, kind: InstrumentKind, is_slow: bool
) -> None:
    closes, price = [], 100.0
    for step in steps:
        price = round(price * (1 + step), 2)
        closes.append(price)
    policies = {name: getattr(plan, name) for name in ExitPlan.__struct_fields__}
    script, scenario = written(100, *closes, stop=None, buys=3, moves=moves, **policies)
    facts = tuple(replace(each, kind=kind) for each in script.instruments)
    account = AccountKind.MARGIN if kind is InstrumentKind.PERPETUAL else AccountKind.CASH
    latency = (40 * NS_PER_MS, 30 * NS_PER_MS, 20 * NS_PER_MS) if is_slow else (0, 0, 0)
    played = type(script)(
        script.events, script.strategies, replace(script.settings, account=account), facts, script.balances
    )
    ran = run_backtest(Scenario(script=played, kind=kind, account=account, latency_ns=latency, **scenario))
    check(ran.steps, is_spot_without_amending=moves is Moves.REPLACE and account is AccountKind.CASH)


def check(steps: list[Step], *, is_spot_without_amending: bool) -> None:
    """Walk through the venue's words: what is held, which stops rest for how much, and where."""
    specs: dict[str, OrderSpec] = {}
    resting: dict[str, Decimal] = {}
    levels: list[Decimal] = []
    held, executed = D(0), set()
    for step in steps:
        for effect in step.effects:
            if isinstance(effect, SubmitOrder):
                specs |= {spec.id: spec for spec in (effect.order, *effect.attached)}
        for notice in step.notices:
            if isinstance(notice, StopMoved):
                assert notice.was is None or notice.trigger > notice.was, "a stop never loosens"
                levels.append(notice.trigger)
        event = step.event
        match event:
            case OrderAccepted(order=name) if specs[name].type is OrderType.STOP:
                resting[name] = specs[name].quantity
            case OrderAmended(order=name, quantity=quantity) if name in resting:
                resting[name] = quantity
            case OrderCancelled(order=name) | OrderExpired(order=name):
                resting.pop(name, None)
            case OrderFilled(order=name, quantity=quantity, trade_id=trade) if trade not in executed:
                executed.add(trade)
                spec = specs[name]
                held += quantity if spec.side is Side.BUY else -quantity
                if name in resting:
                    resting[name] -= quantity
                if spec.side is Side.BUY and held == quantity:
                    levels = []
            case _:
                pass
        assert held >= 0, "exits never exceed the position"
        assert all(spec.reduce_only or spec.side is Side.BUY for spec in specs.values())
        if is_spot_without_amending:
            assert sum(resting.values()) <= held or not held, "two stops never fill beyond what is held"
    assert levels == sorted(levels)
