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
_MISSING = object()


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
    found: dict[str, Any] = {}
    for name in FIELDS:
        value = _of(answer, name)
        other = _of(answer, ALIASES[name]) if name in ALIASES else _MISSING
        if value is not _MISSING and other is not _MISSING and value != other:
            return f"{name} and {ALIASES[name]} are both given, and differ"
        value = other if value is _MISSING else value
        if value is not _MISSING:
            found[name] = value
    if isinstance(answer, Mapping):
        known = {*FIELDS, *ALIASES.values()}
        strange = [str(key) for key in answer if key not in known]
        if strange:
            return f"unknown fields: {', '.join(strange)}"
    if "position" not in found:
        return f"not a signal: {type(answer).__name__} without position"
    return Plan(**found)


def _of(answer: Any, name: str) -> Any:  # noqa: ANN401
    if isinstance(answer, Mapping):
        return answer.get(name, _MISSING)
    return getattr(answer, name, _MISSING)
