"""Quiet bars taken in runs ≡ taken one by one: a session's files do not show how its steps came to the recorder."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.parity.test_quiet_bars import Seldom, tables_of
from tests.parity.test_random_sessions import many, scenarios
from tests.parity.worlds import (
    SETTLE_NS,
    CheckedVenue,
    Scenario,
    instruments_of,
    models_of,
    run_backtest,
    settings_of,
    start_of,
)
from tradewind.domain.ids import StrategyId
from tradewind.domain.money import money_context
from tradewind.engine.engine import Engine
from tradewind.engine.timeline import Timeline
from tradewind.record.journal.header import SessionHeader
from tradewind.record.market_data.streams import stream_bars
from tradewind.record.recorder import bar_runs
from tradewind.record.recorder import recorder as recorders
from tradewind.record.recorder.recorder import SessionRecorder
from tradewind.record.sessions.folders import SessionFolders
from tradewind.runtime import backtest
from tradewind.runtime.calendar import AlwaysOpen
from tradewind.runtime.loop import Loop

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

    from tradewind.domain.step import Step

ZONES = ("UTC", "Asia/Tokyo", "Asia/Kolkata", "America/New_York", "Pacific/Auckland", "America/St_Johns")


class Still:
    """A clock that stands: nothing is written before the end."""

    def now(self) -> int:
        return 0


def quiet_session(scenario: Scenario, spoil: int) -> list[Step]:
    """Return the steps of strategies that seldom trade, on bars with holes and some that are impossible."""
    steps: list[Step] = []
    with money_context():
        instruments, timeline, start = instruments_of(scenario), Timeline(), start_of(scenario)
        seldom = {StrategyId(f"s{n}"): Seldom(n) for n in range(scenario.strategies)}
        engine = Engine(instruments, seldom, settings_of(scenario), recording=True)
        venue = CheckedVenue(
            instruments, models_of(scenario), timeline,
            base=start.balances[0].asset, opening=start.balances, calendar=AlwaysOpen(),
        )  # fmt: skip
        venue.journal = steps
        loop = Loop(engine, timeline, venue, sink=steps.append)
        bars = iter(stream_bars(tables_of(scenario, spoil)))
        backtest.run(engine, loop, start, bars, stop=scenario.stop, settle_ns=SETTLE_NS)
    return steps


def files_of(scenario: Scenario, steps: Sequence[Step], zone: str, count: int) -> dict[str, object]:
    """Return all that a recorder leaves of steps that come so many at a time."""
    header = SessionHeader(
        session_id="random", created="", mode="backtest", engine=settings_of(scenario),
        instruments=instruments_of(scenario), strategies=(), timezone=zone,
    )  # fmt: skip
    with TemporaryDirectory() as place:
        root = Path(place)
        folders = SessionFolders.begin(root, steps[0].event.ts_recv, zone=zone)
        recorder = SessionRecorder(folders, header, Still())
        for at in range(0, len(steps), count):
            recorder.observe(steps[at : at + count])
        recorder.close()
        files: dict[str, object] = {
            str(path.relative_to(root)): pl.read_parquet(path).rows() for path in root.rglob("*.parquet")
        }
        pages = {str(p.relative_to(root)): p.read_text().replace(place, "") for p in root.rglob("*.yaml")}
        books, stats = recorder._books, recorder._stats
        prices = {name: (state.last_price, state.priced_at) for name, state in books.market.states.items()}
        inside = {"kept": stats.kept(recorder.last_seq), "books": books.portfolio.state(), "prices": prices}
        return files | pages | inside | {"notes": recorder.notes}


@settings(many)
@given(
    scenario=scenarios,
    zone=st.sampled_from(ZONES),
    spoil=st.sampled_from((0, 0, 3)),
    busy=st.booleans(),
    count=st.sampled_from((5, 40, 5_000)),
)
def test_bars_in_runs_leave_the_files_of_bars_one_by_one(
    scenario: Scenario, zone: str, spoil: int, busy: bool, count: int
) -> None:
    steps = run_backtest(scenario).steps if busy else quiet_session(scenario, spoil)
    one_by_one, in_runs = files_of(scenario, steps, zone, 1), files_of(scenario, steps, zone, count)
    assert one_by_one.keys() == in_runs.keys()
    for name, content in one_by_one.items():
        assert content == in_runs[name], name


def test_most_bars_go_in_runs_over_midnight_too(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = 0
    take = bar_runs.take_run

    def counted(*asked: object) -> object:
        nonlocal taken
        run = take(*asked)  # type: ignore[arg-type] # as it is called
        taken += len(run.bars)
        return run

    monkeypatch.setattr(recorders, "take_run", counted)
    scenario = Scenario(bars=600, symbols=2, strategies=1)
    steps = quiet_session(scenario, 0)
    one_by_one, in_runs = files_of(scenario, steps, "UTC", 1), files_of(scenario, steps, "UTC", 5_000)
    assert len([name for name in in_runs if name.endswith("equity.parquet")]) > 1
    assert one_by_one == in_runs
    assert taken > 0.4 * len(steps)
