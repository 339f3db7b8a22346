"""Reading journals: their steps, headers and digests, also while another process writes.

A damaged journal, or one of a newer program, is refused with its name and the place of the damage.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec

from tradewind.domain.commands import Effect
from tradewind.domain.errors import JournalError
from tradewind.domain.events import Event
from tradewind.domain.step import Notice, Refusal, Step
from tradewind.record.journal.header import SessionHeader
from tradewind.record.journal.writer import FORMAT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

Outcome = tuple[tuple[Effect, ...], tuple[Refusal, ...], tuple[Notice, ...]]
_NOTHING: Outcome = ((), (), ())
_events = msgspec.msgpack.Decoder(list[Event])
_outcomes = msgspec.msgpack.Decoder(list[tuple[int, tuple[Effect, ...], tuple[Refusal, ...], tuple[Notice, ...]]])
_encoder = msgspec.msgpack.Encoder()
_Row = tuple[int, int, bytes, bytes | None]
_MORE = "SELECT seq, steps, events, outcomes FROM turn WHERE seq >= ? ORDER BY seq LIMIT 4"


def read(path: Path, start_seq: int = 1) -> Iterator[Step]:
    """Yield the steps from `start_seq` on, as they were when the reading began; refuse what is damaged."""
    with contextlib.closing(open_read_only(path)) as database:
        for row in _rows(path, database, start_seq):
            for step in _steps(path, *row):
                if step.seq >= start_seq:
                    yield step


def newest_first(path: Path) -> Iterator[Step]:
    """Yield the steps from the last one back, as they were when the reading began; refuse what is damaged."""
    with contextlib.closing(open_read_only(path)) as database, _mapped(path):
        for row in database.execute("SELECT seq, steps, events, outcomes FROM turn ORDER BY seq DESC"):
            yield from reversed(_steps(path, *row))


class Follower:
    """Reads a journal while its session writes it, again and again from where it stopped.

    `start_seq` must be the first step of a turn, as the one after a checkpoint is.
    """

    def __init__(self, path: Path, start_seq: int = 1) -> None:
        self.header = read_header(path)
        self._path = path
        self._next = start_seq
        self._database = open_read_only(path)

    def more(self) -> list[Step]:
        """Return the next steps that are committed, a few thousand at most; none if there is nothing new."""
        with _mapped(self._path, lambda: self._next):
            rows = self._database.execute(_MORE, (self._next,)).fetchall()  # all, so that no reader's lock stays
        steps: list[Step] = []
        for row in rows:
            if row[0] != self._next:
                raise _damaged(self._path, self._next, f"step {row[0]} comes where {self._next} belongs")
            steps += _steps(self._path, *row)
            self._next = row[0] + row[1]
        return steps

    def reopen(self) -> None:
        """Open the file anew, once its writer has died.

        A writer that is killed between the end of its commit's frames and the note of them in the shared index leaves
        a commit that who reads already cannot see, and that whoever opens the file alone finds.
        """
        self._database.close()
        self._database = open_read_only(self._path)

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()


def read_header(path: Path) -> SessionHeader:
    """Return what the journal says of its session."""
    with contextlib.closing(open_read_only(path)) as database:
        with _mapped(path):
            row = database.execute("SELECT value FROM meta WHERE key = 'header'").fetchone()
        if row is None:
            raise JournalError(f"the journal {path} has no header", {"path": str(path)})
        try:
            return msgspec.json.decode(row[0], type=SessionHeader)
        except msgspec.MsgspecError as error:
            raise JournalError(f"the header of {path} cannot be read: {error}", {"path": str(path)}, error) from error


def last_seq(path: Path) -> int:
    """Return the number of the last committed step; 0 if there is none."""
    with contextlib.closing(open_read_only(path)) as database, _mapped(path):
        row = database.execute("SELECT seq + steps - 1 FROM turn ORDER BY seq DESC LIMIT 1").fetchone()
        return int(row[0]) if row else 0


def check(path: Path) -> None:
    """Read the whole file, page by page and step by step; raise `JournalError` at the first damage."""
    with contextlib.closing(open_read_only(path)) as database, _mapped(path):
        for (line,) in database.execute("PRAGMA quick_check(1)"):
            if line != "ok":
                raise JournalError(f"the journal {path} is damaged: {line}", {"path": str(path)})
    for _ in read(path):
        pass


def digest(path: Path) -> str:
    """Return the SHA-256 of all steps; equal sessions have equal digests, however they were committed."""
    return digest_of(read(path))


def digest_of(steps: Iterable[Step]) -> str:
    """Return the SHA-256 of steps: of each its number, its event and what came of it."""
    sha, buffer = hashlib.sha256(), bytearray()
    for step in steps:
        _encoder.encode_into((step.seq, step.event, step.effects, step.refusals, step.notices), buffer)
        sha.update(buffer)
    return sha.hexdigest()


def open_read_only(path: Path) -> sqlite3.Connection:
    """Open a journal to read, also while its session runs; refuse what is not a journal of ours."""
    if not path.is_file():
        raise JournalError(f"no journal at {path}", {"path": str(path)})
    name = quote(str(path.absolute()))
    # Without a log beside it, and where none can be made, the file is all there is and nobody writes to it.
    still = not path.with_name(f"{path.name}-wal").exists() and not os.access(path.parent, os.W_OK)
    with _mapped(path):
        database = sqlite3.connect(f"file:{name}?mode=ro{'&immutable=1' if still else ''}", uri=True)
        try:
            found = _format_of(database)
        except BaseException:
            database.close()
            raise
    if found != FORMAT:
        database.close()
        kind = "is of a newer program" if isinstance(found, int) and found > FORMAT else "has an unknown format"
        raise JournalError(
            f"the journal {path} {kind} (format {found}, this program reads {FORMAT})",
            {"path": str(path), "format": found},
        )
    return database


def _format_of(database: sqlite3.Connection) -> Any:  # noqa: ANN401 - whatever stands there
    there = database.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone()
    row = database.execute("SELECT value FROM meta WHERE key = 'format'").fetchone() if there else None
    return row[0] if row else None


def _steps(path: Path, first: int, count: int, events: bytes, outcomes: bytes | None) -> list[Step]:
    """Return the steps of a row."""
    try:
        happened = _events.decode(events)
        came = {seq: outcome for seq, *outcome in _outcomes.decode(outcomes)} if outcomes else {}
    except msgspec.MsgspecError as error:
        raise _damaged(path, first, str(error), error) from error
    if len(happened) != count:
        raise _damaged(path, first, f"{len(happened)} events where {count} belong")
    return [Step(seq, event, *came.get(seq, _NOTHING)) for seq, event in enumerate(happened, start=first)]


def _rows(path: Path, database: sqlite3.Connection, start_seq: int) -> Iterator[_Row]:
    expected = 0
    with _mapped(path, lambda: expected):
        cursor = database.execute(
            "SELECT seq, steps, events, outcomes FROM turn"
            " WHERE seq >= coalesce((SELECT max(seq) FROM turn WHERE seq <= ?), 0) ORDER BY seq",
            (start_seq,),
        )
        expected = 1 if start_seq <= 1 else 0
        for row in cursor:
            if expected and row[0] != expected:
                raise _damaged(path, expected, f"step {row[0]} comes where {expected} belongs")
            expected = row[0] + row[1]
            yield row


@contextlib.contextmanager
def _mapped(path: Path, seq: Any = lambda: 0) -> Iterator[None]:  # noqa: ANN401 - a callable of none
    try:
        yield
    except sqlite3.Error as error:
        where = f" near step {seq()}" if seq() else ""
        raise JournalError(f"the journal {path} cannot be read{where}: {error}", {"path": str(path)}, error) from error


def _damaged(path: Path, seq: int, what: str, cause: Exception | None = None) -> JournalError:
    return JournalError(f"the journal {path} is damaged at step {seq}: {what}", {"path": str(path), "seq": seq}, cause)
