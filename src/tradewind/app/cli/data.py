"""`tradewind data`: bring bars in, look at them, check them, make others out of them.

`check` ends with 1 if it finds errors, with 0 if there are warnings only.
"""

import sys
import time
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from tradewind.app.cli.data_download import download
from tradewind.app.cli.exits import Exit
from tradewind.app.cli.output import emit, table
from tradewind.domain.ids import Asset
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.time import Interval, iso
from tradewind.record.market_data.bars import VALUES, Series
from tradewind.record.market_data.catalog import Catalog
from tradewind.record.market_data.check import Finding, Severity, check
from tradewind.record.market_data.files import Reading
from tradewind.record.market_data.importing import Imported, ImportOptions, files_in, import_files, read_series
from tradewind.record.market_data.resample import resample
from tradewind.record.market_data.sample import DAYS, SEED, SYMBOLS, write_sample
from tradewind.record.market_data.times import TimeReading

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Download, import, list, check and resample market data.",
)

app.command("download", epilog="Example: tradewind data download --symbols BTCUSDT --interval 1m --from 2024-01-01")(
    download
)

Root = Annotated[
    Path, typer.Option("--root", envvar="TRADEWIND_CATALOG", help="The catalog's folder.", show_default=True)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
SeriesName = Annotated[str, typer.Argument(metavar="SERIES", help="Written venue:SYMBOL:interval.")]
DEFAULT_ROOT = Path("data/catalog")


class Unit(StrEnum):
    """The units of a file's times."""

    AUTO = "auto"
    S = "s"
    MS = "ms"
    US = "us"
    NS = "ns"


class TimeIs(StrEnum):
    """Which end of a bar its time names."""

    OPEN = "open"
    CLOSE = "close"


@app.command("import", epilog="Example: tradewind data import BTCUSDT-1m-2024-06-01.zip")
def import_(  # noqa: PLR0913 - the options of a command
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="CSV, Parquet, zip, or folders of them.")],
    *,
    root: Root = DEFAULT_ROOT,
    venue: Annotated[str, typer.Option(help="The venue, if the file's name does not tell it.")] = "",
    symbol: Annotated[str, typer.Option(help="The symbol; of a file with several, take only this one.")] = "",
    interval: Annotated[str, typer.Option(help="The length of a bar: 1m, 4h, 1d …")] = "",
    kind: Annotated[InstrumentKind | None, typer.Option(help="What the symbol is.")] = None,
    tick: Annotated[str, typer.Option(help="The step of prices; else inferred from the digits seen.")] = "",
    lot: Annotated[str, typer.Option(help="The step of quantities; else inferred from the digits seen.")] = "",
    base: Annotated[str, typer.Option(help="The base asset; else guessed from the symbol.")] = "",
    quote: Annotated[str, typer.Option(help="The quote asset; else guessed from the symbol.")] = "",
    timestamp_column: Annotated[str, typer.Option(help="The column of the times.")] = "",
    timestamp_unit: Annotated[Unit, typer.Option(help="The unit of numeric times.")] = Unit.AUTO,
    time_is: Annotated[TimeIs, typer.Option(help="Whether times name a bar's open or its close.")] = TimeIs.OPEN,
    replace: Annotated[bool, typer.Option("--replace", help="Replace bars that differ by the new ones.")] = False,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Skip invalid bars.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring bars from files into the catalog. Equal bars are dropped, forming ones left out."""
    options = ImportOptions(
        now_ns=time.time_ns(),
        venue=venue,
        symbol=symbol,
        interval=interval,
        kind=kind,
        reading=Reading(TimeReading(timestamp_unit.value, time_is is TimeIs.CLOSE), timestamp_column),
        replace=replace,
        skip_bad=skip_bad,
        told=_told(tick=tick, lot=lot, base=base, quote=quote),
    )
    done = _with_progress(Catalog(root), files_in(paths), options)
    facts = [_imported(one) for one in done]
    emit(facts, "\n".join(map(_imported_text, facts)), as_json=as_json)


@app.command("list", epilog="Example: tradewind data list --json")
def list_(*, root: Root = DEFAULT_ROOT, as_json: AsJson = False) -> None:
    """List the series that are there."""
    catalog = Catalog(root)
    rows = [_summary(catalog, series) for series in catalog.series()]
    nothing = f"nothing in {root} yet; see `tradewind data import --help` or `tradewind data sample`"
    text = _table(["series", "rows", "first", "last", "gaps", "missing"], rows) if rows else nothing
    emit(rows, text, as_json=as_json)


@app.command("show", epilog="Example: tradewind data show binance:BTCUSDT:1m --rows 10")
def show(
    name: SeriesName,
    *,
    rows: Annotated[int, typer.Option(min=1, help="How many bars from each end.")] = 5,
    root: Root = DEFAULT_ROOT,
    as_json: AsJson = False,
) -> None:
    """Show a series: range, gaps, instrument, its first and its last bars."""
    catalog = Catalog(root)
    series = catalog.find(name)
    frame = catalog.frame(series)
    about = _summary(catalog, series) | {
        "instrument": msgspec.to_builtins(catalog.facts(series.instrument)),
        "holes": [{"from": iso(gap.ts_from), "to": iso(gap.ts_to)} for gap in catalog.manifest(series).gaps],
        "head": [_bar(row) for row in frame.head(rows).iter_rows(named=True)],
        "tail": [_bar(row) for row in frame.tail(rows).iter_rows(named=True)],
    }
    emit(about, _about_text(about, rows), as_json=as_json)


@app.command("check", epilog="Example: tradewind data check --all")
def check_(
    names: Annotated[list[str] | None, typer.Argument(metavar="SERIES|FILE...", help="Series, or files.")] = None,
    *,
    all_: Annotated[bool, typer.Option("--all", help="Check every series.")] = False,
    jump: Annotated[float | None, typer.Option(help="What counts as a jump, as a fraction.", min=0)] = None,
    root: Root = DEFAULT_ROOT,
    as_json: AsJson = False,
) -> None:
    """Look for faults. Errors (exit 1): order, duplicates, bad values, damage. Warnings (exit 0): gaps, oddities."""
    if bool(names) == all_:
        raise typer.BadParameter("give the names of series or files, or --all")
    catalog = Catalog(root)
    found: list[dict[str, Any]] = []
    for name in names or map(str, catalog.series()):
        if Path(name).is_file():
            found += _check_file(Path(name), jump)
        else:
            found += _check_series(catalog, catalog.find(name), jump)
    errors = sum(row["severity"] == Severity.ERROR.value for row in found)
    text = _table(["series", "severity", "code", "count", "first", "detail"], found) if found else "no faults found"
    emit({"errors": errors, "warnings": len(found) - errors, "findings": found}, text, as_json=as_json)
    if errors:
        raise typer.Exit(Exit.FAILED)


@app.command("resample", epilog="Example: tradewind data resample binance:BTCUSDT:1m --to 4h")
def resample_(
    name: SeriesName,
    *,
    to: Annotated[str, typer.Option(help="The interval to make: 5m, 4h, 1d, 1w, 1M …")],
    replace: Annotated[bool, typer.Option("--replace", help="Replace bars that differ by the new ones.")] = False,
    root: Root = DEFAULT_ROOT,
    as_json: AsJson = False,
) -> None:
    """Make longer bars out of a series and keep them beside it. An unfinished last bar is left out."""
    catalog = Catalog(root)
    source = catalog.find(name)
    try:
        target = Interval.parse(to)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    frame = resample(catalog.frame(source), Interval.parse(source.interval), target)
    series = Series(source.venue, source.symbol, target.label)
    merged = catalog.merge(series, frame, replace=replace)
    row = _summary(catalog, series) | {"added": merged.added, "equal": merged.equal, "replaced": len(merged.conflicts)}
    text = _table(["series", "rows", "added", "equal", "replaced", "first", "last"], [row])
    emit(row, text, as_json=as_json)


@app.command("sample", epilog="Example: tradewind data sample --days 90 --symbols BTCUSDT,SOLUSDT")
def sample(  # noqa: PLR0913 - the options of a command
    *,
    out: Annotated[Path | None, typer.Option(help="A folder other than the catalog's.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="The seed of the generated market.")] = SEED,
    symbols: Annotated[str, typer.Option(help="Symbols, separated by commas.")] = ",".join(SYMBOLS),
    days: Annotated[int, typer.Option(min=1, max=3650, help="Days from 2024-01-01.")] = DAYS,
    root: Root = DEFAULT_ROOT,
    as_json: AsJson = False,
) -> None:
    """Make the sample: bars of an invented market, the same on every machine."""
    catalog = Catalog(out or root)
    chosen = [symbol.strip() for symbol in symbols.split(",") if symbol.strip()]
    rows = [_summary(catalog, series) for series in write_sample(catalog, symbols=chosen, days=days, seed=seed)]
    emit(rows, _table(["series", "rows", "first", "last"], rows), as_json=as_json)


def _told(**facts: str) -> dict[str, Any]:
    steps = {name: facts[name] for name in ("tick", "lot") if facts[name]}
    try:
        told: dict[str, Any] = {name: Decimal(text) for name, text in steps.items()}
    except InvalidOperation:
        told = {"tick": Decimal(0)}
    if any(not step.is_finite() or step <= 0 for step in told.values()):
        raise typer.BadParameter("--tick and --lot are numbers above zero, such as 0.01")
    return told | {name: Asset(facts[name]) for name in ("base", "quote") if facts[name]}


def _imported(one: Imported) -> dict[str, Any]:
    return {
        "series": str(one.series),
        "files": one.files,
        "added": one.merged.added,
        "equal": one.merged.equal,
        "replaced": len(one.merged.conflicts),
        "repeated": one.repeated,
        "bad": one.bad,
        "forming": one.forming,
        "inferred": list(one.inferred),
    }


def _summary(catalog: Catalog, series: Series) -> dict[str, Any]:
    held = catalog.manifest(series)
    interval = Interval.parse(series.interval)
    return {
        "series": str(series),
        "rows": held.rows,
        "first": iso(held.first),
        "last": iso(held.last),
        "gaps": len(held.gaps),
        "missing": sum(gap.bars(interval) for gap in held.gaps),
        "sha256": held.sha256,
    }


def _check_series(catalog: Catalog, series: Series, jump: float | None) -> list[dict[str, Any]]:
    damaged = [
        {"series": str(series), "severity": "error", "code": "damaged", "count": 1, "first": file, "detail": text}
        for file in catalog.damaged(series)
        for text in ("not what the manifest says; import that year again with --replace",)
    ]
    found = check(catalog.frame(series), Interval.parse(series.interval), jump_fraction=jump)
    return damaged + [_finding(str(series), one) for one in found]


def _check_file(path: Path, jump: float | None) -> list[dict[str, Any]]:
    return [
        _finding(f"{path.name} {series.symbol}", one)
        for series, _, frame in read_series(path, ImportOptions(now_ns=time.time_ns(), venue="file"))
        for one in check(frame, Interval.parse(series.interval), jump_fraction=jump)
    ]


def _finding(name: str, one: Finding) -> dict[str, Any]:
    return {
        "series": name,
        "severity": one.severity.value,
        "code": one.code,
        "count": one.count,
        "first": iso(one.ts_first),
        "detail": one.detail,
    }


def _bar(row: dict[str, Any]) -> dict[str, Any]:
    return {"time": iso(row["ts_open"])} | {name: row[name] for name in VALUES}


def _table(columns: list[str], rows: list[dict[str, Any]]) -> str:
    return table(columns, [[row[column] for column in columns] for row in rows])


def _about_text(about: dict[str, Any], gaps_shown: int) -> str:
    keys = ("series", "rows", "first", "last", "gaps", "missing", "sha256")
    lines = [f"{key:9} {about[key]}" for key in keys]
    lines += [f"gap       {gap['from']} to {gap['to']}" for gap in about["holes"][:gaps_shown]]
    columns = ["time", *VALUES]
    return "\n".join([*lines, "first and last bars:", _table(columns, [*about["head"], *about["tail"]])])


def _imported_text(facts: dict[str, Any]) -> str:
    counts = ", ".join(
        f"{name} {value}" for name, value in facts.items() if value and name not in ("series", "inferred")
    )
    guessed = ", ".join(facts["inferred"])
    note = f"\n  inferred or assumed, not known: {guessed} (see instrument.json)" if guessed else ""
    return f"{facts['series']}: {counts}{note}"


def _with_progress(catalog: Catalog, files: list[Path], options: ImportOptions) -> list[Imported]:
    """Import with a bar on the terminal, if there is one to see it."""
    if not sys.stderr.isatty():
        return import_files(catalog, files, options)
    from rich.console import Console  # slow, and only people need it
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("reading", total=len(files))
        return import_files(catalog, files, options, progress=lambda _: progress.advance(task))
