"""Where the operational database is: an address as people write it, checked, and never shown with its password."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from tradewind.domain.errors import ConfigError

if TYPE_CHECKING:
    from sqlalchemy import URL

DEFAULT_FILE = "tradewind.sqlite"
"""The database of a folder of sessions, unless an address is given."""
EXTRA = "pip install 'tradewind[sql]'"
SCHEMES = ("sqlite", "postgresql", "postgres")
_MASK = "***"


class Address:
    """A database's address; its text, and whatever is logged of it, has no password."""

    def __init__(self, url: str) -> None:
        scheme = url.partition(":")[0].partition("+")[0]
        if scheme not in SCHEMES:
            raise ConfigError(
                "a database's address begins with sqlite:/// or postgresql://, as in "
                "sqlite:///data/tradewind.sqlite or postgresql://user:password@host/name"
            )
        _require(scheme)
        from sqlalchemy.engine import make_url
        from sqlalchemy.exc import ArgumentError

        try:
            parsed = make_url(url)
        except (ArgumentError, ValueError):
            raise ConfigError(f"not a database's address: {scheme}://…") from None
        driver = "sqlite" if scheme == "sqlite" else "postgresql+psycopg"
        self.url: URL = parsed.set(drivername=driver)
        if self.is_file and not self.url.database:
            raise ConfigError("sqlite:/// needs a file; a database in memory would be gone with the process")

    def __str__(self) -> str:
        return self.url.render_as_string(hide_password=True)

    def __repr__(self) -> str:
        return f"Address({str(self)!r})"

    @property
    def is_file(self) -> bool:
        """Whether it is a file of SQLite."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def path(self) -> Path:
        """That file."""
        return Path(self.url.database or "")

    def without_secrets(self, text: str) -> str:
        """Return what somebody said of it without its password."""
        from urllib.parse import quote, quote_plus

        password = str(self.url.password or "")
        for written in (password, quote(password, safe=""), quote_plus(password)):
            if written:
                text = text.replace(written, _MASK)
        return text


def default_url(root: Path) -> str:
    """Return the address of the database that lies in a folder of sessions."""
    return f"sqlite:///{root / DEFAULT_FILE}"


def _require(scheme: str) -> None:
    needed = ["sqlalchemy", "alembic"] + ([] if scheme == "sqlite" else ["psycopg"])
    missing = [name for name in needed if importlib.util.find_spec(name) is None]
    if missing:
        raise ConfigError(f"a database needs {' and '.join(missing)}: {EXTRA}")
