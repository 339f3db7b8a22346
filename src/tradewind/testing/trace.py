"""What happens in a simulated world, a line each, short enough to be read by a person."""

from __future__ import annotations

import enum
from decimal import Decimal
from typing import Any

import msgspec

from tradewind.domain.money import plain
from tradewind.domain.step import Refusal, Step
from tradewind.domain.time import NS_PER_SECOND

LENGTH_MAX = 700
"""A longer line says nothing to anybody."""


def told(about: object, begun: int) -> str:
    """Return a message in short; its times are seconds since the world's beginning."""
    text = _step(about, begun) if isinstance(about, Step) else _value(about, begun)
    return text if len(text) <= LENGTH_MAX else f"{text[:LENGTH_MAX]} …"


def _step(step: Step, begun: int) -> str:
    parts = [_value(step.event, begun)]
    parts += [f"→ {_value(effect, begun)}" for effect in step.effects]
    parts += [f"✗ {_refusal(refusal)}" for refusal in step.refusals]
    parts += [f"· {_value(notice, begun)}" for notice in step.notices]
    return "  ".join(parts)


def _refusal(refusal: Refusal) -> str:
    name = getattr(refusal.intent, "id", getattr(refusal.intent, "order", ""))
    return f"{type(refusal.intent).__name__} {name} {refusal.code.value}"


def _value(value: Any, begun: int, name: str = "") -> str:  # noqa: ANN401 - whatever messages hold
    if isinstance(value, msgspec.Struct):
        facts = [
            f"{'' if place == 0 else f'{field.name}='}{_value(got, begun, field.name)}"
            for place, field in enumerate(msgspec.structs.fields(value))
            if (got := getattr(value, field.name)) not in (field.default, None, ())
        ]
        return f"{type(value).__name__}({', '.join(facts)})"
    if isinstance(value, tuple):
        return f"[{', '.join(_value(each, begun) for each in value)}]"
    if isinstance(value, enum.Enum):
        return str(value.value)
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, int) and name in ("ts_recv", "ts_venue", "ts_open", "at", "fills_since", "ts", "expire_at"):
        return f"{(value - begun) / NS_PER_SECOND:g}s"
    return str(value)
