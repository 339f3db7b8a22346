"""The audit file of the control API: one JSON line for each call, let in or not; secrets masked."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import structlog

from tradewind.record.sessions.mask import masked

if TYPE_CHECKING:
    from pathlib import Path

FILE = "control-audit.jsonl"
BYTES_MAX = 16 << 20
"""Then the file is put aside, and the one that was aside before is gone."""

log = structlog.get_logger(__name__)


class Audit:
    """Appends lines; a disk that takes none stops no command, and is told of in the log."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._bytes = self._path.stat().st_size if self._path.exists() else 0

    def write(self, call: dict[str, Any]) -> None:
        """Append a call."""
        line = json.dumps(masked(call), default=str, separators=(",", ":")).encode() + b"\n"
        try:
            if self._bytes + len(line) > BYTES_MAX:
                self._path.replace(self._path.with_suffix(".1.jsonl"))
                self._bytes = 0
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                self._bytes += os.write(handle, line)
            finally:
                os.close(handle)
        except OSError as error:
            log.error("a call of the control API could not be written down", error=str(error))  # noqa: TRY400
