"""How things are put on disk: a file is whole or not there, and one process writes at a time."""

from __future__ import annotations

import contextlib
import fcntl
import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tradewind.domain.errors import LocalError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

SYNCS_AT_ONCE = 8
"""A file system commits those that wait for it together: eight files take little longer than one."""


class NewFile(NamedTuple):
    """A file that is to be put in the place of `path`: `write` fills it, `done` hears that it is there."""

    path: Path
    write: Callable[[Path], object]
    done: Callable[[], object] = lambda: None

    def and_then(self, done: Callable[[], object]) -> NewFile:
        """Return the same file, with somebody else who hears of it."""

        def both() -> None:
            self.done()
            done()

        return self._replace(done=both)


def write_all(files: Sequence[NewFile]) -> None:
    """Put several files in their places, in this order; a power cut leaves of each the old or the new.

    All wait for the disk together. If one cannot be written, none is put in its place.
    """
    asides = [_aside(file.path) for file in files]
    at, left = Path(), dict.fromkeys(asides)
    try:
        for file, aside in zip(files, asides, strict=True):
            at = file.path
            file.write(aside)
        _sync_all(asides)
        for file, aside in zip(files, asides, strict=True):
            at = file.path
            aside.replace(at)
            del left[aside]
            file.done()
        _sync_all(list(dict.fromkeys(file.path.parent for file in files)))
    except OSError as error:
        raise LocalError(f"cannot write {at}: {error}", {"path": str(at)}, error) from error
    finally:
        for aside in left:
            aside.unlink(missing_ok=True)


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a file aside, then put it in the place of `path`; a power cut leaves the old or the new."""
    write_all([NewFile(path, write)])


def remove(path: Path) -> None:
    """Remove a file for good, if it is there."""
    if path.exists():
        path.unlink()
        _sync(path.parent)


@contextlib.contextmanager
def sole_writer(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, waiting for whoever has it; the system lets go of it when a process dies."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise LocalError(f"cannot write in {folder}: {error}", {"path": str(folder)}, error) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _aside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.aside")


def _sync_all(paths: Sequence[Path]) -> None:
    if len(paths) < 2:
        for path in paths:
            _sync(path)
        return
    pool = _syncing(os.getpid())
    for done in [pool.submit(_sync, path) for path in paths]:
        done.result()


@cache
def _syncing(_: int) -> ThreadPoolExecutor:
    """Return the threads of this process that wait for the disk; one that was forked has none of its parent's."""
    return ThreadPoolExecutor(SYNCS_AT_ONCE, thread_name_prefix="sync")


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
