"""Restraints: limits that a strategy lays on itself. Risk keeps them beside the session's: they never loosen those."""

from __future__ import annotations

import enum
from decimal import Decimal

from tradewind.domain.ids import InstrumentId, StrategyId
from tradewind.domain.message import Message
from tradewind.domain.time import TimeNs


class RestraintKind(enum.Enum):
    """What is restrained; values are in the instrument's quote asset."""

    MAX_LEVERAGE = "max_leverage"
    """Gross exposure over equity, after the order and all that is pending, at most `value`."""
    MIN_LEVERAGE = "min_leverage"
    """The same at least `value` after an order that reduces, from `since` on; orders marked reduce-only may."""
    MAX_POSITION_SIZE = "max_position_size"
    """The strategy's position at most `quantity`, or worth at most `value`."""
    MAX_ORDER_SIZE = "max_order_size"
    """One order at most `quantity`, or worth at most `value`."""
    MAX_ORDER_COUNT = "max_order_count"
    """At most `quantity` orders that open or add in a UTC day."""
    DO_NOT_ORDER = "do_not_order"
    """Nothing is opened in these instruments; what is held may go."""
    LONG_ONLY = "long_only"
    """No position below zero."""


class Restraint(Message, frozen=True, gc=False, tag="restraint"):
    """One restraint of a strategy, on all instruments if it names none."""

    strategy: StrategyId
    kind: RestraintKind
    quantity: Decimal | None = None
    value: Decimal | None = None
    instruments: tuple[InstrumentId, ...] = ()
    since: TimeNs = 0
