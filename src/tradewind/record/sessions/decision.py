"""The newest decision of a session, found from outside its process: in its journal and its newest checkpoint.

A decision is a closed bar of the session's own interval on which at least one strategy was asked and did not fail,
after history was over. That a process lives, answers or writes is none: it may do all of that and decide nothing.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.control import Resumed
from tradewind.domain.errors import CheckpointCorrupted, StateRestoreError
from tradewind.domain.events import SessionStarted, StrategyHalted, WarmupEnded
from tradewind.domain.ids import InstrumentId, StrategyId
from tradewind.domain.market import Bar
from tradewind.domain.step import StrategyFailed
from tradewind.domain.swapping import StrategySwapped
from tradewind.domain.time import Interval, TimeNs
from tradewind.record.checkpoint import FOLDER, Checkpoint, Checkpoints
from tradewind.record.journal.reader import newest_first, read, read_header
from tradewind.record.sessions.find import SessionState

if TYPE_CHECKING:
    from tradewind.record.sessions.find import SessionEntry


class Decided(msgspec.Struct, frozen=True):
    """What was found of a session; times in nanoseconds since 1970, UTC."""

    decided_at: TimeNs | None
    """When the bar of the newest decision was received; None if there is none."""
    seq: int
    instrument: InstrumentId | None
    bar_ns: TimeNs
    """The length of the session's bars."""
    held: tuple[StrategyId, ...]
    """The strategies that are not asked."""
    trouble: str
    """Why the session cannot decide, whatever it has decided; empty if nothing stands in its way."""

    def fault(self, now: TimeNs, grace_ns: TimeNs) -> str:
        """Say why this is no proof of life at `now`; empty if the newest decision is at most a bar and `grace_ns` old.

        A decision of the future is none: the clocks differ, or the session's time is not the clock's.
        """
        if self.trouble:
            return self.trouble
        if self.decided_at is None:
            return "nothing has been decided yet"
        age = now - self.decided_at
        if age < -grace_ns:
            return f"the newest decision is {_seconds(-age)} in the future: the session's time is not the clock's"
        if age > self.bar_ns + grace_ns:
            return f"the newest decision is {_seconds(age)} old, and {_seconds(self.bar_ns + grace_ns)} are allowed"
        return ""


def newest_decision(entry: SessionEntry) -> Decided:
    """Find it; raise `JournalError` where the journal cannot be read."""
    header = read_header(entry.journal)
    settings, names = header.engine, {StrategyId(source.id) for source in header.strategies}
    held, is_warm = _held(entry), _is_warm(entry)
    found = _newest(entry, settings.data_interval or settings.interval, names) if is_warm else None
    trouble = ""
    if entry.state is not SessionState.RUNNING:
        trouble = f"nobody runs the session: it is {entry.state.value}"
    elif not is_warm:
        trouble = "history is still coming in: nothing is decided on it"
    elif names <= held:
        trouble = f"no strategy is asked: {', '.join(sorted(held))} held"
    bar_ns = Interval.parse(settings.interval).ns
    if found is None:
        return Decided(None, 0, None, bar_ns, tuple(sorted(held)), trouble)
    seq, bar = found
    return Decided(bar.ts_recv, seq, bar.instrument, bar_ns, tuple(sorted(held)), trouble)


def _newest(entry: SessionEntry, interval: str, names: set[StrategyId]) -> tuple[int, Bar] | None:
    """Return the newest bar, with its step, on which not every strategy failed; none before the end of history."""
    for step in newest_first(entry.journal):
        event = step.event
        if type(event) is WarmupEnded:
            return None
        if type(event) is Bar and event.interval == interval:
            failed = {notice.strategy for notice in step.notices if isinstance(notice, StrategyFailed)}
            if not names <= failed:
                return step.seq, event
    return None


def _is_warm(entry: SessionEntry) -> bool:
    """Tell whether history is over; it stands at the journal's beginning."""
    for step in read(entry.journal):
        event = step.event
        if type(event) is WarmupEnded or (type(event) is SessionStarted and not event.warming):
            return True
    return False


def _held(entry: SessionEntry) -> set[StrategyId]:
    """Return the strategies that are held now: those of the newest checkpoint, and what has happened since."""
    kept = _checkpoint(entry)
    held = set() if kept is None else {each.strategy for each in kept.engine.strategies if each.held}
    for step in read(entry.journal, 1 if kept is None else kept.seq + 1):
        event = step.event
        if type(event) is SessionStarted and event.restored is not None:
            held = {each.strategy for each in event.restored.strategies if each.held}
        elif type(event) is StrategyHalted:
            held.add(event.strategy)
        elif type(event) is Resumed and event.strategy is not None:  # to all it is said without those that are held
            held.discard(event.strategy)
        held -= {notice.strategy for notice in step.notices if isinstance(notice, StrategySwapped)}  # another is asked
        held |= {notice.strategy for notice in step.notices if isinstance(notice, StrategyFailed) and notice.halted}
    return held


def _checkpoint(entry: SessionEntry) -> Checkpoint | None:
    """Return the newest good checkpoint; who only looks leaves damaged ones as they lie."""
    files = Checkpoints(entry.home / FOLDER)
    for info in sorted(files.listed(), key=lambda info: -info.seq):
        with suppress(CheckpointCorrupted, StateRestoreError):
            return files.load(files.folder / info.name)
    return None


def _seconds(ns: TimeNs) -> str:
    return f"{ns / 1e9:.0f} s"
