"""Which session a start resumes: the newest one of the same strategies, data and account that took a step."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.record.session_steps import OCT_1, Script, header
from tradewind.domain.errors import StateRestoreError
from tradewind.record.journal.writer import SqliteJournal
from tradewind.record.sessions.find import entry_of
from tradewind.record.sessions.folders import SessionFolders
from tradewind.record.sessions.lineage import is_over, lineage_of, lineage_of_session, newest

if TYPE_CHECKING:
    from pathlib import Path

CONFIG: dict[str, Any] = {
    "engine": {"symbols": ["BTCUSDT"], "interval": "1m"},
    "market_data": {"provider_type": "mock", "config": {"seed": 5, "volatility": 0.002, "bars": 100}},
    "trading": {"provider_type": "paper", "config": {}},
}
OURS = lineage_of("paper", CONFIG, ["momentum"])


def market(provider: str = "mock", **config: Any) -> dict[str, Any]:
    return {**CONFIG, "market_data": {"provider_type": provider, "config": {"seed": 5, "volatility": 0.002, **config}}}


def session(root: Path, minute: int, config: dict[str, Any] = CONFIG, *, steps: int = 1, ended: bool = False) -> Path:
    """Make a session that was begun at this minute."""
    folders = SessionFolders.begin(root, OCT_1)
    facts = header(session_id=folders.id, created=f"2025-11-01T00:{minute:02}:00.000Z", config=json.dumps(config))
    journal = SqliteJournal(folders.journal, facts)
    for step in Script().steps[:steps]:
        journal.append(step)
    journal.close()
    folders.describe(facts)
    if ended:
        folders.finish("then", steps)
    folders.release()
    return folders.home


def test_the_newest_by_the_wall_wins(tmp_path: Path) -> None:
    session(tmp_path, 5)
    wanted = session(tmp_path, 9)
    session(tmp_path, 7)
    found = newest(tmp_path, OURS)
    assert found is not None
    assert found.home == wanted
    assert not is_over(found)


def test_one_that_ended_in_order_is_over(tmp_path: Path) -> None:
    session(tmp_path, 1)
    session(tmp_path, 2, ended=True)
    found = newest(tmp_path, OURS)
    assert found is not None
    assert is_over(found)


def test_one_that_never_took_a_step_has_nothing_to_go_on_from(tmp_path: Path) -> None:
    wanted = session(tmp_path, 1)
    session(tmp_path, 2, steps=0)
    SessionFolders.begin(tmp_path, OCT_1).release()  # killed before it wrote a word
    found = newest(tmp_path, OURS)
    assert found is not None
    assert found.home == wanted


@pytest.mark.parametrize(
    "other",
    [
        market(seed=6),
        market("replay", path=["x"]),
        {**CONFIG, "engine": {"symbols": ["ETHUSDT"], "interval": "1m"}},
        {**CONFIG, "engine": {"symbols": ["BTCUSDT"], "interval": "5m"}},
        {**CONFIG, "trading": {"provider_type": "binance-live"}},
        {**CONFIG, "lease": {"account": "second"}},
    ],
)
def test_other_data_or_another_account_is_another_lineage(tmp_path: Path, other: dict[str, Any]) -> None:
    session(tmp_path, 1, other)
    assert newest(tmp_path, OURS) is None


def test_other_strategies_are_another_lineage(tmp_path: Path) -> None:
    session(tmp_path, 1)
    assert newest(tmp_path, lineage_of("paper", CONFIG, ["momentum", "second"])) is None
    assert newest(tmp_path, lineage_of("live", CONFIG, ["momentum"])) is None


def test_pace_and_end_make_no_difference(tmp_path: Path) -> None:
    home = session(tmp_path, 1, market(bars=700, interval_ms=3, error_rate=0.1))
    assert lineage_of_session(entry_of(home)) == OURS


def test_of_a_market_the_data_are_whatever_comes(tmp_path: Path) -> None:
    live = market("binance", api_key="***")
    home = session(tmp_path, 1, live)
    there = lineage_of("paper", {**market("binance"), "engine": {"symbols": ["ETHUSDT"]}}, ["momentum"])
    assert not there.is_recorded
    assert lineage_of_session(entry_of(home)) == there


def test_a_journal_that_cannot_be_read_is_not_passed_over(tmp_path: Path) -> None:
    session(tmp_path, 1)
    (session(tmp_path, 2) / "journal.sqlite").write_bytes(b"noise" * 1000)
    with pytest.raises(StateRestoreError, match=r"2025-10-01/run_2 cannot be taken up.*not a database"):
        newest(tmp_path, OURS)


def test_nothing_there(tmp_path: Path) -> None:
    assert newest(tmp_path / "nowhere", OURS) is None
