"""The past, for research and for replays: bars of the local catalog by symbol, field and count."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, overload

from tradewind.domain.errors import DataNotFoundError
from tradewind.domain.time import NEVER, Interval

if TYPE_CHECKING:
    import polars as pl

    from tradewind.domain.time import TimeNs
    from tradewind.record.market_data.bars import Series
    from tradewind.record.market_data.catalog import Catalog

CATALOG = Path("data/catalog")
FREQUENCIES = {"minute": "1m", "hourly": "1h", "daily": "1d"}
FIELDS = ("open", "high", "low", "close", "volume")

When = datetime | date | str | int


class DataPortal:
    """A catalog's folder, or one venue of the catalog at `data/catalog`; reads, and never asks a network."""

    def __init__(
        self, bundle_name: str | Path, data_frequency: str = "minute", *, catalog: Path | str = CATALOG
    ) -> None:
        is_folder = Path(bundle_name).is_dir()
        self.root = Path(bundle_name) if is_folder else Path(catalog)
        self.frequency = Interval.parse(FREQUENCIES.get(data_frequency, data_frequency)).label
        self._venue = "" if is_folder else str(bundle_name)

    @property
    def symbols(self) -> list[str]:
        """The symbols that there are bars of."""
        return sorted({series.symbol for series in self._series()})

    @overload
    def history(
        self,
        assets: str,
        fields: str = ...,
        bar_count: int = ...,
        frequency: str | None = ...,
        *,
        end: When | None = ...,
    ) -> pl.Series: ...

    @overload
    def history(
        self,
        assets: str,
        fields: list[str],
        bar_count: int = ...,
        frequency: str | None = ...,
        *,
        end: When | None = ...,
    ) -> pl.DataFrame: ...

    @overload
    def history(
        self,
        assets: list[str],
        fields: str | list[str] = ...,
        bar_count: int = ...,
        frequency: str | None = ...,
        *,
        end: When | None = ...,
    ) -> pl.DataFrame: ...

    def history(
        self,
        assets: str | list[str],
        fields: str | list[str] = "close",
        bar_count: int = 100,
        frequency: str | None = None,
        *,
        end: When | None = None,
    ) -> pl.Series | pl.DataFrame:
        """Return the last bars that are closed at `end`: of one asset and field a series, else a frame."""
        import polars as pl

        names = [fields] if isinstance(fields, str) else list(fields)
        columns = ["close" if name == "price" else name for name in names]
        wanted = Interval.parse(FREQUENCIES.get(frequency or "", frequency or self.frequency))
        if isinstance(assets, str):
            frame = self._bars(assets, wanted, bar_count, end)
            if isinstance(fields, str):
                return frame[columns[0]].alias(fields)
            return frame.select("time", *(pl.col(c).alias(n) for c, n in zip(columns, names, strict=True)))
        parts = [
            self._bars(asset, wanted, bar_count, end).select(
                "time", pl.lit(asset).alias("asset"), *(pl.col(c).alias(n) for c, n in zip(columns, names, strict=True))
            )
            for asset in assets
        ]
        return pl.concat(parts).sort("time", "asset", maintain_order=True)

    def current(self, asset: str, field: str = "price", *, at: When | None = None) -> float:
        """Return the value of the last closed bar."""
        return float(self.history(asset, field, 1, end=at)[0])

    def _bars(self, symbol: str, wanted: Interval, count: int, end: When | None) -> pl.DataFrame:
        import polars as pl

        from tradewind.record.market_data.resample import resample

        series = self._finest(symbol, wanted)
        own = Interval.parse(series.interval)
        frame = self._catalog.frame(series, end_ns=NEVER if end is None else time_of(end))
        made = frame if own == wanted else resample(frame, own, wanted)
        if made.is_empty():
            raise DataNotFoundError(f"no closed {wanted.label} bar of {symbol} at that time in {self.root}")
        return made.tail(count).with_columns(time=pl.from_epoch("ts_open", time_unit="ns"))

    def _finest(self, symbol: str, wanted: Interval) -> Series:
        """Choose the longest bars that the wanted ones are or can be made of."""
        fitting = [
            series
            for series in self._series()
            if symbol in (series.symbol, series.instrument) and wanted.ns % Interval.parse(series.interval).ns == 0
        ]
        if not fitting:
            have = ", ".join(map(str, self._series())) or "nothing"
            raise DataNotFoundError(f"no bars of {symbol} that make {wanted.label} in {self.root}; there is: {have}")
        return max(fitting, key=lambda series: Interval.parse(series.interval).ns)

    def _series(self) -> list[Series]:
        return [series for series in self._catalog.series() if self._venue in ("", series.venue)]

    @property
    def _catalog(self) -> Catalog:
        from tradewind.record.market_data.catalog import Catalog

        return Catalog(self.root)


def time_of(when: When) -> TimeNs:
    """Turn a time into nanoseconds; without a zone it is UTC."""
    if isinstance(when, int):
        return when
    moment = datetime.fromisoformat(when) if isinstance(when, str) else when
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    past = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return ((past.days * 86_400 + past.seconds) * 1_000_000 + past.microseconds) * 1000
