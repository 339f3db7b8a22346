"""From what steps brought to statistics: the same for who writes a session's files and for who reads its journal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.events import SessionStarted, WarmupEnded
from tradewind.domain.money import money_context
from tradewind.record.journal.reader import read
from tradewind.record.recorder.books import Books
from tradewind.record.recorder.facts import CostPaid, Executed, Fact, Transferred, TripClosed, Valued
from tradewind.record.sessions.days import Days
from tradewind.record.stats.accumulator import StatsAccumulator

if TYPE_CHECKING:
    from pathlib import Path

    from tradewind.domain.time import TimeNs
    from tradewind.record.journal.header import SessionHeader
    from tradewind.record.stats.kept import KeptStats


def count(stats: StatsAccumulator, ts: TimeNs, fact: Fact) -> None:
    """Take one fact into the statistics; enter `money_context()` first."""
    match fact:
        case Valued():
            stats.on_equity(ts, float(fact.equity), fact.unrealized)
        case Executed():
            stats.on_fill(ts, fact.notional_base, fact.fee_base, fact.profit_base)
        case TripClosed():
            stats.on_trip(fact.trip)
        case CostPaid() if fact.kind == "fees":
            stats.on_fee(ts, fact.amount)
        case CostPaid():
            stats.on_cost(ts, fact.amount)
        case Transferred():
            stats.on_transfer(fact.amount)
        case _:
            pass  # where an order stands moves no figure


def stats_of(journal: Path, header: SessionHeader, before: KeptStats | None) -> KeptStats | None:
    """Return what an account has come to at the end of a journal, `before` it this much; None if to nothing."""
    stats, seq, is_warming = StatsAccumulator(Days(header.timezone).of), 0, False
    if before is not None:
        stats.go_on(before)
    with money_context():
        books = Books(header)
        for step in read(journal):
            seq, event = step.seq, step.event
            is_warming = event.warming if type(event) is SessionStarted else is_warming
            is_warming = is_warming and type(event) is not WarmupEnded
            facts = books.take(step)
            if is_warming:
                continue
            for fact in facts:
                count(stats, event.ts_recv, fact)
            for refusal in step.refusals:
                stats.on_refusal(event.ts_recv, refusal.code.value)
    return stats.kept(seq)
