"""Which sessions there are below a root, and the one that somebody means."""

from __future__ import annotations

import enum
import fcntl
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from tradewind.domain.errors import DataNotFoundError
from tradewind.record.sessions.folders import JOURNAL_FILE, read_session
from tradewind.record.sessions.runs import runs_of

if TYPE_CHECKING:
    from collections.abc import Iterator

LATEST = "latest"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class SessionState(enum.Enum):
    """How it stands with a session."""

    RUNNING = "running"
    FINISHED = "finished"
    CRASHED = "crashed"
    """Nobody runs it, and it did not say that it ended."""


class SessionEntry(msgspec.Struct, frozen=True):
    """One session below a root; `facts` is its `session.yaml`, empty if it never came to write one."""

    home: Path
    state: SessionState
    facts: dict[str, Any]

    @property
    def name(self) -> str:
        """Its name below the root: `2025-10-01/run_1`."""
        return f"{self.home.parent.name}/{self.home.name}"

    @property
    def days(self) -> dict[str, Path]:
        """The folder of each of its days."""
        root = self.home.parent.parent
        days = self.facts.get("days") or {self.home.parent.name: self.home.name}
        return {day: root / day / run for day, run in days.items()}

    @property
    def journal(self) -> Path:
        """Where its journal lies."""
        return Path(self.facts.get("journal") or self.home / JOURNAL_FILE)


def sessions(root: Path) -> list[SessionEntry]:
    """Return the sessions below a root, in the order of their first day and run."""
    return list(each_session(root))


def each_session(root: Path) -> Iterator[SessionEntry]:
    """Yield the sessions below a root one by one, each as it stands when it is its turn."""
    return (entry for run in homes(root) if (entry := entry_of(run)).home == run)


def find(root: Path, name: str) -> SessionEntry:
    """Return a session by name, folder (any of its days) or id; `latest` is the one that was begun last."""
    for folder in (root / name, Path(name)):
        if folder.is_dir() and re.fullmatch(r"run_\d+", folder.name):
            return entry_of(folder)
    known = sessions(root)
    if name == LATEST and known:
        return max(known, key=lambda entry: (str(entry.facts.get("created", "")), entry.name))
    match = [entry for entry in known if name in (entry.facts.get("id"), entry.home.parent.name)]
    if len(match) == 1:
        return match[0]
    if not known:
        raise DataNotFoundError(
            f"no sessions in {root}",
            {"root": str(root), "fix": "give the folder of engine.data_output_path with --data-output"},
        )
    there = ", ".join(entry.name for entry in (match or known)[-10:])
    what = "more than one session is" if match else "no session"
    raise DataNotFoundError(f"{what} {name!r} in {root}; there are: {there}", {"session": name, "root": str(root)})


def is_running(home: Path) -> bool:
    """Tell whether a process holds the session."""
    handle = os.open(home, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


def homes(root: Path) -> Iterator[Path]:
    """Yield the folders of runs below a root, in the order of their days and numbers."""
    if root.is_dir():
        for day in sorted(path for path in root.iterdir() if _DAY.fullmatch(path.name)):
            yield from runs_of(day)


def entry_of(folder: Path) -> SessionEntry:
    """Return the session that a folder belongs to."""
    facts = read_session(folder)
    if facts.get("home", ".") != ".":
        folder = Path(*(folder / facts["home"]).resolve().parts)
        facts = read_session(folder)
    if is_running(folder):
        return SessionEntry(folder, SessionState.RUNNING, facts)
    return SessionEntry(folder, SessionState.FINISHED if facts.get("finished") else SessionState.CRASHED, facts)
