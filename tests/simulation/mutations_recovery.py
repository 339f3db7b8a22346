"""Deliberate faults of whoever starts again, and of who may act; `mutations.py` says what these are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from tests.simulation.mutations import mutation
from tradewind.execution import orders as table
from tradewind.runtime.lease import Lease
from tradewind.runtime.recovery import Following
from tradewind.testing.disk import Disk, PowerCut
from tradewind.testing.faults import CRASHES, FaultKind

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from tradewind.domain.checkpoint import EngineState
    from tradewind.testing.plan import Plan


def crashing(plan: Plan) -> bool:
    return any(fault.kind in CRASHES for fault in plan.faults)


def contested(plan: Plan) -> bool:
    return any(fault.kind is FaultKind.TWIN and fault.span > 20_000_000_000 for fault in plan.faults)


def left_out(patch: pytest.MonkeyPatch, change: Callable[[EngineState], EngineState]) -> None:
    state = Following.state
    patch.setattr(Following, "state", lambda self: change(state(self)))


@mutation("SentOnce", "IdsNeverReused", "Raised", suits=crashing)
def ids_are_counted_from_one_again(patch: pytest.MonkeyPatch) -> None:
    left_out(patch, lambda state: replace(state, id_count=0))


@mutation("BookedOnce", "StateCounts", "SentOnce", "Raised", "NoneForgotten", "EveryOrderEnds", suits=crashing)
def the_journal_after_a_checkpoint_is_skipped(patch: pytest.MonkeyPatch) -> None:
    follow = Following.follow

    def nothing_more(self: Following, steps: Any) -> None:
        follow(self, [] if self.engine.seq else steps)

    patch.setattr(Following, "follow", nothing_more)


@mutation("NoneForgotten", "BookedOnce", "EveryOrderEnds", suits=crashing)
def what_was_in_flight_is_taken_for_never_sent(patch: pytest.MonkeyPatch) -> None:
    def without(state: EngineState) -> EngineState:
        kept = tuple(order for order in state.orders.orders if order.state not in ("in_flight", "unknown"))
        return replace(state, orders=replace(state.orders, orders=kept, doubts=()))

    left_out(patch, without)


@mutation("BookedOnce", "Raised", seeds=120, suits=crashing)
def booked_executions_are_not_kept(patch: pytest.MonkeyPatch) -> None:
    def without(state: EngineState) -> EngineState:
        orders = tuple(replace(order, trade_ids=()) for order in state.orders.orders)
        return replace(state, orders=replace(state.orders, orders=orders))

    left_out(patch, without)


@mutation("StateCounts", suits=crashing)
def what_strategies_kept_is_not_laid_over(patch: pytest.MonkeyPatch) -> None:
    left_out(patch, lambda state: replace(state, strategies=()))


@mutation("NoneForgotten", "EveryOrderEnds", "PositionIsSumOfFills", "BookedOnce", seeds=200, suits=crashing)
def timers_die_with_their_process(patch: pytest.MonkeyPatch) -> None:
    left_out(patch, lambda state: replace(state, timers=()))


@mutation("LedgerEqualsVenue", suits=crashing)
def the_ledger_is_opened_anew(patch: pytest.MonkeyPatch) -> None:
    left_out(patch, lambda state: replace(state, portfolio=replace(state.portfolio, books=())))


@mutation("Limits", seeds=1, first=112_729)
def an_end_is_believed_whatever_it_counts(patch: pytest.MonkeyPatch) -> None:
    """That takes a lost word of part of an order, its end, no comparison, and an entry that is as large as allowed."""
    patch.setattr(table, "_counts_more", lambda *_: False)


@mutation("JournalFirst", "NoneForgotten", "BookedOnce", "SentOnce", "Raised", seeds=120, suits=crashing)
def a_commit_returns_before_the_disk_has_it(patch: pytest.MonkeyPatch) -> None:
    """Every third commit is lost if the process dies before the next: a disk that lies, or a forgotten fsync."""
    lose = Disk.strike

    def lying(self: Disk, channel: str) -> None:
        try:
            lose(self, channel)
        except PowerCut:
            self.durable = max(self.durable - 3, 0)
            raise

    patch.setattr(Disk, "strike", lying)


@mutation("OneActs", seeds=400, suits=contested)
def a_lease_that_was_lost_is_not_noticed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Lease, "check", lambda _: None)
    patch.setattr(Lease, "renew", lambda _: None)
