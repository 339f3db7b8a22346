"""`tradewind venues`: what this version can connect to, and what each venue can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradewind.app.cli.output import emit, table
from tradewind.app.config.reference import rows
from tradewind.venues.registry import VENUES

if TYPE_CHECKING:
    from tradewind.venues.registry import VenueInfo

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def venues(
    name: Annotated[str | None, typer.Argument(help="One venue, with every key of its configuration.")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the venues and what each can do."""
    if name is not None and name not in VENUES:
        raise typer.BadParameter(f"no such venue: {name}; there are {', '.join(VENUES)}")
    chosen = [venue for venue in VENUES.values() if name in (None, venue.name)]
    text = "\n\n".join(_told(venue, keys=name is not None) for venue in chosen)
    emit([_as_data(venue) for venue in chosen], text, as_json=as_json)


def _as_data(venue: VenueInfo) -> dict[str, Any]:
    return {
        "name": venue.name,
        "kind": venue.kind,
        "description": venue.description,
        "real": venue.real,
        "order_types": venue.order_types,
        "tif": venue.tif,
        "features": venue.features,
        "secret_fields": venue.secret_fields,
        "config_schema": venue.config_schema,
    }


def _told(venue: VenueInfo, *, keys: bool) -> str:
    facts = (
        ("kind", venue.kind.value),
        ("real money", "yes" if venue.real else "no"),
        ("order types", ", ".join(each.value for each in venue.order_types)),
        ("time in force", ", ".join(each.value for each in venue.tif)),
        ("features", ", ".join(venue.features)),
        ("config", ", ".join(_name(key, venue) for key in venue.config_schema["properties"])),
    )
    lines = [f"{venue.name}: {venue.description}", *(f"  {label + ':':<15}{fact}" for label, fact in facts if fact)]
    if keys:
        found = [
            (f"  {_name(row.key, venue)}", row.kind, row.allowed, row.default) for row in rows(venue.config_schema)
        ]
        lines += ["", table(("  key", "kind", "may be", "default"), found)]
    return "\n".join(lines)


def _name(key: str, venue: VenueInfo) -> str:
    return f"{key} (secret)" if key in venue.secret_fields else key
