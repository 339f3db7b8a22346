"""Which session a start resumes: the newest of the same account, the same strategies and the same data.

A session says in its `session.yaml` what it ran on; that is compared. Of a journal nothing is read here but whether
it has a step.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from tradewind.domain.errors import JournalError, StateRestoreError
from tradewind.record.journal.reader import last_seq
from tradewind.record.sessions.find import SessionEntry, SessionState, entry_of, homes
from tradewind.record.sessions.folders import SESSION_FILE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

RECORDED: Final = frozenset(("replay", "mock"))
"""Market data that are the same at each start; of all others the market goes on, whether we look or not."""
_PACE = frozenset(("speed", "end", "interval_ms", "bars", "error_rate"))
"""Settings of recorded data that say how fast and how far, not which."""
_CREATED = re.compile(r"^created: *['\"]?([^'\"\n]*)", re.MULTILINE)
_PARENT = re.compile(r"^parent: *['\"]?([^'\"\n]*)", re.MULTILINE)
_HEAD_CHARACTERS = 400


class Lineage(msgspec.Struct, frozen=True):
    """What must be the same for one session to go on where another one stopped."""

    mode: str
    account: str
    strategies: tuple[str, ...]
    data: str
    """Which recorded data, as JSON; empty for those of a market."""

    @property
    def is_recorded(self) -> bool:
        """Whether its market data are the same at each start."""
        return bool(self.data)


def lineage_of(mode: str, config: Mapping[str, Any], strategies: Iterable[str]) -> Lineage:
    """Return the lineage of a session by its resolved configuration and the ids of its strategies."""
    lease, market = config.get("lease") or {}, config["market_data"]
    data = ""
    if market["provider_type"] in RECORDED:
        which = {key: value for key, value in (market.get("config") or {}).items() if key not in _PACE}
        engine = config["engine"]
        data = json.dumps([market["provider_type"], which, engine["symbols"], engine["interval"]], sort_keys=True)
    account = lease.get("account") or _account(config)
    return Lineage(mode, account, tuple(sorted(strategies)), data)


def _account(config: Mapping[str, Any]) -> str:
    """Return the name of the account where the configuration gives it none: at an exchange it has one there."""
    kind = str(config["trading"]["provider_type"])
    if kind != "exchange":
        return kind
    there, account = config["market_data"].get("config") or {}, (config["trading"].get("config") or {}).get("account")
    return f"exchange {there.get('socket') or there.get('url')} {account}"


def lineage_of_session(entry: SessionEntry) -> Lineage | None:
    """Return the lineage of a session that was, by its `session.yaml`; None if that does not tell."""
    facts = entry.facts
    if not isinstance(facts.get("config"), dict) or "market_data" not in facts["config"]:
        return None
    return lineage_of(str(facts.get("mode")), facts["config"], [each["id"] for each in facts.get("strategies") or ()])


def newest(root: Path, lineage: Lineage) -> SessionEntry | None:
    """Return the session of a lineage that was begun last and took a step; None if there is none.

    Raises `StateRestoreError` if its journal cannot be read.
    """
    for entry in _newest_first(root):
        if lineage_of_session(entry) == lineage and _has_begun(entry):
            return entry
    return None


def newest_of_account(root: Path, mode: str, account: str) -> SessionEntry | None:
    """Return the session that was begun last at an account and took a step, whatever it traded; None if there is none.

    Raises `StateRestoreError` if its journal cannot be read.
    """
    for entry in _newest_first(root):
        there = lineage_of_session(entry)
        if there is not None and (there.mode, there.account) == (mode, account) and _has_begun(entry):
            return entry
    return None


def gone_on_by(root: Path, entry: SessionEntry) -> str:
    """Return the session that went on from one; empty if none did."""
    heirs = (entry_of(home) for home in homes(root) if _told(home, _PARENT) == entry.name)
    return next((heir.name for heir in heirs if _has_begun(heir)), "")


def line_of(root: Path, entry: SessionEntry) -> list[SessionEntry]:
    """Return the sessions that one resumes, the first one first; of those that are gone, and before, none."""
    line: list[SessionEntry] = []
    parent = entry.facts.get("parent")
    while parent and (root / parent).is_dir() and (found := entry_of(root / parent)).journal.is_file():
        line.append(found)
        parent = found.facts.get("parent")
    return line[::-1]


def is_over(entry: SessionEntry) -> bool:
    """Tell whether a session ended in order; one that nobody runs and that did not was interrupted."""
    return entry.state is SessionState.FINISHED


def _newest_first(root: Path) -> Iterator[SessionEntry]:
    created = [(_told(home, _CREATED), home) for home in homes(root)]
    for _, home in sorted(((when, home) for when, home in created if when), reverse=True):
        yield entry_of(home)


def _told(home: Path, fact: re.Pattern[str]) -> str:
    """Return what a session's file says near its beginning, without reading it all; empty if it says nothing."""
    try:
        with (home / SESSION_FILE).open(encoding="utf-8") as file:
            found = fact.search(file.read(_HEAD_CHARACTERS))
    except OSError:
        return ""
    return found[1] if found else ""


def _has_begun(entry: SessionEntry) -> bool:
    try:
        return last_seq(entry.journal) > 0
    except JournalError as error:
        raise unreadable(entry, error) from error


def unreadable(entry: SessionEntry, error: Exception) -> StateRestoreError:
    """Return the refusal to start beside a session that cannot be read."""
    return StateRestoreError(
        f"the session {entry.name} cannot be taken up: {error}",
        {
            "session": entry.name,
            "fix": "bring its journal back from a copy, or begin anew with --fresh (it forgets that session's orders)",
        },
        error,
    )
