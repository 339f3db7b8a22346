"""Live signals in an operational database, written while they run by a process of its own."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.unit.app.signals.clock import live
from tests.unit.app.signals.market import Market, Script, define, plan
from tradewind.app.signals.setup import SETUP
from tradewind.domain.errors import ConfigError, DatabaseError
from tradewind.record.sql.address import Address
from tradewind.record.sql.database import Database
from tradewind.record.sql.rebuild import verify
from tradewind.signals import configure

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WAIT_SECONDS = 60


@pytest.fixture(autouse=True)
def _nobody_else() -> Iterator[None]:
    yield
    configure(database="")


def wait_for(database: Database, journals: list[Path]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        try:
            if all(verify(journal, database).missing == 0 for journal in journals):
                return
        except DatabaseError:
            pass  # not there yet
        time.sleep(0.1)
    pytest.fail("the journals are not in the database")


def test_every_run_of_a_key_is_a_session_there_and_nobody_waited_for_it(tmp_path: Path) -> None:
    define(Market(price=lambda n: 50_000 + 2 * n), Script({10: plan(minute_estimated_time=5)}))
    configure(database=f"sqlite:///{tmp_path}/signals.sqlite")
    live(tmp_path, 0.5, 14)
    live(tmp_path, 15.5, 20)
    journals = sorted((tmp_path / "journal").rglob("*.db"))
    database = Database(Address(f"sqlite:///{tmp_path}/signals.sqlite"))
    wait_for(database, journals)
    assert [verify(journal, database).difference for journal in journals] == [None, None]
    with database.reading() as connection:
        [(trades, won)] = connection.exec_driver_sql("SELECT sum(total_trades), sum(win_rate) FROM trading_sessions")
        assert connection.exec_driver_sql("SELECT count(*) FROM trading_sessions").scalar() == 2
    assert (trades, won is not None) == (1, True)


def test_an_address_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(ConfigError, match="sqlite:///"):
        configure(database="mysql://x")
    assert SETUP.database is None
