"""Rows that wait to be written: of each key the newest, so that what changes a hundred times is written once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tradewind.domain.money import FINEST

if TYPE_CHECKING:
    from collections.abc import Hashable
    from decimal import Decimal

Row = dict[str, Any]
DECIMALS = 18
FREE_TEXTS = ("message", "reason", "tag", "summary")
"""Columns in which anybody may have written anything."""


class Changes:
    """Rows of one session by table; `step` is the step that they are being made of."""

    def __init__(self, session_id: str) -> None:
        self.session_id = session_id
        self.step = 0
        self.rows: dict[str, dict[Hashable, Row]] = {}
        self._places: dict[str, int] = {}

    def __len__(self) -> int:
        return sum(map(len, self.rows.values()))

    def begin(self, seq: int) -> None:
        """Take up the next step."""
        self.step = seq
        if self._places:
            self._places.clear()

    def put(self, table: str, key: Hashable, row: Row, seq: int | None = None) -> None:
        """Set the row of a key: what the step made of it."""
        for name in FREE_TEXTS:
            value = row.get(name)
            if value is not None and "\0" in value:  # PostgreSQL takes no such text, and then nothing after it either
                row[name] = value.replace("\0", "\ufffd")
        row["session_id"] = self.session_id
        row["seq"] = self.step if seq is None else seq
        self.rows.setdefault(table, {})[key] = row

    def add(self, table: str, row: Row) -> None:
        """Add a row of the step; its key is the step and its place in it."""
        row["place"] = place = self._places.get(table, 0)
        self._places[table] = place + 1
        self.put(table, (self.step, place), row)

    def clear(self) -> None:
        """Forget all: it is written."""
        self.rows.clear()


def stored(amount: Decimal | None) -> Decimal | None:
    """Return an amount as the database keeps it, with 18 decimals at the most; in `money_context()`."""
    if amount is None:
        return None
    exponent = amount.as_tuple().exponent
    assert isinstance(exponent, int), f"not a finite amount: {amount}"
    return amount.quantize(FINEST) if exponent < -DECIMALS else amount
