"""`tradewind events`: what a session has to tell, filtered and followed."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from tradewind.app.cli.control_saying import AsJson, ConfigFile, Root, root_of
from tradewind.domain.errors import ConfigError
from tradewind.domain.time import NS_PER_SECOND, iso

if TYPE_CHECKING:
    from pathlib import Path

    from tradewind.record.sessions.find import SessionEntry

app = typer.Typer(add_completion=False, rich_markup_mode=None)

LOOK_SECONDS = 0.25


@app.command(epilog="Example: tradewind events --severity warning --since 2h --follow")
def events(  # noqa: PLR0913 - what is filtered by
    name: Annotated[str, typer.Argument(metavar="[SESSION]", help="A session; the newest if not given.")] = "latest",
    *,
    kind: Annotated[
        list[str] | None, typer.Option("--kind", help="engine, decision, order, risk, data or db; may repeat.")
    ] = None,
    severity: Annotated[
        Literal["debug", "info", "warning", "error", "critical"], typer.Option("--severity", help="This and above.")
    ] = "debug",
    since: Annotated[str, typer.Option("--since", help="A time, or how long before the last: 30m, 2h.")] = "",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on while the session runs.")] = False,
    root: Root = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Read a session's structured events: engine, orders, risk, data."""
    from tradewind.record.events.reading import events_in, wanted
    from tradewind.record.sessions.find import find, is_running

    entry = find(root_of(root, config), name)
    since_ns = _since(since, entry)
    kinds = frozenset(kind or ())
    for event in events_in(entry.home, lambda: follow and is_running(entry.home), runs=lambda: is_running(entry.home)):
        if event is None:
            time.sleep(LOOK_SECONDS)
        elif wanted(event, kinds=kinds, severity=severity, since_ns=since_ns):
            print(json.dumps(event) if as_json else line_of(event), flush=follow)


def line_of(event: dict[str, Any]) -> str:
    """Return an event as a line for people."""
    about = " ".join(str(event[name]) for name in ("strategy", "instrument", "order_id") if event.get(name))
    data = " ".join(f"{name}={value}" for name, value in event.get("data", {}).items())
    head = f"{iso(event['ts_ns'])} {event['severity']:<8} {event['kind']:<6}"
    text = f"{head} {event['code']:<16} {event.get('message', '')}"
    return " ".join(part for part in (text, about, data) if part)


def _since(text: str, entry: SessionEntry) -> int:
    """Return the time from which on events are wanted, in nanoseconds UTC."""
    units = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
    if not text:
        return 0
    if text[-1:] in units and text[:-1].replace(".", "", 1).isdigit():
        return _last_ts(entry.home) - int(float(text[:-1]) * units[text[-1]] * NS_PER_SECOND)
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"--since: {text!r} is no time; it is like 2h or 2026-01-31T12:00") from None
    return int((given if given.tzinfo else given.replace(tzinfo=UTC)).timestamp()) * NS_PER_SECOND


def _last_ts(home: Path) -> int:
    from tradewind.record.events.reading import events_in
    from tradewind.record.sessions.find import is_running

    return max(
        (event["ts_ns"] for event in events_in(home, runs=lambda: is_running(home)) if event is not None), default=0
    )
