"""The order table: every way in which an order may move.

Nothing else moves an order's state, and this file does not know which venue it is for. A late or
repeated message is a row; a message without a row raises and changes nothing.

Facts outrank the table's wishes: a fill is booked in whatever state it finds the order, because the
venue has done it. `UNKNOWN` is left only by the venue's own word.
"""

from __future__ import annotations

import enum

from tradewind.domain.commands import AmendOrder, CancelOrder, PlaceExits, QueryOrder
from tradewind.domain.errors import UnlistedTransition
from tradewind.domain.events import (
    AmendRejected,
    CancelRejected,
    LookupFailed,
    OrderAccepted,
    OrderAmended,
    OrderCancelled,
    OrderEvent,
    OrderExpired,
    OrderFilled,
    OrderFound,
    OrderNotFound,
    OrderRejected,
    OrderTriggered,
    OutcomeUnknown,
)


class OrderState(enum.StrEnum):
    """Where an order is in its life."""

    ASLEEP = "asleep"
    """An attached exit whose parent has no fill yet; or an order that waits here until somebody confirms it."""
    IN_FLIGHT = "in_flight"
    """Sent, no word yet."""
    OPEN = "open"
    """The venue has it."""
    CANCELLING = "cancelling"
    """The venue has it, and we have asked for it back."""
    UNKNOWN = "unknown"
    """A request left without an answer; it counts as pending until the venue is asked."""
    FILLED = "filled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REJECTED = "rejected"


class Completed:
    """The fill after which nothing is left to execute."""


class NeverArrived:
    """The `OrderNotFound` after which nobody need wait for the order any more."""


S = OrderState
TERMINAL = frozenset({S.FILLED, S.CANCELLED, S.EXPIRED, S.REJECTED})

_ENDS: dict[type, OrderState] = {
    Completed: S.FILLED,
    OrderCancelled: S.CANCELLED,
    OrderExpired: S.EXPIRED,
    OrderRejected: S.REJECTED,
}


def _ended(state: OrderState) -> dict[type, OrderState]:
    """Return the rows of a terminal state: messages may still come late, and move nothing but by a fill."""
    return dict.fromkeys(OrderEvent.__args__, state) | {Completed: S.FILLED}


TABLE: dict[OrderState, dict[type, OrderState]] = {
    S.ASLEEP: _ENDS
    | {
        PlaceExits: S.IN_FLIGHT,  # the engine's own: their venue has no orders that sleep
        OrderAccepted: S.OPEN,
        OrderFilled: S.OPEN,
        OrderTriggered: S.OPEN,
        OutcomeUnknown: S.UNKNOWN,
        CancelOrder: S.CANCELLING,
        CancelRejected: S.ASLEEP,
        AmendOrder: S.ASLEEP,
        OrderAmended: S.ASLEEP,
        AmendRejected: S.ASLEEP,
        QueryOrder: S.ASLEEP,
        OrderFound: S.ASLEEP,
        LookupFailed: S.ASLEEP,
        OrderNotFound: S.ASLEEP,
    },
    S.IN_FLIGHT: _ENDS
    | {
        OrderAccepted: S.OPEN,
        OrderFilled: S.OPEN,
        OrderTriggered: S.OPEN,
        OrderAmended: S.OPEN,
        OutcomeUnknown: S.UNKNOWN,
        OrderNotFound: S.IN_FLIGHT,  # asked right after the submit: too early, not "never"
        CancelOrder: S.CANCELLING,
        CancelRejected: S.IN_FLIGHT,
        AmendOrder: S.IN_FLIGHT,
        AmendRejected: S.IN_FLIGHT,
        QueryOrder: S.IN_FLIGHT,
        OrderFound: S.OPEN,
        LookupFailed: S.IN_FLIGHT,
    },
    S.OPEN: _ENDS
    | {
        OrderAccepted: S.OPEN,
        OrderFilled: S.OPEN,
        OrderTriggered: S.OPEN,
        OrderAmended: S.OPEN,
        OrderNotFound: S.UNKNOWN,
        CancelRejected: S.OPEN,
        AmendRejected: S.OPEN,
        OutcomeUnknown: S.UNKNOWN,
        CancelOrder: S.CANCELLING,
        AmendOrder: S.OPEN,
        QueryOrder: S.OPEN,
        OrderFound: S.OPEN,
        LookupFailed: S.OPEN,
    },
    S.CANCELLING: _ENDS
    | {
        OrderAccepted: S.CANCELLING,
        OrderFilled: S.CANCELLING,
        OrderTriggered: S.CANCELLING,
        OrderAmended: S.CANCELLING,
        OrderNotFound: S.UNKNOWN,
        CancelRejected: S.OPEN,
        AmendRejected: S.CANCELLING,
        OutcomeUnknown: S.UNKNOWN,
        CancelOrder: S.CANCELLING,
        AmendOrder: S.CANCELLING,
        QueryOrder: S.CANCELLING,
        OrderFound: S.CANCELLING,
        LookupFailed: S.CANCELLING,
    },
    S.UNKNOWN: _ENDS
    | {
        OrderAccepted: S.OPEN,
        OrderFilled: S.OPEN,
        OrderTriggered: S.OPEN,
        OrderAmended: S.OPEN,
        OrderNotFound: S.UNKNOWN,  # too early, until it is `NeverArrived`
        NeverArrived: S.REJECTED,
        CancelRejected: S.UNKNOWN,
        AmendRejected: S.UNKNOWN,
        OutcomeUnknown: S.UNKNOWN,
        CancelOrder: S.UNKNOWN,
        AmendOrder: S.UNKNOWN,
        QueryOrder: S.UNKNOWN,
        OrderFound: S.OPEN,
        LookupFailed: S.UNKNOWN,
    },
    S.FILLED: _ended(S.FILLED),
    S.CANCELLED: _ended(S.CANCELLED),
    S.EXPIRED: _ended(S.EXPIRED),
    # The venue said no and then traded: it has the order after all.
    S.REJECTED: _ended(S.REJECTED) | {OrderAccepted: S.OPEN, OrderFilled: S.OPEN},
}


def move(state: OrderState, message: type) -> OrderState:
    """Return the state after a message of this type; raise `UnlistedTransition` if the table has no row."""
    try:
        return TABLE[state][message]
    except KeyError:
        raise UnlistedTransition(
            f"an order in state {state.value!r} cannot take {message.__name__}",
            {"state": state.value, "message": message.__name__},
        ) from None


def diagram() -> str:
    """Draw the table as a Mermaid state diagram, for the docs; rows that stay where they are are left out."""
    lines = ["stateDiagram-v2", "    [*] --> in_flight", "    [*] --> asleep"]
    for state, rows in TABLE.items():
        targets: dict[OrderState, list[str]] = {}
        for message, target in rows.items():
            if target is not state:
                targets.setdefault(target, []).append(message.__name__)
        lines += [f"    {state.value} --> {target.value}: {', '.join(names)}" for target, names in targets.items()]
    lines += [f"    {state.value} --> [*]" for state in OrderState if state in TERMINAL]
    return "\n".join(lines)
