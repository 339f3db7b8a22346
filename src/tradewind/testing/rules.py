"""Policies of positions and breakers in simulated worlds, with limits so near that an hour's trading meets them."""

from __future__ import annotations

import enum
from decimal import Decimal
from typing import TYPE_CHECKING

from tradewind.domain.time import NS_PER_HOUR, NS_PER_MINUTE
from tradewind.risk.breakers.settings import (
    AccountLimits,
    BreakerSettings,
    DailyLoss,
    Drawdown,
    DrawdownGuard,
    Window,
)
from tradewind.risk.exits.plan import EarlyCutPlan, EntryPlan, ExitPlan, PartialPlan, TimePlan, TrailingPlan

if TYPE_CHECKING:
    import random

    from tradewind.domain.breakers import BreakerAction

_D = Decimal
MAX_HOLDING_NS = 11 * NS_PER_MINUTE


class Rule(enum.StrEnum):
    """One policy of positions, or one breaker."""

    ENTRY = "entry"
    TRAILING = "trailing"
    PARTIAL = "partial"
    ADDING = "adding"
    """Partial exits, and additions at gains."""
    TIME = "time"
    EARLY_CUT = "early_cut"
    ACCOUNT = "account"
    MAX_DRAWDOWN = "max_drawdown"
    DAILY_LOSS = "daily_loss"
    DRAWDOWN = "drawdown"
    ORDER_RATE = "order_rate"
    LOSSES = "losses"


R = Rule
POLICIES = (R.ENTRY, R.TRAILING, R.PARTIAL, R.ADDING, R.TIME, R.EARLY_CUT)
BREAKERS = (R.ACCOUNT, R.MAX_DRAWDOWN, R.DAILY_LOSS, R.DRAWDOWN, R.ORDER_RATE, R.LOSSES)
_POLICY: dict[Rule, dict[str, object]] = {
    R.ENTRY: {"entry": EntryPlan(stop_loss=_D("0.006"), take_profit=_D("0.012"))},
    R.TRAILING: {
        "trailing": TrailingPlan(
            activation=_D("0.003"), pct=_D("0.002"), breakeven=_D("0.004"), buffer=_D("0.0005"), min_move=_D("0.0005")
        )
    },
    R.PARTIAL: {"partial": PartialPlan(targets=(_D("0.003"), _D("0.008")), sizes=(_D("0.5"), _D("0.5")))},
    R.ADDING: {
        "partial": PartialPlan(
            targets=(_D("0.006"),), sizes=(_D("0.4"),), thresholds=(_D("0.002"), _D("0.004")),
            additions=(_D("0.5"), _D("0.5")),
        )
    },
    R.TIME: {"time": TimePlan(max_holding_ns=MAX_HOLDING_NS)},
    R.EARLY_CUT: {"early_cut": EarlyCutPlan(_D("0.002"), 5 * NS_PER_MINUTE)},
}  # fmt: skip


def drawn(dice: random.Random) -> tuple[Rule, ...]:
    """Return the rules of a world: none in half of them, else one to three policies, one or two breakers, or both."""
    policies = dice.sample(POLICIES, dice.choice((0, 0, 1, 2, 3)))
    breakers = dice.sample(BREAKERS, dice.choice((0, 0, 1, 2)))
    return (*policies, *breakers) if dice.random() < 0.5 else ()


def plan_of(rules: tuple[Rule, ...]) -> ExitPlan | None:
    """Return the policies of all positions, None if there are none."""
    chosen: dict[str, object] = {}
    for rule in rules:
        chosen |= _POLICY.get(rule, {})
    return ExitPlan(**chosen) if chosen else None  # type: ignore[arg-type] # each by its own name


def breakers_of(rules: tuple[Rule, ...], action: BreakerAction) -> BreakerSettings | None:
    """Return the breakers, None if there are none."""
    if not set(rules) & set(BREAKERS):
        return None
    near = {
        R.ACCOUNT: ("account", AccountLimits(_D("0.000004"), _D("0.000008"), _D("0.000003"), action=action)),
        R.MAX_DRAWDOWN: ("max_drawdown", DrawdownGuard(_D("0.000009"), action=action)),
        R.DAILY_LOSS: ("daily_loss", DailyLoss(_D("0.5"), caution=_D("0.3"), warning=_D("0.1"), action=action)),
        R.DRAWDOWN: ("drawdown", Drawdown(_D("0.000006"), action=action)),
        R.ORDER_RATE: ("order_rate", Window(3, NS_PER_MINUTE, 3 * NS_PER_MINUTE, action)),
        R.LOSSES: ("consecutive_losses", Window(2, NS_PER_HOUR, 5 * NS_PER_MINUTE, action)),
    }
    off = {"account": None, "max_drawdown": None}
    return BreakerSettings(**(off | dict(near[rule] for rule in rules if rule in near)))  # type: ignore[arg-type]
