"""Where live signals keep their files and which clock they look at; one setting for the process."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tradewind.runtime.clock import WallClock

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from tradewind.app.signals.database import KeysDatabase
    from tradewind.domain.time import TimeNs


class LiveClock(Protocol):
    """The time, and waiting for it."""

    def now(self) -> TimeNs:
        """Return the present, nanoseconds UTC."""
        ...

    def sleep(self, seconds: float) -> Awaitable[object]:
        """Wait so long."""
        ...


class SystemClock(WallClock):
    """The machine's clock."""

    async def sleep(self, seconds: float) -> None:
        """Wait so long."""
        await asyncio.sleep(seconds)


@dataclass
class LiveSetup:
    """Where live keys keep their files; the journals lie beside the folder of the readable files."""

    root: Path = Path("./logs/persist")
    clock: LiveClock = field(default_factory=SystemClock)
    accept_unsigned_state: bool = False
    cancel_entries_on_exit: bool = False
    durable: bool = True
    """Whether the journal waits for the disk; without, it survives a crash of the program, not of the machine."""
    database: KeysDatabase | None = None
    """Who writes the keys' sessions into an operational database; None for nobody."""

    @property
    def journals(self) -> Path:
        """The folder of the journals."""
        return self.root.parent / "journal"


SETUP = LiveSetup()


def configure(  # noqa: PLR0913 - settings by name
    *,
    root: Path | str | None = None,
    clock: LiveClock | None = None,
    accept_unsigned_state: bool | None = None,
    cancel_entries_on_exit: bool | None = None,
    durable: bool | None = None,
    database: str | None = None,
) -> None:
    """Say where the files of live signals lie, and which clock they go by; what is not named stays.

    `database` is the address of an operational database (`sqlite:///FILE`, `postgresql://…`) for all keys that begin
    from now on, or empty for none; `ConfigError` if it is no address, or the extra `sql` is not installed.
    """
    if root is not None:
        SETUP.root = Path(root)
    if clock is not None:
        SETUP.clock = clock
    if accept_unsigned_state is not None:
        SETUP.accept_unsigned_state = accept_unsigned_state
    if cancel_entries_on_exit is not None:
        SETUP.cancel_entries_on_exit = cancel_entries_on_exit
    if durable is not None:
        SETUP.durable = durable
    if database is not None:
        SETUP.database = _database_at(database)


def _database_at(url: str) -> KeysDatabase | None:
    from tradewind.app.signals.database import KeysDatabase  # needs the extra `sql`

    return KeysDatabase(url) if url else None
