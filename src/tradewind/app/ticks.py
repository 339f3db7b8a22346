"""Recorded market data finer than bars, or beside them: trades, quotes, books, funding. Told apart by their columns."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tradewind.domain.errors import DataNotFoundError
from tradewind.domain.market import BookDelta, BookSnapshot, FundingRate, Quote, Trade
from tradewind.record.frames import pl
from tradewind.record.market_data.funding import funding_from_file
from tradewind.record.market_data.names import guess_from_name
from tradewind.record.market_data.ticks import book_from_files, quotes_from_file, trades_from_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.time import TimeNs


class TickKind(enum.Enum):
    """What a file holds."""

    TRADES = "trades"
    QUOTES = "quotes"
    BOOK = "book"
    FUNDING = "funding"


SIGNS = {
    TickKind.FUNDING: {"funding_rate"},
    TickKind.BOOK: {"first_update_id", "side", "price", "quantity"},
    TickKind.QUOTES: {"bid", "ask"},
    TickKind.TRADES: {"price", "quantity"},
}
"""The columns that tell a kind, the more telling first."""


Tick = Trade | Quote | BookSnapshot | BookDelta | FundingRate


@dataclass(frozen=True)
class Ticks:
    """One file of ticks, of one symbol of the session; a book's file comes with its snapshot's."""

    kind: TickKind
    path: Path
    symbol: str
    snapshot: Path | None = None

    def events(self, ids: Mapping[str, InstrumentId], latency_ns: TimeNs) -> Iterator[Tick]:
        """Yield the file's events, in order of their receive time."""
        instrument = ids[self.symbol]
        if self.kind is TickKind.FUNDING:
            return funding_from_file(self.path, instrument, latency_ns)
        if self.kind is TickKind.TRADES:
            return trades_from_file(self.path, instrument, latency_ns=latency_ns)
        if self.kind is TickKind.QUOTES:
            return quotes_from_file(self.path, instrument, latency_ns=latency_ns)
        assert self.snapshot is not None
        return book_from_files(self.snapshot, self.path, instrument, latency_ns=latency_ns)


def split(paths: Sequence[str], symbols: Sequence[str]) -> tuple[list[str], list[Ticks]]:
    """Part what is configured into paths of bars and files of ticks; a book needs a snapshot among the paths."""
    snapshots = [Path(name) for name in paths if "snapshot" in Path(name).name]
    bars, ticks = [], []
    for name in paths:
        path = Path(name)
        if path in snapshots:
            continue
        kind = _kind(path)
        if kind is None:
            bars.append(name)
        else:
            ticks.append(
                Ticks(kind, path, _symbol(path, symbols), _snapshot(path, snapshots) if kind is TickKind.BOOK else None)
            )
    return bars, ticks


def _kind(path: Path) -> TickKind | None:
    if path.suffix != ".parquet" or not path.is_file():
        return None
    columns = set(pl.read_parquet_schema(path))
    if "open" in columns:
        return None
    return next((kind for kind, signs in SIGNS.items() if signs <= columns), None)


def _symbol(path: Path, symbols: Sequence[str]) -> str:
    named = guess_from_name(path).symbol
    known = [symbol for symbol in symbols if symbol == named or symbol in path.name]
    if not known and len(symbols) == 1:
        return symbols[0]
    if not known:
        raise DataNotFoundError(f"{path}: its name tells none of the symbols {', '.join(symbols)}")
    return known[0]


def _snapshot(path: Path, snapshots: Sequence[Path]) -> Path:
    if not snapshots:
        raise DataNotFoundError(
            f"{path}: a book needs its snapshot; give the file (with `snapshot` in its name) as well"
        )
    return snapshots[0]
