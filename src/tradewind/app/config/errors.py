"""How the mistakes of a configuration are told: all at once, each with its line, its path and the way out.

Shows values as they were written, never what the environment put in their place, and no secrets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from tradewind.app.config.schema import choices, describe, known_keys, locate, value_at
from tradewind.app.config.source import Place
from tradewind.app.config.trading import SECRET_NAME
from tradewind.domain.nearest import nearest

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from tradewind.app.config.schema import Node

_SHOWN_LENGTH_MAX = 60
_NOT_YET = "this version does not act on it: leave the block empty, or out"


class Mistake(msgspec.Struct, frozen=True):
    """One thing to put right: where it stands, and what is wrong with it."""

    place: Place
    problem: str


def dotted(place: Place) -> str:
    """Write a place as people do: `engine.symbols[1]`."""
    text = ""
    for step in place:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


def mistake_of(error: ErrorDetails, written: dict[str, Any]) -> Mistake:
    """Turn one of pydantic's errors into a mistake; `written` is the configuration as it was written."""
    place, node = locate(error["loc"], written)
    context = error.get("ctx", {})
    match error["type"]:
        case "extra_forbidden":
            block = locate(error["loc"][:-1], written)[1]
            return Mistake(place, _unknown_key(str(place[-1]), known_keys(block)))
        case "missing" | "union_tag_not_found" | "model_attributes_type" if _key_of_choice(node):
            return Mistake((*place, _key_of_choice(node)), f"is missing; allowed: {describe(node)}")
        case "missing":
            return Mistake(place, f"is missing; allowed: {describe(node)}")
        case "too_short":
            return Mistake(place, "is empty; at least one is needed")
        case "union_tag_invalid":
            given = str(context["tag"])
            where = (*place, _key_of_choice(node))
            return Mistake(where, f"given {given!r}; allowed: {describe(node)}{nearest(given, choices(node))}")
        case "rule":
            where = (*place, context["key"]) if context["key"] else place
            simple = not isinstance(value_at(written, where), dict | list)
            return Mistake(where, _with_given(where, written, error["msg"]) if simple else error["msg"])
    return Mistake(place, _wrong_value(place, node, written, error["msg"]))


def _unknown_key(key: str, known: tuple[str, ...]) -> str:
    if not known:
        return _NOT_YET
    return f"unknown key{nearest(key, known) or '; known here: ' + ', '.join(known)}"


def _key_of_choice(node: Node) -> str:
    """Return the key that chooses the kind of a block."""
    options = (node, *node.get("anyOf", ()))
    return str(next((option["discriminator"]["propertyName"] for option in options if "discriminator" in option), ""))


def _wrong_value(place: Place, node: Node, written: dict[str, Any], message: str) -> str:
    given = value_at(written, place)
    allowed = describe(node) if node else message
    hint = nearest(given, choices(node)) if isinstance(given, str) else ""
    if isinstance(given, int) and allowed.startswith("a text"):
        hint = "; put it in quotes"
    return _with_given(place, written, f"allowed: {allowed}{hint}")


def _with_given(place: Place, written: dict[str, Any], rest: str) -> str:
    given = value_at(written, place)
    secret = _is_secret(locate(place, written)[1])
    return rest if given is None else f"given {'***' if secret else _shown(place, given)}; {rest}"


def _is_secret(node: Node) -> bool:
    """Tell whether the schema says of a key that it is written and never read."""
    return any(option.get("writeOnly", False) for option in (node, *node.get("anyOf", ())))


def _shown(place: Place, value: object) -> str:
    """Write a value for a message, cut to length; a secret is not written."""
    if isinstance(value, dict | list):
        return "a block" if isinstance(value, dict) else "a list"
    if any(isinstance(step, str) and SECRET_NAME.search(step) for step in place):
        return "***"
    text = repr(value) if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= _SHOWN_LENGTH_MAX else f"{text[:_SHOWN_LENGTH_MAX]}…"
