"""The operational database of live signals: one process writes it for all keys, from their journals."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from tradewind.app.config.database import DatabaseSettings
from tradewind.record.sql.address import Address
from tradewind.runtime.followers.database_messages import DatabaseTask
from tradewind.runtime.followers.database_process import DatabaseProcess

if TYPE_CHECKING:
    from pathlib import Path


class KeysDatabase:
    """Runs the writing process as long as a key runs. Nothing waits for it, and what it lacks it writes next time."""

    def __init__(self, url: str) -> None:
        """Check the address; `ConfigError` if it is none, or if what it needs is not installed."""
        self._shown = str(Address(url))
        self._url = url
        self._keys = 0
        self._process: DatabaseProcess | None = None
        self._lock = threading.Lock()

    def begin(self, journals: Path) -> None:
        """Hear of a key that begins; its journal lies below a folder."""
        with self._lock:
            self._keys += 1
            if self._process is None:
                settings = DatabaseSettings()
                task = DatabaseTask(
                    journal="", root=str(journals.absolute()), url=self._url, journals=str(journals.absolute()),
                    flush_seconds=settings.flush_seconds, retry_longest_seconds=settings.retry_longest_seconds,
                    close_seconds=settings.close_seconds,
                )  # fmt: skip
                self._process = DatabaseProcess(task, self._shown)

    def committed(self) -> None:
        """Hear that a journal has more."""
        with self._lock:
            if self._process is not None:
                self._process.tell_more()

    def end(self) -> None:
        """Hear of a key that ends; after the last one the process writes the rest, and nobody waits for that."""
        with self._lock:
            self._keys -= 1
            if not self._keys and self._process is not None:
                threading.Thread(target=self._process.close, name="database-end", daemon=True).start()
                self._process = None
