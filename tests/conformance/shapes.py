"""The shape of a payload: its fields with their kinds, and what one payload lacks against another."""

from __future__ import annotations

from typing import Any


def kind(value: Any) -> str:
    """Name the JSON kind of a value; of texts, whether they are numbers, as clients read those."""
    match value:
        case None:
            return "null"
        case bool():
            return "truth"
        case int():
            return "integer"
        case float():
            return "fraction"
        case str():
            return "number in a text" if _is_number(value) else "text"
        case list():
            return "list"
        case _:
            return "object"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text and text.lower() not in ("nan", "inf", "infinity")


def lacks(ours: Any, theirs: Any, at: str = "") -> list[str]:
    """Return what `ours` lacks of `theirs`: fields, and kinds that differ; a null may stand for anything."""
    ours_kind, theirs_kind = kind(ours), kind(theirs)
    if "null" in (ours_kind, theirs_kind):
        return []
    if ours_kind != theirs_kind:
        return [f"{at}: {ours_kind}, theirs is {theirs_kind}"]
    found: list[str] = []
    if isinstance(theirs, dict):
        for name, value in theirs.items():
            if name not in ours:
                found.append(f"{at}.{name} is missing")
            else:
                found += lacks(ours[name], value, f"{at}.{name}")
    elif isinstance(theirs, list) and theirs and ours:
        if kind(theirs[0]) in ("object", "list") or len(ours) != len(theirs):
            found += lacks(ours[0], theirs[0], f"{at}[0]")
        else:
            for place, (one, other) in enumerate(zip(ours, theirs, strict=True)):
                found += lacks(one, other, f"{at}[{place}]")
    return found
