"""Which events of a session people are told of, by what name, and which later event says that it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.money import plain
from tradewind.domain.reconciliation import ReconciliationReport
from tradewind.record.events.event import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tradewind.domain.step import Step
    from tradewind.record.events.event import Told


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """Something that somebody should know."""

    key: str
    """What it is about: the same thing has the same key, and is said once."""
    code: str
    """What kind of thing: the hourly limit counts by it."""
    severity: str
    text: str
    lasts: bool = False
    """Whether it goes on until something says that it is over."""


class Over(msgspec.Struct, frozen=True):
    """What an alert with this key, or a key that begins so, was about is over."""

    key: str
    text: str


_SUBJECT: dict[str, Callable[[Told], object]] = {
    "degraded": lambda told: told.data.get("cause"),
    "restored": lambda told: told.data.get("cause"),
    "limit_tripped": lambda told: told.data.get("breaker"),
    "limit_cleared": lambda told: told.data.get("breaker"),
    "limit_warning": lambda told: told.data.get("breaker"),
    "link_down": lambda told: told.message,
    "link_up": lambda told: told.message,
    "halted": lambda told: told.strategy,
    "unprotected": lambda told: told.data.get("replaced_by"),
}
"""What an event is about, beside its code; of others it is the order, else the instrument, else the strategy."""
_ENDS: dict[str, tuple[str, ...]] = {
    "resumed": ("paused", "halted", "close_only", "error"),
    "restored": ("degraded",),
    "limit_cleared": ("limit_tripped",),
    "link_up": ("link_down",),
    "account_seen": ("account_unseen",),
    "acknowledged": ("unprotected", "outcome_unknown"),
    "settled": ("outcome_unknown",),
    "filled": ("outcome_unknown", "awaits_confirmation"),
    "cancelled": ("outcome_unknown", "awaits_confirmation"),
    "rejected": ("outcome_unknown",),
    "expired": ("outcome_unknown",),
    "confirmed": ("awaits_confirmation",),
    "declined": ("awaits_confirmation",),
}
"""Which alerts an event ends, of the same subject."""
_LASTING = frozenset(code for ended in _ENDS.values() for code in ended) | {"drift"}
_OF_ALL = "resumed"
"""Ends what it ends whatever the subject, as an operator's word for the whole session does."""


def alert_of(told: Told) -> Alert:
    """Return the alert that an event is, whatever its severity."""
    about = " ".join(str(each) for each in (told.strategy, told.instrument, told.order_id) if each)
    facts = ", ".join(f"{name} {_shown(value)}" for name, value in told.data.items() if value not in (None, "", False))
    text = " | ".join(part for part in (f"{told.kind} {told.code}", told.message, about, facts) if part)
    key = f"{told.code}:{_subject(told)}"
    return Alert(key=key, code=told.code, severity=told.severity, text=text, lasts=told.code in _LASTING)


def over(told: Told) -> Iterator[Over]:
    """Yield what an event says to be over."""
    of_all = told.code == _OF_ALL and told.strategy is None
    for code in _ENDS.get(told.code, ()):
        yield Over(f"{code}:" if of_all else f"{code}:{_subject(told)}", f"{told.kind} {told.code}: {told.message}")


def clean(step: Step) -> Iterator[Over]:
    """Yield that our books are the venue's again, where a comparison has found no difference."""
    for notice in step.notices:
        if isinstance(notice, ReconciliationReport) and not notice.has_discrepancies:
            yield Over("drift:", f"{notice.id}: our books are the venue's")


def is_at_least(severity: str, least: str) -> bool:
    """Tell whether one severity is not below another."""
    return SEVERITIES.index(severity) >= SEVERITIES.index(least)


def is_drill(told: Told) -> bool:
    """Tell whether it only shows what would be."""
    return bool(told.data.get("is_drill"))


def _subject(told: Told) -> object:
    named = _SUBJECT.get(told.code)
    if named is not None:
        return named(told) or ""
    return told.order_id or told.instrument or told.strategy or ""


def _shown(value: object) -> str:
    from decimal import Decimal

    return plain(value) if isinstance(value, Decimal) else str(value)
