"""The few things that state on disk needs of a disk, one call each, so that a test can fail any of them."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

FILE_MODE, FOLDER_MODE = 0o600, 0o700


class Disk:
    """The disk of this machine; every call raises `OSError` as the system does."""

    def make_folder(self, folder: Path) -> None:
        """Make a folder that only its owner may look into, if it is not there."""
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)

    def put(self, path: Path, content: bytes) -> None:
        """Put a file in the place of `path`, for good; whatever breaks on the way leaves the old one, or none."""
        aside = path.with_name(f".{path.name}.{os.getpid()}.aside")
        try:
            self.fill(aside, content)
            self.rename(aside, path)
        except OSError:
            with contextlib.suppress(OSError):
                self.remove(aside)
            raise

    def fill(self, path: Path, content: bytes) -> None:
        """Make a new file with this content, and wait until the disk has it."""
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, FILE_MODE)
        try:
            left = memoryview(content)
            while left:
                left = left[self.write(handle, left) :]
            self.sync(handle)
        finally:
            os.close(handle)

    def rename(self, path: Path, to: Path) -> None:
        """Give a file another name in its folder, and wait until the disk has it."""
        self.replace(path, to)
        handle = os.open(to.parent, os.O_RDONLY)
        try:
            self.sync(handle)
        finally:
            os.close(handle)

    def write(self, handle: int, content: memoryview) -> int:
        """Write some of it; return how much."""
        return os.write(handle, content)

    def sync(self, handle: int) -> None:
        """Wait until the disk has what was written."""
        os.fsync(handle)

    def replace(self, path: Path, to: Path) -> None:
        """Give a file another name."""
        path.replace(to)

    def remove(self, path: Path) -> None:
        """Remove a file, if it is there."""
        path.unlink(missing_ok=True)
