"""The operational database beside real sessions: outages, locks, deaths; trading goes on, and nothing is missing."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.e2e.program import config, is_under_way, journal_of, run, started, wait_for
from tradewind.record.journal.reader import last_seq
from tradewind.record.sessions.find import is_running
from tradewind.record.sql.address import Address, default_url
from tradewind.record.sql.database import Database
from tradewind.record.sql.rebuild import verify

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCKED_SECONDS = float(os.environ.get("TRADEWIND_LOCKED_SECONDS", "3"))
"""How long another program holds the database; 60 is what the promise says."""
QUICK = {"flush_seconds": 0.05, "retry_longest_seconds": 0.5}
LOCKER = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.readline()
"""


def with_database(folder: Path, url: str | None = None, *, close_seconds: float = 60, **mock: Any) -> Path:
    """Write the configuration of a paper session with a database."""
    path = config(folder, **mock)
    tree = yaml.safe_load(path.read_text())
    tree["database"] = {"enabled": True, "url": url, "close_seconds": close_seconds, **QUICK}
    path.write_text(yaml.safe_dump(tree))
    return path


@contextlib.contextmanager
def live(configuration: Path) -> Iterator[subprocess.Popen[str]]:
    with started("-m", "tradewind", "live", "-c", configuration, "--json") as process:
        yield process


def stopped(process: subprocess.Popen[str]) -> str:
    """Stop a session in good order; return what it said on the way."""
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=240)
    assert process.returncode in (0, 3), errors
    assert json.loads(out)["session"]
    return errors


def written(database: Database) -> int:
    """Return how far the only session of a database is written; 0 as long as there is none."""
    from tradewind.domain.errors import DatabaseError

    try:
        return max((seq for _, seq in database.sessions()), default=0)
    except DatabaseError:
        return 0


def assert_whole(root: Path, database: Database) -> None:
    journal = journal_of(root)
    assert journal is not None
    done = verify(journal, database)
    assert (done.difference, done.missing) == (None, 0)
    assert done.rows > 20


@pytest.mark.timeout(600)
@pytest.mark.must_really_work
def test_sqlite_locked_by_another_program_for_a_while(tmp_path: Path) -> None:
    database = Database(Address(default_url(tmp_path / "sessions")))
    with live(with_database(tmp_path, interval_ms=2)) as process:
        wait_for(lambda: written(database) > 50, process)
        with started("-c", LOCKER, database.address.path, stdin=subprocess.PIPE) as locker:
            assert locker.stdout is not None
            assert locker.stdout.readline() == "locked\n"
            before, journal = written(database), journal_of(tmp_path)
            assert journal is not None
            traded = last_seq(journal)
            time.sleep(LOCKED_SECONDS)  # the length of the outage, not a wait for something
            assert written(database) <= before + 50, "it was not locked"
            wait_for(lambda: last_seq(journal) > traded + 100, process)
        wait_for(lambda: written(database) > traded + 100, process)
        errors = stopped(process)
    assert_whole(tmp_path, database)
    if LOCKED_SECONDS > 6:  # sooner, one attempt simply waits for the lock
        assert "database is locked" in errors
        assert "the database is written again" in errors


class Cluster:
    """A PostgreSQL server of a test's own."""

    def __init__(self, folder: Path, tools: Path) -> None:
        self._tools, self._data = tools, folder / "data"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        if os.geteuid() == 0:  # the server refuses to run as root
            shutil.chown(folder, "postgres")
        self._call("initdb", "-D", self._data, "-A", "trust", "-U", "postgres", "--no-sync")
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
        self._call("pg_ctl", "-D", self._data, "-w", "-l", self._data / "log", "-o", options, "start")

    def stop(self, how: str = "immediate") -> None:
        self._call("pg_ctl", "-D", self._data, "-m", how, "stop")

    def _call(self, tool: str, *words: object) -> None:
        as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        done = subprocess.run(
            [*as_user, str(self._tools / tool), *map(str, words)],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False, cwd="/", timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    tools = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"))), None)
    if tools is None or not (tools / "initdb").exists():
        pytest.skip("needs PostgreSQL's initdb and pg_ctl below /usr/lib/postgresql")
    with tempfile.TemporaryDirectory(prefix="tw-cluster-") as folder:
        found = Cluster(Path(folder), tools)
        found.start()
        yield found
        with contextlib.suppress(AssertionError):
            found.stop()


@pytest.mark.timeout(600)
@pytest.mark.must_really_work
def test_postgresql_stopped_and_started_in_the_middle_of_a_session(tmp_path: Path, cluster: Cluster) -> None:
    database = Database(Address(cluster.url))
    with live(with_database(tmp_path, cluster.url, interval_ms=2)) as process:
        wait_for(lambda: written(database) > 50, process)
        cluster.stop()
        journal = journal_of(tmp_path)
        assert journal is not None
        traded = last_seq(journal)
        wait_for(lambda: last_seq(journal) > traded + 500, process)
        cluster.start()
        wait_for(lambda: written(database) > traded + 500, process)
        errors = stopped(process)
    assert_whole(tmp_path, database)
    assert "trading goes on" in errors
    assert "the database is written again" in errors


@pytest.mark.timeout(600)
def test_a_server_that_is_away_at_the_end_gets_the_session_with_the_next(tmp_path: Path, cluster: Cluster) -> None:
    cluster.stop()
    path = with_database(tmp_path, cluster.url, close_seconds=0.1, bars=60)
    code, _, errors = run("live", "-c", path, "--json")
    assert code in (0, 3)
    assert "it lacks steps 1 to" in errors
    cluster.start()
    first = journal_of(tmp_path)
    database = Database(Address(cluster.url))
    with live(with_database(tmp_path, cluster.url, interval_ms=20)) as process:
        wait_for(lambda: len(_sessions(database)) == 2, process)
        assert first is not None
        wait_for(lambda: verify(first, database).missing == 0, process)
        stopped(process)
    assert verify(first, database).difference is None


def _sessions(database: Database) -> list[Any]:
    from tradewind.domain.errors import DatabaseError

    try:
        return list(database.sessions())
    except DatabaseError:
        return []


@pytest.mark.timeout(600)
@pytest.mark.must_really_work
def test_a_session_that_is_killed_leaves_all_of_its_journal_in_the_database(tmp_path: Path) -> None:
    database = Database(Address(default_url(tmp_path / "sessions")))
    with live(with_database(tmp_path, interval_ms=1)) as process:
        wait_for(lambda: is_under_way(tmp_path, 200), process)
        process.kill()
        process.wait()
    journal = journal_of(tmp_path)
    assert journal is not None
    wait_for(lambda: not is_running(journal.parent))
    wait_for(lambda: written(database) == last_seq(journal))
    # Killed after the last turn was on the disk and before SQLite's index had it, the turn is hidden from who reads
    # beside until all have let go of the file: the next session writes it.
    done = verify(journal, database)
    assert done.difference is None
    assert done.missing in (0, last_turn(journal))


def last_turn(journal: Path) -> int:
    """Return of how many steps the last turn of a journal is."""
    with contextlib.closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as database:
        return int(database.execute("SELECT steps FROM turn ORDER BY seq DESC LIMIT 1").fetchone()[0])


def writers(of: int) -> list[int]:
    """Return the processes that write a session's database."""
    done = subprocess.run(["ps", "-wweo", "pid,ppid,args"], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in done.splitlines()[1:]]
    return [int(row[0]) for row in rows if int(row[1]) == of and "database_program" in row[2]]


@pytest.mark.timeout(600)
def test_a_writer_that_is_killed_is_started_again(tmp_path: Path) -> None:
    database = Database(Address(default_url(tmp_path / "sessions")))
    with live(with_database(tmp_path, interval_ms=2)) as process:
        wait_for(lambda: written(database) > 50, process)
        [pid] = writers(process.pid)
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: writers(process.pid) not in ([], [pid]), process)
        at = written(database)
        wait_for(lambda: written(database) > at, process)
        errors = stopped(process)
    assert errors.count("is started again") == 1
    assert_whole(tmp_path, database)


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc, where Linux shows the arguments of a process")
def test_a_password_is_neither_said_nor_shown(tmp_path: Path) -> None:
    secret = "s3cr3t-p4ss"
    path = with_database(tmp_path, f"postgresql://nobody:{secret}@127.0.0.1:1/none", close_seconds=0.1, interval_ms=20)
    with live(path) as process:
        wait_for(lambda: len(writers(process.pid)) == 1, process)
        [pid] = writers(process.pid)
        shown = Path(f"/proc/{pid}/cmdline").read_text() + Path(f"/proc/{pid}/environ").read_text()
        wait_for(lambda: is_under_way(tmp_path), process)
        tree = yaml.safe_load(path.read_text())
        assert secret in tree["database"]["url"]
        said = stopped(process)
    assert "cannot be written now" in said
    assert secret not in shown + said
    kept = [file for file in (tmp_path / "sessions").rglob("*") if file.is_file()]
    assert kept
    assert not [file for file in kept if secret.encode() in file.read_bytes()]
