"""A Parquet file that may be replaced while others read it.

Polars and DuckDB open a path twice: once for the footer, which says where the columns lie, and once more
for the columns. When the file is replaced between the two, they look for the old columns in the new file.
So a new file keeps the columns of the one before, unused, where they were: who has the old footer reads the
old rows, who has the new one the new rows. (With plain renaming, 25 of 3,380 reads failed in Polars and as many
in DuckDB, while the files were written without pause; like this, none.) The last version keeps them too:
somebody may be reading just then.

Knows of Parquet's format no more than where its footer keeps offsets (parquet-format, `parquet.thrift`) and how
Thrift's compact protocol writes them.
"""

from __future__ import annotations

import io
from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

from tradewind.record.files import NewFile, write_all

if TYPE_CHECKING:
    from pathlib import Path


_MAGIC = b"PAR1"
_BEGIN = len(_MAGIC)
_ROW_GROUP = (4,)
_COLUMN = (*_ROW_GROUP, 1)
_META = (*_COLUMN, 3)
_OFFSETS = {(*_ROW_GROUP, 5), (*_COLUMN, 2), (*_COLUMN, 4), (*_COLUMN, 6), *((*_META, n) for n in (9, 10, 11, 14))}
"""Field numbers from `FileMetaData` down to each offset: of row groups, columns, pages, indexes, bloom filters."""
_STOP, _BOOLEANS, _BYTE, _INTEGERS, _DOUBLE, _BINARY, _LISTS, _STRUCT = 0, (1, 2), 3, (4, 5, 6), 7, 8, (9, 10), 12


class ReplaceableFile:
    """Writes one Parquet file again and again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._columns = (_BEGIN, path.stat().st_size if path.is_file() else _BEGIN)
        """Where in the file the columns of the last version begin and end."""

    def write(self, frame: pl.DataFrame) -> None:
        """Put a new version in the place of the one before."""
        write_all([self.next(frame)])

    def next(self, frame: pl.DataFrame) -> NewFile:
        """Return the new version; it counts from when it is in its place."""
        whole = _parquet(frame)
        footer_begin = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
        columns, footer = whole[_BEGIN:footer_begin], whole[footer_begin:-8]
        kept_begin, kept_end = self._columns if self.path.is_file() else (_BEGIN, _BEGIN)
        begin = _BEGIN if _BEGIN + len(columns) <= kept_begin else kept_end
        moved = shifted(footer, begin - _BEGIN)

        def fill(aside: Path) -> None:
            with aside.open("wb") as file:
                file.write(_MAGIC)
                if kept_end > kept_begin:
                    file.seek(kept_begin)
                    file.write(self._read(kept_begin, kept_end))
                file.seek(begin)
                file.write(columns)
                file.seek(max(kept_end, begin + len(columns)))
                file.write(moved + len(moved).to_bytes(4, "little") + _MAGIC)

        def done() -> None:
            self._columns = (begin, begin + len(columns))

        return NewFile(self.path, fill, done)

    def _read(self, begin: int, end: int) -> bytes:
        with self.path.open("rb") as file:
            file.seek(begin)
            return file.read(end - begin)


def _parquet(frame: pl.DataFrame) -> bytes:
    return _encoded(frame) if frame.height else _empty(tuple(frame.schema.items()))


def _encoded(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd", compression_level=1)
    return buffer.getvalue()


@lru_cache
def _empty(schema: tuple[tuple[str, pl.DataType], ...]) -> bytes:
    """Return the file of a table without rows: most days have several, and they are all the same."""
    return _encoded(pl.DataFrame(schema=dict(schema)))


def shifted(footer: bytes, distance: int) -> bytes:
    """Return a footer that says of all columns that they lie so many bytes further on."""
    return _Shift(footer, distance).result() if distance else footer


class _Shift:
    """Copies a `FileMetaData` in Thrift's compact protocol, and adds to every offset in it."""

    def __init__(self, source: bytes, distance: int) -> None:
        self._source = source
        self._distance = distance
        self._at = 0
        self._out = bytearray()

    def result(self) -> bytes:
        """Return the copy."""
        self._struct(())
        return bytes(self._out)

    def _struct(self, path: tuple[int, ...]) -> None:
        field = 0
        while (head := self._copy(1)[0]) != _STOP:
            field = field + (head >> 4) if head >> 4 else _signed(self._varint())
            self._value(head & 15, (*path, field))

    def _value(self, kind: int, path: tuple[int, ...], *, in_list: bool = False) -> None:
        if kind in _INTEGERS:
            self._varint(shift=path in _OFFSETS)
        elif kind == _BINARY:
            self._copy(self._varint())
        elif kind == _STRUCT:
            self._struct(path)
        elif kind in _LISTS:
            head = self._copy(1)[0]
            for _ in range(self._varint() if head >> 4 == 15 else head >> 4):
                self._value(head & 15, path, in_list=True)
        elif kind == _DOUBLE:
            self._copy(8)
        elif kind == _BYTE or in_list:
            self._copy(1)  # a field's boolean is in its head, a list's is a byte
        else:
            assert kind in _BOOLEANS, f"a Parquet footer has no field of kind {kind}"

    def _copy(self, size: int) -> bytes:
        piece = self._source[self._at : self._at + size]
        self._at += size
        self._out += piece
        return piece

    def _varint(self, *, shift: bool = False) -> int:
        """Read an unsigned number, seven bits a byte, and write it; with `shift`, a signed one moved on."""
        value = place = 0
        while True:
            byte = self._source[self._at]
            self._at += 1
            value |= (byte & 127) << place
            place += 7
            if byte < 128:
                break
        rest = value + 2 * self._distance if shift and value else value  # 0 is no place in a file, but "not told"
        while rest > 127:
            self._out.append(rest & 127 | 128)
            rest >>= 7
        self._out.append(rest)
        return value


def _signed(value: int) -> int:
    """Undo Thrift's zigzag."""
    return value >> 1 ^ -(value & 1)
