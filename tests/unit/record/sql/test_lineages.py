"""Accounts over sessions that resume each other."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.unit.app.session.test_resume import begin, broken_off, run
from tests.unit.app.sessions import strategy
from tradewind.domain.money import money_context
from tradewind.record.sql.address import Address
from tradewind.record.sql.database import Database
from tradewind.record.sql.lineages import _lines, lineages
from tradewind.record.sql.rebuild import rebuild

if TYPE_CHECKING:
    from pathlib import Path


def test_the_figures_of_a_lineage_are_those_of_its_last_sessions_statistics(tmp_path: Path) -> None:
    turner: Any = {"strategy.path": strategy(tmp_path), "recovery.resume": "always"}
    homes = [broken_off(tmp_path, at=50, **turner)]
    last = begin(tmp_path, **turner)
    homes.append(run(last))
    database = Database(Address(f"sqlite:///{tmp_path}/db.sqlite"))
    for home in homes:
        rebuild(home / "journal.sqlite", database)
    (found,) = lineages(database)
    whole = last.stats.cumulative
    assert len(found.sessions) == 2
    assert (found.is_whole, found.is_active, found.mode) == (True, False, "paper")
    assert found.trades == whole.number_of_trades > 5
    assert found.win_rate == whole.win_rate
    assert found.total_pnl == whole.trade_pnl.total_pnl
    with database.reading() as connection:
        single = connection.exec_driver_sql("SELECT total_trades FROM trading_sessions").scalars().all()
    assert sum(single) == found.trades > max(single), "each session's own are beside it"
    with money_context():
        assert found.equity is not None
        assert found.initial_balance is not None
        assert abs(found.equity - found.initial_balance - (found.total_pnl or 0)) < Decimal("1e-9")
    assert (found.orders, found.fills) == (23, 22), "an order that both sessions had is one"


def row(name: str, parent: str | None = None, mode: str = "paper") -> dict[str, Any]:
    return {"session_name": name, "parent": parent, "mode": mode}


def names(*rows: dict[str, Any]) -> list[list[str]]:
    return [[each["session_name"] for each in line] for line in _lines(list(rows))]


def test_sessions_are_put_after_those_that_they_resume() -> None:
    rows = row("a"), row("x"), row("b", "a"), row("c", "b"), row("y", "x")
    assert names(*rows) == [["a", "b", "c"], ["x", "y"]]


def test_one_whose_parent_is_not_there_begins_a_line() -> None:
    assert names(row("b", "a"), row("c", "b")) == [["b", "c"]]
    assert names(row("a", mode="live"), row("b", "a")) == [["a"], ["b"]]
