"""The kinds of columns that the operational database has, the same in SQLite and PostgreSQL.

Times are integers, nanoseconds UTC. Money is exact: text in SQLite, NUMERIC(38, 18) in PostgreSQL, decimals for
Python. Enums are text without a width, so that a longer word never breaks an insert.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Boolean, Column, Double, MetaData, Numeric, PrimaryKeyConstraint, Table, Text
from sqlalchemy.types import TypeDecorator

from tradewind.domain.money import plain

if TYPE_CHECKING:
    from sqlalchemy import Constraint
    from sqlalchemy.engine import Dialect
    from sqlalchemy.types import TypeEngine

METADATA = MetaData(naming_convention={"pk": "pk_%(table_name)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s"})
"""All tables; names of constraints are made by rule, so that migrations can speak of them."""


class Money(TypeDecorator[Decimal]):
    """An exact amount with up to 18 decimals."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose what the database has for it."""
        kind = Numeric(38, 18) if dialect.name == "postgresql" else Text()
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Decimal | str | None:
        """Write it: as text without exponent where there are no exact numbers."""
        return value if value is None or dialect.name == "postgresql" else plain(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:  # noqa: ANN401, ARG002 - SQLAlchemy's signature
        """Read it back."""
        return None if value is None else Decimal(value)


TYPE_NAMES = {Text: "text", BigInteger: "integer", Double: "number", Boolean: "true or false", Money: "amount"}
"""What documents call them."""


def text(name: str, doc: str, *, null: bool = False) -> Column[str]:
    """Make a column of text."""
    return Column(name, Text(), nullable=null, doc=doc)


def money(name: str, doc: str, *, null: bool = False) -> Column[Decimal]:
    """Make a column of exact amounts."""
    return Column(name, Money(), nullable=null, doc=doc)


def time(name: str, doc: str, *, null: bool = False) -> Column[int]:
    """Make a column of times, in nanoseconds UTC."""
    return Column(name, BigInteger(), nullable=null, doc=doc)


def count(name: str, doc: str, *, null: bool = False) -> Column[int]:
    """Make a column of whole numbers."""
    return Column(name, BigInteger(), nullable=null, doc=doc)


def number(name: str, doc: str, *, null: bool = False) -> Column[float]:
    """Make a column of doubles: ratios and statistics, no money."""
    return Column(name, Double(), nullable=null, doc=doc)


def flag(name: str, doc: str) -> Column[bool]:
    """Make a column of truths."""
    return Column(name, Boolean(), nullable=False, doc=doc)


def table(name: str, doc: str, key: tuple[str, ...], *columns: Column[Any] | Constraint) -> Table:
    """Make a table: every row belongs to a session, and says which step of its journal it stands at."""
    return Table(
        name,
        METADATA,
        text("session_id", "the session in this database: its name, and a digest of what began it"),
        count("seq", "the step of the journal that made the row, or changed it last"),
        *columns,
        PrimaryKeyConstraint("session_id", *key),
        info={"doc": doc},
    )
