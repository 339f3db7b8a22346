"""What of a step is told as structured events. Pure: steps in, events out; no path of the engine can forget one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain import events as ev
from tradewind.domain import step as st
from tradewind.domain.approval import FillDeviated
from tradewind.domain.breakers import BreakerChanged, BreakerDrilled, BreakerState, BreakerWarned
from tradewind.domain.confirmation import ConfirmationAsked
from tradewind.domain.control import (
    CloseOnlySet,
    Degraded,
    EmergencyStopped,
    Halted,
    LimitTightened,
    OrderConfirmed,
    OrderDeclined,
    Paused,
    Restored,
    Resumed,
    StopRequested,
)
from tradewind.domain.market import DataGap
from tradewind.domain.money import plain
from tradewind.domain.reconciliation import ReconciliationReport, Severity
from tradewind.domain.swapping import StrategySwapped
from tradewind.domain.time import iso
from tradewind.engine.control import PAUSE_OVER
from tradewind.record.events.event import Told
from tradewind.record.events.orders import OrderTeller

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tradewind.domain.events import Event
    from tradewind.domain.step import Notice, Refusal, Step

_WORDS: dict[type, tuple[str, str]] = {
    ev.WarmupEnded: ("ready", "info"),
    Paused: ("paused", "warning"),
    Resumed: ("resumed", "info"),
    Halted: ("halted", "error"),
    EmergencyStopped: ("halted", "critical"),
    CloseOnlySet: ("close_only", "warning"),
    StopRequested: ("stopping", "info"),
    Degraded: ("degraded", "error"),
    Restored: ("restored", "info"),
    ev.StrategyHalted: ("halted", "error"),
}
_TRIPPED = (BreakerState.TRIPPED, BreakerState.LATCHED)
_OF_ORDERS = frozenset(ev.OrderEvent.__args__)
"""Most of what happens besides bars; `OrderTeller` tells of it."""


class Teller:
    """Tells of one session's steps, in their order."""

    def __init__(self) -> None:
        self._orders = OrderTeller()

    def of(self, step: Step) -> Iterator[Told]:
        """Yield the events of a step: what happened, then what was decided on it."""
        if type(step.event) not in _OF_ORDERS:
            yield from _happened(step.event)
        yield from self._orders.heard(step.event)
        for refusal in step.refusals:
            yield _refused(refusal)
        for notice in step.notices:
            yield from _noticed(notice)
        for effect in step.effects:
            yield from self._orders.asked(effect)


def _happened(event: Event) -> Iterator[Told]:
    if type(event) in _WORDS:
        yield _word(event)
    match event:
        case ev.SessionStarted():
            code = "start" if event.restored is None else "recovered"
            yield Told(kind="engine", code=code, message=f"the session has begun at {event.venue}")
            if not event.warming:
                yield Told(kind="engine", code="ready", message="orders are let through from here on")
        case ev.TimerFired() if event.timer == PAUSE_OVER:
            yield Told(kind="engine", code="resumed", message="the pause is over", data={"expired": True})
        case ev.LinkChanged():
            code, severity = ("link_up", "info") if event.up else ("link_down", "error")
            yield Told(kind="data", code=code, severity=severity, message=f"{event.venue}: {event.link}")
        case DataGap():
            yield Told(kind="data", code="gap", severity="warning", instrument=event.instrument)
        case LimitTightened():
            data = {"limit": event.limit, "value": plain(event.value), "operator": event.operator}
            yield Told(kind="risk", code="limit_tightened", severity="warning", message=event.limit, data=data)
        case OrderConfirmed() | OrderDeclined():
            code = "confirmed" if isinstance(event, OrderConfirmed) else "declined"
            data = {"operator": event.operator, "reason": event.reason}
            yield Told(kind="order", code=code, order_id=event.order, message=f"{event.order} {code}", data=data)
        case ev.PositionLiquidated():
            facts = {"quantity": plain(event.quantity), "price": plain(event.price)}
            yield Told(kind="risk", code="liquidated", severity="critical", instrument=event.instrument, data=facts)
        case ev.PositionAdjusted() | ev.BalanceAdjusted():
            yield Told(kind="risk", code="correction", severity="warning", message=event.id)


def _word(event: Event) -> Told:
    code, severity = _WORDS[type(event)]
    named = ("reason", "operator", "cause", "cancel", "cancel_only", "for_ns")
    data = {name: value for name in named if (value := getattr(event, name, None))}
    return Told(
        kind="engine", code=code, severity=severity, message=str(data.get("reason", code)),
        strategy=getattr(event, "strategy", None), data=data,
    )  # fmt: skip


def _refused(refusal: Refusal) -> Told:
    intent = refusal.intent
    order = getattr(intent, "id", None) or getattr(intent, "order", None)
    data: dict[str, object] = {"reason": refusal.code.value, "detail": refusal.detail}
    data |= {"limit": None if refusal.limit is None else plain(refusal.limit)}
    data |= {"value": None if refusal.value is None else plain(refusal.value)}
    return Told(
        kind="risk", code="refused", message=f"{refusal.code.value}: {refusal.detail}", strategy=intent.strategy,
        instrument=getattr(intent, "instrument", None), order_id=order, data=data,
    )  # fmt: skip


def _noticed(notice: Notice) -> Iterator[Told]:
    match notice:
        case BreakerChanged() | BreakerWarned() | BreakerDrilled():
            yield _of_breaker(notice)
        case ReconciliationReport() if notice.stale or notice.has_discrepancies:
            if notice.stale:
                said = "our books stood still for more than an hour: compared before any order"
                yield Told(kind="risk", code="stale_books", severity="warning", message=said)
            if not notice.has_discrepancies:
                return
            severity = "critical" if notice.max_severity is Severity.CRITICAL else "warning"
            counts = {"confirmed": len(notice.confirmed), "suspected": len(notice.suspected)}
            yield Told(kind="risk", code="drift", severity=severity, message=notice.id, data={**counts})
        case st.StrategyFailed():
            yield Told(
                kind="engine", code="error", severity="error", message=f"{notice.strategy}: {notice.error}",
                strategy=notice.strategy, data={"where": notice.where, "halted": notice.halted},
            )  # fmt: skip
        case st.ExitMissing():
            yield Told(
                kind="order", code="unprotected", severity="critical", message=f"no stop of {notice.instrument}",
                strategy=notice.strategy, instrument=notice.instrument, order_id=notice.order,
                data={"quantity": plain(notice.quantity), "replaced_by": notice.replaced_by},
            )  # fmt: skip
        case ConfirmationAsked():
            spec = notice.order
            yield Told(
                kind="order", code="awaits_confirmation", severity="warning", strategy=spec.strategy,
                instrument=spec.instrument, order_id=spec.id, message=f"{spec.id} waits until {iso(notice.until)}",
                data={"side": spec.side.value, "quantity": plain(spec.quantity), "until": notice.until},
            )  # fmt: skip
        case StrategySwapped():
            facts = {"source": notice.source, "sha256": notice.sha256, "bars": notice.bars}
            yield Told(
                kind="engine", code="strategy_switched", severity="warning", strategy=notice.strategy,
                message=f"{notice.strategy} is {notice.name or notice.source}", data={**facts},
            )  # fmt: skip
        case FillDeviated():
            figures = {"price": plain(notice.price), "reference": plain(notice.reference)}
            yield Told(
                kind="risk", code="fill_price_deviation", severity="error" if notice.is_held else "warning",
                strategy=notice.strategy, instrument=notice.instrument, order_id=notice.order,
                message=f"{plain(notice.deviation)} from its reference", data={**figures, "held": notice.is_held},
            )  # fmt: skip
        case st.AccountUnseen():
            yield Told(kind="data", code="account_unseen", severity="error", message=notice.reason)
        case st.AccountSeen():
            yield Told(kind="data", code="account_seen")
        case st.BarsMissing():
            yield Told(kind="data", code="gap", severity="warning", instrument=notice.instrument)


def _of_breaker(notice: BreakerChanged | BreakerWarned | BreakerDrilled) -> Told:
    match notice:
        case BreakerWarned():
            facts = {"breaker": notice.breaker, "limit": plain(notice.limit), "value": plain(notice.value)}
            return Told(kind="risk", code="limit_warning", severity="warning", message=notice.level, data={**facts})
        case BreakerDrilled():
            came = {"refused": notice.refused, "reduction": notice.reduction}
            data = {"tripped": notice.tripped, **came}
            return Told(kind="risk", code="drilled", message=notice.breaker, data=data)
        case BreakerChanged():
            tripped, closed = notice.state in _TRIPPED, notice.state is BreakerState.CLOSED
            code = "limit_tripped" if tripped else "limit_cleared" if closed else "limit_moved"
            data = {"breaker": notice.breaker, "state": notice.state.value, "action": notice.action.value}
            return Told(
                kind="risk", code=code, severity="critical" if tripped and not notice.is_drill else "info",
                message=notice.reason, data={**data, "is_drill": notice.is_drill, "operator": notice.operator},
            )  # fmt: skip
