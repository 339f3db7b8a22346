"""Databases for tests: SQLite always, PostgreSQL where one answers on this machine."""

from __future__ import annotations

import os
import uuid
from typing import TYPE_CHECKING

import pytest
from psycopg import sql

from tradewind.record.sql.address import Address
from tradewind.record.sql.database import Database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SERVER = os.environ.get("TRADEWIND_TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432/postgres")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """A database of this process's own."""
    import psycopg

    try:
        server = psycopg.connect(SERVER, autocommit=True, connect_timeout=2)
    except psycopg.OperationalError as error:
        pytest.skip(f"needs PostgreSQL at {SERVER} (or TRADEWIND_TEST_POSTGRESQL): {str(error).splitlines()[0]}")
    name = f"tw_test_{uuid.uuid4().hex[:12]}"
    with server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield f"{SERVER.rpartition('/')[0]}/{name}"
    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database, of both kinds in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'data' / 'tradewind.sqlite'}"
    import psycopg

    where: str = request.getfixturevalue("postgresql")
    with psycopg.connect(where, autocommit=True) as server:
        server.execute("DROP SCHEMA public CASCADE")
        server.execute("CREATE SCHEMA public")
    return where


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    found = Database(Address(url))
    yield found
    found.close()


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Database]:
    """A database of SQLite, for what does not depend on the kind."""
    found = Database(Address(f"sqlite:///{tmp_path / 'data' / 'tradewind.sqlite'}"))
    yield found
    found.close()
