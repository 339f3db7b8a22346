"""Longer bars out of shorter ones, as the venue itself would have made them.

A bucket with holes in it is kept, since the venue's own bar has the same holes; one that the data
do not reach the beginning or the end of is not: it would be a forming bar that looks closed.
"""

from __future__ import annotations

from tradewind.domain.errors import DataValidationError
from tradewind.domain.time import NS_PER_DAY, Interval
from tradewind.record.frames import pl
from tradewind.record.market_data.bars import EXTRAS, close_time, digits_seen, floor_time, in_form


def resample(frame: pl.DataFrame, source: Interval, target: Interval) -> pl.DataFrame:
    """Return the closed bars of `target` that the bars of `source` make up."""
    _demand_multiple(source, target)
    if frame.is_empty():
        return frame
    sums = [name for name in ("volume", *EXTRAS) if name in frame.columns]
    # A flat bar without volume fills a silence with the last price; the venue's longer bar begins with a trade.
    traded = (pl.col("volume") > 0) | (pl.col("high") > pl.col("low"))
    grouped = frame.group_by(floor_time(target).alias("ts_open"), maintain_order=True).agg(
        pl.col("open").filter(traded).first().fill_null(pl.col("open").first()),
        pl.col("high").filter(traded).max().fill_null(pl.col("high").max()),
        pl.col("low").filter(traded).min().fill_null(pl.col("low").min()),
        pl.col("close").last(),
        # Floats add up with noise in the last digits; the venue's own sums have the digits of their parts.
        *(_rounded_sum(frame[name]) for name in sums),
    )
    first, reach = frame.item(0, "ts_open"), frame.select(close_time(source).last()).item()
    return in_form(grouped.filter((pl.col("ts_open") >= first) & (close_time(target) <= reach)))


def _rounded_sum(values: pl.Series) -> pl.Expr:
    total = pl.col(values.name).sum()
    return total.round(digits_seen(values.drop_nulls())) if values.dtype.is_float() else total


def _demand_multiple(source: Interval, target: Interval) -> None:
    fits = NS_PER_DAY % source.ns == 0 if target.label == "1M" else target.ns % source.ns == 0
    if not fits or source.label == "1M" or target.ns <= source.ns:
        raise DataValidationError(
            f"cannot make {target.label} bars from {source.label} bars; "
            f"choose a longer interval that {source.label} divides",
            {"source": source.label, "target": target.label},
        )
