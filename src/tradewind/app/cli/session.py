"""`tradewind session`: what sessions there are, what is in them, and whether they can be proved.

All of it reads, but for `rebuild`, which writes a session's own files again.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from tradewind.app.cli.output import csv_text, emit, fitted, screen_width, table
from tradewind.app.cli.run_options import SESSIONS
from tradewind.app.cli.session_alive import alive
from tradewind.app.cli.session_reconciliations import reconciliations
from tradewind.record.sessions.find import LATEST, SessionEntry, find, sessions

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="List, show, query, report, rebuild and replay sessions.",
)

Root = Annotated[Path, typer.Option("--data-output", "--root", help="The folder of the session folders.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Name = Annotated[
    str, typer.Argument(metavar="[SESSION]", help="`2025-10-01/run_1`, a folder, an id, or `latest` (the default).")
]
DEFAULT_ROOT = Path(SESSIONS)
ROWS_SHOWN = 10
TABLES_SHOWN = ("orders", "trades", "refusals", "logs")


@app.command("list", epilog="Example: tradewind session list --data-output ./data/live-trading")
def list_(*, root: Root = DEFAULT_ROOT, as_json: AsJson = False) -> None:
    """List the sessions, oldest first."""
    found = [_facts(entry) for entry in sessions(root)]
    headers = ("session", "state", "mode", "days", "symbols", "strategies", "parent")
    text = table(headers, [tuple(facts[name] for name in headers) for facts in found]) if found else f"none in {root}"
    emit(found, text, as_json=as_json)


@app.command(epilog="Example: tradewind session show 2025-10-01/run_1 --rows 20")
def show(
    name: Name = LATEST,
    *,
    root: Root = DEFAULT_ROOT,
    rows: Annotated[int, typer.Option(min=0, help="The last so many rows of each table.")] = ROWS_SHOWN,
    as_json: AsJson = False,
) -> None:
    """Show a session: its facts, its statistics, and the last rows of its tables."""
    from tradewind.record.sessions.folders import STATS_FILE
    from tradewind.record.sessions.query import query

    entry = find(root, name)
    page = next((p for d in reversed(entry.days.values()) if (p := d / STATS_FILE).is_file()), None)
    stats = page.read_text(encoding="utf-8") if page else "no statistics yet\n"
    last = {
        each: query(f"SELECT * FROM {each} ORDER BY seq DESC LIMIT {rows}", [entry])  # noqa: S608 - our own names
        for each in TABLES_SHOWN
    }
    data = {**_facts(entry), "stats": _stats(page), **{n: a.records()[::-1] for n, a in last.items()}}
    parts = [*(f"{key + ':':<12} {value}" for key, value in _facts(entry).items()), "", stats.rstrip()]
    for each, answer in last.items():
        if answer.rows:
            parts += ["", f"last {each}", table(answer.columns[:10], [row[:10] for row in reversed(answer.rows)])]
    emit(data, "\n".join(parts), as_json=as_json)


@app.command("query", epilog='Example: tradewind session query "select symbol, sum(pnl) from trades group by symbol"')
def query_(  # noqa: PLR0913 - the flags of a command
    sql: Annotated[
        str, typer.Argument(help="A SELECT over orders, trades, marks, logs, market_data, equity, refusals.")
    ],
    names: Annotated[
        list[str] | None, typer.Option("--session", "-s", help="A session; may repeat. Default: all.")
    ] = None,
    *,
    root: Root = DEFAULT_ROOT,
    rows: Annotated[int, typer.Option(min=1, help="Print so many rows at most.")] = 1000,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, for spreadsheets and programs.")] = False,
    as_json: AsJson = False,
) -> None:
    """Ask in SQL (DuckDB); each table has its days and sessions together, with columns session, day and run.

    Rows that are wider than the screen are printed one value a line.
    """
    from tradewind.record.sessions.query import query

    entries = [find(root, name) for name in names] if names else sessions(root)
    answer = query(sql, entries, rows)
    if as_csv:
        print(csv_text(answer.columns, answer.rows))
        if not answer.is_whole:
            print(f"more than {rows} rows; --rows prints more", file=sys.stderr)
        return
    cells = [tuple("" if cell is None else cell for cell in row) for row in answer.rows]
    more = "" if answer.is_whole else f"\n… more than {rows} rows; --rows prints more"
    emit(answer.records(), fitted(answer.columns, cells, screen_width()) + more, as_json=as_json)


@app.command(epilog="Example: tradewind session rebuild latest --to ./again")
def rebuild(
    name: Name = LATEST,
    *,
    root: Root = DEFAULT_ROOT,
    to: Annotated[Path | None, typer.Option(help="Write below this folder instead of in place.")] = None,
    as_json: AsJson = False,
) -> None:
    """Rebuild a session's files from its journal; a running session is refused."""
    from tradewind.record.sessions import rebuild as again

    entry = find(root, name)
    done = again.rebuild(entry.journal, entry.home, to)
    emit(
        done,
        f"{done.home}: written again, {done.steps} steps on {done.days} day{'s' * (done.days > 1)}",
        as_json=as_json,
    )


@app.command(epilog="Example: tradewind session replay latest --verify")
def replay(
    name: Name = LATEST,
    *,
    root: Root = DEFAULT_ROOT,
    verify: Annotated[bool, typer.Option("--verify", help="Compare every step with the journal.")] = False,
    as_json: AsJson = False,
) -> None:
    """Replay a session's journal through a fresh engine; ends with 1 at the first step that comes out otherwise."""
    from tradewind.record.journal.reader import digest
    from tradewind.runtime.replay import verify as compare

    if not verify:
        raise typer.BadParameter("say --verify: comparing is what a replay is for")
    entry = find(root, name)
    began = time.perf_counter()
    done = compare(entry.journal)
    sha = digest(entry.journal)
    changed = f"; code changed since: {', '.join(done.changed_sources)}" if done.changed_sources else ""
    text = (
        f"{entry.name}: all {done.steps} steps come out the same ({done.decisions} decisions), equity {done.equity}"
        f", in {time.perf_counter() - began:.1f} s{changed}\njournal {sha}"
    )
    emit({"session": entry.name, "same": True, **vars(done), "digest": sha}, text, as_json=as_json)


@app.command(epilog="Example: tradewind session report latest --out report.html")
def report(
    name: Name = LATEST,
    *,
    root: Root = DEFAULT_ROOT,
    out: Annotated[Path | None, typer.Option(help="A file that ends in .html, .md or .png; else print it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write a report on a session, or print it."""
    from tradewind.app.cli.session_report import report_input
    from tradewind.app.reporting import write

    entry = find(root, name)
    made = report_input(entry)
    if out is not None:
        write(made, out)
        emit({"session": entry.name, "report": out}, f"{out}: the report on {entry.name}", as_json=as_json)
    elif as_json:
        emit(made.statistics, "", as_json=True)
    else:
        from rich.console import Console

        from tradewind.report.terminal import render_terminal

        render_terminal(made, Console())


@app.command(epilog="Example: tradewind session check latest")
def check(name: Name = LATEST, *, root: Root = DEFAULT_ROOT, as_json: AsJson = False) -> None:
    """Read a session's journal page by page and step by step; ends with 1 if it is damaged."""
    from tradewind.record.journal import reader

    entry = find(root, name)
    reader.check(entry.journal)
    steps, sha = reader.last_seq(entry.journal), reader.digest(entry.journal)
    emit(
        {"session": entry.name, "steps": steps, "digest": sha},
        f"{entry.journal}: {steps} steps, nothing damaged\n{sha}",
        as_json=as_json,
    )


app.command(epilog="Example: tradewind session reconciliations latest --all --json")(reconciliations)
app.command(epilog="Example: tradewind session alive --data-output ./data/live-trading --grace 60")(alive)


def _facts(entry: SessionEntry) -> dict[str, Any]:
    facts = entry.facts
    return {
        "session": entry.name,
        "state": entry.state.value,
        "mode": facts.get("mode", ""),
        "days": len(entry.days),
        "symbols": ", ".join(facts.get("symbols", ())),
        "strategies": ", ".join(strategy["name"] for strategy in facts.get("strategies", ())),
        "parent": facts.get("parent") or "",
        "created": facts.get("created", ""),
        "finished": facts.get("finished") or "",
        "config_hash": facts.get("config_hash", ""),
        "journal": str(entry.journal),
    }


def _stats(page: Path | None) -> object:
    from tradewind.record.stats.live import from_yaml

    return from_yaml(page.read_text(encoding="utf-8")) if page else None
