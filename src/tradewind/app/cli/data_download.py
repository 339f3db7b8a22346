"""`tradewind data download`: bars from a venue, into the catalog."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradewind.app.cli.output import emit, logs_to_stderr, table
from tradewind.domain.time import NS_PER_SECOND, Interval, iso

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.app.download.binance import Downloaded
    from tradewind.domain.time import TimeNs
    from tradewind.record.market_data.bars import Series

NONE = "none"


class Provider(StrEnum):
    """The venues that bars can be downloaded from."""

    BINANCE = "binance"


class Market(StrEnum):
    """The markets of Binance."""

    SPOT = "spot"
    USDM = "usdm"


def download(  # noqa: PLR0913 - the options of a command
    *,
    symbols: Annotated[str, typer.Option(help="The venue's symbols, separated by commas: BTCUSDT,ETHUSDT.")],
    start: Annotated[str, typer.Option("--from", "--start", help="From when on: 2024-01-01, or with a time (UTC).")],
    end: Annotated[str | None, typer.Option("--to", "--end", help="Until when; else until now.")] = None,
    provider: Annotated[Provider, typer.Option(help="The venue.")] = Provider.BINANCE,
    interval: Annotated[str, typer.Option(help="The length of a bar: 1m, 4h, 1d …")] = "1m",
    market: Annotated[Market, typer.Option(help="Spot, or USD-M perpetuals.")] = Market.SPOT,
    base_url: Annotated[str | None, typer.Option(help="Another server that speaks Binance's protocol.")] = None,
    archives: Annotated[
        str | None, typer.Option(help=f"Where its archives of whole months are; {NONE} to do without.")
    ] = None,
    root: Annotated[Path, typer.Option("--root", envvar="TRADEWIND_CATALOG", help="The catalog's folder.")] = Path(
        "data/catalog"
    ),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Download closed bars, no key needed. What is there already is not asked for again; run it again to go on.

    For example:

      tradewind data download --symbols BTCUSDT,ETHUSDT --interval 1m --from 2024-01-01

      tradewind data download --market usdm --symbols BTCUSDT --interval 1h --from 2020-01-01 --to 2024-01-01
    """
    logs_to_stderr()
    from tradewind.app.download.archives import Archives
    from tradewind.app.download.binance import BinanceDownload
    from tradewind.record.market_data.catalog import Catalog
    from tradewind.venues.binance import hosts
    from tradewind.venues.binance.archives import PLACE
    from tradewind.venues.binance.product import Product
    from tradewind.venues.binance.rest import Rest

    length, begin, until = _interval(interval), _time(start, "--from"), _time(end, "--to")
    product = Product(market.value)
    try:
        doors = hosts.named("live", product) if base_url is None else hosts.at(base_url, product)
    except ValueError as error:
        raise typer.BadParameter(f"--base-url: {error}") from None
    place = archives or (PLACE if base_url is None else NONE)
    rest = Rest(doors.rest, product)
    work = BinanceDownload(Catalog(root), rest, None if place == NONE else Archives(place))
    wanted = [symbol.strip().upper() for symbol in symbols.split(",") if symbol.strip()]
    infos = work.listed(wanted)
    with _Progress(begin, until) as told:
        work.progress = told
        done = [work.take(info, length, begin, until) for info in infos.values()]
    rest.close()
    facts = [_facts(one, length) for one in done]
    emit(facts, _text(facts, provider.value), as_json=as_json)


def _interval(text: str) -> Interval:
    try:
        return Interval.parse(text)
    except ValueError as error:
        raise typer.BadParameter(f"--interval: {error}") from None


def _time(text: str | None, option: str) -> TimeNs:
    if text is None:
        return int(datetime.now(UTC).timestamp()) * NS_PER_SECOND
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{option}: a time is like 2024-01-01 or 2024-01-01T12:00, not {text!r}") from None
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()) * NS_PER_SECOND


def _facts(one: Downloaded, interval: Interval) -> dict[str, Any]:
    return {
        "series": str(one.series),
        "added": one.added,
        "from_archives": one.from_archives,
        "missing": sum(gap.bars(interval) for gap in one.missing),
        "gaps": [{"from": iso(gap.ts_from), "to": iso(gap.ts_to)} for gap in one.missing],
    }


def _text(facts: list[dict[str, Any]], provider: str) -> str:
    columns = ["series", "added", "from_archives", "missing"]
    lines = [table(columns, [[row[column] for column in columns] for row in facts])]
    for row in facts:
        lines += [f"{row['series']}: {provider} has no bars from {gap['from']} to {gap['to']}" for gap in row["gaps"]]
    return "\n".join(lines)


class _Progress:
    """How far each series is: bars on a terminal, if there is one to see them."""

    def __init__(self, start: TimeNs, end: TimeNs) -> None:
        self._start, self._end = start, end
        self._shown: Any = None
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> Callable[[Series, TimeNs], None]:
        if sys.stderr.isatty():
            from rich.console import Console  # slow, and only people need it
            from rich.progress import Progress

            self._shown = Progress(console=Console(stderr=True), transient=True)
            self._shown.start()
        return self._tell

    def __exit__(self, *_: object) -> None:
        if self._shown is not None:
            self._shown.stop()

    def _tell(self, series: Series, ts: TimeNs) -> None:
        if self._shown is None:
            return
        name = str(series)
        if name not in self._tasks:
            self._tasks[name] = self._shown.add_task(name, total=max(1, self._end - self._start))
        self._shown.update(self._tasks[name], completed=ts - self._start)
