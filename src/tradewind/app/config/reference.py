"""Every key of a configuration with its default, as tables: `docs/configuration.md` prints them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec

from tradewind.app.config.schema import branches, config_schema, describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tradewind.app.config.schema import Node

REQUIRED = "required"


class Row(msgspec.Struct, frozen=True):
    """One key: where it is allowed (`kind`, empty for everywhere), what it may be, and what it means."""

    key: str
    kind: str
    allowed: str
    default: str
    meaning: str


def rows(node: Node, prefix: str = "", kind: str = "") -> Iterator[Row]:
    """Yield the keys of a block and of the blocks in it."""
    for branch in branches(node):
        if "discriminator" in branch:
            yield from _rows_by_kind(node, branch, prefix)
        elif "properties" in branch:
            for key, child in branch["properties"].items():
                yield from _rows_of_key(f"{prefix}{key}", child, kind)
            return
        elif "properties" in next(branches(branch.get("items", {})), {}):
            yield from rows(branch["items"], prefix, kind)


def reference() -> str:
    """Print the tables of all blocks as Markdown."""
    return "\n\n".join(_section(name, node) for name, node in config_schema()["properties"].items())


def _rows_of_key(key: str, child: Node, kind: str) -> Iterator[Row]:
    inner = list(rows(child, f"{key}.", kind))
    if inner:
        yield from inner
        return
    default = json.dumps(child["default"]) if "default" in child else REQUIRED
    yield Row(key, kind, describe(child), default, child.get("description", ""))


def _rows_by_kind(node: Node, branch: Node, prefix: str) -> Iterator[Row]:
    """Yield the key that chooses, then the keys of each kind."""
    chooser, mapping = branch["discriminator"]["propertyName"], branch["discriminator"]["mapping"]
    default = node.get("default", {}).get(chooser)
    yield Row(
        f"{prefix}{chooser}", "", describe(branch), json.dumps(default) if default else REQUIRED, "Which kind it is."
    )
    for reference_ in dict.fromkeys(mapping.values()):
        kinds = [kind for kind, target in mapping.items() if target == reference_]
        found = rows({"$ref": reference_}, prefix, ", ".join(kinds))
        yield from (row for row in found if row.key != f"{prefix}{chooser}")


def _section(name: str, node: Node) -> str:
    found = list(rows(node))
    lines = [f"### {name}", "", node.get("description") or next(branches(node)).get("description", "")]
    if found:
        lines += ["", "| key | may be | default | meaning |", "|---|---|---|---|"]
        lines += [_line(row) for row in found]
    return "\n".join(lines)


def _line(row: Row) -> str:
    key = f"`{row.key}`" + (f" ({row.kind})" if row.kind else "")
    default = row.default if row.default == REQUIRED else f"`{row.default}`"
    cells = (key, row.allowed, default, row.meaning)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
