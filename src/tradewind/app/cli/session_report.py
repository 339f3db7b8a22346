"""The input of a report, from the journal of a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.time import iso
from tradewind.record.recorder.breakers import told_trips
from tradewind.record.sessions.lineage import line_of
from tradewind.record.sessions.load import LoadedSession
from tradewind.record.stats.statistics import statistics_of
from tradewind.report.input import Annotation, Bars, FillMark, ReportInput

if TYPE_CHECKING:
    from tradewind.record.sessions.find import SessionEntry


def report_input(entry: SessionEntry) -> ReportInput:
    """Gather what the renderers need; every figure comes from the journal."""
    line = line_of(entry.home.parent.parent, entry)
    session = LoadedSession(entry.journal, [before.journal for before in line])
    header = session.header
    return ReportInput(
        title=f"{', '.join(s.name for s in header.strategies)} on {', '.join(i.symbol for i in header.instruments)}",
        currency=header.engine.base,
        statistics=statistics_of(session.trips, session.equity, session.activity(), transfers=session.transfers),
        trips=session.trips,
        equity=session.equity,
        facts={
            "session": entry.name,
            **({"resumes": ", ".join(before.name for before in line)} if line else {}),
            "mode": header.mode,
            "from": iso(session.started),
            "to": iso(session.ended),
            "data": header.data,
            "config": header.config_hash[:12],
            **({"breakers tripped": told_trips(session.tripped)} if session.tripped else {}),
        },
        fills=[FillMark(f.ts_venue, f.instrument, f.side, f.quantity, f.price) for f in session.fills],
        bars=[Bars(name, b.ts, b.open, b.high, b.low, b.close) for name, b in session.bars.items()],
        marks=[Annotation(ts, m.instrument, m.title, m.message, m.price, m.color, m.shape) for ts, m in session.marks],
        transfers=session.transfers,
    )
