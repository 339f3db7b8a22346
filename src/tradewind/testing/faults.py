"""What goes wrong in a simulated world, as plain data, so that a world can be told again with fewer faults.

Most faults strike the n-th message of a channel, counted over the whole world; some are a time with a length.
"""

from __future__ import annotations

import enum
from collections import Counter
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tradewind.domain.time import TimeNs


class FaultKind(enum.StrEnum):
    """What goes wrong; `Fault.at` is a place in the channel's count or a time since the world's beginning."""

    LOSE_REQUEST = "lose_request"
    """It never arrives at the venue."""
    REPEAT_REQUEST = "repeat_request"
    """The network brings it twice."""
    DELAY_REQUEST = "delay_request"
    """It arrives `span` later, after others that were sent later."""
    REFUSE_REQUEST = "refuse_request"
    """The venue says no, whatever it was, and does nothing."""
    LOSE_ANSWER = "lose_answer"
    """The venue has done it; nobody hears of that but by other ways."""
    DELAY_ANSWER = "delay_answer"
    CUT_ANSWER = "cut_answer"
    """The answer breaks off: it cannot be read. Of an account, one part is missing: that of number `span`."""
    LOSE_WORD = "lose_word"
    """A report of the venue never comes, and nobody knows."""
    REPEAT_WORD = "repeat_word"
    DELAY_WORD = "delay_word"
    """A report comes `span` later, after others that were said later."""
    CUT_WORD = "cut_word"
    """A frame breaks off: the connection is given up, and made anew `span` later."""
    LOSE_BAR = "lose_bar"
    REPEAT_BAR = "repeat_bar"
    DELAY_BAR = "delay_bar"
    DOWN = "down"
    """From the time `at`, for `span`, there is no connection; what is on its way is lost."""
    STALE = "stale"
    """The connection looks alive, and nothing comes through either way; afterwards all comes at once."""
    LIMIT = "limit"
    """The venue answers every request with "too many"."""
    JUMP = "jump"
    """The engine's clock is moved by `span`, forward or back."""
    FSYNC_LOST = "fsync_lost"
    """A commit of the journal fails, and nothing of it is on the disk."""
    FSYNC_KEPT = "fsync_kept"
    """A commit of the journal fails, and all of it is on the disk."""
    CRASH_APPEND = "crash_append"
    """The process dies as it hands a step to the journal; it is started again `span` later."""
    CRASH_COMMIT = "crash_commit"
    """It dies before a commit is durable; nothing of the turn is left."""
    CRASH_TORN = "crash_torn"
    """It dies within a commit, and of the turn's steps the first `span` modulo their number are on the disk."""
    CRASH_COMMITTED = "crash_committed"
    """It dies when the commit is durable, before an effect leaves."""
    CRASH_SEND = "crash_send"
    """It dies as an effect is about to leave."""
    CRASH_SENT = "crash_sent"
    """It dies when an effect has just left."""
    STRANGER = "stranger"
    """The account's owner trades by hand: `span` lots, negative for a sale."""
    FORCE_OUT = "force_out"
    """The venue closes a position by force: the first from instrument number `span` on that there is."""
    DEPOSIT = "deposit"
    """The owner brings `span` of the base currency to the account, or takes it out where it is negative."""
    TWIN = "twin"
    """The engine stands still for `span`, and a second one waits to take its place on the account."""


K = FaultKind
CHANNELS: dict[FaultKind, str] = {
    **dict.fromkeys((K.LOSE_REQUEST, K.REPEAT_REQUEST, K.DELAY_REQUEST, K.REFUSE_REQUEST), "request"),
    **dict.fromkeys((K.LOSE_ANSWER, K.DELAY_ANSWER, K.CUT_ANSWER), "answer"),
    **dict.fromkeys((K.LOSE_WORD, K.REPEAT_WORD, K.DELAY_WORD, K.CUT_WORD), "word"),
    **dict.fromkeys((K.LOSE_BAR, K.REPEAT_BAR, K.DELAY_BAR), "bar"),
    **dict.fromkeys((K.FSYNC_LOST, K.FSYNC_KEPT, K.CRASH_COMMIT, K.CRASH_TORN), "commit"),
    K.CRASH_COMMITTED: "committed",
    K.CRASH_APPEND: "append",
    K.CRASH_SEND: "send",
    K.CRASH_SENT: "sent",
}
"""The kinds that strike the n-th message, and what is counted."""
CRASHES = frozenset((K.CRASH_APPEND, K.CRASH_COMMIT, K.CRASH_TORN, K.CRASH_COMMITTED, K.CRASH_SEND, K.CRASH_SENT))
WINDOWS = (K.DOWN, K.STALE, K.LIMIT)


class Fault(msgspec.Struct, frozen=True):
    """One thing that goes wrong; times in nanoseconds."""

    kind: FaultKind
    at: int
    span: int = 0


class Weather:
    """The faults of one world, asked as messages pass; over at `fair`, when everything must come right."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.fair = False
        self.struck_by: Counter[FaultKind] = Counter()
        """How many faults of each kind have met something; of what lasts for a time, how many messages it has met."""
        self._counts: dict[str, int] = dict.fromkeys(CHANNELS.values(), 0)
        self._at: dict[str, dict[int, Fault]] = {channel: {} for channel in self._counts}
        self._windows: dict[FaultKind, list[tuple[TimeNs, TimeNs]]] = {kind: [] for kind in WINDOWS}
        for fault in faults:
            channel = CHANNELS.get(fault.kind)
            if channel is not None:
                self._at[channel].setdefault(fault.at, fault)
            elif fault.kind in self._windows:
                self._windows[fault.kind].append((fault.at, fault.at + fault.span))

    def strike(self, channel: str) -> Fault | None:
        """Count one more message of a channel, and return what happens to it."""
        place = self._counts[channel]
        self._counts[channel] = place + 1
        if self.fair:
            return None
        fault = self._at[channel].get(place)
        if fault is not None:
            self.struck_by[fault.kind] += 1
        return fault

    @property
    def struck(self) -> int:
        """How many messages were struck, one by one."""
        return sum(number for kind, number in self.struck_by.items() if kind in CHANNELS)

    def count(self, channel: str) -> int:
        """Return how many messages of a channel have passed."""
        return self._counts[channel]

    def until(self, kind: FaultKind, ts: TimeNs) -> TimeNs:
        """Return when the window of this kind that `ts` lies in is over; 0 if it lies in none."""
        windows = self._windows[kind]
        if self.fair or not windows:
            return 0
        until = max((end for start, end in windows if start <= ts < end), default=0)
        if until:
            self.struck_by[kind] += 1
        return until
