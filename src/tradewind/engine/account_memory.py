"""Differences as plain data, for the state of an engine, and back."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tradewind.domain.checkpoint import KeptDifference, KeptReport, KeptSuspicion
from tradewind.domain.reconciliation import Discrepancy, Kind
from tradewind.execution.comparison import Certain, Suspect
from tradewind.execution.lifecycle import OrderState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tradewind.execution.comparison import Key, Suspects


def kept(suspects: Suspects) -> tuple[KeptSuspicion, ...]:
    """Return differences as plain data."""
    return tuple(_kept(key, suspect) for key, suspect in suspects.items())


def known(kept: Iterable[KeptSuspicion]) -> Suspects:
    """Return what was kept as it was."""
    return {(each.area, each.subject): Suspect(each.since, _mark(each)) for each in kept}


def kept_report(report: str, certain: Iterable[Certain]) -> KeptReport:
    """Return what a report was certain of as plain data."""
    found = (KeptDifference(_kept(each.key, Suspect(0, each.mark)), each.can_be_cured) for each in certain)
    return KeptReport(report, tuple(found))


def known_report(kept: KeptReport) -> tuple[str, tuple[Certain, ...]]:
    """Return a report's name, and what it was certain of."""
    certain = (
        Certain((each.what.area, each.what.subject), _mark(each.what), each.can_be_cured) for each in kept.certain
    )
    return kept.report, tuple(certain)


def _kept(key: Key, suspect: Suspect) -> KeptSuspicion:
    """Return one as plain data; its mark is what the comparison made of the three kinds of differences."""
    plain = KeptSuspicion(*key, suspect.since)
    match suspect.mark:
        case Decimal() as amount:
            return replace(plain, amount=amount)
        case Kind() as kind:
            return replace(plain, kind=kind)
        case (Discrepancy() as what, OrderState() as state):
            return replace(plain, what=what, state=state.value)
        case other:
            raise AssertionError(f"a mark of a kind that cannot be kept: {other!r}")


def _mark(plain: KeptSuspicion) -> object:
    if plain.what is not None:
        return plain.what, OrderState(plain.state)
    return plain.amount if plain.kind is None else plain.kind
