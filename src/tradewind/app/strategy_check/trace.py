"""What a strategy decided, and when: one run over a part of a market, written down without order ids.

Ids are counted from the start of a run, so that two runs over different stretches name the same order
differently; here an order is known by its place in the run.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import msgspec

from tradewind.domain.commands import AmendOrder, CancelOrder, SubmitOrder
from tradewind.domain.control import StopRequested
from tradewind.domain.ids import symbol_of
from tradewind.domain.signal import OrderIntent
from tradewind.domain.step import LogLine, Mark, StrategyFailed
from tradewind.domain.time import iso

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tradewind.domain.order import OrderSpec
    from tradewind.domain.step import Notice, Refusal, Step

Value = str | float | bool
_TERMS = ("quantity", "price", "trigger", "trail_amount", "trail_fraction", "expire_at", "stop_loss", "take_profit")
_FLAGS = ("post_only", "reduce_only")


class Decision(msgspec.Struct, frozen=True):
    """One thing that a strategy said at `ts`: an order, a cancellation, an amendment, a refused wish, a mark."""

    ts: int
    kind: str
    facts: dict[str, Value]

    def __str__(self) -> str:
        words = (f"{key} {value:.15g}" if isinstance(value, float) else str(value) for key, value in self.facts.items())
        return " ".join((self.kind, *filter(None, words))).replace("_", " ")

    def equals(self, other: Decision, tolerance: float) -> bool:
        """Whether two decisions are the same; numbers may differ by a fraction of `tolerance`."""
        if (self.ts, self.kind, self.facts.keys()) != (other.ts, other.kind, other.facts.keys()):
            return False
        return all(_same(value, other.facts[key], tolerance) for key, value in self.facts.items())


class Trace(msgspec.Struct, frozen=True):
    """All decisions of one run, in their order; `failures` are what strategies raised."""

    decisions: tuple[Decision, ...]
    logs: tuple[Decision, ...] = ()
    failures: tuple[str, ...] = ()

    def until(self, ts: int) -> tuple[Decision, ...]:
        """Return the decisions up to and with a time."""
        return tuple(decision for decision in self.decisions if decision.ts <= ts)

    def since(self, ts: int) -> tuple[Decision, ...]:
        """Return the decisions from a time on."""
        return tuple(decision for decision in self.decisions if decision.ts >= ts)


class Recording:
    """Takes the steps of a run and keeps what was decided, up to the stop that ends it."""

    def __init__(self) -> None:
        self._decisions: list[Decision] = []
        self._logs: list[Decision] = []
        self._failures: list[str] = []
        self._names: dict[str, str] = {}
        self._over = False

    def take(self, step: Step) -> None:
        """Take a step."""
        self._over = self._over or isinstance(step.event, StopRequested)
        if self._over:
            return
        ts = step.event.ts_recv
        for effect in step.effects:
            if isinstance(effect, SubmitOrder):
                self._names[effect.order.id] = f"order {len(self._names) + 1}"
                self._decisions.append(Decision(ts, "order", _order(effect.order, effect.attached)))
            elif isinstance(effect, CancelOrder):
                self._decisions.append(Decision(ts, "cancel", {"order": self._name(effect.order)}))
            elif isinstance(effect, AmendOrder):
                facts = {"order": self._name(effect.order), **_terms(effect)}
                self._decisions.append(Decision(ts, "amend", facts))
        self._decisions.extend(Decision(ts, "refused", _refusal(refusal)) for refusal in step.refusals)
        for notice in step.notices:
            self._note(ts, notice)

    def trace(self) -> Trace:
        """Return what was decided."""
        return Trace(tuple(self._decisions), tuple(self._logs), tuple(self._failures))

    def _note(self, ts: int, notice: Notice) -> None:
        if isinstance(notice, Mark):
            facts: dict[str, Value] = {"title": notice.title, "message": notice.message}
            if notice.price is not None:
                facts["price"] = notice.price
            self._decisions.append(Decision(ts, "mark", facts))
        elif isinstance(notice, LogLine):
            self._logs.append(Decision(ts, "log", {"message": notice.message}))
        elif isinstance(notice, StrategyFailed):
            self._failures.append(f"{iso(ts)}: {notice.strategy} raised {notice.error} at {notice.where}")

    def _name(self, order: str) -> str:
        return self._names.get(order, "an exit")


def _order(spec: OrderSpec, attached: Iterable[OrderSpec]) -> dict[str, Value]:
    facts = _wish(spec)
    for leg in attached:
        facts |= {f"{leg.purpose.value}_{key}": value for key, value in _terms(leg).items() if key != "quantity"}
    return facts


def _wish(wish: OrderSpec | OrderIntent) -> dict[str, Value]:
    facts: dict[str, Value] = {
        "side": wish.side.value,
        "symbol": symbol_of(wish.instrument),
        "type": wish.type.value,
        "tif": wish.tif.value,
        **_terms(wish),
        **{flag: flag for flag in _FLAGS if getattr(wish, flag)},
    }
    return facts | ({"tag": re.sub(r"[0-9]+", "#", wish.tag)} if wish.tag else {})  # counted names are ids


def _terms(of: Any) -> dict[str, Value]:  # noqa: ANN401 - an order, a wish or an amendment
    found = ((term, getattr(of, term, None)) for term in _TERMS)
    return {term: float(value) for term, value in found if value is not None}


def _refusal(refusal: Refusal) -> dict[str, Value]:
    code: dict[str, Value] = {"code": refusal.code.value}
    return code | (_wish(refusal.intent) if isinstance(refusal.intent, OrderIntent) else {})


def _same(one: Value, other: Value, tolerance: float) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=tolerance)
    return one == other
