"""Halt flags: files that keep every engine from trading an account until somebody lifts them by name.

A flag lies in the folder of the leases, so whoever takes the account's lease sees it; whoever has the lease looks for
it as he goes on. It outlives every process and every start of the machine.
"""

from __future__ import annotations

import base64
import hashlib
import os
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.errors import ControlError

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "halts"
LIFTED = "lifted.jsonl"
MARK_LETTERS = 8


class HaltFlag(msgspec.Struct, frozen=True):
    """Why an account may not be traded, and who says so."""

    name: str
    account: str
    reason: str
    operator: str
    since: str
    """ISO 8601, UTC."""

    def __str__(self) -> str:
        return (
            f"{self.account} is halted by {self.operator or 'an operator'} since {self.since}: "
            f"{self.reason or 'emergency stop'}; `tradewind control lift {self.name}` lets it be traded again"
        )


class Halts:
    """The flags of one folder of leases."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER

    def path(self, account: str) -> Path:
        """Return where an account's flag would be."""
        return self._folder / f"{name_of(account)}.json"

    def of(self, account: str) -> HaltFlag | None:
        """Return an account's flag; one that cannot be read holds as well."""
        return self._read(self.path(account), account)

    def all(self) -> list[HaltFlag]:
        """Return all flags that are up."""
        return [
            flag for path in sorted(self._folder.glob("*.json")) if (flag := self._read(path, path.stem)) is not None
        ]

    def put_up(self, account: str, reason: str, operator: str, since: str) -> HaltFlag:
        """Put an account's flag up, durably; one that is up stays as it is."""
        there = self.of(account)
        if there is not None:
            return there
        flag = HaltFlag(name_of(account), account, reason, operator, since)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        aside = self._folder / f".{flag.name}.{os.getpid()}"
        with aside.open("wb") as file:
            file.write(msgspec.json.encode(flag))
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self.path(account))
        _sync(self._folder)
        return flag

    def lift(self, name: str, reason: str, operator: str, at: str) -> HaltFlag:
        """Take a flag down, and write down who did; raise `ControlError` if there is none of this name."""
        known = {flag.name: flag for flag in self.all()}
        if name not in known:
            there = ", ".join(known) or "none"
            raise ControlError(f"no halt is called {name}; there are: {there}")
        line = msgspec.json.encode({"flag": known[name], "lifted_by": operator, "reason": reason, "at": at})
        with (self._folder / LIFTED).open("ab") as file:
            file.write(line + b"\n")
            file.flush()
            os.fsync(file.fileno())
        (self._folder / f"{name}.json").unlink(missing_ok=True)
        _sync(self._folder)
        return known[name]

    def _read(self, path: Path, account: str) -> HaltFlag | None:
        try:
            return msgspec.json.decode(path.read_bytes(), type=HaltFlag)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError) as error:
            return HaltFlag(path.stem, account, f"its flag cannot be read ({error})", "", "an unknown time")


def name_of(account: str) -> str:
    """Return the name of an account's flag: short, and a different one for each."""
    mark = base64.b32encode(hashlib.sha256(account.encode()).digest()).decode().lower()
    return f"halt-{mark[:MARK_LETTERS]}"


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
