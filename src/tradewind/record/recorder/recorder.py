"""The recorder: an observer that turns committed steps into the tables and statistics of a session's folders.

All that it writes can be made again from the journal, by the same code. It knows no engine, and the wall
clock only as the measure of when to write; what it writes does not depend on it.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

import structlog

from tradewind.domain.errors import LocalError, StateError
from tradewind.domain.events import SessionStarted, WarmupEnded
from tradewind.domain.market import Bar
from tradewind.domain.money import money_context
from tradewind.domain.step import BarRefused, IdsCounted, Mark, StateKept
from tradewind.domain.time import NS_PER_SECOND, TimeNs, iso
from tradewind.record.recorder import FLUSH_SECONDS
from tradewind.record.recorder.bar_runs import RUN_MIN, quiet_until, take_run
from tradewind.record.recorder.books import Books
from tradewind.record.recorder.day_files import OpenDays
from tradewind.record.recorder.facts import CostPaid, Executed, Fact, OrderMoved, Transferred, TripClosed, Valued
from tradewind.record.recorder.rows import Rows
from tradewind.record.sessions.lineage_stats import keep
from tradewind.record.stats.accumulator import StatsAccumulator
from tradewind.record.stats.fold import count
from tradewind.record.stats.live import Heading, LiveTradeStats, StrategyInfo, to_yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tradewind.domain.step import Step
    from tradewind.ports import Clock
    from tradewind.record.journal.header import SessionHeader
    from tradewind.record.sessions.folders import SessionFolders
    from tradewind.record.stats.kept import KeptStats

log = structlog.get_logger(__name__)


class SessionRecorder:
    """Writes the files of one session; what cannot be written is tried again, and `close` raises if it still cannot."""

    def __init__(  # noqa: PLR0913 - what it writes of, where, when, and from where on
        self,
        folders: SessionFolders,
        header: SessionHeader,
        clock: Clock,
        *,
        flush_seconds: float = FLUSH_SECONDS,
        on_stats: Callable[[LiveTradeStats], None] | None = None,
        before: KeptStats | None = None,
    ) -> None:
        """`before` is what the session that this one resumes has come to."""
        self.folders = folders
        self.last_seq = 0
        self.trouble: LocalError | None = None
        """Why the last attempt to write failed; None if it did not."""
        self.notes: list[str] = []
        """What people should know of its figures, each thing once."""
        self._header = header
        self._clock = clock
        self._flush_ns = int(flush_seconds * NS_PER_SECOND)
        self._on_stats = on_stats
        self._books = Books(header)
        self._rows = Rows(header)
        self._day_of = folders.day_of
        self._stats = StatsAccumulator(self._day_of)
        if before is not None:
            self._stats.go_on(before)
        self._days = OpenDays(folders)
        self._today = ""
        self._is_warming = False
        self._now = self._started = 0
        self._flushed = -self._flush_ns
        self._paged = 0
        """The step that the page of statistics is up to."""

    def observe(self, steps: Sequence[Step]) -> None:
        """Take the steps of one turn, and write what is due; with no steps it only looks at the clock."""
        with money_context():
            self._take_all(steps)
            now = self._clock.now()
            if now - self._flushed >= self._flush_ns:
                self._flushed = now
                self._write(now)

    def close(self, *, ended: bool = True) -> None:
        """Write what is left; raise `LocalError` if that cannot be done. A session that was killed has not `ended`."""
        try:
            self._make_page()
            self._days.finish()
            kept = self._stats.kept(self.last_seq)
            if kept is not None:
                keep(self.folders.home, kept)
            if ended:
                self.folders.finish(iso(self._now), self.last_seq)
        finally:
            self.folders.release()

    def stats(self) -> LiveTradeStats:
        """Return the statistics of today and of the session."""
        day = self._today or next(iter(self.folders.days))
        strategies = self._header.strategies
        heading = Heading(
            id=self.folders.days.get(day, self.folders.home.name),
            date=day,
            session_start=self._started,
            last_updated=self._now,
            symbols=tuple(instrument.symbol for instrument in self._header.instruments),
            folder=str(self.folders.folder(day)),
            strategy=StrategyInfo(*(", ".join(getattr(s, f) for s in strategies) for f in ("id", "version", "name"))),
        )
        return self._stats.stats(heading)

    def _take_all(self, steps: Sequence[Step]) -> None:
        at = end = 0
        while at < len(steps):
            if at >= end:
                end = quiet_until(steps, at)
            taken = self._take_run(steps, at, end) if end - at >= RUN_MIN else 0
            if not taken:
                self._take(steps[at])
            at += taken or 1

    def _take_run(self, steps: Sequence[Step], at: int, end: int) -> int:
        """Take quiet bars that lie in one day, and in today as we hear of them; return how many there were."""
        seq = steps[at].seq
        if self._is_warming or seq != self.last_seq + 1 or steps[end - 1].seq - seq != end - 1 - at:
            return 0
        if self._day_of(steps[end - 1].event.ts_recv) != self._today:
            end = bisect_right(steps, self._today, at, end, key=lambda step: self._day_of(step.event.ts_recv))
        bars, places, values = take_run(self._books, steps, at, end)
        if bars:
            self.last_seq, self._now = seq + len(bars) - 1, bars[-1].ts_recv
            self._add_bars(seq, bars)
        if values:
            times = [bars[place].ts_recv for place in places]
            rows = self._rows.equities([seq + place for place in places], times, values)
            self._stats.on_equities(times, rows[1], values[-1].unrealized)
            self._days.get(self._today).tables["equity"].add_all(rows)
        return len(bars)

    def _add_bars(self, seq: int, bars: Sequence[Bar]) -> None:
        """Write bars down, each on the day that it opened; `seq` is the step of the first."""
        opened = [bar.ts_open for bar in bars]
        day = self._day_of(min(opened))
        if day == self._day_of(max(opened)):
            self._days.get(day).tables["market_data"].add_all(self._rows.bars(seq, bars))
            return
        for number, bar in enumerate(bars, seq):
            self._days.get(self._day_of(bar.ts_open)).tables["market_data"].add(self._rows.bar(number, bar))

    def _take(self, step: Step) -> None:
        if step.seq != self.last_seq + 1:
            raise StateError(
                f"step {step.seq} came after {self.last_seq}: this record would have a hole; "
                "make it again with `tradewind session rebuild`",
                {"seq": step.seq, "expected": self.last_seq + 1},
            )
        event = step.event
        if type(event) is SessionStarted:
            self._is_warming = event.warming
        elif type(event) is WarmupEnded:
            self._is_warming = False
        if self._is_warming:  # history before the session: the books must know it, the files do not tell it
            self.last_seq = step.seq
            self._books.take(step)
            return
        today = self._day_of(event.ts_recv)
        if today != self._today:
            self._roll(today, event.ts_recv)
        self.last_seq, self._now = step.seq, event.ts_recv
        if type(event) is Bar:
            if not (step.notices and any(isinstance(notice, BarRefused) for notice in step.notices)):
                self._days.get(self._day_of(event.ts_open)).tables["market_data"].add(self._rows.bar(step.seq, event))
        else:
            row = self._rows.event(step.seq, event)
            if row is not None:
                self._add("logs", row)
        facts = self._books.take(step)
        for fact in facts:
            self._tell(step.seq, event.ts_recv, fact)
        if self._on_stats is not None and facts and any(type(fact) is Executed for fact in facts):
            self._on_stats(self.stats())
        if step.notices or step.refusals:
            self._add_words(step)

    def _tell(self, seq: int, ts: TimeNs, fact: Fact) -> None:
        count(self._stats, ts, fact)
        match fact:
            case Valued():  # first, as there is one for every bar while something is held
                self._add("equity", self._rows.equity(seq, ts, fact))
            case OrderMoved():
                day = self._day_of(fact.placed.ts)
                self._days.get(day).tables["orders"].put(self._rows.order(fact))
            case Executed():
                self._add("trades", self._rows.trade(seq, fact))
                if None in (fact.notional_base, fact.fee_base, fact.profit_base):
                    self._is_unvalued("executions")
            case CostPaid():
                if fact.amount is None:
                    self._is_unvalued(fact.kind)
            case Transferred():
                if fact.amount is None:
                    self._is_unvalued("transfers")
            case TripClosed():
                pass  # its executions have rows of their own

    def _is_unvalued(self, what: str) -> None:
        base = self._header.engine.base
        text = f"{what} could not be valued in {base} for want of a price: what they add up to is not known"
        if text not in self.notes:
            self.notes.append(text)
            log.warning(text, day=self._today)

    def _add_words(self, step: Step) -> None:
        ts = step.event.ts_recv
        for notice in step.notices:
            if isinstance(notice, StateKept | IdsCounted):
                continue  # for whoever goes on with the session: a row a step would bury what people look for
            if isinstance(notice, Mark):
                self._add("marks", self._rows.mark(step.seq, ts, notice))
            else:
                self._add("logs", self._rows.log(step.seq, ts, notice))
        for refusal in step.refusals:
            self._add("refusals", self._rows.refusal(step.seq, ts, refusal))
            self._stats.on_refusal(ts, refusal.code.value)

    def _add(self, table: str, row: tuple[object, ...]) -> None:
        self._days.get(self._today).tables[table].add(row)

    def _write(self, now: TimeNs) -> None:
        """Write what is due; a failure is told, kept in `trouble`, and tried again the next time."""
        try:
            self._make_page()
            self._days.write(now)
            self.trouble = None
        except LocalError as error:
            self.trouble = error
            log.warning("session files cannot be written; the journal has everything", error=str(error))

    def _roll(self, today: str, ts: TimeNs) -> None:
        """Begin a day: the page of the one before is as it stood at its end."""
        if self._today:
            self._make_page()
        else:
            self._started = ts
        self._today = today
        self._days.get(today)

    def _make_page(self) -> None:
        """Make today's page of statistics, if something happened since; it is written with the tables."""
        if self._today and self._paged < self.last_seq:
            self._paged = self.last_seq
            stats = self.stats()
            self._days.get(self._today).stats = to_yaml(stats)
            if self._on_stats is not None:
                self._on_stats(stats)
