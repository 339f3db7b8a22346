"""The market as an algorithm sees it: `data.current`, `data.history`, `data.can_trade`, `data.is_stale`.

Everything is of closed bars, but for the last row of a history of longer bars, which is the present day so far.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tradewind.domain.market import FormingBar
from tradewind.domain.time import Interval
from tradewind.strategy.algorithm.assets import Security
from tradewind.strategy.algorithm.series import Series

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tradewind.domain.market import Bar
    from tradewind.strategy.algorithm.algorithm import TradingAlgorithm
    from tradewind.strategy.algorithm.assets import Securities

FIELDS = ("open", "high", "low", "close", "volume", "price")
FREQUENCIES = {"minute": "1m", "daily": "1d", "1T": "1m", "1D": "1d"}
STALE_INTERVALS = 2
"""An asset whose last bar closed longer ago than so many intervals is stale."""
NAN = math.nan


class BarData:
    """What `handle_data` and its like are given; it always shows the present of the algorithm that it belongs to."""

    def __init__(self, algorithm: TradingAlgorithm, assets: Securities) -> None:
        self._algorithm = algorithm
        self._ctx = algorithm.ctx
        self._latest = algorithm.latest
        self._assets = assets
        self._interval = Interval.parse(algorithm.ctx.interval)

    def current(self, assets: Any, fields: Any) -> Any:  # noqa: ANN401 - a value, or mappings of values
        """Return the latest value of a field of an asset.

        `price` is the last close, carried forward; the other fields are of the bar that has just closed, NaN for
        an asset without one. With several assets or fields a mapping; with both, field → asset → value.
        """
        if type(assets) is Security and fields == "price":  # what most ask on every bar
            bar = self._latest.get(assets.instrument.id)
            return NAN if bar is None else bar.close
        if isinstance(fields, str):
            if isinstance(assets, str):
                return self._current(self._assets.named(assets), fields)
            return {asset: self._current(asset, fields) for asset in map(self._assets.named, assets)}
        if isinstance(assets, str):
            asset = self._assets.named(assets)
            return {field: self._current(asset, field) for field in fields}
        names = [self._assets.named(asset) for asset in assets]
        return {field: {asset: self._current(asset, field) for asset in names} for field in fields}

    def _current(self, asset: Security, field: str) -> float:
        bar = self._latest.get(asset.instrument.id)
        if field == "price":
            return NAN if bar is None else bar.close
        if field not in FIELDS:
            raise ValueError(f"no field {field!r}; there are: {', '.join(FIELDS)}")
        if bar is None or bar.ts_venue < self._algorithm.bar_time:
            return NAN
        value: float = getattr(bar, field)
        return value

    def history(self, assets: Any, fields: Any, bar_count: int, frequency: str) -> Any:  # noqa: ANN401 - see below
        """Return the last `bar_count` values, oldest first; fewer if the session has not seen as many.

        One asset and one field: a `Series` of floats. More of either: a Polars frame with a row per bar, its
        open time in `ts` (nanoseconds UTC), and a column per asset (one field), per field (one asset), or both
        with the asset's name in the column `asset`.
        """
        label = self._label(frequency)
        if isinstance(assets, str) and isinstance(fields, str):
            return Series("d", _values(self._bars(assets, label, bar_count), fields))
        return self._frame(assets, fields, bar_count, label)

    def can_trade(self, assets: Any) -> Any:  # noqa: ANN401 - a truth, or one for each asset
        """Tell whether an order could trade now: the session is open, nothing forbids the asset, its data are fresh."""
        return self._each(assets, self._algorithm.may_trade)

    def is_stale(self, assets: Any) -> Any:  # noqa: ANN401 - a truth, or one for each asset
        """Tell whether the last bar of an asset closed more than two intervals of open market ago."""
        return self._each(assets, self._is_stale)

    def current_chain(self, contract: Security | str) -> list[Security]:
        """Return the contracts on the underlying of a contract, in the order of the session."""
        return self._assets.contracts(self._assets.named(contract).instrument.base)

    def _each(self, assets: Any, tell: Any) -> Any:  # noqa: ANN401
        if isinstance(assets, str):
            return tell(self._assets.named(assets))
        return {asset: tell(asset) for asset in map(self._assets.named, assets)}

    def _is_stale(self, asset: Security) -> bool:
        bars = self._ctx.bars(1, asset)
        if not bars:
            return True
        since = max(bars[0].ts_venue, self._algorithm.opened_at(asset))
        return self._ctx.now - since > STALE_INTERVALS * self._interval.ns

    def _label(self, frequency: str) -> str:
        label = FREQUENCIES.get(frequency, frequency)
        known = {interval for _, interval in self._ctx.subscriptions}
        if label not in known:
            raise ValueError(f"no bars of {frequency!r} here; there are: {', '.join(sorted(known))}")
        return label

    def _bars(self, asset: str, label: str, count: int) -> Sequence[Bar | FormingBar]:
        asset = self._assets.named(asset)
        if label == self._interval.label:
            return self._ctx.bars(count, asset)
        found: list[Bar | FormingBar] = list(self._ctx.bars(count, asset, label))
        forming = self._ctx.forming(asset, label)
        if forming is not None:
            found.append(forming)
        found = _with_latest(found, self._ctx.bars(1, asset), Interval.parse(label))
        return found[-count:] if count > 0 else []

    def _frame(self, assets: Any, fields: Any, count: int, label: str) -> Any:  # noqa: ANN401
        import polars as pl  # heavy, and only asked for with several assets or fields

        names = [self._assets.named(asset) for asset in ([assets] if isinstance(assets, str) else assets)]
        several = [fields] if isinstance(fields, str) else list(fields)
        parts = []
        for asset in names:
            bars = self._bars(asset, label, count)
            columns: dict[str, Any] = {"ts": pl.Series([bar.ts_open for bar in bars], dtype=pl.Int64)}
            for field in several:
                column = str(asset) if isinstance(fields, str) else field
                columns[column] = pl.Series(_values(bars, field), dtype=pl.Float64)
            parts.append(pl.DataFrame(columns))
        if isinstance(assets, str):
            return parts[0]
        if not isinstance(fields, str):
            named = [part.with_columns(asset=pl.lit(str(asset))) for asset, part in zip(names, parts, strict=True)]
            return pl.concat(named).sort("ts", maintain_order=True)
        frame = parts[0]
        for part in parts[1:]:
            frame = frame.join(part, on="ts", how="full", coalesce=True)
        return frame.sort("ts").tail(count)


def _values(bars: Sequence[Bar | FormingBar], field: str) -> list[float]:
    if field not in FIELDS:
        raise ValueError(f"no field {field!r}; there are: {', '.join(FIELDS)}")
    name = "close" if field == "price" else field
    return [getattr(bar, name) for bar in bars]


def _with_latest(found: list[Bar | FormingBar], latest: Sequence[Bar], interval: Interval) -> list[Bar | FormingBar]:
    """Add the bar of which strategies are being told: longer bars are made of it only after they have heard it."""
    if not latest or (found and found[-1].ts_venue >= latest[0].ts_venue):
        return found
    bar, begins = latest[0], interval.floor(latest[0].ts_open)
    first, high, low, volume = bar.open, bar.high, bar.low, bar.volume
    if found and found[-1].ts_open == begins:
        so_far = found.pop()
        first, volume = so_far.open, so_far.volume + volume
        high, low = max(so_far.high, high), min(so_far.low, low)
    present = FormingBar(
        bar.instrument, interval.label, begins, bar.ts_venue, bar.ts_recv, first, high, low, bar.close, volume
    )
    return [*found, present]
