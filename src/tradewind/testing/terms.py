"""What the engines of a simulated world are made with, as its terms say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.ids import StrategyId
from tradewind.domain.money import ZERO
from tradewind.engine.engine import EngineSettings
from tradewind.execution.comparison import Reconciliation
from tradewind.execution.inquiry import Patience
from tradewind.risk.exits.plan import StrategyPlan
from tradewind.risk.limits import Limits
from tradewind.testing.actor import Actor
from tradewind.testing.exchange import BASE, LOT, START, instruments_of
from tradewind.testing.rules import breakers_of, plan_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tradewind.testing.actor import Wishes
    from tradewind.testing.plan import Plan, Terms


def settings_of(terms: Terms) -> EngineSettings:
    """Return the settings of a world's engines."""
    plan = plan_of(terms.rules)
    return EngineSettings(
        base=BASE,
        account=terms.account,
        limits=Limits(
            position_quantity_max=None if not terms.position_lots_max else LOT * terms.position_lots_max,
            orders_per_minute_max=terms.orders_per_minute_max or None,
            allow_short=True,
        ),
        patience=Patience(terms.first_ns, terms.longest_ns, terms.grace_ns),
        reconciliation=Reconciliation(
            terms.mode, terms.interval_ns, cash_tolerance=ZERO, holds_at_start=not terms.interval_ns
        ),
        keeps_state=True,
        breakers=breakers_of(terms.rules, terms.action),
        exits=() if plan is None else tuple(StrategyPlan(name_of(number), plan) for number in range(terms.strategies)),
        moves=terms.moves,
    )


def name_of(number: int) -> StrategyId:
    """Return the name of a world's strategy, by its number."""
    return StrategyId(f"s{number}")


def wishes_of(plan: Plan) -> dict[StrategyId, Wishes]:
    """Return what each strategy of a world wishes, by the number of the bar and its symbol."""
    symbols = [each.symbol for each in instruments_of(plan.terms)]
    wishes: list[Wishes] = [{} for _ in range(plan.terms.strategies)]
    for wish in plan.wishes:
        if wish.bar < plan.terms.bars and wish.strategy < plan.terms.strategies:
            wishes[wish.strategy].setdefault((wish.bar, symbols[wish.instrument]), []).append(wish)
    return {name_of(number): each for number, each in enumerate(wishes)}


def actors_of(wishes: Mapping[StrategyId, Wishes]) -> dict[StrategyId, Actor]:
    """Return the strategies of a world, as new as after a start."""
    return {name: Actor(each, START) for name, each in wishes.items()}
