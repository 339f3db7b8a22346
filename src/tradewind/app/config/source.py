"""Configuration files: what they say, and on which line.

YAML, JSON and TOML become one `Source`. YAML is read by the 1.2 rules for plain words: `ON`, `NO` and
`1:30` are texts (tickers, not truths or base-60 numbers). Numbers with a point stay exact.
"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import yaml

from tradewind.domain.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

BLOCKS = "a configuration is blocks of keys (engine:, market_data: …)"
Place = tuple[str | int, ...]
"""Where a value stands: keys and list indices from the top."""


class Source(msgspec.Struct):
    """What a file says: `data`, the line of each place, and keys that stand there twice."""

    name: str
    data: dict[str, Any]
    lines: dict[Place, int]
    repeated: tuple[Place, ...] = ()

    def line(self, place: Place) -> int | None:
        """Return the line of a place, or of the nearest block around it; None for what is not of a file."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place)


@dataclass(frozen=True)
class Written:
    """Where a configuration was written, for mistakes that only show later; no part of what it says."""

    source: Source | None = field(default=None, compare=False)
    flags: tuple[str, ...] = field(default=(), compare=False)


class _PlainLoader(yaml.SafeLoader):
    """YAML with the plain words of version 1.2; dates stay texts."""


_WORDS = (
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    ("int", r"^[-+]?[0-9][0-9_]*$", list("-+0123456789")),
    ("float", r"^[-+]?(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9_]+)(?:[eE][-+]?[0-9]+)?$", list("-+.0123456789")),
    ("merge", r"^<<$", ["<"]),
)
_PlainLoader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in _WORDS:
    _PlainLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), _first)


def _whole(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    return int(loader.construct_scalar(node))


def _exact(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Decimal:
    return Decimal(loader.construct_scalar(node))


_PlainLoader.add_constructor("tag:yaml.org,2002:int", _whole)
_PlainLoader.add_constructor("tag:yaml.org,2002:float", _exact)


def read_source(path: Path, shape: str = BLOCKS) -> Source:
    """Read a configuration file by its suffix; raise `ConfigError` when it cannot be read at all."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    return parse_source(text, path.suffix.lower(), str(path), shape)


def parse_source(text: str, suffix: str, name: str, shape: str = BLOCKS) -> Source:
    """Parse the text of a configuration; `suffix` says which language it is in, `shape` what it should be."""
    readers = {".yaml": _yaml, ".yml": _yaml, ".json": _json, ".toml": _toml}
    if suffix not in readers:
        raise ConfigError(f"{name}: a configuration ends in {', '.join(readers)}")
    try:
        source = readers[suffix](text, name)
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ConfigError(f"{name}{line}: {error.problem or error.context}") from error
    except json.JSONDecodeError as error:
        raise ConfigError(f"{name}:{error.lineno}: {error.msg}") from error
    except (yaml.YAMLError, ValueError, ArithmeticError) as error:  # TOML's own; numbers past all bounds
        raise ConfigError(f"{name}: {error}") from error
    except RecursionError:
        raise ConfigError(f"{name}: blocks lie too deep in each other, or in themselves") from None
    if not isinstance(source.data, dict):
        raise ConfigError(f"{name}: {shape}")
    return source


def _yaml(text: str, name: str) -> Source:
    loader = _PlainLoader(text)
    try:
        node = loader.get_single_node()
        lines, repeated = _marks(node)
        data = loader.construct_document(node) if node is not None else {}
    finally:
        loader.dispose()
    return Source(name, data, lines, repeated)


def _json(text: str, name: str) -> Source:
    data = json.loads(text, parse_float=Decimal)
    # JSON is YAML but for tabs; the marks alone are taken from there.
    node = yaml.compose(text.replace("\t", " "), Loader=yaml.SafeLoader)
    lines, repeated = _marks(node)
    return Source(name, data, lines, repeated)


def _marks(node: yaml.Node | None, place: Place = ()) -> tuple[dict[Place, int], tuple[Place, ...]]:
    """Walk a tree of nodes for the line of each place and for keys that stand twice in a block."""
    lines: dict[Place, int] = {}
    repeated: list[Place] = []
    children: list[tuple[str | int, yaml.Node, yaml.Node]] = []
    if isinstance(node, yaml.MappingNode):
        children = [(str(key.value), key, value) for key, value in node.value]
    elif isinstance(node, yaml.SequenceNode):
        children = [(index, value, value) for index, value in enumerate(node.value)]
    for key, mark, value in children:
        here = (*place, key)
        if here in lines:
            repeated.append(here)
        lines[here] = mark.start_mark.line + 1
        inner, twice = _marks(value, here)
        lines.update(inner)
        repeated.extend(twice)
    return lines, tuple(repeated)


_TOML_TABLE = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]")
_TOML_KEY = re.compile(r"""^\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")


def _toml(text: str, name: str) -> Source:
    data = tomllib.loads(text, parse_float=Decimal)
    lines: dict[Place, int] = {}
    counts: dict[Place, int] = {}
    table: Place = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if head := _TOML_TABLE.match(line):
            table = _toml_keys(head[2])
            if head[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                lines.setdefault(table, number)
                table = (*table, counts[table])
            lines[table] = number
        elif key := _TOML_KEY.match(line):
            lines.setdefault((*table, *_toml_keys(key[1])), number)
    return Source(name, data, lines)


def _toml_keys(text: str) -> Place:
    return tuple(part.strip().strip("\"'") for part in text.split("."))
