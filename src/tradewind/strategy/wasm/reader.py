"""Reading messages: what a guest sends may be anything, and only a message of the contract passes."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from tradewind.strategy.wasm.errors import GuestBadMessage
from tradewind.strategy.wasm.plans import TEXT
from tradewind.strategy.wasm.wire import FIXED32, FIXED64, GROUP, GROUP_END, LENGTH, VARINT

if TYPE_CHECKING:
    from tradewind.strategy.wasm.wire import Field, Plan

MAX_DEPTH = 100
_DOUBLE_AT = struct.Struct("<d").unpack_from


class Reader:
    """Reads messages; counts the texts that were not UTF-8 and were mended."""

    def __init__(self) -> None:
        self.mended = 0

    def read(self, plan: Plan, data: bytes) -> Any:  # noqa: ANN401 - the plan says which
        """Return the message that `data` is; raise `GuestBadMessage`."""
        values: dict[str, Any] = {}
        parts: dict[str, bytes] | None = None
        at, end = 0, len(data)
        by_key = plan.by_key
        while at < end:
            key = data[at]
            if key < 0x80:
                at += 1
            else:
                key, at = read_varint(data, at)
            field = by_key.get(key)
            if field is None:
                at = _skipped(plan, data, key, at)
                continue
            name, kind = field.name, field.kind
            wire = key & 7
            if wire == LENGTH:
                length = data[at] if at < end else 0x80
                if length < 0x80:
                    at += 1
                else:
                    length, at = read_varint(data, at)
                start, at = at, at + length
                if at > end:
                    raise GuestBadMessage(f"{plan.made.__name__}.{name}: {length} bytes, and {end - start} are left")
                if kind == "string":
                    values[name] = self._text(data[start:at])
                elif kind == "message":
                    parts = {} if parts is None else parts
                    parts[name] = parts[name] + data[start:at] if name in parts else data[start:at]
                else:
                    self._collect(values, field, data[start:at])
            elif wire == FIXED64:
                if at + 8 > end:
                    raise GuestBadMessage(f"{plan.made.__name__}.{name}: a number is cut off")
                values[name] = _DOUBLE_AT(data, at)[0]
                at += 8
            else:
                number, at = read_varint(data, at)
                values[name] = _number(kind, number)
        if parts is not None:
            for name, part in parts.items():
                values[name] = self.read(_part(plan, name), part)
        return plan.made(**values)

    def text(self, data: bytes) -> str:
        """Return the text of a message of one text; most are short, and nothing but that."""
        if len(data) > 1 and data[0] == 0x0A and len(data) == data[1] + 2 and data[1] < 0x80:
            return self._text(data[2:])
        read: str = self.read(TEXT, data).text
        return read

    def _collect(self, values: dict[str, Any], field: Field, content: bytes) -> None:
        """Add one more to a list or a map."""
        if field.kind == "strings":
            values.setdefault(field.name, []).append(self._text(content))
        elif field.kind == "messages":
            assert field.of is not None
            values.setdefault(field.name, []).append(self.read(field.of, content))
        else:
            assert field.of is not None
            entry = self.read(field.of, content)
            values.setdefault(field.name, {})[entry.key] = entry.value

    def _text(self, content: bytes) -> str:
        try:
            return content.decode()
        except UnicodeDecodeError:
            self.mended += 1
            return content.decode("utf-8", "replace")


def _part(plan: Plan, name: str) -> Plan:
    of = next(field.of for field in plan.fields if field.name == name)
    assert of is not None
    return of


def _number(kind: str, number: int) -> int | bool:
    if kind == "bool":
        return number != 0
    bits = 64 if kind == "int64" else 32
    number &= (1 << bits) - 1
    return number - (1 << bits) if number >> (bits - 1) else number


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """Read a number; return it and where it ends."""
    number = shift = 0
    end = len(data)
    while at < end:
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            if number >> 64:
                break
            return number, at
        shift += 7
        if shift > 63:
            break
    raise GuestBadMessage("a number is cut off or too long")


def _skipped(plan: Plan, data: bytes, key: int, at: int) -> int:
    """Return where a field that nobody knows ends; a known one of another wire type is no message of ours."""
    number, wire = key >> 3, key & 7
    if number == 0 or number >> 29:
        raise GuestBadMessage(f"{plan.made.__name__}: there is no field {number}")
    if number in plan.numbers:
        raise GuestBadMessage(f"{plan.made.__name__}: field {number} has the wrong wire type {wire}")
    return _after(data, number, wire, at)


def _after(data: bytes, number: int, wire: int, at: int, depth: int = 0) -> int:
    if wire == VARINT:
        return read_varint(data, at)[1]
    if wire == GROUP and depth < MAX_DEPTH:
        while True:
            key, at = read_varint(data, at)
            if key >> 3 == 0 or key >> 32:
                break
            if key & 7 == GROUP_END:
                if key >> 3 != number:
                    break
                return at
            at = _after(data, key >> 3, key & 7, at, depth + 1)
        raise GuestBadMessage("a group does not end")
    if wire == LENGTH:
        length, at = read_varint(data, at)
    elif wire in (FIXED64, FIXED32):
        length = 8 if wire == FIXED64 else 4
    else:
        raise GuestBadMessage(f"field {number}: there is no wire type {wire}")
    if at + length > len(data):
        raise GuestBadMessage(f"field {number}: {length} bytes, and {len(data) - at} are left")
    return at + length
