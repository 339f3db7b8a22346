"""What the journals of an exchange's sessions tell of its keys: all of it for a report, what is owed for a start.

A start has to know only what no consumer was given. How far it has read, and what was owed then, it writes beside the
sessions (`signals-EXCHANGE.json`), so that the next one reads what was journaled since and not all that ever was. That
file is derived: without it, or with one that is damaged, everything is read.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from tradewind.app.signals.history import GIVEN, SignalHistory, is_unbegun
from tradewind.app.signals.setup import SETUP
from tradewind.app.signals.world import encoded
from tradewind.domain.errors import JournalError, LocalError
from tradewind.domain.trade_signal import SignalMoved
from tradewind.record.files import write_whole
from tradewind.record.journal.reader import last_seq, read
from tradewind.record.sessions.find import each_session

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Moves = dict[tuple[str, str], list[SignalMoved]]
"""The steps of the signals of each key: a strategy and a symbol."""


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """How far journals were read at a start."""

    steps: dict[str, int] = {}
    """The last step that was read of each, by when its session began and its name."""
    owed: list[SignalMoved] = []
    """What nobody had been given by then."""


_decode = msgspec.json.Decoder(Read).decode


def journals_of(root: Path) -> list[Path]:
    """Return the journals below a root, in the order in which their sessions began."""
    return [journal for _, journal in _named(root)]


def _named(root: Path) -> list[tuple[str, Path]]:
    """Return the journals below a root by when their session began and its name, in this order."""
    found = [
        (f"{entry.facts.get('created', '')} {entry.name}", entry.journal) for entry in each_session(root) if entry.facts
    ]
    return [(name, journal) for name, journal in sorted(found) if journal.is_file()]


def moves_of(root: Path, exchange_name: str) -> Moves:
    """Return what the signals of an exchange did; a journal that was never begun holds nothing."""
    moves: Moves = defaultdict(list)
    for journal in journals_of(root):
        for moved in _moves(journal):
            if moved.row.exchange_name == exchange_name:
                moves[_key(moved)].append(moved)
    return moves


def history_of(exchange_name: str, strategy: str, symbol: str) -> SignalHistory:
    """Return the history of a key at a venue: where it is noted what consumers were given."""
    return SignalHistory(SETUP.journals / encoded(strategy) / encoded(exchange_name) / encoded(symbol))


def owed_of(root: Path, exchange_name: str) -> Moves:
    """Return the openings and closes that no consumer was given, and note how far the journals were read for it."""
    path = root / f"signals-{encoded(exchange_name)}.json"
    known, steps = _known(path), {}
    found: Moves = defaultdict(list)
    for moved in known.owed:
        found[_key(moved)].append(moved)
    for name, journal in _named(root):
        steps[name] = known.steps.get(name, 0)
        if is_begun(journal) and last_seq(journal) > steps[name]:
            for step in read(journal, steps[name] + 1):
                steps[name] = step.seq
                for moved in _told(step.notices):
                    if moved.action in GIVEN and moved.row.exchange_name == exchange_name:
                        found[_key(moved)].append(moved)
    owed = {}
    for key, moves in found.items():
        history = history_of(exchange_name, *key)
        history.moves = moves
        owed[key] = history.undelivered()
    noted = Read(steps=steps, owed=[moved for moves in owed.values() for moved in moves])
    if noted != known and root.is_dir():
        with suppress(LocalError):  # then the next start reads more
            write_whole(path, lambda aside: aside.write_bytes(msgspec.json.encode(noted)))
    return owed


def _known(path: Path) -> Read:
    try:
        return _decode(path.read_bytes())
    except (OSError, msgspec.MsgspecError):
        return Read()


def _key(moved: SignalMoved) -> tuple[str, str]:
    return moved.row.strategy_name, moved.row.symbol


def _told(notices: tuple[object, ...]) -> Iterator[SignalMoved]:
    return (notice for notice in notices if isinstance(notice, SignalMoved))


def _moves(journal: Path) -> Iterator[SignalMoved]:
    if is_begun(journal):
        for step in read(journal):
            yield from _told(step.notices)


def is_begun(journal: Path) -> bool:
    """Tell whether anything was ever committed to a journal; raise `JournalError` for one that cannot be read."""
    try:
        return last_seq(journal) > 0
    except JournalError as error:
        if not is_unbegun(error):
            raise
        return False
