"""What a report is made from. Whoever loads a session fills this in; no renderer asks for more."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from tradewind.domain.ids import InstrumentId
from tradewind.domain.order import Side
from tradewind.domain.step import MarkShape
from tradewind.domain.time import TimeNs
from tradewind.domain.trip import RoundTrip
from tradewind.record.stats.equity import Sample, Transfer, checked, per_unit
from tradewind.record.stats.statistics import Statistics


class Bars(msgspec.Struct, frozen=True):
    """The bars of one instrument, as columns of one length; `ts` are open times."""

    instrument: InstrumentId
    ts: Sequence[TimeNs]
    open: Sequence[float]
    high: Sequence[float]
    low: Sequence[float]
    close: Sequence[float]


class FillMark(msgspec.Struct, frozen=True, gc=False):
    """An execution, as a mark on a chart."""

    ts: TimeNs
    instrument: InstrumentId
    side: Side
    quantity: Decimal
    price: Decimal


class Annotation(msgspec.Struct, frozen=True, gc=False):
    """What a strategy wrote on a chart; without a price it stands at the last close before `ts`."""

    ts: TimeNs
    instrument: InstrumentId
    title: str
    message: str = ""
    price: float | None = None
    color: str = "blue"
    shape: MarkShape = MarkShape.CIRCLE


class ReportInput(msgspec.Struct, frozen=True, kw_only=True):
    """One session: its facts, its figures (`statistics_of`), and what they were made from, in the order of time.

    `equity` is in `currency`; `transfers` are deposits and withdrawals, which are not profit.
    """

    title: str
    currency: str
    statistics: Statistics
    equity: Sequence[Sample]
    facts: dict[str, str] = {}
    trips: Sequence[RoundTrip] = ()
    fills: Sequence[FillMark] = ()
    bars: Sequence[Bars] = ()
    marks: Sequence[Annotation] = ()
    transfers: Sequence[Transfer] = ()

    def units(self) -> list[Sample]:
        """Return equity freed of deposits and withdrawals: what drawdown and returns are taken from."""
        return per_unit(checked(self.equity), self.transfers)
