"""Reading the configuration's own JSON schema: which keys a block knows, and what a value may be.

The one description of the configuration: messages of mistakes, `docs/configuration.md` and
`tradewind schema config` all come from it.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from tradewind.app.config.model import Config

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tradewind.app.config.source import Place

Node = dict[str, Any]

_SIMPLE = {
    "integer": "a whole number",
    "number": "a number",
    "string": "a text",
    "boolean": "true or false",
    "object": "a block",
    "array": "a list",
}
_BOUNDS = (
    ("minimum", "at least {}"),
    ("exclusiveMinimum", "above {}"),
    ("maximum", "at most {}"),
    ("exclusiveMaximum", "below {}"),
)


@cache
def config_schema() -> Node:
    """Return the JSON schema of a configuration, for editors and forms."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Config.model_json_schema()}


def branches(node: Node) -> Iterator[Node]:
    """Yield the nodes that a node may stand for, references followed; null is left out."""
    if "$ref" in node:
        yield from branches(config_schema()["$defs"][node["$ref"].rpartition("/")[2]])
    elif "anyOf" in node:
        for branch in node["anyOf"]:
            yield from branches(branch)
    elif node.get("type") != "null":
        yield node


def choices(node: Node) -> tuple[str, ...]:
    """Return the words that a value is chosen from, or that choose a block; empty if it is free."""
    for branch in branches(node):
        if "discriminator" in branch:
            return tuple(branch["discriminator"]["mapping"])
        if "enum" in branch:
            return tuple(str(word) for word in branch["enum"])
        if "const" in branch:
            return (str(branch["const"]),)
    return ()


def known_keys(node: Node) -> tuple[str, ...]:
    """Return the keys of a block."""
    return tuple(key for branch in branches(node) for key in branch.get("properties", {}))


def describe(node: Node) -> str:
    """Say in words what a value may be."""
    if words := choices(node):
        return words[0] if len(words) == 1 else f"one of {', '.join(words)}"
    first = next((branch for branch in branches(node) if branch.get("type") in _SIMPLE), None)
    if first is None:
        return "anything"
    if first.get("format") == "date-time":
        return "a date or a time"
    text = _SIMPLE[first["type"]]
    each = first.get("items") or first.get("additionalProperties")
    if isinstance(each, dict):
        return f"{text}, each {describe(each)}"
    bounds = [phrase.format(f"{first[key]:g}") for key, phrase in _BOUNDS if key in first]
    if "examples" in first:
        bounds.append(f"such as {', '.join(map(str, first['examples']))}")
    elif "pattern" in first and first["type"] == "string":
        bounds.append(f"that matches {first['pattern']}")
    return " ".join((text, *bounds[:1])) + "".join(f" and {bound}" for bound in bounds[1:])


def locate(loc: tuple[int | str, ...], data: object) -> tuple[Place, Node]:
    """Turn pydantic's location into the place in the file and the node of the schema that rules it.

    Pydantic names the chosen kind of a block on the way, and an index where one block stands for a list
    of one; neither is in the file.
    """
    place: Place = ()
    node: Node = config_schema()
    for step in loc:
        chosen = _chosen(node, step)
        if chosen is not None:
            node = chosen
            continue
        node = _child(node, step)
        if isinstance(step, int) and not isinstance(data, list):
            continue
        place = (*place, step)
        data = value_at(data, (step,))
    return place, node


def value_at(data: object, place: Place) -> object:
    """Return what stands at a place; None if there is nothing."""
    for step in place:
        if isinstance(data, dict):
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            return None
    return data


def _chosen(node: Node, step: int | str) -> Node | None:
    """Return the block that a kind chooses, if the step is one."""
    for branch in branches(node):
        mapping = branch.get("discriminator", {}).get("mapping", {})
        if step in mapping:
            return {"$ref": mapping[step]}
    return None


def _child(node: Node, step: int | str) -> Node:
    for branch in branches(node):
        if isinstance(step, int) and "items" in branch:
            return dict(branch["items"])
        if step in branch.get("properties", {}):
            return dict(branch["properties"][step])
        if isinstance(branch.get("additionalProperties"), dict):
            return dict(branch["additionalProperties"])
    return {}
