"""Checkpoints on disk: files that are whole or not there, checked before they are believed, the last few kept.

A checkpoint is a cache of the journal, with the step that it stands at. Losing one costs time, never an order:
so a damaged one is set aside and the one before it is used. What is in one is not this file's business, but
that it is a `Checkpoint`.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from tradewind.domain.checkpoint import EngineState
from tradewind.domain.errors import CheckpointCorrupted, LocalError, StateRestoreError
from tradewind.domain.time import TimeNs
from tradewind.record.disk import Disk

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    Migration = Callable[[Any], Any]

FORMAT: Final = 1
"""The version of what stands in a file; a newer one is refused by name."""
MIGRATIONS: Mapping[int, Migration] = {}
"""By format, what makes the plain data of one into that of the next; fields appended with a default need none."""
KEPT: Final = 10
FOLDER: Final = "checkpoints"
_MAGIC = b"tradewind checkpoint "
_HEAD_MAX = 128
_NAME = re.compile(r"(\d{12,})\.checkpoint")


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where a session stands after one of its steps."""

    session: str
    """Whose it is: `2025-10-01/run_3`."""
    seq: int
    """The last step that it contains."""
    ts: TimeNs
    """The time that the engine had come to."""
    saved_at: TimeNs
    """When it was taken, by the wall."""
    engine: EngineState


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Checkpoint).decode


class CheckpointInfo(msgspec.Struct, frozen=True):
    """A checkpoint as its folder shows it: not opened yet."""

    name: str
    seq: int
    """The step that it stands at."""
    size_bytes: int


class Checkpoints:
    """The checkpoints of one session, in a folder of their own; one process writes them."""

    def __init__(
        self,
        folder: Path,
        *,
        kept: int = KEPT,
        disk: Disk | None = None,
        migrations: Mapping[int, Migration] = MIGRATIONS,
        newest_format: int = FORMAT,
    ) -> None:
        assert kept > 0, "the newest checkpoint is always kept"
        self.folder = folder
        self._kept = kept
        self._disk = disk or Disk()
        self._migrations = migrations
        self._format = newest_format

    def write(self, checkpoint: Checkpoint) -> Path:
        """Put a checkpoint on disk, for good when this returns, and drop those that are too many.

        Raises `LocalError` if that cannot be done; then those that were there still are.
        """
        path = self.folder / f"{checkpoint.seq:012}.checkpoint"
        try:
            self._disk.make_folder(self.folder)
            self._sweep()
            self._disk.put(path, sealed(self._format, _encode(checkpoint)))
            for old in self._paths()[self._kept :]:
                self._disk.remove(old)
        except OSError as error:
            why = f"the checkpoint {path} cannot be written: {error.strerror or error}"
            raise LocalError(why, {"path": str(path)}, error) from error
        return path

    def newest(self, notes: list[str]) -> Checkpoint | None:
        """Return the newest good checkpoint, None if there is none; what was found damaged is set aside and noted.

        Raises `StateRestoreError` at one of a newer program: to pass over it could mean to forget what it knows.
        """
        for path in self._paths():
            try:
                return self.load(path)
            except CheckpointCorrupted as error:
                notes.append(f"{error}; it is kept as {path.name}.damaged")
                self._disk.rename(path, path.with_name(f"{path.name}.damaged"))
        return None

    def load(self, path: Path) -> Checkpoint:
        """Read one checkpoint; raise `CheckpointCorrupted` for a damaged one, `StateRestoreError` for a newer one."""
        try:
            content = path.read_bytes()
        except FileNotFoundError as error:
            raise StateRestoreError(f"there is no checkpoint {path}", {"path": str(path)}, error) from error
        except OSError as error:
            raise CheckpointCorrupted(f"the checkpoint {path} cannot be read: {error}", {"path": str(path)}) from error
        found, body = _opened(path, content)
        if found > self._format:
            raise StateRestoreError(
                f"the checkpoint {path} is of a newer program (format {found}, this program reads {self._format}); "
                "start that one, or begin anew with --fresh",
                {"path": str(path), "format": found},
            )
        try:
            return self._current(found, body)
        except (msgspec.MsgspecError, LookupError, TypeError, ValueError) as error:
            raise CheckpointCorrupted(
                f"the checkpoint {path} is whole but cannot be understood: {error}", {"path": str(path)}, error
            ) from error

    def listed(self) -> list[CheckpointInfo]:
        """Return what is there, the newest first; nothing is opened."""
        return [self.info(path) for path in self._paths()]

    def info(self, path: Path) -> CheckpointInfo:
        """Return what the folder tells of one; raise `StateRestoreError` if it is not there."""
        if path not in self._paths():
            raise StateRestoreError(f"there is no checkpoint {path}", {"path": str(path)})
        return CheckpointInfo(path.name, int(path.name.split(".")[0]), path.stat().st_size)

    def remove(self, path: Path) -> None:
        """Remove one; raise `StateRestoreError` if it is not there."""
        self._disk.remove(self.folder / self.info(path).name)

    def _current(self, found: int, body: bytes) -> Checkpoint:
        if found == FORMAT == self._format:
            return _decode(body)
        plain = msgspec.msgpack.decode(body)
        for step in range(found, self._format):
            plain = self._migrations[step](plain)
        return _decode(_encode(plain))

    def _paths(self) -> Sequence[Path]:
        """Return the files, the newest first."""
        if not self.folder.is_dir():
            return []
        return sorted((p for p in self.folder.iterdir() if _NAME.fullmatch(p.name)), reverse=True)

    def _sweep(self) -> None:
        """Remove what a writer that was killed has left half written."""
        for leftover in self.folder.glob(".*.aside"):
            self._disk.remove(leftover)


def sealed(form: int, body: bytes) -> bytes:
    """Return the content of a file: a line with format and checksum, then the body. That line never changes."""
    return _MAGIC + b"%d %s\n" % (form, _checksum(form, body)) + body


def age_ns(checkpoint: Checkpoint, now: TimeNs) -> TimeNs:
    """Return how long ago a checkpoint was written, in nanoseconds; both times are those of the wall, in UTC."""
    return max(now - checkpoint.saved_at, 0)


def _opened(path: Path, content: bytes) -> tuple[int, bytes]:
    """Return format and body of a file; raise `CheckpointCorrupted` unless every byte is as it was written."""
    end = content.find(b"\n", 0, _HEAD_MAX)
    head = content[:end].removeprefix(_MAGIC).split(b" ") if end > 0 and content.startswith(_MAGIC) else []
    body = content[end + 1 :]
    if len(head) != 2 or not head[0].isdigit() or str(int(head[0])).encode() != head[0]:
        raise CheckpointCorrupted(f"the checkpoint {path} is damaged: it does not begin as one", {"path": str(path)})
    if _checksum(int(head[0]), body) != head[1]:
        raise CheckpointCorrupted(f"the checkpoint {path} is damaged: its checksum is wrong", {"path": str(path)})
    return int(head[0]), body


def _checksum(form: int, body: bytes) -> bytes:
    return hashlib.sha256(b"%d\n" % form + body).hexdigest().encode()
