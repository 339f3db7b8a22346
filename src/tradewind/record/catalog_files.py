"""How the catalog puts things on disk: a file is whole or not there, and one process writes at a time."""

from __future__ import annotations

import contextlib
import fcntl
import os
from typing import TYPE_CHECKING

from tradewind.domain.errors import LocalError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a file aside, then put it in the place of `path`; a power cut leaves the old or the new."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.aside")
    try:
        write(aside)
        _sync(aside)
        aside.replace(path)
        _sync(path.parent)
    except OSError as error:
        raise LocalError(f"cannot write {path}: {error}", {"path": str(path)}, error) from error
    finally:
        aside.unlink(missing_ok=True)


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


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
