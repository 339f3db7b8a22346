"""Plain data: what can be written down and read again as exactly what it was, in another process, years later.

Plain are None, bool, int of any size, float, str, bytes, Decimal, date, datetime (without a zone, or at a fixed
distance from UTC), timedelta, and lists, tuples and dicts of such; the keys of a dict may be of any of these kinds
that Python takes for a key. Everything else is not: an Enum, a class of your own, a set (its order is not the same
in the next process). A float of another library that is one of Python's comes back as Python's.

A text with a meaning, of a class with a `plain_kind`, is made again by whoever reads it and knows that kind.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Makers = Mapping[str, Callable[[str], Any]]

_DECIMAL, _TUPLE, _MAP, _INT, _DATE, _DATETIME, _TIMEDELTA, _TEXT = range(1, 9)
_INT_MIN, _INT_MAX = -(2**63), 2**64 - 1
_AS_IT_IS = frozenset((type(None), bool, str, bytes, float))
_FIXED = frozenset((timezone, type(None)))
DEPTH_MAX = 100


def pack(value: object) -> bytes:
    """Write a value down; raise `TypeError` saying what in it is no plain data, and where."""
    kind = type(value)
    if kind in _AS_IT_IS or (kind is int and _INT_MIN <= value <= _INT_MAX):  # type: ignore[operator] # an int
        return _encode(value)
    return _encode(_packed(value, "", 0))


def unpack(data: bytes, makers: Makers | None = None) -> Any:  # noqa: ANN401 - whatever was packed
    """Read a value that `pack` wrote; `makers` make texts of a kind, of which the rest come back as mere text."""
    return _decode(data) if not makers else _reader(makers)(data)


def _packed(value: object, place: str, depth: int) -> object:
    """Return a value as MessagePack has it, extended where it has not."""
    kind = type(value)
    if kind in _AS_IT_IS:
        return value
    if depth > DEPTH_MAX:
        raise TypeError(f"{place[:40]}… is nested too deeply")
    match value:
        case int() if kind is int:
            return value if _INT_MIN <= value <= _INT_MAX else _ext(_INT, str(value))
        case Decimal() if kind is Decimal:
            return _ext(_DECIMAL, str(value))
        case list() if kind is list:
            return [_packed(each, f"{place}[{number}]", depth + 1) for number, each in enumerate(value)]
        case tuple() if kind is tuple:
            return _ext(_TUPLE, [_packed(each, f"{place}[{number}]", depth + 1) for number, each in enumerate(value)])
        case dict() if kind is dict:
            return _mapping(value, place, depth)
        case float():
            return float(value)
        case str() if getattr(kind, "plain_kind", ""):
            return _ext(_TEXT, [kind.plain_kind, str.__str__(value)])  # type: ignore[attr-defined] # it has one
        case datetime() if type(value.tzinfo) in _FIXED and kind is datetime:
            return _ext(_DATETIME, [value.isoformat(), value.fold])
        case date() if kind is date:
            return _ext(_DATE, value.isoformat())
        case timedelta() if kind is timedelta:
            return _ext(_TIMEDELTA, [value.days, value.seconds, value.microseconds])
    raise TypeError(f"{f'{place} is' if place else 'it is'} no plain data but {_name(kind)}{_advice(value)}")


def _mapping(value: dict[Any, Any], place: str, depth: int) -> object:
    if all(type(key) is str for key in value):
        return {key: _packed(held, f"{place}[{key!r}]", depth + 1) for key, held in value.items()}
    pairs = [
        [_packed(key, f"{place} key {key!r}", depth + 1), _packed(held, f"{place}[{key!r}]", depth + 1)]
        for key, held in value.items()
    ]
    return _ext(_MAP, pairs)


def _name(kind: type) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _advice(value: object) -> str:
    if isinstance(value, set | frozenset):
        return " (a set has no order: keep a list, or a dict)"
    if isinstance(value, datetime):
        return " (with a zone of which the distance from UTC changes: keep it in UTC)"
    if hasattr(value, "value") and hasattr(type(value), "__members__"):
        return " (keep its value)"
    return ""


def _ext(code: int, content: object) -> msgspec.msgpack.Ext:
    return msgspec.msgpack.Ext(code, _encode(content))


def _reader(makers: Makers) -> Callable[[Any], Any]:
    """Return what reads packed values, texts of a kind with them."""

    def read(code: int, data: memoryview) -> object:
        return _read(code, decode(data), makers)

    decode = msgspec.msgpack.Decoder(ext_hook=read).decode
    return decode


def _read(code: int, content: Any, makers: Makers) -> object:  # noqa: ANN401 - of what the code says
    match code:
        case 1:
            return Decimal(content)
        case 2:
            return tuple(content)
        case 3:
            return {key: held for key, held in content}  # noqa: C416 - `dict` would not say that they are pairs
        case 4:
            return int(content)
        case 5:
            return date.fromisoformat(content)
        case 6:
            text, fold = content
            read = datetime.fromisoformat(text)
            return read.replace(fold=fold, tzinfo=UTC if read.tzinfo == UTC else read.tzinfo)
        case 7:
            return timedelta(*content)
        case 8:
            kind, text = content
            return makers[kind](text) if kind in makers else text
        case _:
            raise ValueError(f"plain data of a kind that this version does not know: {code}")


_encode = msgspec.msgpack.Encoder().encode
_decode = _reader({})
