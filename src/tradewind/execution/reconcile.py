"""Our books against the venue's, at one point of the journal: a report, and the events that are missing.

Pure: the same books, the same snapshot and the same suspicions give the same answer. Invariants:

- a correction never moves us away from the venue: it sets what it corrects to what the venue has, and
  holds only if our books are still what was compared;
- a fill is booked once, whatever channel brings it: by the venue's trade id, at its own price and fee;
- so are funding, interest and liquidations that nobody told us of, in every mode, as far as the venue lists them;
- an order that rests at the venue is never dropped, and one that does not is never guessed to have ended:
  it becomes an unknown outcome, and the venue is asked. Only one that the venue had, then says not to know, and
  lists in no account with its executions, has ended: nothing that could still trade is forgotten by a venue;
- what could not be read is unknown: nothing is concluded from it, and nothing is corrected. Without the executions
  no position, amount or adopted part is either: what is missing may be one of them, and it is booked when it is read;
- average prices differ as far as the money does; what only the order of the same executions explains is taken
  over from the venue, and moves no equity. Locked amounts are held against what the venue's own list of orders
  can explain, and nothing is corrected by them;
- what a request under way can explain is no difference; any other must be seen in two snapshots, the same
  each time. So a word that crosses a snapshot raises no alarm. Certain at once is only what nothing of ours
  can explain: what somebody else has executed, and a drift of equity above 5 % with nothing under way;
- an id of ours is in our books before the request leaves, so an order that they do not have is a stranger's.

Severities and modes: spec/live-controls.md, section 8.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from tradewind.domain.events import (
    AverageAdjusted,
    BalanceAdjusted,
    BorrowCharged,
    FundingPaid,
    OrderAccepted,
    OrderAdopted,
    OrderCancelled,
    OrderFilled,
    OutcomeUnknown,
    PositionAdjusted,
    PositionLiquidated,
)
from tradewind.domain.money import plain
from tradewind.domain.reconciliation import Kind, Mode, ReconciliationReport
from tradewind.execution.compare_averages import averages_of
from tradewind.execution.compare_books import cash_of, positions_of
from tradewind.execution.compare_charges import missed_charges
from tradewind.execution.compare_external import strangers_of, trades_of
from tradewind.execution.compare_glance import is_same
from tradewind.execution.compare_locked import locked_of
from tradewind.execution.compare_orders import missed_fills, moving, orders_of
from tradewind.execution.compare_worth import mode_of, worth_of
from tradewind.execution.comparison import NOTHING_DECIDED, Certain, Found, Outcome, Suspect, id_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tradewind.domain.events import AccountSnapshot, Event
    from tradewind.domain.reconciliation import Discrepancy
    from tradewind.domain.time import TimeNs
    from tradewind.execution.comparison import Decided, Key, Ours, Reconciliation, Suspects


def reconcile(
    ours: Ours,
    theirs: AccountSnapshot,
    settings: Reconciliation,
    before: Suspects,
    decided: Decided = NOTHING_DECIDED,
) -> Outcome:
    """Compare; differences that were seen `before` and have lasted are certain."""
    if is_same(ours, theirs, settings):
        return Outcome(_identified(ReconciliationReport("", theirs.ts_recv, settings.mode)), (), {}, (), is_whole=True)
    return at_length(ours, theirs, settings, before, decided)


def at_length(
    ours: Ours, theirs: AccountSnapshot, settings: Reconciliation, before: Suspects, decided: Decided
) -> Outcome:
    """Compare everything with everything, as `reconcile` does where one glance was not enough."""
    rejected, approved = decided
    missed, charges = list(missed_fills(ours.orders, theirs)), list(missed_charges(ours, theirs))
    orders = list(orders_of(ours, theirs, settings))
    strangers = list(strangers_of(ours, theirs, settings))
    trades = [(ours.orders.by_id[fill.order].spec, fill.quantity) for fill in missed]
    forced = [(each, each.quantity) for each in charges if isinstance(each, PositionLiquidated)]
    under_way = moving(ours, [*trades, *forced, *trades_of(strangers)], orders)
    positions = list(positions_of(ours, theirs, settings, under_way))
    unsure = {
        *under_way,
        *(each.instrument for each in charges),
        *(each.what.subject for each in positions if not _is_among(each, rejected)),
    }
    averages = averages_of(ours, theirs, settings, unsure)
    rest = [
        *cash_of(ours, theirs, settings, unsure), *averages.found, *locked_of(ours, theirs, settings, unsure),
        *mode_of(ours, theirs, settings),
    ]  # fmt: skip
    if not unsure:
        rest += worth_of(ours, theirs, settings)
    suspects, certain, suspected, left = _judged(
        (*orders, *strangers, *positions, *rest), theirs.ts_venue, before, rejected
    )
    adjusts = settings.mode is Mode.AUTO_ADJUST
    cures = [
        event
        for each in certain
        if each.cure is not None and not each.waits and (adjusts or each.is_fact or _is_among(each, approved))
        for event in (each.cure, *each.then)
    ]
    corrections: tuple[Event, ...] = (*missed, *charges, *averages.orders_of_executions, *cures)
    report = _identified(ReconciliationReport(
        "", theirs.ts_recv, settings.mode,
        tuple(each.what for each in certain),
        tuple(each.what for each in suspected),
        tuple(_told(event) for event in corrections),
        tuple(each.what for each in left),
    ))  # fmt: skip
    known_ones = tuple(Certain(key_of(each.what), each.mark, each.cure is not None) for each in certain)
    return Outcome(report, corrections, suspects, known_ones, not (under_way or charges or theirs.unread))


class Judged(NamedTuple):
    """Differences by what is known of them: certain, to be seen again, or left as they are."""

    suspects: Suspects
    certain: list[Found]
    suspected: list[Found]
    left: list[Found]


def _judged(found: Iterable[Found], ts: TimeNs, before: Suspects, rejected: Suspects) -> Judged:
    """Judge each difference by how long it has been the same; `ts` is the venue's time of the snapshot."""
    judged = Judged({}, [], [], [])
    for each in found:
        if _is_among(each, rejected):
            judged.left.append(each)
            continue
        key = key_of(each.what)
        known = before.get(key)
        suspect = known if known is not None and known.mark == each.mark else Suspect(ts, each.mark)
        judged.suspects[key] = suspect
        lasts = suspect is known and ts - suspect.since >= each.wait_ns
        (judged.certain if lasts or each.is_certain else judged.suspected).append(each)
    return judged


def _identified(report: ReconciliationReport) -> ReconciliationReport:
    return msgspec.structs.replace(report, id=id_of("rec", report))


def key_of(what: Discrepancy) -> Key:
    """Return what a difference is about."""
    return _area(what.kind), what.subject


def _is_among(each: Found, decided: Suspects) -> bool:
    known = decided.get(key_of(each.what)) if decided else None
    return known is not None and known.mark == each.mark


def _area(kind: Kind) -> str:
    """Return what a kind is about: a position that changes its kind is still the same difference."""
    if kind in (Kind.CASH, Kind.EQUITY, Kind.ACCOUNT_MODE, Kind.AVERAGE_PRICE, Kind.LOCKED):
        return str(kind.value)
    return "position" if kind.value.startswith(("quantity", "side", "missing")) else "order"


def _told(event: Event) -> str:
    match event:
        case OrderFilled():
            return f"booked fill {event.trade_id} of {event.order}"
        case FundingPaid() | BorrowCharged():
            kind = "funding" if isinstance(event, FundingPaid) else "interest"
            return f"books {kind} of {event.instrument}: {plain(event.amount)} {event.asset}"
        case PositionLiquidated():
            return f"books the liquidation {event.trade_id} of {plain(event.quantity)} {event.instrument}"
        case OutcomeUnknown():
            return f"asks about {event.order}"
        case OrderAccepted():
            return f"takes {event.order} back"
        case OrderCancelled():
            return f"ends {event.order}"
        case OrderAdopted():
            return f"adopts {event.order.id}"
        case PositionAdjusted():
            return f"sets {event.instrument} from {event.was} to {event.quantity}"
        case BalanceAdjusted():
            return f"sets {event.asset} from {event.was} to {event.total}"
        case AverageAdjusted():
            return f"sets the cost of {event.instrument} from {event.was} to {event.cost}"
        case _:
            return type(event).__name__
