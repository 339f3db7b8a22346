"""Lessons of other engines about databases and restarts, by their number in spec/lessons.md."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.unit.record.session_steps import OCT_1, Script, bar, header, refusal
from tests.unit.record.sql import whole
from tests.unit.record.sql.test_projection import rows_of
from tradewind.domain import events as ev
from tradewind.domain.commands import SubmitOrder
from tradewind.domain.errors import DatabaseError
from tradewind.domain.order import Side
from tradewind.record.journal.writer import SqliteJournal
from tradewind.record.sql.columns import METADATA
from tradewind.record.sql.projector import Projector
from tradewind.record.sql.rebuild import rebuild, verify

if TYPE_CHECKING:
    from pathlib import Path

    from tradewind.record.sql.database import Database


@pytest.fixture
def journal(journal_path: Path) -> Path:
    written = SqliteJournal(journal_path, whole.HEADER, durable=False)
    for step in whole.everything():
        written.append(step)
    written.close()
    return journal_path


def test_lesson_98_a_closed_position_stays_one_trade_over_five_restarts(journal: Path, file: Database) -> None:
    for _ in range(5):
        projector = Projector(journal, file)
        projector.catch_up()
        projector.close()
    trades = file.read(projector.session_id)[1]["trades"]
    ids = [row["position_id"] for row in trades]
    assert len(ids) == len(set(ids)) == len(rows_of(whole.everything())["trades"])


def test_lesson_92_a_journal_taken_twice_makes_the_same_books(journal: Path, file: Database) -> None:
    session_id, _ = rebuild(journal, file)
    once = file.read(session_id)
    Projector(journal, file).catch_up()
    rebuild(journal, file)
    assert file.read(session_id) == once


def test_lesson_147_a_rejected_order_is_stored_with_its_reason() -> None:
    script = Script()
    spec = script.order(Side.BUY)
    script.bar(OCT_1, 100.0, SubmitOrder(spec))
    script.take(ev.OrderRejected(spec.id, "-2010 insufficient balance", script.now, script.now))
    rows = rows_of(script.steps, header())
    [order] = rows["orders"]
    assert (order["status"], order["reason"]) == ("rejected", "-2010 insufficient balance")
    [event] = [row for row in rows["system_events"] if row["code"] == "rejected"]
    assert event["severity"] == "warning"
    assert "-2010 insufficient balance" in event["message"]


def test_lesson_34_a_refused_wish_has_no_row_among_the_orders_and_one_that_says_why() -> None:
    script = Script()
    script.take(bar(OCT_1, 100.0), refusals=(refusal(script),))
    rows = rows_of(script.steps, header())
    assert not rows.get("orders")
    [event] = [row for row in rows["system_events"] if row["order_id"] == "tw-x"]
    assert (event["code"], "insufficient_funds" in event["message"] + event["data"]) == ("refused", True)


def test_lesson_7_a_write_that_fails_is_an_error_and_loses_nothing(journal: Path, file: Database) -> None:
    projector = Projector(journal, file)
    projector.write()
    with file.transaction() as connection:
        METADATA.tables["trades"].drop(connection)
    with pytest.raises(DatabaseError, match="trades"):
        projector.catch_up()
    assert file.position(projector.session_id) == 0, "all of a transaction, or nothing"
    with file.transaction() as connection:
        METADATA.tables["trades"].create(connection)
    projector.catch_up()
    assert verify(journal, file).difference is None


def test_lesson_144_amounts_come_back_to_the_last_digit(journal_path: Path, database: Database) -> None:
    """What is stored is what was: 18 digits on both sides of the point."""
    script = Script(cash=Decimal("123456789012345678.123456789012345678"))
    spec = script.order(Side.BUY, "0.000000000000000001")
    script.bar(OCT_1, 100.0, SubmitOrder(spec))
    written = SqliteJournal(journal_path, header(), durable=False)
    for step in script.steps:
        written.append(step)
    written.close()
    session_id, _ = rebuild(journal_path, database)
    rows = database.read(session_id)[1]
    assert rows["orders"][0]["quantity"] == Decimal("1e-18")
    assert rows["account_balances"][0]["total"] == Decimal("123456789012345678.123456789012345678")
    assert verify(journal_path, database).difference is None


def test_lesson_152_the_event_table_answers_what_happened_yesterday() -> None:
    told = {row["code"] for row in rows_of(whole.everything())["system_events"]}
    assert told >= {
        "start", "paused", "resumed", "degraded", "restored", "strategy_failed", "refused", "submitted", "filled",
        "outcome_unknown", "reconciliation_report", "correction", "opened", "closed", "transfer", "stop_requested",
    }  # fmt: skip
