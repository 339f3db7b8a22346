"""One structured event, and the kinds and severities that there are."""

from __future__ import annotations

from typing import Any

import msgspec

SEVERITIES = ("debug", "info", "warning", "error", "critical")
"""From the least on."""
KINDS = ("engine", "decision", "order", "risk", "data", "db")


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of a step: the fields that differ from event to event."""

    kind: str
    code: str
    severity: str = "info"
    message: str = ""
    strategy: str | None = None
    instrument: str | None = None
    order_id: str | None = None
    data: dict[str, Any] = {}
