"""What can be said of a strategy before it runs: for `tradewind strategy inspect`."""

from __future__ import annotations

from typing import Any

from tradewind.strategy.load import find


def facts_of(spec: str) -> dict[str, Any]:
    """Return the facts of a strategy of any style as plain data; raise `StrategyLoadError`."""
    found = find(spec)
    schema = found.schema()
    return {
        "name": found.name,
        "style": found.origin.style,
        "version": found.version,
        "source": found.origin.spec,
        "sha256": found.origin.sha256,
        **found.facts,
        "parameters": parameters_in(schema),
        "schema": schema,
    }


def parameters_in(schema: dict[str, Any]) -> list[dict[str, str]]:
    """Return the parameters of a JSON schema: name, type, default."""
    node = _resolved(schema, schema)
    properties, required = node.get("properties"), node.get("required", ())
    if not isinstance(properties, dict) or not isinstance(required, list | tuple):
        return []  # a guest may say anything
    return [
        {
            "name": name,
            "type": _type(_resolved(each, schema)),
            "default": "required" if name in required else str(each["default"]) if "default" in each else "",
        }
        for name, each in properties.items()
        if isinstance(each, dict)
    ]


def _resolved(node: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference within the schema."""
    reference = str(node.get("$ref", ""))
    if not reference.startswith("#/"):
        return node
    found: Any = schema
    for step in reference[2:].split("/"):
        found = found.get(step) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def _type(node: dict[str, Any]) -> str:
    kind = node.get("type")
    if kind is None:
        kind = [str(each.get("type", "any")) for each in node.get("anyOf", ())] or "any"
    return " or ".join(kind) if isinstance(kind, list) else str(kind)
