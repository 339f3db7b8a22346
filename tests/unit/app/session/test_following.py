"""A standby that goes along with a journal, in any pieces, stands where one stands that reads it whole."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path
from typing import Any

import pytest

from tests.unit.app.sessions import config
from tradewind.app.session.following import SessionFollower
from tradewind.app.session.live_run import prepare
from tradewind.app.session.resume import recovered
from tradewind.record.checkpoint import FOLDER
from tradewind.record.journal.reader import read, read_header
from tradewind.record.journal.writer import SqliteJournal
from tradewind.record.sessions.find import SessionEntry, SessionState

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a session with orders, of which parts are filled; what a bar proves is told before the bar."""
    folder = tmp_path_factory.mktemp("warm")
    changes: dict[str, Any] = {
        "market_data.config.bars": 300,
        "trading.config.fill.volume_share": "0.001",
        "strategy.path": f"{ROOT / 'tests/parity/scripted.py'}:Scripted",
        "strategy.config": {"seed": 8},
    }
    return asyncio.run(prepare(config(folder, **changes), folder).run())


def entry_at(home: Path) -> SessionEntry:
    return SessionEntry(home, SessionState.RUNNING, {})


@pytest.mark.parametrize("seed", range(4))
def test_what_went_along_stands_where_one_stands_that_reads_the_whole(session: Path, tmp_path: Path, seed: int) -> None:
    draw, steps = random.Random(seed), list(read(session / "journal.sqlite"))
    home = tmp_path / "2024-01-01" / "run_1"
    home.mkdir(parents=True)
    entry = entry_at(home)
    journal = SqliteJournal(entry.journal, read_header(session / "journal.sqlite"))
    warm = SessionFollower(lambda: entry, lambda: "bars")
    begun: set[int] = set()
    while steps:
        size = draw.choice([1, 2, 3, 50])
        for step in steps[:size]:
            journal.append(step)
        del steps[:size]
        journal.commit()
        warm._due = 0.0
        warm.look()
        begun.add(id(warm._following))
    assert len(begun) == 1, "it never had to begin anew"
    ahead = warm.following(entry)
    assert ahead is not None
    assert ahead.engine.seq > journal.last_seq - 50, "it went along"
    journal.close()
    assert not (home / FOLDER).exists()
    one, other = recovered(entry, "bars", ahead), recovered(entry, "bars")
    assert one.state == other.state
    assert one.recovered.followed < 50 < other.recovered.followed
    warm.let_go()


def test_a_session_that_cannot_be_followed_is_left_until_it_must_be_read(tmp_path: Path) -> None:
    home = tmp_path / "2024-01-01" / "run_1"
    home.mkdir(parents=True)
    (home / "journal.sqlite").write_bytes(b"no journal")
    entry = entry_at(home)
    warm = SessionFollower(lambda: entry, lambda: "bars")
    for _ in range(2):
        warm.look()
        assert warm.following(entry) is None


def test_another_session_takes_the_place_of_the_first(session: Path, tmp_path: Path) -> None:
    found = [entry_at(session)]
    warm = SessionFollower(lambda: found[0], lambda: "bars")
    warm.look()
    first = warm.following(found[0])
    assert first is not None
    other = tmp_path / "2024-01-01" / "run_2"
    other.mkdir(parents=True)
    found[0] = entry_at(other)
    assert warm.following(found[0]) is None
    warm._due = 0.0
    warm.look()
    assert warm.following(entry_at(session)) is None
