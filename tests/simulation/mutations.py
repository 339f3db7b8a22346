"""Deliberate faults, each a small patch on a real class: a simulator that does not find them proves nothing.

A mutation is what a tired person could have written. It names the checkers that may be the first to object.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from tradewind.domain import events as ev
from tradewind.domain.commands import SubmitOrder
from tradewind.domain.money import ZERO
from tradewind.domain.reconciliation import Mode
from tradewind.engine.account import AccountCheck
from tradewind.engine.engine import Engine
from tradewind.execution import reconcile
from tradewind.execution.inquiry import Asking, Inquiry
from tradewind.execution.lifecycle import OrderState
from tradewind.execution.order_ids import OrderIds
from tradewind.execution.orders import Order, Orders
from tradewind.portfolio import charges
from tradewind.portfolio.charges import Charges
from tradewind.record.journal.writer import MemoryJournal
from tradewind.risk import exposure
from tradewind.risk.rate import Rate
from tradewind.runtime.outbox import Departures
from tradewind.runtime.turn import Turn
from tradewind.testing.faults import Fault, FaultKind
from tradewind.testing.plan import Act

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from tradewind.testing.plan import Plan


Patch = Callable[["pytest.MonkeyPatch"], None]


@dataclass(frozen=True)
class Mutation:
    """One fault; `seeds` is how many worlds it may take to find it."""

    name: str
    apply: Patch
    found_by: tuple[str, ...]
    seeds: int = 40
    first: int = 0
    """The first seed of them."""
    suits: Callable[[Plan], bool] = lambda _: True
    """Which worlds can show it at all; the others count, and are not run."""
    shape: Callable[[Plan], Plan] = lambda plan: plan
    """What else these worlds shall have, so that something rare comes often."""


def limited(plan: Plan) -> bool:
    return plan.terms.strategies == 1 and plan.terms.position_lots_max > 0


def by_the_minute(plan: Plan) -> bool:
    return plan.terms.orders_per_minute_max > 0


def adjusting(plan: Plan) -> bool:
    return any(fault.kind is FaultKind.STRANGER for fault in plan.faults)


def growing(plan: Plan) -> Plan:
    """Let every fourth wish be three: a small order far away, an amendment that makes one large, and a market order."""
    replace, wishes = msgspec.structs.replace, []
    for place, each in enumerate(plan.wishes):
        if place % 4:
            wishes.append(each)
            continue
        wishes.append(replace(each, act=Act.LIMIT, lots=5, offset_bps=60))
        wishes.append(replace(each, act=Act.AMEND_QUANTITY, lots=30, offset_bps=1))
        wishes.append(replace(each, act=Act.MARKET, lots=30))
    return replace(plan, wishes=tuple(wishes))


def charged(plan: Plan) -> bool:
    return plan.terms.funding_ns > 0


def told_twice(plan: Plan) -> Plan:
    """Let the network bring every fourth word twice."""
    doubled = (Fault(FaultKind.REPEAT_WORD, place) for place in range(0, 400, 4))
    return msgspec.structs.replace(plan, faults=(*plan.faults, *doubled))


def often_lost(plan: Plan) -> Plan:
    """Lose every seventh word of the venue."""
    lost = (Fault(FaultKind.LOSE_WORD, place) for place in range(0, 400, 7))
    return msgspec.structs.replace(plan, faults=(*lost, *plan.faults))


def deposited(plan: Plan) -> bool:
    return any(fault.kind is FaultKind.DEPOSIT for fault in plan.faults)


def charged_and_left(plan: Plan) -> bool:
    return charged(plan) and plan.terms.mode is not Mode.AUTO_ADJUST


def turning(plan: Plan) -> Plan:
    """Let strategies wish for entries and exits that rest."""
    acts = (Act.LIMIT, Act.MARKET, Act.LIMIT, Act.EXIT, Act.LIMIT, Act.MARKET)
    wishes = (
        msgspec.structs.replace(wish, act=acts[place % len(acts)], lots=30 if place % 3 else 10)
        for place, wish in enumerate(plan.wishes)
    )
    return msgspec.structs.replace(plan, wishes=tuple(wishes))


def loose(plan: Plan) -> bool:
    return plan.terms.quiet_end and len(plan.faults) > 40


def late(plan: Plan) -> bool:
    return sum(fault.kind in (FaultKind.DELAY_REQUEST, FaultKind.STALE) for fault in plan.faults) > 3


MUTATIONS: list[Mutation] = []


def mutation(*found_by: str, **terms: Any) -> Callable[[Patch], Patch]:
    def add(apply: Patch) -> Patch:
        MUTATIONS.append(Mutation(apply.__name__, apply, found_by, **terms))
        return apply

    return add


# --- outbox and journal -----------------------------------------------------------------------------


@mutation("JournalFirst")
def effects_leave_before_their_commit(patch: pytest.MonkeyPatch) -> None:
    commit = Turn.commit

    def release_first(self: Turn) -> Any:
        self._departures.release()  # type: ignore[union-attr]
        return commit(self)

    patch.setattr(Turn, "commit", release_first)
    # What leaves at once must be seen at once: the effect is sent while the turn is still open.
    hold = Departures.hold

    def hold_and_release(self: Departures, effect: Any, ts: int) -> None:
        hold(self, effect, ts)
        self.release()

    patch.setattr(Departures, "hold", hold_and_release)
    patch.setattr(MemoryJournal, "commit", lambda self: None)


@mutation("SentOnce")
def an_effect_stays_in_the_outbox_when_it_has_left(patch: pytest.MonkeyPatch) -> None:
    following = Departures.next

    def peek(self: Departures) -> Any:
        effect = following(self)
        if isinstance(effect, SubmitOrder) and effect.order.quantity % 2 and not getattr(self, "again", False):
            self.again = True  # type: ignore[attr-defined]
            self._leaving.appendleft(effect)
        return effect

    patch.setattr(Departures, "next", peek)


@mutation("NoneForgotten", "EveryOrderEnds", "JournalFirst")
def the_newest_effect_is_dropped_when_many_leave(patch: pytest.MonkeyPatch) -> None:
    release = Departures.release

    def forget(self: Departures) -> None:
        if len(self._held) > 2:
            self._held.pop()
        release(self)

    patch.setattr(Departures, "release", forget)


@mutation("SentOnce", "JournalFirst")
def an_order_without_an_answer_is_sent_again(patch: pytest.MonkeyPatch) -> None:
    process = Engine.process

    def again(self: Engine, event: Any) -> Any:
        step = process(self, event)
        if isinstance(event, ev.OutcomeUnknown):
            order = self.orders.by_id[event.order]
            if order.venue_order is None and order.spec.parent is None:
                return msgspec.structs.replace(step, effects=(*step.effects, SubmitOrder(order.spec)))
        return step

    patch.setattr(Engine, "process", again)


# --- orders and inquiry -----------------------------------------------------------------------------


@mutation("BookedOnce")
def trade_ids_are_not_kept(patch: pytest.MonkeyPatch) -> None:
    def take(self: Order, event: Any) -> None:
        self.filled += event.quantity
        self.value += event.quantity * event.price

    patch.setattr(Order, "take", take)


@mutation("NeverEndsWhatLives", seeds=80, suits=late)
def not_found_is_believed_at_once(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Inquiry, "answered", lambda _, ts_venue, *__: ts_venue is not None)


@mutation("NeverEndsWhatLives", seeds=80)
def a_failed_look_up_means_not_there(patch: pytest.MonkeyPatch) -> None:
    apply = Orders.apply

    def believe(self: Orders, event: Any) -> Any:
        if isinstance(event, ev.LookupFailed):
            order = self.by_id[event.order]
            if order.state is OrderState.UNKNOWN:
                return apply(self, ev.OrderRejected(event.order, "not there", event.ts_recv, event.ts_recv))
        return apply(self, event)

    patch.setattr(Orders, "apply", believe)


@mutation("NeverEndsWhatLives")
def no_answer_means_rejected(patch: pytest.MonkeyPatch) -> None:
    apply = Orders.apply

    def give_up(self: Orders, event: Any) -> Any:
        if isinstance(event, ev.OutcomeUnknown):
            return apply(self, ev.OrderRejected(event.order, "no answer", event.ts_recv, event.ts_recv))
        return apply(self, event)

    patch.setattr(Orders, "apply", give_up)


@mutation("EveryOrderEnds", "NoneForgotten")
def nobody_asks_about_what_is_unknown(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Asking, "fired", lambda *_: iter(()))


@mutation("EveryOrderEnds", seeds=600, suits=loose)
def a_cancel_without_an_answer_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    follow = Asking.follow

    def only_ask(self: Asking, event: Any) -> Iterator[Any]:
        return (each for each in follow(self, event) if type(each).__name__ != "CancelIntent")

    patch.setattr(Asking, "follow", only_ask)


# --- risk -------------------------------------------------------------------------------------------


@mutation("Limits", seeds=120, suits=limited)
def what_is_in_flight_is_no_exposure(patch: pytest.MonkeyPatch) -> None:
    def pending(self: Orders, instrument: Any, side: Any, strategy: Any = None) -> Any:
        mine = [o for o in self.open(instrument, strategy) if o.spec.side is side and o.state is OrderState.OPEN]
        return sum((o.open_quantity for o in mine if not o.spec.reduces_net and o.spec.parent is None), ZERO)

    patch.setattr(Orders, "pending", pending)


@mutation("Limits", seeds=80, suits=limited, shape=growing)
def amendments_under_way_are_no_exposure(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        Order, "open_quantity", property(lambda self: ZERO if self.is_closed else self.spec.quantity - self.filled)
    )


@mutation("OrderRate", seeds=80, suits=by_the_minute)
def orders_are_not_counted_by_the_minute(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Rate, "check", lambda *_: None)


# --- reconciliation ---------------------------------------------------------------------------------


@mutation("BookedOnce", "PositionIsSumOfFills", "EveryOrderEnds", "NoneForgotten")
def fills_that_were_lost_are_not_looked_for(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reconcile, "missed_fills", lambda *_: iter(()))
    patch.setattr(reconcile, "orders_of", lambda *_: iter(()))


@mutation("EveryOrderEnds", "NoneForgotten")
def orders_are_not_compared(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reconcile, "orders_of", lambda *_: iter(()))


@mutation("NeverAway", seeds=200)
def an_account_that_could_not_be_read_is_empty(patch: pytest.MonkeyPatch) -> None:
    routes = AccountCheck.routes

    def with_nothing(self: AccountCheck, tell: Any) -> Any:
        def take(event: Any) -> Any:
            ts = event.ts_recv
            return self._compare(ev.AccountSnapshot(event.venue, (), (), ts, ts, None, ()))

        return routes(self, tell) | {ev.SnapshotFailed: take}

    patch.setattr(AccountCheck, "routes", with_nothing)


@mutation("NeverAway", "PositionIsSumOfFills", seeds=120, suits=adjusting)
def positions_are_adjusted_away_from_the_venue(patch: pytest.MonkeyPatch) -> None:
    _correct(patch, ev.PositionAdjusted, lambda e: {"quantity": e.was + e.was - e.quantity})


@mutation("NeverAway", "LedgerEqualsVenue", seeds=120, suits=adjusting)
def balances_are_adjusted_away_from_the_venue(patch: pytest.MonkeyPatch) -> None:
    _correct(patch, ev.BalanceAdjusted, lambda e: {"total": e.was + e.was - e.total})


@mutation("NeverAway", seeds=300, suits=lambda plan: plan.terms.perpetual)
def averages_are_adjusted_away_from_the_venue(patch: pytest.MonkeyPatch) -> None:
    _correct(patch, ev.AverageAdjusted, lambda e: {"cost": e.was + e.was - e.cost})


@mutation("ChargedOnce", seeds=300, suits=charged, shape=told_twice)
def what_is_charged_is_booked_as_often_as_it_is_told(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Charges, "is_new", lambda *_: True)


@mutation("ChargedOnce", "ReplayEqual", seeds=600, suits=charged, shape=told_twice)
def what_was_charged_is_forgotten_in_a_restart(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Charges, "restore", lambda *_: None)


@mutation("ChargedOnce", seeds=100, suits=deposited, shape=told_twice)
def a_transfer_is_booked_as_often_as_it_is_told(patch: pytest.MonkeyPatch) -> None:
    right = charges.name_of
    patch.setattr(charges, "name_of", lambda e: "" if isinstance(e, ev.BalanceTransferred) else right(e))


@mutation("LedgerEqualsVenue", seeds=100, suits=charged_and_left, shape=often_lost)
def what_the_account_tells_of_charges_is_not_read(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reconcile, "missed_charges", lambda *_: ())


@mutation("Limits", seeds=400, suits=limited, shape=turning)
def an_entry_at_rest_is_held_against_the_position_that_it_turns(patch: pytest.MonkeyPatch) -> None:
    def held(candidate: Any, view: Any, strategy: Any = None) -> Decimal:
        intent = candidate.intent
        return Decimal(view.position(intent.instrument, strategy).quantity * intent.side.sign)

    patch.setattr(exposure, "_held_at_worst", held)


def _correct(patch: pytest.MonkeyPatch, kind: type, change: Callable[[Any], dict[str, Any]]) -> None:
    right = reconcile.reconcile

    def wrong(*arguments: Any) -> Any:
        outcome = right(*arguments)
        changed = tuple(
            msgspec.structs.replace(each, **change(each)) if isinstance(each, kind) else each
            for each in outcome.corrections
        )
        return outcome._replace(corrections=changed)

    patch.setattr("tradewind.engine.account.reconcile", wrong)


# --- determinism ------------------------------------------------------------------------------------


@mutation("ReplayEqual")
def ids_hang_on_something_outside(patch: pytest.MonkeyPatch) -> None:
    given = iter(range(1, 10**9))

    def following(self: OrderIds) -> Any:
        self.count += 1
        return f"{self.prefix}-{next(given)}"

    patch.setattr(OrderIds, "next", following)
