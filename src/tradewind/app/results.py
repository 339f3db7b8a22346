"""From a finished run to the input of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.market import Bar
from tradewind.domain.order import Side
from tradewind.domain.time import iso
from tradewind.record.recorder.breakers import told_trips
from tradewind.report.input import Annotation, Bars, FillMark, ReportInput

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tradewind.app.bootstrap import Input, World
    from tradewind.app.config import Config
    from tradewind.app.run_results import RunResults
    from tradewind.domain.market import MarketEvent


def report_input(config: Config, given: Input, world: World, results: RunResults) -> ReportInput:
    """Gather what the renderers need, but for the bars: see `with_bars`."""
    names = ", ".join(str(name) for name in world.engine.roster.members)
    symbols = ", ".join(config.engine.symbols)
    return ReportInput(
        title=f"{names} on {symbols}",
        currency=config.engine.base_currency,
        statistics=results.statistics(),
        equity=results.equity,
        facts={
            "bars": f"{given.interval.label} bars of {symbols}"
            + (f", strategies hear {config.engine.interval}" if given.interval.label != config.engine.interval else ""),
            "from": iso(given.trades_from),
            "to": iso(world.engine.view.now),
            "data": given.described,
            **({"breakers tripped": told_trips(results.tripped)} if results.tripped else {}),
        },
        trips=results.trips,
        fills=[
            FillMark(event.ts_venue, instrument.id, Side.BUY if bought else Side.SELL, event.quantity, event.price)
            for event, instrument, bought in results.fills
        ],
        marks=[
            Annotation(ts, mark.instrument, mark.title, mark.message, mark.price, mark.color, mark.shape)
            for ts, mark in results.marks
        ],
    )


def with_bars(report: ReportInput, given: Input) -> ReportInput:
    """Add the bars, read again from their source."""
    return msgspec.structs.replace(report, bars=columns(given.events()))


def columns(bars: Iterable[MarketEvent]) -> list[Bars]:
    """Lay bars out in columns, by instrument."""
    found: dict[str, Bars] = {}
    for bar in bars:
        if not isinstance(bar, Bar):
            continue
        at = found.get(bar.instrument)
        if at is None:
            at = found[bar.instrument] = Bars(bar.instrument, [], [], [], [], [])
        for column, value in zip(
            (at.ts, at.open, at.high, at.low, at.close),
            (bar.ts_open, bar.open, bar.high, bar.low, bar.close),
            strict=True,
        ):
            column.append(value)  # type: ignore[attr-defined] # made above, as lists
    return list(found.values())
