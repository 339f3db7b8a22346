"""What the journals of an exchange's sessions tell of its keys: every step of every signal, the oldest first."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from tradewind.app.signals.history import is_unbegun
from tradewind.domain.errors import JournalError
from tradewind.domain.trade_signal import SignalMoved
from tradewind.record.journal.reader import last_seq, read
from tradewind.record.sessions.find import each_session

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Moves = dict[tuple[str, str], list[SignalMoved]]
"""The steps of the signals of each key: a strategy and a symbol."""


def journals_of(root: Path) -> list[Path]:
    """Return the journals below a root, in the order in which their sessions began."""
    found = [(str(entry.facts.get("created", "")), entry.journal) for entry in each_session(root) if entry.facts]
    return [journal for _, journal in sorted(found) if journal.is_file()]


def moves_of(root: Path, exchange_name: str) -> Moves:
    """Return what the signals of an exchange did; a journal that was never begun holds nothing."""
    moves: Moves = defaultdict(list)
    for journal in journals_of(root):
        for moved in _moves(journal):
            if moved.row.exchange_name == exchange_name:
                moves[moved.row.strategy_name, moved.row.symbol].append(moved)
    return moves


def _moves(journal: Path) -> Iterator[SignalMoved]:
    if is_begun(journal):
        for step in read(journal):
            yield from (notice for notice in step.notices if isinstance(notice, SignalMoved))


def is_begun(journal: Path) -> bool:
    """Tell whether anything was ever committed to a journal; raise `JournalError` for one that cannot be read."""
    try:
        return last_seq(journal) > 0
    except JournalError as error:
        if not is_unbegun(error):
            raise
        return False
