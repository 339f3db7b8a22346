"""`tradewind db`: show the operational database and its accounts, compare it with the journals, rebuild it, migrate it.

Nothing here is needed for trading, and nothing here changes a journal.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradewind.app.cli.exits import Exit
from tradewind.app.cli.output import emit, table
from tradewind.app.cli.run_options import SESSIONS
from tradewind.record.sessions.find import LATEST, SessionEntry, SessionState, find, sessions

if TYPE_CHECKING:
    from tradewind.record.sql.database import Database
    from tradewind.record.sql.rebuild import Verified

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Show the operational database and its accounts, verify it against the journals, rebuild it, migrate it.",
)

DEFAULT_ROOT = Path(SESSIONS)
Root = Annotated[Path, typer.Option("--data-output", "--root", help="The folder of the session folders.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Url = Annotated[
    str | None,
    typer.Option(envvar="TRADEWIND_DATABASE_URL", help="sqlite:///FILE or postgresql://…; ${NAME} is filled in."),
]
ConfigFile = Annotated[
    Path | None, typer.Option("--config", "-c", help="A configuration: its database.url and engine.data_output_path.")
]
Name = Annotated[
    str, typer.Argument(metavar="[SESSION]", help="`2025-10-01/run_1`, a folder, an id, or `latest` (the default).")
]
All = Annotated[bool, typer.Option("--all", help="Every session below the root.")]


@app.command(epilog="Example: tradewind db show --data-output ./data/live-trading")
def show(*, url: Url = None, config: ConfigFile = None, root: Root = DEFAULT_ROOT, as_json: AsJson = False) -> None:
    """Show where the database is, its revision, its sessions and how many rows each table has."""
    from tradewind.record.sql.migrate import newest, revision

    database, _ = _opened(url, config, root)
    found = revision(database)
    facts: dict[str, Any] = {"database": str(database.address), "revision": found, "newest": newest()}
    facts |= {"sessions": dict(database.sessions()), "rows": database.counts()} if found == newest() else {}
    lines = [f"{key + ':':<10} {facts[key] or 'none'}" for key in ("database", "revision")]
    if found != newest():
        lines.append("there are no tables yet" if found is None else f"`tradewind db migrate` makes it {newest()}")
    else:
        lines += ["", table(("session", "step"), list(facts["sessions"].items()))]
        lines += ["", table(("table", "rows"), list(facts["rows"].items()))]
    emit(facts, "\n".join(lines), as_json=as_json)


@app.command(epilog="Example: tradewind db verify --all --data-output ./data/live-trading")
def verify(  # noqa: PLR0913 - the options of a command
    name: Name = LATEST,
    *,
    everything: All = False,
    url: Url = None,
    config: ConfigFile = None,
    root: Root = DEFAULT_ROOT,
    as_json: AsJson = False,
) -> None:
    """Compare the database with the journals, row by row; ends with 1 at a difference, or if steps are missing.

    Of a session that runs, what is not written yet is not missing.
    """
    from tradewind.record.sql.rebuild import verify as compare

    database, folder = _opened(url, config, root)
    results, wrong = [], False
    for entry in _meant(folder, name, everything=everything):
        done = compare(entry.journal, database)
        late = done.missing > 0 and entry.state is not SessionState.RUNNING
        wrong = wrong or late or done.difference is not None
        results.append((entry, done, late))
    lines = [_verdict(entry.name, done, late=late) for entry, done, late in results]
    if wrong:
        lines.append("`tradewind db rebuild` rewrites a session's rows from its journal")
    emit(
        [{"session": entry.name, "late": late, **_plain(done)} for entry, done, late in results],
        "\n".join(lines), as_json=as_json,
    )  # fmt: skip
    if wrong:
        raise typer.Exit(Exit.FAILED)


@app.command(epilog="Example: tradewind db rebuild 2025-10-01/run_1 --url sqlite:///tradewind.sqlite")
def rebuild(  # noqa: PLR0913 - the options of a command
    name: Name = LATEST,
    *,
    everything: All = False,
    url: Url = None,
    config: ConfigFile = None,
    root: Root = DEFAULT_ROOT,
    as_json: AsJson = False,
) -> None:
    """Rewrite a session's rows from its journal, also while it runs; a backtest's too."""
    from tradewind.record.sql.rebuild import rebuild as again

    database, folder = _opened(url, config, root)
    done = [(entry.name, *again(entry.journal, database)) for entry in _meant(folder, name, everything=everything)]
    emit(
        [{"session": session, "session_id": key, "steps": steps} for session, key, steps in done],
        "\n".join(f"{session}: {steps} steps are in {database.address}" for session, _, steps in done),
        as_json=as_json,
    )


@app.command("lineages", epilog="Example: tradewind db lineages --data-output ./data/live-trading --json")
def lineages_(
    *, url: Url = None, config: ConfigFile = None, root: Root = DEFAULT_ROOT, as_json: AsJson = False
) -> None:
    """Show what accounts have come to over all sessions that resume each other: profit, trades, win rate."""
    from tradewind.record.sql.lineages import lineages
    from tradewind.record.sql.migrate import check_ready

    database, _ = _opened(url, config, root)
    check_ready(database)
    found = lineages(database)
    headers = ("last session", "sessions", "mode", "strategies", "profit", "", "trades", "won", "equity")
    rows = [
        (
            each.sessions[-1], f"{len(each.sessions)}{'' if each.is_whole else '+'}", each.mode, each.strategies,
            "unknown" if each.total_pnl is None else f"{each.total_pnl:f}", each.base_currency, each.trades,
            "" if each.win_rate is None else f"{each.win_rate:.1%}",
            "unknown" if each.equity is None else f"{each.equity:f}",
        )
        for each in found
    ]  # fmt: skip
    emit(found, table(headers, rows) if rows else f"no sessions in {database.address}", as_json=as_json)


@app.command(epilog="Example: tradewind db migrate -c session.yaml")
def migrate(*, url: Url = None, config: ConfigFile = None, root: Root = DEFAULT_ROOT, as_json: AsJson = False) -> None:
    """Create the tables, or upgrade older ones to this program's revision; sessions that wait for it continue."""
    from tradewind.record.sql.migrate import migrate as upgrade

    database, _ = _opened(url, config, root)
    before, after = upgrade(database)
    said = f"is at {after} already" if before == after else f"went from {before or 'no tables'} to {after}"
    emit(
        {"database": str(database.address), "before": before, "after": after},
        f"{database.address} {said}", as_json=as_json,
    )  # fmt: skip


def _opened(url: str | None, config: Path | None, root: Path) -> tuple[Database, Path]:
    """Return the database that is meant, and the folder of the sessions."""
    from tradewind.app.config import filled_text, load_config
    from tradewind.app.session.database import url_of
    from tradewind.record.sql.address import Address, default_url

    found = default_url(root)
    if config is not None:
        settings = load_config(config)
        root = Path(settings.engine.data_output_path)
        found = url_of(settings)
    address = Address(found if url is None else filled_text(url, "--url"))
    from tradewind.record.sql.database import Database

    return Database(address), root


def _verdict(name: str, done: Verified, *, late: bool) -> str:
    if done.difference is not None:
        return f"{name}: differs: {done.difference}"
    if late:
        return f"{name}: steps {done.written + 1} to {done.steps} are missing"
    return f"{name}: {done.rows} rows up to step {done.written} are as the journal says"


def _meant(root: Path, name: str, *, everything: bool) -> list[SessionEntry]:
    return sessions(root) if everything else [find(root, name)]


def _plain(done: Any) -> dict[str, Any]:  # noqa: ANN401 - a struct
    import msgspec

    return {**msgspec.to_builtins(done), "missing": done.missing}
