"""What a start at a venue reads of the past: no more than was journaled since the last one, and nothing is lost."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.unit.record.session_steps import OCT_1, header
from tradewind.app.signals.venue.account import VenueAccount
from tradewind.app.signals.venue.past import history_of, moves_of, owed_of
from tradewind.app.signals.venue.run import VenueKey
from tradewind.domain.control import Halted
from tradewind.domain.errors import JournalError
from tradewind.domain.ids import InstrumentId, StrategyId
from tradewind.domain.step import Step
from tradewind.domain.trade_signal import SignalMoved, SignalRow
from tradewind.record.journal.writer import SqliteJournal
from tradewind.record.sessions.folders import SessionFolders
from tradewind.signals import configure
from tradewind.strategy.signals.definition import ExchangeDefinition, StrategyDefinition

if TYPE_CHECKING:
    from pathlib import Path

WAYS = ("scheduled", "opened", "active", "closed")


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path) -> None:
    configure(root=tmp_path / "persist")


def moved(number: int, action: str, exchange: str = "v") -> SignalMoved:
    row = SignalRow(
        id=f"s-BTCUSDT-{number}", position="long", price_open=100.0, price_take_profit=110.0, price_stop_loss=90.0,
        minute_estimated_time=60, note="", entry="now", quantity=Decimal(1), symbol="BTCUSDT", exchange_name=exchange,
        strategy_name="s", timestamp=number,
    )  # fmt: skip
    return SignalMoved(StrategyId("s"), InstrumentId("binance:BTCUSDT"), action, row, number, 100.0)


def session(root: Path, number: int, *moves: SignalMoved) -> Path:
    """Write the journal of a session in which signals moved; one step for each."""
    folders = SessionFolders.begin(root, OCT_1)
    head = header(session_id=f"s{number}", created=f"2025-10-01T00:00:{number:02d}Z")
    folders.describe(head)
    journal = SqliteJournal(folders.journal, head, durable=False)
    for seq, each in enumerate(moves, 1):
        journal.append(Step(seq, Halted(seq), (), (), (each,)))
        journal.commit()
    journal.close()
    folders.release()
    return folders.journal


def whole(number: int) -> list[SignalMoved]:
    return [moved(number, action) for action in WAYS]


def owed(root: Path) -> list[str]:
    return [m.event_id for m in owed_of(root, "v").get(("s", "BTCUSDT"), [])]


def test_what_was_read_once_is_not_read_again_and_is_owed_until_it_is_given(tmp_path: Path) -> None:
    root = tmp_path / "sessions"
    first = session(root, 1, *whole(1), moved(2, "opened"), moved(9, "opened", "another"))
    history_of("v", "s", "BTCUSDT").deliver("s-BTCUSDT-1:opened")
    left = ["s-BTCUSDT-1:closed", "s-BTCUSDT-2:opened"]
    assert owed(root) == left
    first.write_bytes(b"no journal" * 1_000)  # whoever reads it finds out
    with pytest.raises(JournalError):
        moves_of(root, "v")
    first.unlink()
    assert owed(root) == left
    session(root, 2, moved(2, "closed"))
    history_of("v", "s", "BTCUSDT").deliver("s-BTCUSDT-2:opened")
    assert owed(root) == ["s-BTCUSDT-1:closed", "s-BTCUSDT-2:closed"]


def test_of_a_session_that_was_being_written_the_rest_is_read(tmp_path: Path) -> None:
    root = tmp_path / "sessions"
    folders = SessionFolders.begin(root, OCT_1)
    head = header()
    folders.describe(head)
    journal = SqliteJournal(folders.journal, head, durable=False)
    for seq, each in enumerate(whole(1), 1):
        journal.append(Step(seq, Halted(seq), (), (), (each,)))
        journal.commit()
        assert owed(root) == [f"s-BTCUSDT-1:{action}" for action in WAYS[:seq] if action in ("opened", "closed")]
    journal.close()
    folders.release()


@pytest.mark.parametrize("damage", [b"", b"{", b'{"steps": 5}', b"\xff\xfe", None])
def test_without_what_was_noted_everything_is_read(tmp_path: Path, damage: bytes | None) -> None:
    root = tmp_path / "sessions"
    session(root, 1, *whole(1))
    session(root, 2, *whole(2))
    known = owed(root)
    assert len(known) == 4
    noted = root / "signals-v.json"
    noted.unlink() if damage is None else noted.write_bytes(damage)
    assert owed(root) == known


def test_a_root_that_was_moved_is_not_read_again(tmp_path: Path) -> None:
    session(tmp_path / "here", 1, *whole(1))
    known = owed(tmp_path / "here")
    (tmp_path / "here").rename(tmp_path / "there")
    (tmp_path / "there" / "2025-10-01" / "run_1" / "journal.sqlite").unlink()
    assert owed(tmp_path / "there") == known


def test_where_nothing_ran_nothing_is_owed_and_nothing_written(tmp_path: Path) -> None:
    assert owed(tmp_path / "none") == []
    assert not (tmp_path / "none").exists()


async def _lived(signals: int, *, given: bool) -> int:
    """Return how many steps are in memory after so many signals of a key that runs."""
    account = VenueAccount(ExchangeDefinition("v", get_candles=print))
    key = VenueKey(StrategyDefinition("s", get_signal=print), "BTCUSDT", account)
    key.history.moves = account._owed.setdefault(key.name, [])
    for number in range(signals):
        for each in whole(number):
            account.owe(each)
        for action in ("opened", "closed") if given else ():
            await key.deliver(f"s-BTCUSDT-{number}:{action}")
    return sum(map(len, account._owed.values()))


def test_what_consumers_were_given_does_not_stay_in_memory() -> None:
    assert asyncio.run(_lived(200, given=True)) == 0
    assert asyncio.run(_lived(5, given=False)) == 10
