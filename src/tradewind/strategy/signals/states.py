"""The states of a signal, and the moves between them that there are."""

from __future__ import annotations

import enum

from tradewind.domain.order import Purpose


class State(enum.StrEnum):
    """Where a signal is in its life."""

    IDLE = "idle"
    SCHEDULED = "scheduled"
    OPENED = "opened"
    CLOSING = "closing"
    """Its exits are taken back, or the order that closes it is on its way."""
    NEEDS_RECONCILE = "needs_reconcile"
    """It cannot be closed, or is open without protection: tried again on every tick, and an alarm."""


S = State
TABLE: dict[State, frozenset[State]] = {
    S.IDLE: frozenset({S.SCHEDULED, S.OPENED}),  # opened at once: a row restored after a restart
    S.SCHEDULED: frozenset({S.IDLE, S.OPENED}),
    S.OPENED: frozenset({S.IDLE, S.CLOSING, S.NEEDS_RECONCILE}),
    S.CLOSING: frozenset({S.IDLE, S.NEEDS_RECONCILE}),
    S.NEEDS_RECONCILE: frozenset({S.IDLE, S.CLOSING}),
}
"""The moves that there are; a closed or cancelled signal leaves the key idle."""

RISK = "risk: "
"""How the reason of a rejection begins that is a refusal: by the gate over all keys of an account."""

REASONS = {
    Purpose.STOP_LOSS: "stop_loss",
    Purpose.TAKE_PROFIT: "take_profit",
    Purpose.TIME_LIMIT: "time_expired",
}
