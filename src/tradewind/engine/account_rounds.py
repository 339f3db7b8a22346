"""When the venue is asked for its account, how often again if it does not tell, and what waits for its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tradewind.domain.checkpoint import ReconciliationState
from tradewind.domain.commands import QueryAccount, SetTimer
from tradewind.domain.ids import TimerId
from tradewind.domain.step import AccountSeen, AccountUnseen
from tradewind.domain.time import NS_PER_SECOND, TimeNs

if TYPE_CHECKING:
    from tradewind.domain.events import AccountSnapshot, SnapshotFailed
    from tradewind.execution.comparison import Reconciliation
    from tradewind.risk.review import RiskGate

TIMERS_OF_ACCOUNT = "/account/"
"""How the timers of this file begin."""
ROUND, AGAIN, RETRY = TimerId("/account/round"), TimerId("/account/again"), TimerId("/account/retry")
RETRY_FIRST_NS, RETRY_LONGEST_NS = NS_PER_SECOND, 30 * NS_PER_SECOND
"""From a question that failed to the next; doubled after each."""
RECHECK_NS = 60 * NS_PER_SECOND
"""How often one looks whether something critical has gone away, between the rounds and without them."""


class AccountRounds:
    """Asks, and keeps count of what was answered. A question that failed is repeated until one is answered whole."""

    def __init__(self, settings: Reconciliation, risk: RiskGate, words: list[Any]) -> None:
        self._settings = settings
        self._risk = risk
        self._words = words
        self._number = 0
        self._fills_since: TimeNs = 0
        self._told_until: TimeNs = 0
        """The venue's time of the last answer that told executions."""
        self.told_from: TimeNs = 0
        """From when on the newest answer was to tell what we may not have booked."""
        self.newest: TimeNs = 0
        """The venue's time of the last answer."""
        self._unseen_since: TimeNs | None = None
        self._retry_ns: TimeNs = RETRY_FIRST_NS

    def state(self) -> ReconciliationState:
        """Return what was asked and answered, as plain data."""
        return ReconciliationState(
            fills_since=self._fills_since, number=self._number, newest=self.newest, unseen_since=self._unseen_since,
            retry_ns=self._retry_ns, told_until=self._told_until,
        )  # fmt: skip

    def restore(self, state: ReconciliationState) -> None:
        """Take over what `state` wrote down: what was executed since then is asked for, however long ago that is."""
        self._fills_since, self._number, self.newest = state.fills_since, state.number, state.newest
        self._unseen_since, self._retry_ns = state.unseen_since, state.retry_ns or RETRY_FIRST_NS
        self._told_until = state.told_until

    def begin(self, ts: TimeNs, *, anew: bool = True) -> None:
        """Ask for the first time, if there are to be rounds; hold orders back if they must wait for the answer."""
        if anew:
            self._fills_since = ts
        if self._settings.holds_at_start:
            self._risk.is_ready = False
        if self._settings.interval_ns:
            self._words.append(SetTimer(ROUND, ts + self._settings.interval_ns))
        if self._settings.holds_at_start or self._settings.interval_ns or self._unseen_since is not None:
            self.ask()

    def ask(self, fills_since: TimeNs | None = None) -> int:
        """Ask for the account, and the fills since the answer before the last or an earlier time; number it."""
        since = self._fills_since if fills_since is None else min(fills_since, self._fills_since)
        self._number += 1
        self._words.append(QueryAccount(since, self._number))
        return self._number

    def fired(self, timer: TimerId, ts: TimeNs) -> None:
        """Ask again, as a timer says; while history comes, what another session has left is not due yet."""
        if self._risk.warming:
            return
        self.ask()
        if timer == ROUND and self._settings.interval_ns:
            self._words.append(SetTimer(ROUND, ts + self._settings.interval_ns))

    def look_again(self, ts: TimeNs, *, soon: bool, at_once: bool = False) -> None:
        """Have a second look, `soon` at what is not certain, or now and then at what does not go away by itself.

        With `at_once` a position may be bare.
        """
        wait = self._settings.confirm_after_ns if soon else max(RECHECK_NS, self._settings.confirm_after_ns)
        if at_once:
            wait = min(wait, self._settings.exit_after_ns)
        self._words.append(SetTimer(AGAIN, ts + wait))

    def takes(self, theirs: AccountSnapshot) -> bool:
        """Take an answer; False for one that is older than another that came before it."""
        if theirs.ts_venue < self.newest:
            return False
        self.newest = theirs.ts_venue
        if theirs.fills is not None:
            # Those of this answer are booked after it, each in its own step: a crash in between must not lose them.
            self.told_from = self._fills_since
            since = self._told_until - self._settings.grace_ns
            self._fills_since = max(self._fills_since, since)
            self._told_until = theirs.ts_venue
        if unread := theirs.unread:
            self._miss(f"could not be read: {unread}", theirs.ts_recv)
        else:
            self._see()
        return True

    def failed(self, event: SnapshotFailed) -> bool:
        """Take note that the account is unknown, which is not that it is empty."""
        self._miss(event.reason, event.ts_recv)
        return True

    def compared(self, *, is_settled: bool) -> None:
        """Let orders go, if they waited for a comparison that leaves nothing to look at again."""
        if is_settled and self._unseen_since is None:
            self._risk.is_ready = True

    def _miss(self, reason: str, ts: TimeNs) -> None:
        """Ask again later; when it has lasted too long, let exposure fall and do nothing else."""
        if self._unseen_since is None:
            self._unseen_since = ts
            self._words.append(AccountUnseen(ts, reason))
        since = self._unseen_since
        if ts - since >= self._settings.outage_ns and TIMERS_OF_ACCOUNT not in self._risk.close_only:
            self._risk.close_only[TIMERS_OF_ACCOUNT] = "the venue does not tell its account"
            self._words.append(AccountUnseen(since, reason, is_close_only=True))
        self._words.append(SetTimer(RETRY, ts + self._retry_ns))
        self._retry_ns = min(2 * self._retry_ns, RETRY_LONGEST_NS)

    def _see(self) -> None:
        if self._unseen_since is not None:
            self._words.append(AccountSeen(self._unseen_since))
        self._unseen_since = None
        self._retry_ns = RETRY_FIRST_NS
        self._risk.close_only.pop(TIMERS_OF_ACCOUNT, None)
