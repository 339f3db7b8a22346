"""Rows of what stands around trading: the flags that hold it back, trading days, comparisons with the venue."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tradewind.domain.commands import Correct
from tradewind.domain.control import (
    CloseOnlySet,
    Degraded,
    EmergencyStopped,
    Halted,
    Paused,
    Restored,
    Resumed,
    StopRequested,
)
from tradewind.domain.corrections import AverageAdjusted, BalanceAdjusted, OrderAdopted, PositionAdjusted
from tradewind.domain.events import (
    OrderFilled,
    OutcomeUnknown,
    SessionStarted,
    StrategyHalted,
    TimerFired,
    TradingDay,
)
from tradewind.domain.money import plain
from tradewind.domain.reconciliation import Mode, ReconciliationReport
from tradewind.domain.step import AccountSeen, AccountUnseen, CorrectionStale, StrategyFailed
from tradewind.engine.control import BY_OPERATOR, PAUSE_OVER
from tradewind.record.recorder.comparisons import told_of_account

if TYPE_CHECKING:
    from tradewind.domain.events import Event
    from tradewind.domain.step import Notice, Step
    from tradewind.domain.time import TimeNs
    from tradewind.record.sql.changes import Changes

Adjusted = PositionAdjusted | BalanceAdjusted | AverageAdjusted
_OPERATOR, _ENGINE, _RECONCILIATION, _SUPERVISOR = "operator", "engine", "reconciliation", "supervisor"


class FlagRows:
    """Follows what holds trading back in one session."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._active: dict[str, None] = {}

    def see(self, step: Step) -> None:
        """Take a step."""
        event, ts = step.event, step.event.ts_recv
        match event:
            case Paused():
                self._set(ts, "paused", event.reason, event.operator or _OPERATOR)
            case Halted():
                self._set(ts, f"halted:{event.strategy}" if event.strategy else "halted", event.reason, _OPERATOR)
            case EmergencyStopped():
                self._set(ts, "halted", event.reason or "emergency stop", event.operator or _OPERATOR)
            case CloseOnlySet():
                self._set(ts, "close_only", event.reason, event.operator or _OPERATOR)
            case TimerFired() if event.timer == PAUSE_OVER and "paused" in self._active:
                self._clear(ts, "paused", _ENGINE)
            case StrategyHalted():
                self._set(ts, f"held:{event.strategy}", event.reason, _ENGINE)
            case StopRequested():
                self._set(ts, "stopping", f"cancel {event.cancel}", _OPERATOR)
            case Degraded():
                self._set(ts, f"degraded:{event.cause}", event.reason, _SUPERVISOR)
            case Restored() if f"degraded:{event.cause}" in self._active:
                self._clear(ts, f"degraded:{event.cause}", _SUPERVISOR)
            case Resumed():
                self._resumed(ts, event)
            case SessionStarted() if event.restored is not None:
                self._restored(ts, event)
        for notice in step.notices:
            self._hear(ts, notice)

    def _hear(self, ts: TimeNs, notice: Notice) -> None:
        match notice:
            case StrategyFailed() if notice.halted:
                self._set(ts, f"held:{notice.strategy}", notice.error, _ENGINE)
            case AccountUnseen() if notice.is_close_only:
                self._set(ts, "account_unseen", notice.reason, _ENGINE)
            case AccountSeen() if "account_unseen" in self._active:
                self._clear(ts, "account_unseen", _ENGINE)
            case ReconciliationReport() if notice.mode is Mode.HALT_ON_MISMATCH and notice.has_discrepancies:
                self._set(ts, "halted", notice.id, _RECONCILIATION)

    def _restored(self, ts: TimeNs, event: SessionStarted) -> None:
        assert event.restored is not None
        risk, why = event.restored.risk, "as in the session before"
        held = [kept.strategy for kept in event.restored.strategies if kept.held]
        names = ["paused"] * risk.paused + ["close_only"] * (BY_OPERATOR in dict(risk.close_only))
        names += [f"held:{strategy}" for strategy in held]
        names += [f"halted:{strategy}" if strategy else "halted" for strategy in risk.halted if strategy not in held]
        for name in names:
            self._set(ts, name, why, _ENGINE)

    def _resumed(self, ts: TimeNs, event: Resumed) -> None:
        """Take back what an operator's resume takes back: it does not release strategies that it does not name."""
        if event.strategy is not None:
            names = [f"halted:{event.strategy}", f"held:{event.strategy}"]
        else:
            names = [name for name in self._active if name in ("paused", "close_only") or name.startswith("halted")]
        for name in names:
            if name in self._active:
                self._clear(ts, name, event.operator or _OPERATOR)

    def _set(self, ts: TimeNs, name: str, reason: str, source: str) -> None:
        self._active[name] = None
        self._put(ts, name, source, active=True, reason=reason or None)

    def _clear(self, ts: TimeNs, name: str, source: str) -> None:
        del self._active[name]
        self._put(ts, name, source, active=False, reason=None)

    def _put(self, ts: TimeNs, name: str, source: str, *, active: bool, reason: str | None) -> None:
        row = {"name": name, "active": active, "reason": reason, "source": source, "updated_at": ts}
        self._changes.put("system_control_flags", name, row)


class ReconciliationRows:
    """Follows the comparisons with the venue's books in one session."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._severities: dict[str, str] = {}
        """Of the last certain difference of a subject."""

    def see(self, step: Step) -> None:
        """Take a step."""
        ts = step.event.ts_recv
        for notice in step.notices:
            if isinstance(notice, ReconciliationReport):
                self._report(ts, notice)
        for effect in step.effects:
            if isinstance(effect, Correct):
                self._corrects(ts, effect.event)
        if isinstance(step.event, Adjusted):
            self._adjusted(step.event, step.notices)

    def adopted(self, event: OrderAdopted) -> None:
        """Take an order of somebody else that is in our books from now on."""
        self._add(event.ts_recv, ("order", event.order.id), "owner", (None, event.order.strategy), event.id)

    def _report(self, ts: TimeNs, report: ReconciliationReport) -> None:
        for each in report.confirmed:
            self._severities[each.subject] = each.severity.name.lower()
        self._changes.add(
            "reconciliation_reports",
            {
                "report_id": report.id,
                "timestamp": ts,
                "mode": report.mode.value,
                "severity": report.max_severity.name.lower(),
                "confirmed": len(report.confirmed),
                "suspected": len(report.suspected),
                "rejected": len(report.rejected),
                "kinds": ", ".join(dict.fromkeys(each.kind.value for each in report.confirmed)),
                "actions": json.dumps(report.actions),
                "summary": told_of_account(report)[1],
            },
        )

    def _corrects(self, ts: TimeNs, event: Event) -> None:
        """Tell of orders; positions and balances are told when they are set, as the books may move before."""
        match event:
            case OrderFilled():
                self._add(ts, ("order", event.order), "fill", (None, plain(event.quantity)), event.trade_id)
            case OutcomeUnknown():
                self._add(ts, ("order", event.order), "status", (None, "unknown"), event.reason)

    def _adjusted(self, event: Adjusted, notices: tuple[Notice, ...]) -> None:
        if any(isinstance(notice, CorrectionStale) for notice in notices):
            return
        entity: tuple[str, str]
        match event:
            case PositionAdjusted():
                entity, field, now = ("position", event.instrument), "quantity", event.quantity
            case AverageAdjusted():
                entity, field, now = ("position", event.instrument), "cost", event.cost
            case BalanceAdjusted():
                entity, field, now = ("balance", event.asset), "total", event.total
        self._add(event.ts_recv, entity, field, (plain(event.was), plain(now)), event.id)

    def _add(
        self, ts: TimeNs, entity: tuple[str, str], field: str, values: tuple[str | None, str], reason: str
    ) -> None:
        kind, name = entity
        self._changes.add(
            "reconciliation_audit_events",
            {
                "timestamp": ts,
                "entity_type": kind,
                "entity_id": name,
                "field": field,
                "old_value": values[0],
                "new_value": values[1],
                "reason": reason,
                "severity": self._severities.get(name),
            },
        )


def put_day(changes: Changes, day: TradingDay) -> None:
    """Put the row of a trading day."""
    changes.put(
        "market_sessions",
        (day.calendar, day.date),
        {
            "calendar": day.calendar,
            "date": day.date,
            "open": day.ts_open,
            "close": day.ts_close,
            "break_start": day.ts_break or None,
            "break_end": day.ts_resume or None,
            "is_half_day": day.is_early,
        },
    )
