"""What a session's log says of comparisons with the venue's books, and of what operators say and get for it."""

from __future__ import annotations

from tradewind.domain.confirmation import ConfirmationAsked
from tradewind.domain.control import (
    CancelAllRequested,
    CancelRequested,
    DifferencesApproved,
    DifferencesRejected,
    FlattenRequested,
    LimitTightened,
    OrderConfirmed,
    OrderDeclined,
    ReconcileRequested,
)
from tradewind.domain.money import plain
from tradewind.domain.reconciliation import Discrepancy, ReconciliationReport, Severity
from tradewind.domain.step import AccountSeen, AccountUnseen, CorrectionStale, DecisionIgnored, ExitMissing, NothingHeld
from tradewind.domain.swapping import StrategySwapped, StrategySwapRequested
from tradewind.domain.time import iso

AccountNotice = (
    ReconciliationReport
    | CorrectionStale
    | AccountUnseen
    | AccountSeen
    | DecisionIgnored
    | StrategySwapped
    | NothingHeld
    | ExitMissing
    | ConfirmationAsked
)
OperatorWord = (
    ReconcileRequested
    | DifferencesApproved
    | DifferencesRejected
    | CancelRequested
    | FlattenRequested
    | CancelAllRequested
    | LimitTightened
    | StrategySwapRequested
    | OrderConfirmed
    | OrderDeclined
)


def told_of_account(notice: AccountNotice) -> tuple[str, str, str]:
    """Return level, text and kind of a notice."""
    match notice:
        case ReconciliationReport():
            level = "info"
            if notice.has_discrepancies:
                level = "error" if notice.max_severity is Severity.CRITICAL else "warning"
            found = [f"differs: {_words(each)}" for each in notice.confirmed]
            found += [f"to be seen again: {_words(each)}" for each in notice.suspected]
            found += [f"rejected: {_words(each)}" for each in notice.rejected]
            text = "; ".join((*found, *notice.actions)) or "our books are the venue's"
            return level, f"{notice.id}: {text}", "reconciliation_report"
        case CorrectionStale():
            text = f"correction {notice.id} of {notice.subject} came too late: the books had moved"
            return "warning", text, "correction_stale"
        case AccountUnseen():
            then = "; exposure may only fall" if notice.is_close_only else ""
            text = f"the account is not known since {iso(notice.since)}: {notice.reason}{then}"
            return "error", text, "account_unseen"
        case AccountSeen():
            return "info", f"the account is known again, after nothing since {iso(notice.since)}", "account_seen"
        case DecisionIgnored():
            return "warning", f"{notice.report}: {notice.subject}: {notice.reason}", "decision_ignored"
        case StrategySwapped():
            text = f"{notice.source} acts as {notice.strategy} from here on, shown {notice.bars} bars"
            return "warning", text, "strategy_swapped"
        case NothingHeld():
            return "warning", f"{notice.strategy} holds nothing of {notice.instrument}", "nothing_held"
        case ExitMissing():
            bare = f"{notice.quantity} of {notice.instrument} without {notice.order} since {iso(notice.since)}"
            if notice.is_closed:
                return "critical", f"{bare}: no stop rests, {notice.replaced_by} closes the position", "exit_missing"
            return "error", f"{bare}: {notice.replaced_by} takes its place", "exit_missing"
        case ConfirmationAsked():
            spec = notice.order
            what = f"{spec.side.value} {plain(spec.quantity)} {spec.instrument} of {spec.strategy}"
            return "warning", f"{spec.id} waits to be confirmed until {iso(notice.until)}: {what}", "confirmation_asked"


def word_of_operator(word: OperatorWord) -> tuple[str, str, str]:
    """Return level, text and kind of an operator's word."""
    who = word.operator or "the operator"
    match word:
        case ReconcileRequested():
            return "info", f"compare now, says {who}", "reconcile_requested"
        case DifferencesApproved():
            return "warning", f"{word.report} approved by {who}", "differences_approved"
        case DifferencesRejected():
            return "warning", f"{word.report} rejected by {who}", "differences_rejected"
        case CancelRequested():
            return "warning", f"cancel {word.order}, says {who}", "cancel_requested"
        case CancelAllRequested():
            of = "".join(f" of {each}" for each in (word.only, word.strategy) if each)
            return "warning", f"cancel {word.which} orders{of}, says {who}", "cancel_all_requested"
        case OrderConfirmed():
            return "warning", f"{word.order} confirmed by {who}", "order_confirmed"
        case OrderDeclined():
            return "warning", f"{word.order} declined by {who}: {word.reason}", "order_declined"
        case StrategySwapRequested():
            return "warning", f"{word.source} in the place of {word.strategy}, says {who}", "strategy_swap_requested"
        case LimitTightened():
            return "warning", f"{word.limit} is {word.value} from now on, says {who}", "limit_tightened"
        case FlattenRequested():
            return "warning", f"close what {word.strategy} holds of {word.instrument}, says {who}", "flatten_requested"


def _words(what: Discrepancy) -> str:
    return f"{what.kind.value} {what.subject}, ours {what.ours}, theirs {what.theirs} ({what.severity.name.lower()})"
