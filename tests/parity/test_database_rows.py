"""The operational database's rows of random sessions: the same however they are written, and true of what happened."""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from tests.parity import worlds
from tests.parity.restarts import Session, words_of
from tests.parity.test_random_sessions import many, scenarios
from tests.unit.record.session_steps import header
from tests.unit.record.sql.test_projection import rows_of
from tradewind.domain.money import ZERO, money_context
from tradewind.domain.order import Side
from tradewind.record.sql.columns import METADATA

if TYPE_CHECKING:
    from tests.parity.worlds import Scenario
    from tradewind.domain.events import SessionStarted
    from tradewind.domain.step import Step
    from tradewind.record.journal.header import SessionHeader

some = settings(many, max_examples=int(os.environ.get("TRADEWIND_EXAMPLES", "15")))


class Journaled(Session):
    """A session that is interrupted and resumed, each part with a journal of its own."""

    def __init__(self, scenario: Scenario) -> None:
        self.parts: list[list[Step]] = []
        super().__init__(scenario, follows=False)

    def begin(self, start: SessionStarted) -> None:
        self.parts.append([])
        super().begin(start)

    def _sink(self, step: Step) -> None:
        super()._sink(step)
        self.parts[-1].append(structs.replace(step, seq=len(self.parts[-1]) + 1))


def header_of(scenario: Scenario) -> SessionHeader:
    return header(engine=worlds.settings_of(scenario), instruments=tuple(worlds.instruments_of(scenario)))


def gone(scenario: Scenario, restarts: set[int]) -> Journaled:
    with money_context():
        session, events = Journaled(scenario), worlds.events_of(scenario)
        words = words_of(scenario, len(events))
        for number, event in enumerate(events):
            if number in words:
                session.loop.tell(structs.replace(words[number], ts_recv=session.engine.view.now))
            if number in restarts:
                session.restart()
            session.loop.feed(event)
        session.loop.finish(scenario.stop, worlds.SETTLE_NS)
    return session


def assert_true(rows: dict[str, list[dict[str, Any]]], steps: list[Step]) -> None:
    """Hold rows against each other, and against what the steps themselves say."""
    for name, found in rows.items():
        for column in METADATA.tables[name].columns:
            values = [row[column.name] for row in found]
            assert column.nullable or None not in values, f"{name}.{column.name}"
    positions = {row["position_id"]: row for row in rows.get("positions", ())}
    trades = {row["position_id"]: row for row in rows.get("trades", ())}
    assert {key for key, row in positions.items() if row["status"] == "closed"} == trades.keys()
    for row in rows.get("fills", ()):
        assert row["position_id"] in positions
    for name, flag in (("positions", "entry_price"), ("orders", "quantity"), ("fills", "price")):
        assert all(row[flag] > 0 for row in rows.get(name, ()))
    told = {event.trade_id for step in steps if hasattr(event := step.event, "trade_id")}
    assert {str(row["venue_trade_id"]).partition("/")[0] for row in rows.get("fills", ())} <= {
        str(trade).partition("/")[0] for trade in told
    }


@some
@given(scenario=scenarios, parts=st.integers(2, 60))
def test_rows_of_any_session_do_not_depend_on_how_they_are_written(scenario: Scenario, parts: int) -> None:
    ran = worlds.run_backtest(scenario)
    once, often = (rows_of(ran.steps, header_of(scenario), parts=n) for n in (1, parts))
    assert {n: sorted(map(repr, r)) for n, r in once.items()} == {n: sorted(map(repr, r)) for n, r in often.items()}
    assert_true(once, ran.steps)
    by_order = {row["client_order_id"]: row for row in once.get("orders", ())}
    for name, order in ran.engine.orders.by_id.items():
        assert by_order[name]["status"] == order.state.value
        assert by_order[name]["filled_quantity"] == order.filled
    held: dict[tuple[str, str], Any] = {}
    for row in once.get("positions", ()):
        if row["status"] == "open":
            held[row["strategy"], row["instrument"]] = row["quantity"] * (1 if row["side"] == "long" else -1)
    kept = {key: p.quantity for key, p in ran.engine.portfolio.positions.items() if not p.is_flat}
    if not scenario.base_fees:  # a fee in what is sold, of all that was held, leaves a position without a round trip
        assert held == kept


@some
@given(scenario=scenarios, restarts=st.sets(st.integers(0, 150), min_size=1, max_size=2))
def test_a_session_that_goes_on_from_another_has_rows_of_its_own(scenario: Scenario, restarts: set[int]) -> None:
    session = gone(scenario, restarts)
    parts = [rows_of(steps, header_of(scenario)) for steps in session.parts]
    for rows, steps in zip(parts, session.parts, strict=True):
        assert_true(rows, steps)
    for before, after in itertools.pairwise(parts):
        kept = {(r["strategy"], r["instrument"]): r for r in before.get("positions", ()) if r["status"] == "open"}
        begun = [r for r in after.get("positions", ()) if r["entry_order_id"] is None]
        assert {(r["strategy"], r["instrument"], r["entry_time"]) for r in begun} == {
            (*key, row["entry_time"]) for key, row in kept.items()
        }
    bought: dict[str, Any] = {}
    for rows in parts:
        for row in rows.get("fills", ()):
            signed = row["quantity"] * Side(row["side"]).sign
            bought[row["instrument"]] = bought.get(row["instrument"], ZERO) + signed
    if not scenario.base_fees:
        totals = {name: position.quantity for name, position in session.engine.portfolio.totals.items()}
        assert {name: amount for name, amount in bought.items() if amount} == {n: q for n, q in totals.items() if q}
