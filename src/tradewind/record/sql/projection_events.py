"""Rows of system events: what happened, from the steps themselves, so that no path can forget one.

Their words are those of the session's log. A strategy's own lines are in that log; here are its warnings and errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.events import (
    AverageAdjusted,
    BalanceAdjusted,
    BalanceTransferred,
    OrderAdopted,
    PositionAdjusted,
    SessionStarted,
    SnapshotFailed,
)
from tradewind.domain.money import plain
from tradewind.domain.signal import OrderIntent
from tradewind.domain.step import (
    CacheWritten,
    IdsCounted,
    Level,
    LogLine,
    Mark,
    Recorded,
    Refusal,
    StateKept,
)
from tradewind.domain.trade_signal import SignalAsked
from tradewind.record.recorder.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tradewind.domain.events import Event
    from tradewind.domain.step import Notice, Step
    from tradewind.domain.time import TimeNs
    from tradewind.record.journal.header import SessionHeader
    from tradewind.record.sql.changes import Changes

_json = msgspec.json.Encoder().encode
_QUIET = (Mark, Recorded, CacheWritten, StateKept, IdsCounted, SignalAsked)
_WORTH_TELLING = frozenset((Level.WARNING, Level.ERROR))
_KINDS = {
    "order_ignored": "order", "order_failed": "order", "bar_refused": "data", "bars_missing": "data",
    "data_gap": "data", "link_changed": "data", "restraint": "risk", "liquidation_unexplained": "position",
    "charge_repeated": "account", "transfer_repeated": "account",
    "breaker_changed": "risk", "breaker_warned": "risk", "breaker_drilled": "risk", "breaker_ignored": "risk",
    "equity_anchored": "risk", "breaker_trip_requested": "risk", "breaker_reset_requested": "risk",
    "breaker_drill_requested": "risk", "breaker_fed": "risk", "entry_sized": "risk", "risk_adjusted": "risk",
    "regime_told": "risk", "correlations_measured": "risk", "risk_warned": "risk",
    "reconciliation_report": "account", "correction_stale": "account", "account_unseen": "account",
    "account_seen": "account", "reconcile_requested": "account", "differences_approved": "account",
    "differences_rejected": "account", "decision_ignored": "account", "log": "strategy", "strategy_failed": "strategy",
    "guest_failed": "strategy", "strategy_halted": "strategy", "signal_moved": "strategy",
    "signal_rejected": "strategy", "signal_alarm": "strategy",
}  # fmt: skip
"""The kind of an event by its code; the rest is the engine's."""


class EventRows:
    """Writes down what happens in one session."""

    def __init__(self, header: SessionHeader, changes: Changes) -> None:
        self._words = Rows(header)
        self._changes = changes

    def tell(  # noqa: PLR0913 - the columns
        self,
        ts: TimeNs,
        kind: str,
        code: str,
        message: str,
        *,
        severity: str = "info",
        strategy: str | None = None,
        instrument: str | None = None,
        order: str | None = None,
        position: int | None = None,
        data: Mapping[str, object] | None = None,
    ) -> None:
        """Add the row of an event."""
        self._changes.add(
            "system_events",
            {
                "timestamp": ts,
                "kind": kind,
                "code": code,
                "severity": severity,
                "message": message,
                "strategy": strategy,
                "instrument": instrument,
                "order_id": order,
                "position_id": position,
                "data": _json(data).decode() if data else None,
            },
        )

    def see(self, step: Step) -> None:
        """Take what a step says by itself; orders and positions are told by those who follow them."""
        event, ts = step.event, step.event.ts_recv
        self._happened(event, ts)
        for refusal in step.refusals:
            self._refused(ts, refusal)
        for notice in step.notices:
            self._noticed(step.seq, ts, notice)

    def _happened(self, event: Event, ts: TimeNs) -> None:
        match event:
            case SessionStarted():
                since = (
                    "" if event.restored is None else f", going on after step {event.restored.seq} of the one before"
                )
                self.tell(
                    ts, "engine", "recovered" if since else "start", f"the session begins at {event.venue}{since}"
                )
            case BalanceTransferred():
                self.tell(ts, "account", "transfer", f"{plain(event.amount)} {event.asset} at {event.venue}")
            case PositionAdjusted():
                said = f"{event.instrument} is set from {plain(event.was)} to {plain(event.quantity)} ({event.id})"
                self.tell(ts, "account", "correction", said, severity="warning", instrument=event.instrument)
            case AverageAdjusted():
                said = (
                    f"the cost of {event.instrument} is set from {plain(event.was)} to {plain(event.cost)} ({event.id})"
                )
                self.tell(ts, "account", "correction", said, severity="info", instrument=event.instrument)
            case BalanceAdjusted():
                said = f"{event.asset} is set from {plain(event.was)} to {plain(event.total)} ({event.id})"
                self.tell(ts, "account", "correction", said, severity="warning")
            case OrderAdopted():
                said = f"{event.order.id} at the venue belongs to {event.order.strategy} from here on ({event.id})"
                self.tell(ts, "account", "adopted", said, severity="warning", order=event.order.id)
            case SnapshotFailed():
                self.tell(ts, "account", "snapshot_failed", f"{event.venue}: {event.reason}", severity="warning")
            case _:
                self._logged(event)

    def _logged(self, event: Event) -> None:
        row = self._words.event(self._changes.step, event)
        if row is not None:
            self._from_log(row)

    def _refused(self, ts: TimeNs, refusal: Refusal) -> None:
        intent = refusal.intent
        order = intent.id if isinstance(intent, OrderIntent) else intent.order
        facts = {name: plain(value) for name in ("limit", "value") if (value := getattr(refusal, name)) is not None}
        self.tell(
            ts, "risk", "refused", refusal.detail or refusal.code.value, strategy=intent.strategy,
            instrument=getattr(intent, "instrument", None), order=order, severity="warning",
            data={"code": refusal.code.value, "intent": type(intent).__name__, **facts},
        )  # fmt: skip

    def _noticed(self, seq: int, ts: TimeNs, notice: Notice) -> None:
        if isinstance(notice, _QUIET) or (isinstance(notice, LogLine) and notice.level not in _WORTH_TELLING):
            return
        self._from_log(self._words.log(seq, ts, notice))

    def _from_log(self, row: tuple[object, ...]) -> None:
        """Take over a row of the session's log."""
        ts, level, message, _, _, code, strategy, instrument, order = row
        self.tell(
            ts, _KINDS.get(str(code), "engine"), str(code), str(message), severity=str(level),  # type: ignore[arg-type]
            strategy=strategy, instrument=instrument, order=order,  # type: ignore[arg-type]
        )  # fmt: skip
