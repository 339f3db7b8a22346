"""A checked configuration as plain data: printed, hashed, and recorded with the session."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, SecretStr

from tradewind.domain.money import plain

if TYPE_CHECKING:
    from tradewind.domain.time import TimeNs

MASK = "***"
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def resolved(config: BaseModel, *, mask: bool = True) -> dict[str, Any]:
    """Return the whole configuration, defaults included, as plain data that prints and reads back."""
    return {key: _rendered(value, MASK if mask else None) for key, value in config.model_dump().items()}


def config_hash(config: BaseModel) -> str:
    """Return the SHA-256 of the configuration; secrets do not count, so a new key is not a new setup."""
    text = json.dumps(resolved(config), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def time_ns(instant: datetime) -> TimeNs:
    """Turn a configured time into nanoseconds since the epoch, exactly."""
    past = instant - _EPOCH
    return ((past.days * 86_400 + past.seconds) * 1_000_000 + past.microseconds) * 1000


def _rendered(value: object, mask: str | None) -> object:
    match value:
        case SecretStr():
            return value.get_secret_value() if mask is None else mask
        case Decimal():
            return plain(value)
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case dict():
            return {str(key): _rendered(entry, mask) for key, entry in value.items()}
        case list() | tuple():
            return [_rendered(entry, mask) for entry in value]
    return value
