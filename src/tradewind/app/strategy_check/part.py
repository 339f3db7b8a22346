"""What is asked of a check, and what each part of it came to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import msgspec

CUTS = 20

Verdict = Literal["ok", "found", "not checked"]


class Part(msgspec.Struct, frozen=True):
    """What one of the checks came to."""

    name: str
    verdict: Verdict
    text: str
    rows: tuple[dict[str, Any], ...] = ()
    """The runs behind it, where there are several."""


@dataclass(frozen=True)
class Options:
    """How much is checked, and how exactly."""

    cuts: int = CUTS
    warmup: int | None = None
    """How many bars of warm-up are meant to be enough; None asks only that some number is."""
    tolerance: float = 0.0
    """By which fraction quantities and prices may differ."""
    allow: tuple[str, ...] = ()
    """What a strategy may take from outside: a part of the path."""
