"""The operational database of a session, as its configuration wants it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tradewind.record.sql.address import Address, default_url
from tradewind.runtime.followers.database_messages import DatabaseTask
from tradewind.runtime.followers.database_process import DatabaseProcess

if TYPE_CHECKING:
    from tradewind.app.config import Config


def url_of(config: Config) -> str:
    """Return the address that a configuration comes to, password and all, wanted or not."""
    url = config.database.url
    return default_url(Path(config.engine.data_output_path)) if url is None else url.get_secret_value()


def address_of(config: Config) -> Address | None:
    """Return where a session's database is to be, None if it has none; raise `ConfigError` if it cannot have one."""
    return Address(url_of(config)) if config.database.enabled else None


def writers_of(config: Config, address: Address | None, journal: Path) -> list[DatabaseProcess]:
    """Return who writes a session's database: one, or nobody."""
    if address is None:
        return []
    settings = config.database
    task = DatabaseTask(
        journal=str(journal.absolute()),
        root=str(Path(config.engine.data_output_path).absolute()),
        url=url_of(config),
        flush_seconds=settings.flush_seconds,
        retry_longest_seconds=settings.retry_longest_seconds,
        close_seconds=settings.close_seconds,
    )
    return [DatabaseProcess(task, str(address))]
