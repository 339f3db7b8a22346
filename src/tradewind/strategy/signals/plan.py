"""Reading what `get_signal` gave: a mapping or any object with the fields of a signal, under either of their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

ALIASES = {
    "position": "side",
    "price_open": "open_price",
    "price_take_profit": "take_profit",
    "price_stop_loss": "stop_loss",
}
"""The names of the code, and the words that the page's sample uses for them."""
FIELDS = (
    "id", "position", "note", "price_open", "price_take_profit", "price_stop_loss", "minute_estimated_time",
    "symbol", "entry", "quantity", "cost", "timestamp",
)  # fmt: skip
_NAMES = {**{name: name for name in FIELDS}, **{alias: name for name, alias in ALIASES.items()}}
"""Every word that is known, and the field that it means."""


class Plan(NamedTuple):
    """A signal as it was given, nothing believed yet; None is what was left out."""

    id: Any = None
    position: Any = None
    note: Any = None
    price_open: Any = None
    price_take_profit: Any = None
    price_stop_loss: Any = None
    minute_estimated_time: Any = None
    symbol: Any = None
    entry: Any = None
    quantity: Any = None
    cost: Any = None
    timestamp: Any = None


def read(answer: Any) -> Plan | str:  # noqa: ANN401 - whatever a user's function gave
    """Return the plan, or in words why the answer is none."""
    given = answer if type(answer) is dict or isinstance(answer, Mapping) else _attributes(answer)
    found: dict[str, Any] = {}
    strange = []
    for word, value in given.items():
        name = _NAMES.get(word)
        if name is None:
            strange.append(str(word))
        elif name in found and found[name] != value:
            return f"{name} and {ALIASES[name]} are both given, and differ"
        else:
            found[name] = value
    if strange:
        return f"unknown fields: {', '.join(strange)}"
    if "position" not in found:
        return f"not a signal: {type(answer).__name__} without position"
    return Plan(**found)


def _attributes(answer: object) -> dict[str, Any]:
    """Return what an object has of a signal, under either name."""
    return {word: getattr(answer, word) for word in _NAMES if hasattr(answer, word)}
