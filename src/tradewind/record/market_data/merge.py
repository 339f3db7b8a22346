"""Putting new bars among old ones: each open time once, and no bar changed in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.errors import DataValidationError
from tradewind.domain.time import TimeNs, iso
from tradewind.record.frames import pl
from tradewind.record.market_data.bars import EXTRAS, VALUES

if TYPE_CHECKING:
    from collections.abc import Sequence

CONFLICTS_SHOWN = 3


class Conflict(msgspec.Struct, frozen=True):
    """Two bars of one open time: the first column in which they differ, as it was and as it would be."""

    ts_open: TimeNs
    column: str
    old: float
    new: float

    def __str__(self) -> str:
        return f"{iso(self.ts_open)} {self.column} {self.old!r} -> {self.new!r}"


class Merged(msgspec.Struct, frozen=True):
    """What came of a merge, in bars; `conflicts` are the bars whose new values took the place of others."""

    added: int
    equal: int
    conflicts: tuple[Conflict, ...] = ()
    extras_filled: bool = False

    @property
    def changed(self) -> bool:
        """Tell whether there is something to write."""
        return bool(self.added or self.conflicts or self.extras_filled)

    @classmethod
    def sum(cls, parts: Sequence[Merged]) -> Merged:
        """Add up the parts of a series."""
        return cls(
            added=sum(part.added for part in parts),
            equal=sum(part.equal for part in parts),
            conflicts=tuple(conflict for part in parts for conflict in part.conflicts),
            extras_filled=any(part.extras_filled for part in parts),
        )

    def refusal(self, name: str) -> DataValidationError:
        """Return the error that says which bars of `name` would change."""
        shown = "; ".join(map(str, self.conflicts[:CONFLICTS_SHOWN]))
        count = len(self.conflicts)
        return DataValidationError(
            f"{count} bars differ from those in {name}: {shown}; nothing was written, --replace takes the new ones",
            {"series": name, "conflicts": count},
        )


def merge(old: pl.DataFrame | None, new: pl.DataFrame) -> tuple[pl.DataFrame, Merged]:
    """Join bars by open time; new values win, and extras that only the old bars have are kept."""
    if old is None:
        return new.sort("ts_open"), Merged(added=new.height, equal=0)
    common = old.join(new, on="ts_open", how="inner", suffix="_new")
    differing = common.filter(pl.any_horizontal(pl.col(name) != pl.col(f"{name}_new") for name in VALUES))
    joined = new.join(old, on="ts_open", how="full", coalesce=True, suffix="_old").sort("ts_open")
    names = [name for name in (*VALUES, *EXTRAS) if name in joined.columns]
    whole = joined.select("ts_open", *(_first_of(name, joined.columns) for name in names))
    return whole, Merged(
        added=new.height - common.height,
        equal=common.height - differing.height,
        conflicts=tuple(_conflict(row) for row in differing.iter_rows(named=True)),
        extras_filled=any(_count(whole, name) > _count(old, name) for name in EXTRAS),
    )


def _first_of(name: str, columns: list[str]) -> pl.Expr:
    return pl.coalesce([column for column in (name, f"{name}_old") if column in columns]).alias(name)


def _count(frame: pl.DataFrame, name: str) -> int:
    return frame.height - frame[name].null_count() if name in frame.columns else 0


def _conflict(row: dict[str, float]) -> Conflict:
    column = next(name for name in VALUES if row[name] != row[f"{name}_new"])
    return Conflict(int(row["ts_open"]), column, row[column], row[f"{column}_new"])
