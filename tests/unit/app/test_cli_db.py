"""`tradewind db`, over a backtest and a session that crashed."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.record.session_steps import OCT_1, header, session
from tradewind.app.cli import main
from tradewind.record.journal.writer import SqliteJournal
from tradewind.record.sessions.folders import SessionFolders

if TYPE_CHECKING:
    from pathlib import Path

FIRST, SECOND = "2025-10-01/run_1", "2025-10-01/run_2"
CONFIG = """
engine: {{symbols: [BTCUSDT], interval: 1m, data_output_path: {root}}}
market_data: {{provider_type: mock, config: {{bars: 5}}}}
trading: {{provider_type: paper, config: {{balances: {{USDT: "1000"}}}}}}
strategy: {{path: "x.py:X"}}
database: {{enabled: true, url: "{url}"}}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two sessions that crashed, of different lengths."""
    for number, bars in ((1, 24), (2, 48)):
        folders = SessionFolders.begin(tmp_path / "sessions", OCT_1)
        head = header(session_id=f"2025-10-01/run_{number}")
        folders.describe(head)
        journal = SqliteJournal(folders.journal, head, durable=False)
        for step in session(bars):
            journal.append(step)
        journal.close()
        folders.release()
    return tmp_path / "sessions"


class Shell:
    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._root, self._capsys = root, capsys
        self.errors = ""

    def run(self, *words: str, code: int = 0) -> str:
        assert main(["db", *words, "--data-output", str(self._root)]) == code
        out, self.errors = self._capsys.readouterr()
        return out

    def json(self, *words: str, code: int = 0) -> Any:
        return json.loads(self.run(*words, "--json", code=code))


@pytest.fixture
def shell(root: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(root, capsys)


def test_from_nothing_to_a_whole_database(shell: Shell, root: Path) -> None:
    shell.run("show", code=1)
    assert "there is no database at" in shell.errors
    assert not (root / "tradewind.sqlite").exists(), "to look makes no file"
    assert "went from no tables to" in shell.run("migrate")
    done = shell.json("rebuild", "--all")
    assert [entry["session"] for entry in done] == [FIRST, SECOND]
    shown = shell.json("show")
    assert shown["rows"]["trading_sessions"] == 2
    assert [name.partition("#")[0] for name in shown["sessions"]] == [FIRST, SECOND]
    verified = shell.json("verify", "--all")
    assert [entry["difference"] for entry in verified] == [None, None]
    assert "is at" in shell.run("migrate")
    assert "trading_sessions" in shell.run("show")


def test_verify_ends_with_1_at_a_difference_and_names_it(shell: Shell, root: Path) -> None:
    shell.run("rebuild", FIRST)
    with sqlite3.connect(root / "tradewind.sqlite") as database:
        database.execute("UPDATE fills SET price = '1.5' WHERE place = 0")
    database.close()
    said = shell.run("verify", FIRST, code=1)
    assert "fills seq=" in said
    assert "price: the journal says 5" in said
    assert "the database 1.5" in said
    assert "tradewind db rebuild" in said
    [entry] = shell.json("verify", FIRST, code=1)
    assert entry["difference"]["column"] == "price"
    shell.run("rebuild", FIRST)
    assert "as the journal says" in shell.run("verify", FIRST)


def test_verify_ends_with_1_where_steps_are_missing(shell: Shell) -> None:
    shell.run("rebuild", FIRST)
    said = shell.run("verify", "--all", code=1)
    assert f"{SECOND}: steps 1 to {len(session(48))} are missing" in said


def test_a_configuration_says_where(shell: Shell, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TW_FILE", str(tmp_path / "elsewhere.sqlite"))
    config = tmp_path / "session.yaml"
    config.write_text(CONFIG.format(root=root, url="sqlite:///${TW_FILE}"))
    shell.run("rebuild", FIRST, "-c", str(config))
    assert (tmp_path / "elsewhere.sqlite").exists()
    assert shell.json("verify", FIRST, "--url", "sqlite:///${TW_FILE}")[0]["late"] is False
    shell.run("show", "--url", "sqlite:///${NOT_SET}", code=78)
    assert "NOT_SET is not set" in shell.errors


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql://a:geheim@b/c", "begins with sqlite:/// or postgresql://"),
        ("sqlite://", "needs a file"),
        ("postgresql://a:geheim@127.0.0.1:notaport/c", "not a database's address"),
    ],
)
def test_an_address_that_is_none_is_a_mistake_of_the_configuration(shell: Shell, url: str, says: str) -> None:
    shell.run("show", "--url", url, code=78)
    assert says in shell.errors
    assert "geheim" not in shell.errors


def test_a_server_that_does_not_answer_is_told_without_its_password(shell: Shell) -> None:
    shell.run("rebuild", FIRST, "--url", "postgresql://me:geheim@127.0.0.1:1/none", code=1)
    assert "postgresql+psycopg://me:***@127.0.0.1:1/none" in shell.errors
    assert "geheim" not in shell.errors


def test_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("show", "verify", "rebuild", "migrate"):
        assert main(["db", command, "--help"]) == 0
        assert f"Example: tradewind db {command}" in " ".join(capsys.readouterr().out.split())


WITHOUT = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"sqlalchemy", "alembic", "psycopg"}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Absent())
import importlib.util
found = importlib.util.find_spec
def find_spec(name, package=None):
    try:
        return found(name, package)
    except ModuleNotFoundError:
        return None
importlib.util.find_spec = find_spec
from tradewind.app.cli import main
print([int(main(["live", "-c", file, "--json"])) for file in sys.argv[1:]], file=sys.stderr)
"""


def test_without_the_extra_all_but_the_database_works(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("from tradewind import Strategy\n\n\nclass X(Strategy):\n    pass\n")
    text = CONFIG.format(root=tmp_path / "sessions", url="sqlite:///x.sqlite")
    (tmp_path / "with.yaml").write_text(text)
    (tmp_path / "without.yaml").write_text(text.replace("enabled: true", "enabled: false"))
    words = [sys.executable, "-c", WITHOUT, "without.yaml", "with.yaml"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=100)
    assert done.stderr.endswith("[0, 78]\n"), done.stderr
    assert "pip install 'tradewind[sql]'" in done.stderr
    assert len(list((tmp_path / "sessions").rglob("journal.sqlite"))) == 1


def test_doctor_looks_at_the_database(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "session.yaml"

    def found(url: str) -> dict[str, str]:
        config.write_text(CONFIG.format(root=root, url=url))
        main(["doctor", "-c", str(config), "--json"])
        checks = json.loads(capsys.readouterr().out)["checks"]
        [check] = [check for check in checks if check["name"] == "database"]
        return dict(check)

    file = f"sqlite:///{tmp_path}/x.sqlite"
    assert found(file)["level"] == "ok"
    main(["db", "migrate", "--url", file])
    capsys.readouterr()
    assert "revision" in found(file)["found"]
    away = found("postgresql://me:geheim@127.0.0.1:1/none")
    assert away["level"] == "warn"
    assert "geheim" not in str(away)


def test_accounts_over_their_sessions(shell: Shell) -> None:
    shell.run("rebuild", "--all")
    text = shell.run("lineages")
    assert "won" in text.splitlines()[0]
    found = shell.json("lineages")
    assert [len(each["sessions"]) for each in found] == [1, 1]
    assert found[0]["trades"] > 0
