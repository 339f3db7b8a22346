"""YAML as this program writes it: mappings, lists and plain values, in the order in which they come.

PyYAML takes some milliseconds for a page, in which a session lives through a day's worth of bars. What is
written here is read back by any YAML reader as what it was; a text that could be taken for something else
is left to PyYAML.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable

_PLAIN = re.compile(r"[A-Za-z_/][A-Za-z0-9_/+.-]*(?: [A-Za-z0-9_/+.-]+)*")
_QUOTABLE = re.compile(r"[ -&(-~]*")
"""Printable ASCII without the single quote."""
_TAKEN = frozenset(("true", "false", "yes", "no", "on", "off", "null", "y", "n"))


def number_text(value: float) -> str:
    """Write a float with all its digits and without exponent; it stays a float to whoever reads it."""
    if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124 - that is how one knows a NaN
        return {"inf": ".inf", "-inf": "-.inf"}.get(str(value), ".nan")
    text = format(Decimal(repr(value)), "f")
    return text if "." in text else f"{text}.0"


def dump(tree: dict[str, Any], number: Callable[[Any], str] = number_text) -> str:
    """Write a mapping; `number` writes what is neither int nor bool."""
    lines: list[str] = []
    _mapping(tree, "", lines, number)
    return "".join(f"{line}\n" for line in lines) or "{}\n"


def _mapping(tree: dict[Any, Any], indent: str, lines: list[str], number: Callable[[Any], str]) -> None:
    for key, value in tree.items():
        name = _scalar(key, number)
        if isinstance(value, dict) and value:
            lines.append(f"{indent}{name}:")
            _mapping(value, f"{indent}  ", lines, number)
        elif isinstance(value, list | tuple) and value:
            lines.append(f"{indent}{name}:")
            _list(value, indent, lines, number)
        else:
            lines.append(f"{indent}{name}: {_scalar(value, number)}")


def _list(items: list[Any] | tuple[Any, ...], indent: str, lines: list[str], number: Callable[[Any], str]) -> None:
    for item in items:
        if isinstance(item, dict | list | tuple) and item:
            start = len(lines)
            if isinstance(item, dict):
                _mapping(item, f"{indent}  ", lines, number)
            else:
                _list(item, f"{indent}  ", lines, number)
            lines[start] = f"{indent}- {lines[start][len(indent) + 2 :]}"
        else:
            lines.append(f"{indent}- {_scalar(item, number)}")


def _scalar(value: Any, number: Callable[[Any], str]) -> str:  # noqa: ANN401 - whatever stands there
    match value:
        case str():
            return _text(value)
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float() | Decimal():
            return number(value)
    if isinstance(value, dict | list | tuple) and not value:
        return "{}" if isinstance(value, dict) else "[]"
    raise TypeError(f"no plain value: {value!r}")


@lru_cache(maxsize=1024)
def _text(value: str) -> str:
    if _PLAIN.fullmatch(value) and value.lower() not in _TAKEN:
        return value
    if _QUOTABLE.fullmatch(value):
        return f"'{value}'"
    written: str = yaml.safe_dump(value, default_style='"', allow_unicode=True, width=2**31)
    return written.rstrip("\n")
