"""The block `database`: whether sessions are also kept in a database, and in which."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, SecretStr

from tradewind.venues.registry.fields import Seconds, Settings, mistake


def _known_scheme(url: SecretStr) -> SecretStr:
    if not url.get_secret_value().startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://", "postgres://")):
        raise mistake("begins with sqlite:/// or postgresql://")
    return url


class DatabaseSettings(Settings):
    """Tables that follow from the journal, for whoever asks in SQL; trading never waits for them."""

    enabled: bool = False
    """Write them while a session runs; needs the extra `sql`."""
    url: Annotated[SecretStr, AfterValidator(_known_scheme)] | None = None
    """`sqlite:///FILE`, `postgresql://user:${PASSWORD}@host/name`; null is `tradewind.sqlite` beside the sessions."""
    flush_seconds: Seconds = 1
    """What is new is written so often."""
    retry_longest_seconds: Seconds = 30
    """The longest time between two attempts while the database is away; doubled from half a second on."""
    close_seconds: Seconds = 10
    """How long a session that has ended waits for a database that is away; what is missing then is written later."""
