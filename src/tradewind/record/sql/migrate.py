"""Which revision the database's tables are of, and how they are brought to this program's.

Revisions are Alembic's, in `migrations/versions/`; a released one is never changed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from tradewind.domain.errors import DatabaseError
from tradewind.record.sql.columns import METADATA
from tradewind.record.sql.statements import unhurried

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from tradewind.record.sql.database import Database

HEAD = "head"
_ONE_AT_A_TIME = 7_239_401_185
"""The name of PostgreSQL's lock under which tables are made; SQLite has one writer anyway."""


def scripts() -> ScriptDirectory:
    """Return the revisions that this program knows."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


def newest() -> str:
    """Return the revision that this program writes."""
    head = scripts().get_current_head()
    assert head is not None
    return head


def _revision_of(connection: Connection) -> str | None:
    """Return the revision of the tables; None of a database without them."""
    return MigrationContext.configure(connection).get_current_revision()


def revision(database: Database) -> str | None:
    """Return the revision of the tables; None of a database without them."""
    with database.reading() as connection:
        return _revision_of(connection)


def migrate(database: Database, to: str = HEAD) -> tuple[str | None, str | None]:
    """Bring the tables to a revision, in one transaction; return the one before and the one now."""
    with database.transaction() as connection:
        unhurried(connection)
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_ONE_AT_A_TIME})"))
        before = _revision_of(connection)
        _check_known(before, database)
        _upgrade(connection, to)
        return before, _revision_of(connection)


def make_ready(database: Database) -> None:
    """Make the tables in an empty database; raise `DatabaseError` if they are of another revision than ours.

    Older ones wait for `tradewind db migrate`: other sessions may be writing them with the program that made them.
    """
    is_new = database.address.is_file and not database.address.path.exists()
    if is_new or revision(database) is None:
        migrate(database)
    check_ready(database)


def check_ready(database: Database) -> None:
    """Raise `DatabaseError` unless the tables are of this program's revision."""
    wanted, found = newest(), revision(database)
    if found == wanted:
        return
    _check_known(found, database)
    has = f"tables of revision {found}" if found else "no tables"
    raise DatabaseError(
        f"the database {database.address} has {has}, this program writes {wanted}",
        {"revision": found, "wanted": wanted, "fix": "`tradewind db migrate` brings it up to date"},
    )


def _check_known(found: str | None, database: Database) -> None:
    known = {script.revision for script in scripts().walk_revisions()}
    if found is not None and found not in known:
        raise DatabaseError(
            f"the database {database.address} has tables of revision {found}, which this program does not know: "
            "it is of a newer one",
            {"revision": found},
        )


def _upgrade(connection: Connection, to: str) -> None:
    found = scripts()

    def steps(revision: Any, _: MigrationContext) -> Any:  # noqa: ANN401 - Alembic's own
        return found._upgrade_revs(to, revision)  # noqa: SLF001 - what `alembic upgrade` itself calls

    with EnvironmentContext(Config(), found, fn=steps, destination_rev=to) as environment:
        environment.configure(
            connection=connection, target_metadata=METADATA, transactional_ddl=True, transaction_per_migration=False
        )
        environment.run_migrations()
