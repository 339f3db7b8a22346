"""What trades say of stops and targets: MFE and MAE by strategy, symbol and side, and proposals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tradewind.record.sessions.lineage import line_of
from tradewind.record.sessions.load import LoadedSession
from tradewind.record.stats.excursions import excursions, excursions_by
from tradewind.risk.exits.feedback import TRADES_MIN, Move, propose
from tradewind.risk.exits.plan import ExitPlan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tradewind.domain.trip import RoundTrip
    from tradewind.record.sessions.find import SessionEntry
    from tradewind.record.stats.excursions import Excursions
    from tradewind.risk.exits.feedback import Proposal


class MfeMaeAnalyzer:
    """Measures how far prices went for and against closed trades, in all and in groups."""

    def __init__(self, trips: Sequence[RoundTrip]) -> None:
        self.trips = trips

    def overall(self) -> Excursions:
        """Return the figures of all trades; what there is none of is None."""
        return excursions(self.trips)

    def groups(self) -> dict[tuple[str, ...], Excursions]:
        """Return the figures by strategy, instrument and side."""
        return excursions_by(self.trips)

    def moves(self, strategy: str) -> list[Move]:
        """Return the moves of a strategy's trades that a bar has seen between entry and exit."""
        return [
            Move(trip.mfe, trip.mae, trip.net > 0)
            for trip in self.trips
            if trip.strategy == strategy and trip.mfe is not None and trip.mae is not None
        ]


def mfe_report(entry: SessionEntry) -> dict[str, Any]:
    """Return the figures and the proposals of a session, with all that it resumes, as plain data."""
    line = line_of(entry.home.parent.parent, entry)
    session = LoadedSession(entry.journal, [before.journal for before in line])
    analyzer, plans = MfeMaeAnalyzer(session.trips), {each.strategy: each.plan for each in session.header.engine.exits}
    strategies = sorted({trip.strategy for trip in session.trips})
    return {
        "session": entry.name,
        "overall": analyzer.overall(),
        "groups": [dict(zip(("strategy", "instrument", "side"), key, strict=True)) | {"moves": found}
                   for key, found in analyzer.groups().items()],
        "proposals": {
            name: _told(propose(analyzer.moves(name), plans.get(name, ExitPlan()))) for name in strategies
        },
        "trades_needed": TRADES_MIN,
    }  # fmt: skip


def _told(proposal: Proposal | None) -> dict[str, Any] | None:
    return None if proposal is None else proposal._asdict()
