"""`tradewind session`, over a real backtest and over a session that crashed."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.record.session_steps import HEADER, OCT_1, StillClock, session
from tradewind.app.cli import main
from tradewind.app.cli.output import fitted
from tradewind.record.journal.writer import SqliteJournal
from tradewind.record.recorder.recorder import SessionRecorder
from tradewind.record.sessions.folders import SessionFolders

if TYPE_CHECKING:
    from pathlib import Path

STRATEGY = """
from tradewind import Strategy

class Alternate(Strategy):
    def on_start(self, ctx):
        self.count = 0

    def on_bar(self, ctx, bar):
        self.count += 1
        if self.count % 20 == 10:
            ctx.buy(0.1)
        elif self.count % 20 == 0:
            ctx.close()
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backtest of an afternoon, and a session that crashed."""
    folder = tmp_path_factory.mktemp("sessions")
    (folder / "alternate.py").write_text(STRATEGY)
    words = ["backtest", f"{folder}/alternate.py:Alternate", "--data", "sample", "--end", "2024-01-01T05:00:00Z"]
    assert main([*words, "--data-output", str(folder / "runs")]) == 0
    folders = SessionFolders.begin(folder / "runs", OCT_1)
    folders.describe(HEADER)
    journal, recorder = SqliteJournal(folders.journal, HEADER), SessionRecorder(folders, HEADER, StillClock())
    for step in session(24):
        journal.append(step)
    journal.commit()
    recorder.observe(session(24)[:10])
    folders.release()
    return folder / "runs"


BACKTEST, CRASHED = "2024-01-01/run_1", "2025-10-01/run_1"


class Shell:
    """Runs commands and keeps what they print."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._root = root
        self._capsys = capsys

    def __call__(self, *words: str, code: int = 0) -> str:
        assert main(["session", *words, "--data-output", str(self._root)]) == code
        printed = self._capsys.readouterr()
        return printed.err if code else printed.out

    def json(self, *words: str) -> Any:
        return json.loads(self(*words, "--json"))


@pytest.fixture
def shell(root: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    capsys.readouterr()
    return Shell(root, capsys)


def test_list(shell: Shell, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    printed = shell("list")
    assert BACKTEST in printed
    found = {entry["session"]: entry for entry in shell.json("list")}
    assert (found[BACKTEST]["state"], found[CRASHED]["state"]) == ("finished", "crashed")
    assert found[CRASHED]["strategies"] == "Momentum Strategy"
    assert main(["session", "list", "--root", str(tmp_path)]) == 0
    assert "none in" in capsys.readouterr().out
    assert main(["session", "show", "--root", str(tmp_path)]) == 1
    assert "give the folder of engine.data_output_path with --data-output" in capsys.readouterr().err


def test_show(shell: Shell) -> None:
    printed = shell("show", BACKTEST, "--rows", "3")
    assert "number_of_trades" in printed
    assert "last trades" in printed
    data = shell.json("show", BACKTEST, "--rows", "3")
    assert len(data["trades"]) == 3
    assert data["stats"]["cumulative"]["number_of_trades"] > 0


def test_query(shell: Shell) -> None:
    sql = "select session, count(*) as trades from trades group by session order by session"
    found = shell.json("query", sql)
    assert [row["session"] for row in found] == [BACKTEST, CRASHED]
    assert shell.json("query", sql, "-s", BACKTEST) == found[:1]
    assert "2024-01-01/run_1" in shell("query", sql)
    assert "more than 2 rows" in shell("query", "select * from market_data", "--rows", "2")
    assert "error: the query cannot be answered" in shell("query", "select nothing", code=1)
    assert "a query reads" in shell("query", "drop view trades", code=1)


def test_query_as_csv_and_on_a_narrow_screen(shell: Shell) -> None:
    sql = "select session, count(*) as n from trades group by session order by session"
    lines = shell("query", sql, "--csv").splitlines()
    assert lines[0] == "session,n"
    assert lines[1].startswith(f"{BACKTEST},")
    rows = [("BTCUSDT", 100.5), ("ETHUSDT", 7)]
    assert fitted(("symbol", "price"), rows, 80) == fitted(("symbol", "price"), rows, None)
    assert fitted(("symbol", "price"), rows, 10) == "symbol  BTCUSDT\nprice   100.5\n\nsymbol  ETHUSDT\nprice   7"


def test_replay(shell: Shell) -> None:
    assert "come out the same" in shell("replay", BACKTEST, "--verify")
    data = shell.json("replay", BACKTEST, "--verify")
    assert data["same"]
    assert len(data["digest"]) == 64
    assert "say --verify" in shell("replay", BACKTEST, code=2)


def test_check(shell: Shell, root: Path, tmp_path: Path) -> None:
    assert "nothing damaged" in shell("check", BACKTEST)
    assert shell.json("check", CRASHED)["steps"] == len(session(24))


def test_a_damaged_journal_is_told_in_one_line(shell: Shell, root: Path) -> None:
    folders = SessionFolders.begin(root, OCT_1)
    folders.describe(HEADER)
    journal = SqliteJournal(folders.journal, HEADER)
    for step in session(24):
        journal.append(step)
        journal.commit()
    journal.close()
    folders.release()
    with sqlite3.connect(folders.journal) as database:
        database.execute("DELETE FROM turn WHERE seq = 5")
    database.close()
    for command in (["check"], ["rebuild"], ["report"]):
        told = shell(*command, folders.id, code=1)
        assert told.startswith("error: ")
    assert "is damaged at step 5" in shell("check", folders.id, code=1)
    assert json.loads(shell("check", folders.id, "--json", code=1))["error"]["seq"] == 5


def test_rebuild(shell: Shell, tmp_path: Path) -> None:
    data = shell.json("rebuild", CRASHED, "--to", str(tmp_path))
    assert (data["steps"], data["days"]) == (len(session(24)), 1)
    assert (tmp_path / CRASHED / "trades.parquet").is_file()
    assert "written again" in shell("rebuild", CRASHED)
    assert shell.json("query", "select count(*) as n from market_data", "-s", CRASHED) == [{"n": 24}]
    assert {e["session"]: e["state"] for e in shell.json("list")}[CRASHED] == "crashed"


def test_report(shell: Shell, tmp_path: Path) -> None:
    assert "Trades" in shell("report", BACKTEST)
    assert shell.json("report", BACKTEST)["counts"]["total"] > 0
    assert "the report on" in shell("report", BACKTEST, "--out", str(tmp_path / "r.md"))
    assert (tmp_path / "r.md").read_text().startswith("# Alternate on BTCUSDT")
    assert "no report ends in .txt" in shell("report", BACKTEST, "--out", str(tmp_path / "r.txt"), code=78)


def test_who_is_not_there(shell: Shell) -> None:
    told = shell("show", "nope", code=1)
    assert told.startswith("error: no session 'nope'")
    assert len(told.splitlines()) == 1
    shell("show", "--rows", "many", code=2)


@pytest.mark.parametrize("command", ["list", "show", "query", "rebuild", "replay", "report", "check"])
def test_help_has_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["session", command, "--help"]) == 0
    assert f"tradewind session {command}" in capsys.readouterr().out.partition("Example")[2]


def test_comparisons_with_the_venue_and_what_was_decided_about_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.unit.record.sessions.test_reconciliations import CASH, compared, said
    from tradewind.domain.control import DifferencesApproved

    folders = SessionFolders.begin(tmp_path, OCT_1)
    folders.describe(HEADER)
    journal = SqliteJournal(folders.journal, HEADER)
    for step in (compared(1), compared(2, CASH), said(3, DifferencesApproved, "rec-2"), compared(4)):
        journal.append(step)
    journal.commit()
    folders.release()
    shell = Shell(tmp_path, capsys)
    text = shell("reconciliations", "latest")
    assert "3 comparisons with the venue's books, 1 shown" in text
    assert "approved by jo" in text
    found = shell.json("reconciliations", "--all")
    assert [(each["id"], each["state"]) for each in found["reports"]] == [
        ("rec-1", "equal"), ("rec-2", "approved"), ("rec-4", "equal"),
    ]  # fmt: skip
    assert found["reports"][1]["confirmed"] == [
        {"kind": "cash", "severity": "moderate", "subject": "USDT", "ours": "100", "theirs": "104"}
    ]
    assert len(shell.json("reconciliations", "--all", "--rows", "2")["reports"]) == 2
