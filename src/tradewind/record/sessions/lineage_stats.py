"""The statistics that a session goes on with: those of the session before it, as it left them, or reckoned anew."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec
import structlog

from tradewind.domain.errors import TradewindError
from tradewind.record.files import NewFile, write_all
from tradewind.record.journal.reader import last_seq, read_header
from tradewind.record.sessions.find import entry_of, is_running
from tradewind.record.stats.fold import stats_of
from tradewind.record.stats.kept import KeptStats

if TYPE_CHECKING:
    from pathlib import Path

    from tradewind.record.journal.header import SessionHeader
    from tradewind.record.sessions.find import SessionEntry

FILE = "statistics.json"
PATIENCE_SECONDS = 30.0
"""So long the recorder of a session that was killed may still write."""
NAP_SECONDS = 0.05

log = structlog.get_logger(__name__)


def keep(home: Path, kept: KeptStats) -> None:
    """Write down what a session has come to, for the one that resumes it."""
    content = msgspec.json.format(msgspec.json.encode(kept))
    write_all([NewFile(home / FILE, lambda path: path.write_bytes(content))])


def stats_before(root: Path, header: SessionHeader, notes: list[str]) -> KeptStats | None:
    """Return what the account had come to before a session; None if there was nothing.

    Waits a while for a recorder that is still at work. What cannot be read is noted: then statistics begin anew.
    """
    if header.parent is None:
        return None
    try:
        entry = entry_of(root / header.parent)
        _wait_for(entry)
        last = last_seq(entry.journal)
        kept = _read(entry)
        return kept if kept is not None and kept.seq == last else _reckoned(root, entry, notes)
    except (TradewindError, OSError) as error:
        notes.append(f"statistics begin with this session; those of {header.parent} cannot be read: {error}")
        log.warning(notes[-1])
        return None


def _wait_for(entry: SessionEntry) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while is_running(entry.home) and time.monotonic() < deadline:
        time.sleep(NAP_SECONDS)


def _read(entry: SessionEntry) -> KeptStats | None:
    path = entry.home / FILE
    if not path.is_file():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=KeptStats)
    except msgspec.MsgspecError:
        return None  # a cache: the journal has it all


def _reckoned(root: Path, entry: SessionEntry, notes: list[str]) -> KeptStats | None:
    """Reckon it from the journals, one session after the other, from the newest that left its statistics."""
    header = read_header(entry.journal)
    return stats_of(entry.journal, header, before=stats_before(root, header, notes))
