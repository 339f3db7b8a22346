"""Rows of the limits of entries: correlations, and changes of dynamic risk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.approval import CorrelationsMeasured, RiskAdjusted
from tradewind.domain.ids import symbol_of

if TYPE_CHECKING:
    from tradewind.domain.step import Step
    from tradewind.domain.time import TimeNs
    from tradewind.record.sql.changes import Changes


class RiskRows:
    """Follows what the gate tells of one session."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    def see(self, step: Step) -> None:
        """Take a step."""
        for notice in step.notices:
            if isinstance(notice, CorrelationsMeasured):
                self._measured(step.event.ts_recv, notice)
            elif isinstance(notice, RiskAdjusted):
                self._adjusted(step.event.ts_recv, notice)

    def _measured(self, ts: TimeNs, told: CorrelationsMeasured) -> None:
        for pair in told.pairs:
            one, other = symbol_of(pair.one), symbol_of(pair.other)
            row = {
                "symbol_1": one, "symbol_2": other, "value": pair.value, "sample_size": pair.samples,
                "window_days": told.window_days, "updated": ts,
            }  # fmt: skip
            self._changes.put("correlation_matrix", (one, other), row)

    def _adjusted(self, ts: TimeNs, told: RiskAdjusted) -> None:
        for name, was, now in (
            ("size", told.was_size, told.size),
            ("stop", told.was_stop, told.stop),
            ("daily_risk", told.was_daily, told.daily),
        ):
            if was != now:
                row = {
                    "timestamp": ts, "symbol": symbol_of(told.instrument), "parameter_name": name,
                    "original_value": float(was), "adjusted_value": float(now), "reason": told.reason,
                }  # fmt: skip
                self._changes.add("risk_adjustments", row)
