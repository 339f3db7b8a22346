"""A real disk of a few megabytes, for tests that fill it; only root may mount one, others skip."""

from __future__ import annotations

import contextlib
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextlib.contextmanager
def small_disk(place: Path, size_bytes: int) -> Iterator[Path]:
    """Mount a disk at `place`, which is made; it is gone at the end."""
    place.mkdir()
    options = ("-t", "tmpfs", "-o", f"size={size_bytes},mode=0700", "tmpfs", str(place))
    try:
        done = subprocess.run(["mount", *options], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no `mount` here")
    if done.returncode:
        pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(place: Path, leave_bytes: int = 0) -> Path:
    """Write a file until so little is free; return it, so that it can be taken away again."""
    path = place / "ballast"
    handle = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
    with contextlib.suppress(OSError):
        while True:
            os.write(handle, bytes(4096))
    os.close(handle)
    if leave_bytes:
        with path.open("r+b") as file:
            file.truncate(max(0, path.stat().st_size - leave_bytes))
    return path
