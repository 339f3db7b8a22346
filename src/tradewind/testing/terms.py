"""What the engines of a simulated world are made with, as its terms say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.ids import StrategyId
from tradewind.domain.money import ZERO
from tradewind.engine.engine import EngineSettings
from tradewind.execution.comparison import Reconciliation
from tradewind.execution.inquiry import Patience
from tradewind.risk.limits import Limits
from tradewind.testing.actor import Actor
from tradewind.testing.exchange import BASE, LOT, START, instruments_of

if TYPE_CHECKING:
    from tradewind.testing.plan import Plan, Terms, Wish


def settings_of(terms: Terms) -> EngineSettings:
    """Return the settings of a world's engines."""
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
    )


def actors_of(plan: Plan) -> dict[StrategyId, Actor]:
    """Return the strategies of a world, as new as after a start."""
    wishes: list[list[Wish]] = [[] for _ in range(plan.terms.strategies)]
    for wish in plan.wishes:
        if wish.bar < plan.terms.bars and wish.strategy < plan.terms.strategies:
            wishes[wish.strategy].append(wish)
    symbols = tuple(each.symbol for each in instruments_of(plan.terms))
    return {StrategyId(f"s{number}"): Actor(each, symbols, START) for number, each in enumerate(wishes)}
