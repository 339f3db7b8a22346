"""Protocol buffers, as far as the contract needs them: proto3, binary, unknown fields skipped.

A message is a msgspec Struct; its fields carry number and kind (`messages.py`). What is at its default is
left out; of a repeated scalar the last one wins, messages that come twice are merged. Source: the Protocol
Buffers encoding guide.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import msgspec

VARINT, FIXED64, LENGTH, GROUP, GROUP_END, FIXED32 = range(6)
_PACK_DOUBLE = struct.Struct("<d").pack


class Field(NamedTuple):
    """One field of a message: its number, its kind, and for messages which ones."""

    number: int
    name: str
    kind: str
    """string, double, int32, int64, bool, enum, message, strings, messages or map."""
    of: Plan | None = None


class Plan:
    """How messages of one type are read and written."""

    def __init__(self, made: type[msgspec.Struct], *fields: Field) -> None:
        self.made = made
        self.fields = fields
        self.by_key = {field.number << 3 | _WIRE[field.kind]: field for field in fields}
        self.numbers = {field.number for field in fields}
        self._writers = tuple((field.name, field.of, _key(field), _WRITERS[field.kind]) for field in fields)

    def encode(self, message: msgspec.Struct) -> bytes:
        """Write a message."""
        out = bytearray()
        for name, of, key, write in self._writers:
            value = getattr(message, name)
            if value or value.__class__ is float:
                write(out, key, value, of)
        return bytes(out)


_WIRE = {
    "string": LENGTH, "strings": LENGTH, "message": LENGTH, "messages": LENGTH, "map": LENGTH,
    "double": FIXED64, "int32": VARINT, "int64": VARINT, "bool": VARINT, "enum": VARINT,
}  # fmt: skip


def _key(field: Field) -> bytes:
    return varint(field.number << 3 | _WIRE[field.kind])


def varint(number: int) -> bytes:
    """Write a number, a negative one as its 64 bits."""
    number &= 0xFFFFFFFFFFFFFFFF
    if number < 0x80:
        return bytes((number,))
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def text_message(text: str) -> bytes:
    """Write a message of one text in field 1, which is not empty."""
    content = text.encode("utf-8", "replace")
    size = len(content)
    return (b"\x0a" + bytes((size,)) if size < 0x80 else b"\x0a" + varint(size)) + content


def _put(out: bytearray, key: bytes, content: bytes) -> None:
    out += key
    out += varint(len(content))
    out += content


def _write_string(out: bytearray, key: bytes, value: str, _: Plan | None) -> None:
    _put(out, key, value.encode("utf-8", "replace"))


def _write_double(out: bytearray, key: bytes, value: float, _: Plan | None) -> None:
    content = _PACK_DOUBLE(value)
    if content != b"\0\0\0\0\0\0\0\0":
        out += key
        out += content


def _write_number(out: bytearray, key: bytes, value: int, _: Plan | None) -> None:
    out += key
    out += varint(value)


def _write_message(out: bytearray, key: bytes, value: msgspec.Struct, of: Plan | None) -> None:
    assert of is not None
    _put(out, key, of.encode(value))


def _write_messages(out: bytearray, key: bytes, value: list[msgspec.Struct], of: Plan | None) -> None:
    assert of is not None
    for entry in value:
        _put(out, key, of.encode(entry))


def _write_strings(out: bytearray, key: bytes, value: list[str], _: Plan | None) -> None:
    for entry in value:
        _put(out, key, entry.encode("utf-8", "replace"))


def _write_map(out: bytearray, key: bytes, value: dict[str, str], _: Plan | None) -> None:
    for name in sorted(value):
        entry = bytearray()
        _put(entry, b"\x0a", name.encode("utf-8", "replace"))
        _put(entry, b"\x12", value[name].encode("utf-8", "replace"))
        _put(out, key, bytes(entry))


_WRITERS: dict[str, Any] = {
    "string": _write_string, "strings": _write_strings, "message": _write_message, "messages": _write_messages,
    "map": _write_map, "double": _write_double, "int32": _write_number, "int64": _write_number,
    "bool": _write_number, "enum": _write_number,
}  # fmt: skip
