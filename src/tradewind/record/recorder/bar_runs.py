"""Runs of bars at which nothing was done: into the books, and out as columns, without facts and rows for each.

Most steps of a session are bars that nobody answered. The engine has believed them, as of a bar that it refuses there
is a notice; so what is left of one is: it is the last of its series, it is the price, open trips have seen it, and
the account may be worth something else. What comes of a run is what comes of its bars one by one, which
`tests/parity/test_bar_runs.py` holds it to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tradewind.domain.market import Bar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tradewind.domain.step import Step
    from tradewind.record.recorder.books import Books
    from tradewind.record.recorder.facts import Valued

RUN_MIN = 4
"""Fewer bars in a row go one by one."""


class Run(NamedTuple):
    """Bars that were taken, and what the account was worth where that was something else than before."""

    bars: list[Bar]
    places: list[int]
    """Of the bars at which it was."""
    values: list[Valued]


def quiet_until(steps: Sequence[Step], at: int) -> int:
    """Return the place of the first step from `at` on that is more than a bar."""
    for place in range(at, len(steps)):
        step = steps[place]
        if type(step.event) is not Bar or step.effects or step.notices or step.refusals:
            return place
    return len(steps)


def take_run(books: Books, steps: Sequence[Step], at: int, end: int) -> Run:
    """Take quiet bars up to `end`, or to the first that does not simply follow the last one of its series."""
    run = Run([], [], [])
    if books.is_recalling:
        return run
    worth, exposed, add = books.worth, books.portfolio.exposed, run.bars.append
    name = interval = ""
    for place in range(at, end):
        bar: Bar = steps[place].event  # type: ignore[assignment]
        if bar.instrument != name or bar.interval != interval:
            name, interval = bar.instrument, bar.interval
            series, trips = books.market.series(name, interval), exposed.get(name, ())
            state = series.state
        if bar.ts_open != series.next_open or bar.ts_venue < state.priced_at:
            break
        series.next_open = state.priced_at = bar.ts_venue
        state.last_price = bar.close
        series.bars.append(bar)
        add(bar)
        for trip in trips:
            if trip.low is None or trip.high is None or bar.low < trip.low or bar.high > trip.high:
                trip.see(bar)
        if worth.is_exposed and (valued := worth.value(bar.ts_recv)) is not None:
            run.places.append(place - at)
            run.values.append(valued)
    return run
