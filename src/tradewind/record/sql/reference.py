"""The tables as the documents print them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.record.sql.columns import TYPE_NAMES
from tradewind.record.sql.database import TABLES

if TYPE_CHECKING:
    from sqlalchemy import Table

_COMMON = ("session_id", "seq")


def reference() -> str:
    """Print every table: what it is, its key, and its columns with their meaning."""
    return "\n\n".join(_of(table) for table in TABLES)


def _of(table: Table) -> str:
    key = ", ".join(f"`{column.name}`" for column in table.primary_key.columns)
    head = f"### {table.name}\n\n{table.info['doc']} Key: {key}."
    rows = [
        f"| `{column.name}` | {TYPE_NAMES[type(column.type)]}{', or null' if column.nullable else ''} | {column.doc} |"
        for column in table.columns
        if column.name not in _COMMON
    ]
    return "\n".join((head, "", "| column | kind | what it is |", "|---|---|---|", *rows)) if rows else head
