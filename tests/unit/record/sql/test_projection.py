"""What a journal comes to in rows."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from msgspec import structs

from tests.unit.record.session_steps import MOMENTUM, Script, bar, header, session
from tests.unit.record.sql import whole
from tradewind.domain import events as ev
from tradewind.domain.checkpoint import EngineState, RiskState, StrategyState
from tradewind.domain.control import Resumed
from tradewind.domain.money import money_context
from tradewind.domain.step import Step
from tradewind.record.recorder.books import Books
from tradewind.record.recorder.facts import OrderMoved
from tradewind.record.sql.columns import METADATA
from tradewind.record.sql.database import TABLES
from tradewind.record.sql.projection import Projection
from tradewind.record.sql.projection_names import session_key

if TYPE_CHECKING:
    from tradewind.record.journal.header import SessionHeader

Rows = dict[str, list[dict[str, Any]]]


def rows_of(steps: list[Step], head: SessionHeader = whole.HEADER, *, parts: int = 1) -> Rows:
    """Project steps, and look at the rows as often as it is said, as a writer would."""
    projection = Projection(head)
    kept: dict[str, dict[Any, dict[str, Any]]] = {}
    size = -(-len(steps) // parts)
    for begin in range(0, len(steps), size):
        projection.take(steps[begin : begin + size])
        projection.refresh()
        for table, rows in projection.changes.rows.items():
            kept.setdefault(table, {}).update(rows)
        projection.changes.clear()
    return {name: list(rows.values()) for name, rows in kept.items()}


@pytest.fixture(scope="module")
def rows() -> Rows:
    return rows_of(whole.everything())


def test_23_1_and_lesson_144_every_table_and_column_has_a_writer(rows: Rows) -> None:
    """Spec 23.1: a column that is always empty lies to whoever looks."""
    empty = []
    for table in TABLES:
        if table.name == "projections":
            continue
        found = rows.get(table.name, [])
        assert all(row.keys() == set(table.columns.keys()) for row in found), table.name
        empty += [f"{table.name}.{c.name}" for c in table.columns if all(row[c.name] is None for row in found)]
    assert not empty
    assert {table.name for table in TABLES} == set(METADATA.tables)


def test_columns_that_may_not_be_null_are_not(rows: Rows) -> None:
    for name, found in rows.items():
        needed = [column.name for column in METADATA.tables[name].columns if not column.nullable]
        assert not [(name, each) for each in needed for row in found if row[each] is None]


@pytest.mark.parametrize("parts", [2, 7, 40])
def test_rows_do_not_depend_on_when_they_are_looked_at(rows: Rows, parts: int) -> None:
    def sorted_(found: Rows) -> dict[str, list[str]]:
        return {name: sorted(map(repr, each)) for name, each in found.items()}

    assert sorted_(rows_of(whole.everything(), parts=parts)) == sorted_(rows)


def test_each_transition_of_an_order_is_an_event(rows: Rows) -> None:
    """Spec 22.1."""
    steps = whole.everything()
    books, moves = Books(whole.HEADER), Counter[str]()
    states: dict[str, Any] = {}
    with money_context():
        for step in steps:
            for fact in books.take(step):
                if isinstance(fact, OrderMoved):
                    name, now = fact.order.spec.id, fact.order.state
                    moves[name] += states.get(name) is not now
                    states[name] = now
    told = [row for row in rows["system_events"] if row["kind"] == "order" and row["code"] != "partially_filled"]
    assert Counter(row["order_id"] for row in told) == moves
    assert all(json.loads(row["data"])["now"] for row in told)


def test_each_change_of_a_position_is_an_event(rows: Rows) -> None:
    """Spec 22.1."""
    told = Counter(row["code"] for row in rows["system_events"] if row["kind"] == "position")
    assert told["opened"] + told["increased"] + told["reduced"] == len(rows["fills"])
    assert told["closed"] == len(rows["trades"])


def test_a_closed_position_is_one_trade(rows: Rows) -> None:
    closed = [row["position_id"] for row in rows["positions"] if row["status"] == "closed"]
    assert sorted(closed) == sorted(row["position_id"] for row in rows["trades"])
    assert [row["status"] for row in rows["positions"] if row["position_id"] not in closed] == ["open"]


def test_every_fill_belongs_to_a_position(rows: Rows) -> None:
    there = {row["position_id"] for row in rows["positions"]}
    assert {row["position_id"] for row in rows["fills"]} <= there
    assert {row["position_id"] for row in rows["orders"] if row["filled_quantity"]} <= there


def test_why_a_position_was_closed(rows: Rows) -> None:
    assert {row["exit_reason"] for row in rows["trades"]} == {"take_profit", "adjustment", "exit", "liquidation"}
    [adjusted] = [row for row in rows["trades"] if row["exit_reason"] == "adjustment"]
    assert adjusted["exit_order_id"] == "adj-2"


def test_excursions_are_plausible(rows: Rows) -> None:
    """Lesson 144: they were stored ten times off."""
    for row in rows["trades"]:
        if row["mfe"] is not None:
            assert -0.1 < row["mae"] <= row["mfe"] < 0.1


def test_the_account_adds_up(rows: Rows) -> None:
    [total] = rows["trading_sessions"]
    last = max(rows["account_history"], key=lambda row: row["timestamp"])
    whole_session = next(row for row in rows["performance_metrics"] if row["period"] == "session")
    assert last["equity"] == total["final_balance"]
    moved = sum(row["value"] for row in rows["transfers"])
    assert last["total_pnl"] == total["final_balance"] - total["initial_balance"] - moved
    assert whole_session["deposits"] - whole_session["withdrawals"] == moved
    assert whole_session["total_trades"] == total["total_trades"] == len(rows["trades"])
    held = sum(row["value"] for row in rows["asset_balances"])
    assert held == last["equity"]
    [peak] = rows["equity_peaks"]
    assert peak["trough"] <= peak["peak"]


def test_days_and_the_session_add_up(rows: Rows) -> None:
    days = [row for row in rows["performance_metrics"] if row["period"] == "day"]
    [session_] = [row for row in rows["performance_metrics"] if row["period"] == "session"]
    for name in ("total_trades", "fills", "fees", "turnover"):
        assert sum(row[name] for row in days) == session_[name]
    assert len(days) == whole.DAYS + 1


def test_what_has_happened_to_breakers_and_where_they_stand(rows: Rows) -> None:
    told = [(row["event_type"], row["breaker_type"], row["is_drill"]) for row in rows["circuit_breaker_events"]]
    assert told == [
        ("anchored", "equity", False), ("warned", "account_daily", False), ("changed", "account_daily", False),
        ("changed", "manual", True), ("drilled", "manual", True), ("ignored", "x", False),
    ]  # fmt: skip
    (state,) = rows["breaker_states"]
    assert (state["breaker_type"], state["state"], state["is_dry"]) == ("account_daily", "tripped", True)


def test_flags_say_how_it_stands(rows: Rows) -> None:
    active = {row["name"] for row in rows["system_control_flags"] if row["active"]}
    assert active == {"halted", "held:momentum", "stopping"}
    assert {row["name"] for row in rows["system_control_flags"]} >= {"paused", "halted:momentum", "degraded:disk"}


def test_a_correction_that_came_too_late_is_no_change(rows: Rows) -> None:
    assert [row["reason"] for row in rows["reconciliation_audit_events"]] == [
        "no answer", "ado-1", "adj-0", "adj-1", "adj-2", "adj-3",
    ]  # fmt: skip


def test_a_warm_up_is_not_told() -> None:
    steps = session(24)
    begin = steps[0].event
    assert isinstance(begin, ev.SessionStarted)
    early = [bar(begin.ts_recv + n, 50_000.0, begin.ts_recv + n) for n in range(3)]
    events = [structs.replace(begin, warming=True), *early, ev.WarmupEnded(begin.ts_recv + 4)]
    warm = [structs.replace(steps[0], seq=n + 1, event=event) for n, event in enumerate(events)]
    rest = [structs.replace(step, seq=step.seq + 4) for step in steps[1:]]
    found = rows_of([*warm, *rest], header())
    assert found["trading_sessions"][0]["start_time"] == begin.ts_recv + 4
    assert len(found["fills"]) == len(rows_of(steps, header())["fills"])
    assert [row["code"] for row in found["system_events"][:2]] == ["start", "warmup_ended"]


def test_a_session_is_called_the_same_whenever_it_is_asked() -> None:
    assert session_key(header()) == session_key(header())
    assert session_key(header()).startswith("2025-10-01/run_1#")
    assert session_key(header(seed=1)) != session_key(header())


def test_text_that_no_database_takes_is_written_otherwise() -> None:
    """One such row would stop all that come after it."""
    script = Script()
    script.take(ev.StrategyHalted(MOMENTUM, "odd\0word", script.now))
    found = rows_of(script.steps)
    assert [row["message"] for row in found["system_events"]][-1] == "odd\ufffdword"
    assert [row["reason"] for row in found["system_control_flags"]] == ["odd\ufffdword"]


def test_flags_of_the_session_before_hold_until_somebody_resumes() -> None:
    kept = EngineState(
        risk=RiskState(paused=True, halted=(None, MOMENTUM)), strategies=(StrategyState(MOMENTUM, held=True),)
    )
    start = ev.SessionStarted(1, "binance", (), restored=kept)
    rows = rows_of([Step(1, start), Step(2, Resumed(2, "ada"))])
    flags = {row["name"]: row["active"] for row in rows["system_control_flags"]}
    assert flags == {"paused": False, "held:momentum": True, "halted": False}
    assert rows["system_events"][0]["code"] == "recovered"
