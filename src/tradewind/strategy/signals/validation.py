"""What makes a plan a signal: rules V1 to V8 of spec/signals.md, all violations at once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from tradewind.strategy.signals.exactness import Checked, Levels, exact_plan, levels_of, rounding_faults

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.domain.instrument import Instrument
    from tradewind.strategy.signals.definition import ExchangeDefinition, StrategyDefinition
    from tradewind.strategy.signals.plan import Plan

ENTRIES = ("market", "limit", "stop")
NUMBERS = ("price_open", "price_take_profit", "price_stop_loss", "quantity", "cost")


class Market(NamedTuple):
    """What is known of the market as a plan comes."""

    last: float | None
    average: Callable[[], float | None]
    """Asked only when a plan has come: an average costs more than the tick that it may not be needed in."""


class Violations(NamedTuple):
    """What is wrong with a plan; each text begins with the name of its rule."""

    texts: tuple[str, ...]


@dataclass(frozen=True)
class Rules:
    """What a plan is held against."""

    strategy: StrategyDefinition
    exchange: ExchangeDefinition
    instrument: Instrument
    symbol: str
    shorts: bool
    used: Callable[[str], bool]

    @cached_property
    def _floor(self) -> Decimal | None:
        """The least distance of a target, percent."""
        return self.strategy.take_profit_floor(self.exchange.slippage_pct, self.exchange.fee_pct)

    def check(self, plan: Plan, market: Market) -> Checked | Violations:
        """Return the plan made exact, or what is wrong with it."""
        wrong = [*self._side(plan), *self._numbers(plan), *self._identity(plan)]
        if wrong:
            return Violations(tuple(wrong))
        average = market.average()
        if market.last is None or average is None:
            return Violations(("NoPrice: there are no candles of the last two minutes",))
        opened = plan.price_open
        reference = float(market.last if opened is None else opened)
        levels = levels_of(plan, reference)
        wrong += self._order(plan, opened, (market.last, average))
        wrong += self._distances(levels)
        wrong += self._minutes(plan)
        if wrong:
            return Violations(tuple(wrong))
        checked = exact_plan(plan, levels, (reference, market.last), self.strategy, self.instrument)
        late = rounding_faults(plan, checked, levels, self.instrument)
        return Violations(tuple(late)) if late else checked

    def _side(self, plan: Plan) -> list[str]:
        if plan.position not in ("long", "short"):
            return [f"V1: position must be long or short, not {plan.position!r}"]
        if plan.position not in self.strategy.sides or (plan.position == "short" and not self.shorts):
            return [f"V1: {plan.position} is not allowed for this strategy or account"]
        if plan.entry is not None and plan.entry not in ENTRIES:
            return [f"V1: entry must be one of {', '.join(ENTRIES)}, not {plan.entry!r}"]
        return []

    def _numbers(self, plan: Plan) -> list[str]:
        target, stop, optional = plan.price_take_profit, plan.price_stop_loss, self.strategy.optional
        wrong = []
        if stop is None and "stop_loss" not in optional:
            wrong.append("V2: price_stop_loss is missing")
        if target is None and "take_profit" not in optional:
            wrong.append("V2: price_take_profit is missing")
        for name, value in zip(NUMBERS, (plan.price_open, target, stop, plan.quantity, plan.cost), strict=True):
            if value is not None and not _is_price(value):
                wrong.append(f"V2: {name} must be a finite number above 0, not {value!r}")
        if plan.entry in ("limit", "stop") and plan.price_open is None:
            wrong.append(f"V2: an entry by {plan.entry} needs price_open")
        return wrong

    def _identity(self, plan: Plan) -> list[str]:
        wrong = []
        if plan.symbol is not None and plan.symbol != self.symbol:
            wrong.append(f"V7: symbol is {plan.symbol!r}, asked for was {self.symbol!r}")
        if plan.id is not None and (not isinstance(plan.id, str) or not plan.id):
            wrong.append(f"V7: id must be a text that is not empty, not {plan.id!r}")
        elif plan.id is not None and self.used(plan.id):
            wrong.append(f"V7: duplicate_id: {plan.id!r} was used before")
        stamp = plan.timestamp
        if stamp is not None and (isinstance(stamp, bool) or not isinstance(stamp, int | float) or not stamp > 0):
            wrong.append(f"V7: timestamp must be above 0, not {stamp!r}")
        if plan.note is not None and not isinstance(plan.note, str):
            wrong.append(f"V7: note must be a text, not {plan.note!r}")
        return wrong

    def _order(self, plan: Plan, opened: Any, now: tuple[float, float]) -> list[str]:  # noqa: ANN401 - a number
        stop, target = _outer(plan)
        if opened is not None:
            if stop < opened < target:
                return []
            return [(f"V3: a {plan.position} needs {_shape(plan)}; stop {plan.price_stop_loss}, open {opened}, "
                    f"target {plan.price_take_profit}")]  # fmt: skip
        if stop < now[0] < target and stop < now[1] < target:
            return []
        if stop >= target:
            return [f"V3: a {plan.position} needs {_shape(plan)}"]
        return [f"V4: last price {now[0]} and average price {now[1]} must lie between stop and target"]

    def _distances(self, levels: Levels) -> list[str]:
        (at, stop, target), rules, wrong, floor = levels, self.strategy, [], self._floor
        if target is not None and floor is not None:
            away = abs(target - at) * 100
            if away < floor * at:
                wrong.append(f"V5: target is {away / at:.6f} % away, at least {floor} % is asked")
        if stop is not None:
            away, low, high = abs(stop - at) * 100, rules.min_stop_loss_pct, rules.max_stop_loss_pct
            if low is not None and away < low * at:
                wrong.append(f"V5: stop is {away / at:.6f} % away, at least {low} % is asked")
            if high is not None and away > high * at:
                wrong.append(f"V5: stop is {away / at:.6f} % away, at most {high} % is allowed")
        return wrong

    def _minutes(self, plan: Plan) -> list[str]:
        minutes = plan.minute_estimated_time
        if minutes is None and "time" in self.strategy.optional:
            return []
        whole = isinstance(minutes, int) and not isinstance(minutes, bool)
        if whole and 1 <= minutes <= self.strategy.max_minutes:
            return []
        return [f"V6: minute_estimated_time must be a whole number from 1 to {self.strategy.max_minutes}"]


def _outer(plan: Plan) -> tuple[float, float]:
    """Return what must lie below and above the price; what is left out is no bound."""
    low, high = plan.price_stop_loss, plan.price_take_profit
    if plan.position == "short":
        low, high = high, low
    return (0.0 if low is None else float(low)), (math.inf if high is None else float(high))


def _shape(plan: Plan) -> str:
    return "stop < open < target" if plan.position == "long" else "target < open < stop"


def _is_price(value: Any) -> bool:  # noqa: ANN401 - whatever was given
    if type(value) is float:
        return 0.0 < value < math.inf
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return False
    return math.isfinite(value) and value > 0
