"""The journal: one SQLite file a session, with every step in the order in which it was taken.

A row is a turn: the events of all steps that were committed together, and what came of those of which
something came. (A row a step costs 3 µs, most of it SQLite's and Python's work for a row; a row a turn
costs a quarter of that.) What is in an event or in an outcome is not this file's business.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from typing import TYPE_CHECKING

import msgspec
import structlog

from tradewind.domain.errors import JournalError
from tradewind.record.reserve import Reserve, is_full

if TYPE_CHECKING:
    from pathlib import Path

    from tradewind.domain.commands import Effect
    from tradewind.domain.events import Event
    from tradewind.domain.step import Notice, Refusal, Step
    from tradewind.record.journal.header import SessionHeader

    Outcome = tuple[int, tuple[Effect, ...], tuple[Refusal, ...], tuple[Notice, ...]]

FORMAT = 1
"""The version of the file's layout; a newer one is refused by name."""
TURN_STEPS_MAX = 1_000
"""A longer turn is more than one row, so that memory is bounded and a row is quick to read."""

_TABLES = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE turn(seq INTEGER PRIMARY KEY, steps INTEGER NOT NULL, events BLOB NOT NULL, outcomes BLOB);
"""
_PAGE_BYTES = 8192
_CHECKPOINT_PAGES = 250
"""So soon the log is emptied and written over: to sync a file that does not grow takes half the time, or less."""
_INSERT = "INSERT INTO turn VALUES (?, ?, ?, ?)"

log = structlog.get_logger(__name__)


class SqliteJournal:
    """Writes the journal of a new session; what `commit` returned for survives a power cut.

    After a failure it takes nothing more: a journal with a hole in it would be worse than none. With
    `durable` false it does not wait for the disk; then it survives a crash of the program, not of the machine.

    With a `reserve` of some bytes beside it, a disk that is full ends nothing at once: the reserve is given up for
    the turn that had no room, and `is_strained` says so to whoever stops what makes more of them.
    """

    def __init__(self, path: Path, header: SessionHeader, *, durable: bool = True, reserve_bytes: int = 0) -> None:
        self.path = path
        self.last_seq = 0
        self._first = 1
        self._events: list[Event] = []
        self._outcomes: list[Outcome] = []
        self._encode = msgspec.msgpack.Encoder().encode
        self._rows: list[tuple[int, int, bytes, bytes | None]] = []
        """What the open transaction has."""
        self._reserve = Reserve(path.with_name(f".{path.name}.reserve"), reserve_bytes)
        self._broken = ""
        self._inside = False
        _create(path)
        try:
            # A journal has one writer, which may sit in another thread than the one that opened it.
            self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._execute = self._database.execute
            self._prepare(header, durable=durable)
        except sqlite3.Error as error:
            raise self._fault("begin", error) from error
        self._reserve.fill()

    @property
    def is_strained(self) -> bool:
        """Whether the disk is so full that the reserve is in use; asking for it tries to fill it again."""
        return not self._reserve.fill()

    def append(self, step: Step) -> None:
        """Take a step; it is not safe yet."""
        assert step.seq == self.last_seq + 1, f"step {step.seq} after {self.last_seq}: the journal has no gaps"
        if self._broken:
            raise JournalError(self._broken, {"path": str(self.path)})
        self.last_seq = step.seq
        self._events.append(step.event)
        if step.effects or step.refusals or step.notices:
            self._outcomes.append((step.seq, step.effects, step.refusals, step.notices))
        if len(self._events) >= TURN_STEPS_MAX:
            try:
                self._write()
            except sqlite3.Error as error:
                raise self._fault("write", error) from error

    @property
    def is_broken(self) -> bool:
        """Whether a write has failed: then it takes nothing more."""
        return bool(self._broken)

    def commit(self) -> None:
        """Make all that was appended durable, or raise `JournalError`."""
        if self._broken:
            raise JournalError(self._broken, {"path": str(self.path)})
        if not (self._events or self._inside):
            return
        try:
            self._end()
        except sqlite3.Error as error:
            raise self._fault("commit", error) from error

    def close(self) -> None:
        """Commit and let go; the journal of an ended session is one file that may be read from anywhere."""
        try:
            if not self._broken:
                self.commit()
                # Refused while somebody reads; then it stays as it is, which is as good a journal.
                with contextlib.suppress(sqlite3.OperationalError):
                    self._execute("PRAGMA journal_mode = DELETE")
        finally:
            self._database.close()
            self._reserve.drop()

    def abandon(self) -> None:
        """Let go without writing: what was not committed is lost, and nobody has acted on it."""
        self._broken = self._broken or f"the journal {self.path} was left"
        self._database.close()  # which rolls back
        self._reserve.drop()

    def _prepare(self, header: SessionHeader, *, durable: bool) -> None:
        for pragma in (
            f"page_size = {_PAGE_BYTES}",
            "journal_mode = WAL",
            f"synchronous = {'FULL' if durable else 'OFF'}",
            f"wal_autocheckpoint = {_CHECKPOINT_PAGES}",
        ):
            self._execute(f"PRAGMA {pragma}")
        self._execute("BEGIN")
        for statement in _TABLES.split(";"):
            self._execute(statement)
        self._execute("INSERT INTO meta VALUES ('format', ?)", (FORMAT,))
        self._execute("INSERT INTO meta VALUES ('header', ?)", (msgspec.json.encode(header).decode(),))
        self._execute("COMMIT")

    def _write(self) -> None:
        """Write a part of a long turn; its last one ends the transaction."""
        self._add_row()
        try:
            if not self._inside:
                self._execute("BEGIN")
                self._inside = True
            self._execute(_INSERT, self._rows[-1])
        except sqlite3.OperationalError as error:
            self._begin_on_reserve(error)

    def _end(self) -> None:
        """Write what is left of a turn; one row is a statement by itself, as `BEGIN` and `COMMIT` cost as much."""
        if is_more := bool(self._events):
            self._add_row()
        try:
            if is_more:
                self._execute(_INSERT, self._rows[-1])
            if self._inside:
                self._execute("COMMIT")
        except sqlite3.OperationalError as error:
            self._begin_on_reserve(error)
            self._execute("COMMIT")
        self._inside = False
        self._rows.clear()

    def _add_row(self) -> None:
        outcomes = self._encode(self._outcomes) if self._outcomes else None
        self._rows.append((self._first, len(self._events), self._encode(self._events), outcomes))
        self._first = self.last_seq + 1
        self._events.clear()
        self._outcomes.clear()

    def _begin_on_reserve(self, error: sqlite3.OperationalError) -> None:
        """On a full disk give the reserve up, and write all rows of the transaction anew; raise any other error."""
        if not is_full(error) or not self._reserve.drop():
            raise error
        log.error("the disk is full: the journal is written on its reserve", path=str(self.path))
        if self._database.in_transaction:
            self._execute("ROLLBACK")
        self._execute("BEGIN")
        for row in self._rows:
            self._execute(_INSERT, row)
        self._inside = True

    def _fault(self, doing: str, error: sqlite3.Error) -> JournalError:
        self._broken = f"cannot {doing} the journal {self.path}: {error}; it takes nothing more"
        return JournalError(self._broken, {"path": str(self.path), "seq": self.last_seq}, error)


class MemoryJournal:
    """Keeps steps in memory: the journal of tests. `durable` is how many of them a commit has covered."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.durable = 0

    def append(self, step: Step) -> None:
        """Take a step; it is not safe yet."""
        assert step.seq == len(self.steps) + 1, f"step {step.seq} after {len(self.steps)}: the journal has no gaps"
        self.steps.append(step)

    def commit(self) -> None:
        """Count all that was appended as durable."""
        self.durable = len(self.steps)


class NullJournal:
    """Keeps nothing: for runs that nobody will ask about."""

    def append(self, step: Step) -> None:
        """Forget a step."""

    def commit(self) -> None:
        """Do nothing."""


def _create(path: Path) -> None:
    """Make the empty file, so that no journal is ever written over, and its name durable."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o644))
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except FileExistsError as error:
        raise JournalError(f"there is a journal already: {path}", {"path": str(path)}, error) from error
    except OSError as error:
        raise JournalError(f"cannot begin the journal {path}: {error.strerror}", {"path": str(path)}, error) from error
