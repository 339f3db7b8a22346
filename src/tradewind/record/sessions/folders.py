"""The folders of a session: `{root}/{day}/run_N/`, one for each day, and `session.yaml` in each.

A run number is taken by making the folder, which only one process can do; the session that has it holds
a lock on its first folder, which the system lets go of when the process dies. No wall clock is read here.
"""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tradewind.domain.errors import LocalError, StateError
from tradewind.record.files import NewFile, write_all
from tradewind.record.plain_yaml import dump
from tradewind.record.sessions.days import Days
from tradewind.record.sessions.runs import claim, make

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.domain.time import TimeNs
    from tradewind.record.journal.header import SessionHeader

SESSION_FILE = "session.yaml"
JOURNAL_FILE = "journal.sqlite"
STATS_FILE = "stats.yaml"
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The same in C is ten times as quick, where it was built."""


class SessionFolders:
    """The folders of one session; `home` is the first, where the journal lies.

    Made by `begin`, or by `reopen` for making its files again.
    """

    def __init__(self, root: Path, days: dict[str, str], *, zone: str = "UTC", by_day: bool = True) -> None:
        self.root = root
        self.days = days
        """The run of each day, as `{"2025-10-01": "run_1"}`, in the order in which they came."""
        first = next(iter(days))
        self.home = root / first / days[first]
        self.day_of: Callable[[TimeNs], str] = Days(zone).of if by_day else lambda _: first
        self._facts: dict[str, Any] = {}
        self._is_past = False
        self._untold: dict[Path, None] = {}
        self.lock = -1
        """The descriptor that holds the session's folder, -1 when nobody does."""

    @classmethod
    def begin(cls, root: Path, ts: TimeNs, *, zone: str = "UTC", by_day: bool = True) -> SessionFolders:
        """Take the next free run of the day of `ts`."""
        day = Days(zone).of(ts)
        folders = cls(root, {day: claim(root, day)}, zone=zone, by_day=by_day)
        folders._hold()
        return folders

    @classmethod
    def reopen(cls, home: Path, header: SessionHeader, root: Path | None = None) -> SessionFolders:
        """Take up the folders of an ended session, or the same days and runs below another root."""
        days = read_session(home).get("days") or {home.parent.name: home.name}
        folders = cls(root or home.parent.parent, days, zone=header.timezone, by_day=header.by_day)
        folders._facts, folders._is_past = read_session(home), True
        if root is None:
            folders._hold()
        for day, run in days.items():
            make(folders.root / day / run, exist_ok=True)
            for leftover in (folders.root / day / run).glob(".*.aside"):
                leftover.unlink()  # of a writer that was killed
        return folders

    @classmethod
    def taken_over(cls, home: Path, header: SessionHeader, journal: Path, lock: int) -> SessionFolders:
        """Take up the folders of the session that runs, in another process of its own; `lock` holds them.

        Not for the first time, perhaps: then there are those of its later days too.
        """
        days = read_session(home).get("days") or {home.parent.name: home.name}
        folders = cls(home.parent.parent, days, zone=header.timezone, by_day=header.by_day)
        folders.lock = lock
        folders.describe(header, journal)
        return folders

    @property
    def id(self) -> str:
        """The session's name below its root: `2025-10-01/run_1`."""
        return f"{self.home.parent.name}/{self.home.name}"

    @property
    def journal(self) -> Path:
        """Where the journal lies, unless it is told to lie elsewhere."""
        return self.home / JOURNAL_FILE

    def folder(self, day: str) -> Path:
        """Return the folder of a day; a new day gets the session's run number, or the next free one.

        `session.yaml` does not say so yet: write what is `untold` before there is anything else in the folder.
        """
        if day not in self.days:
            self.days[day] = self._abandoned(day) or claim(self.root, day, wanted=self.home.name)
            self._untold |= dict.fromkeys((self.home, self.root / day / self.days[day]))
        return self.root / day / self.days[day]

    def _abandoned(self, day: str) -> str:
        """Return the run that this session took just before it was killed: in its folder nothing has its place yet."""
        folder = self.root / day / self.home.name
        if not self._is_past or not folder.is_dir():
            return ""
        leftovers = list(folder.glob(".*.aside"))
        if len(leftovers) < len(list(folder.iterdir())):
            return ""
        for leftover in leftovers:
            leftover.unlink()
        return folder.name

    def untold(self) -> list[NewFile]:
        """Return the `session.yaml` of each folder where it does not say yet which days there are."""
        return [self._file(folder) for folder in self._untold]

    def describe(self, header: SessionHeader, journal: Path | None = None) -> None:
        """Write `session.yaml`: what runs here, on what, from which code and configuration."""
        self._facts = {
            "id": header.session_id,
            "created": header.created,
            "mode": header.mode,
            "code_version": header.code_version,
            "config_hash": header.config_hash,
            "parent": header.parent,
            "seed": header.seed,
            "data": header.data,
            "timezone": header.timezone,
            "symbols": [instrument.symbol for instrument in header.instruments],
            "strategies": [
                {"id": s.id, "name": s.name, "version": s.version, "source": s.source, "sha256": s.sha256}
                for s in header.strategies
            ],
            "journal": str((journal or self.journal).absolute()),
            "finished": self._facts.get("finished"),
            "config": json.loads(header.config),
        }
        write_all([self._file(self.home)])

    def finish(self, at: str, steps: int) -> None:
        """Say in `session.yaml` that the session ended in good order, and let go of its folder.

        Of a session that is only written again, it says how many steps it has, not that it ended well.
        """
        self._facts |= {"steps": steps} if self._is_past else {"finished": at, "steps": steps}
        last = next(reversed(self.days))
        folders = dict.fromkeys((self.home, self.root / last / self.days[last]))
        write_all([self._file(folder) for folder in self._untold | folders])
        self.release()

    def release(self) -> None:
        """Let go of the folder."""
        if self.lock >= 0:
            os.close(self.lock)
            self.lock = -1

    def _hold(self) -> None:
        self.lock = os.open(self.home, os.O_RDONLY)
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self.release()
            raise StateError(f"the session {self.home} is running; stop it first", {"path": str(self.home)}) from error

    def _file(self, folder: Path) -> NewFile:
        """Return a folder's `session.yaml`; paths in it count from there, so that a root may be moved whole."""
        facts = dict(self._facts)
        if "journal" in facts:
            journal = Path(facts["journal"])
            inside = journal.is_relative_to(self.root.absolute())
            facts["journal"] = os.path.relpath(journal, folder.absolute()) if inside else str(journal)
        facts |= {"home": os.path.relpath(self.home, folder), "days": dict(self.days)}
        moved = {day: run for day, run in self.days.items() if run != self.home.name}
        if moved:
            told = ", ".join(f"{run} on {day}" for day, run in moved.items())
            facts["note"] = f"{self.home.name} was taken on some days: this session is {told}"
        text = dump(facts)
        return NewFile(
            folder / SESSION_FILE,
            lambda path: path.write_text(text, encoding="utf-8"),
            lambda: self._untold.pop(folder, None),
        )


def read_session(folder: Path) -> dict[str, Any]:
    """Read a folder's `session.yaml`, with the journal's path made whole; empty if there is none."""
    path = folder / SESSION_FILE
    if not path.is_file():
        return {}
    try:
        facts = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - both are safe loaders
    except (OSError, yaml.YAMLError) as error:
        raise LocalError(f"{path} cannot be read: {error}", {"path": str(path)}, error) from error
    if not isinstance(facts, dict):
        raise LocalError(f"{path} is not a session's file", {"path": str(path)})
    if facts.get("journal"):
        facts["journal"] = os.path.normpath(folder.absolute() / str(facts["journal"]))
    return facts
