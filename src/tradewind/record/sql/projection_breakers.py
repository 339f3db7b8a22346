"""Rows of breakers: what has happened to them, and where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.breakers import BreakerChanged, BreakerDrilled, BreakerIgnored, BreakerWarned, EquityAnchored
from tradewind.domain.events import SessionStarted
from tradewind.record.recorder.breakers import told_of_breaker

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.step import Step
    from tradewind.domain.time import TimeNs
    from tradewind.record.recorder.breakers import BreakerNotice
    from tradewind.record.sql.changes import Changes

_NOTICES = (BreakerChanged, BreakerWarned, BreakerDrilled, BreakerIgnored, EquityAnchored)
_AS_BEFORE = "as in the session before"


class BreakerRows:
    """Follows the breakers of one session."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    def see(self, step: Step) -> None:
        """Take a step."""
        event = step.event
        if isinstance(event, SessionStarted) and event.restored is not None and event.restored.breakers is not None:
            for kept in event.restored.breakers.breakers:
                self._put(
                    kept.breaker, kept.state.value, None, kept.reason or _AS_BEFORE, since=kept.since, until=kept.until
                )
        for notice in step.notices:
            if isinstance(notice, _NOTICES):
                self._add(event.ts_recv, notice)
            if isinstance(notice, BreakerChanged) and not notice.is_drill:
                self._put(
                    notice.breaker, notice.state.value, notice.action.value, notice.reason, since=event.ts_recv,
                    until=notice.until, is_dry=notice.is_dry,
                )  # fmt: skip

    def _add(self, ts: TimeNs, notice: BreakerNotice) -> None:
        kind, breaker, state, reason, figures = _facts(notice)
        limit, value = figures
        self._changes.add(
            "circuit_breaker_events",
            {
                "timestamp": ts,
                "event_type": kind,
                "breaker_type": breaker,
                "state": state,
                "reason": reason,
                "limit_value": None if limit is None else float(limit),
                "value": None if value is None else float(value),
                "details": told_of_breaker(notice)[1],
                "operator": getattr(notice, "operator", "") or None,
                "is_drill": isinstance(notice, BreakerDrilled) or getattr(notice, "is_drill", False),
            },
        )

    def _put(  # noqa: PLR0913 - the columns
        self, breaker: str, state: str, action: str | None, reason: str, *, since: TimeNs, until: TimeNs | None,
        is_dry: bool = False,
    ) -> None:  # fmt: skip
        row = {
            "breaker_type": breaker, "state": state, "action": action, "reason": reason, "since": since,
            "until": until, "is_dry": is_dry,
        }  # fmt: skip
        self._changes.put("breaker_states", breaker, row)


def _facts(notice: BreakerNotice) -> tuple[str, str, str | None, str, tuple[Decimal | None, Decimal | None]]:
    """Return the type of the event, the breaker, its state, the reason, and limit and value."""
    match notice:
        case BreakerChanged():
            return "changed", notice.breaker, notice.state.value, notice.reason, (notice.limit, notice.value)
        case BreakerWarned():
            return "warned", notice.breaker, None, notice.level, (notice.limit, notice.value)
        case BreakerDrilled():
            return "drilled", notice.breaker, None, notice.refused, (None, None)
        case BreakerIgnored():
            return "ignored", notice.breaker, None, notice.reason, (None, None)
        case EquityAnchored():
            return "anchored", "equity", None, notice.reason, (notice.peak, notice.baseline)
