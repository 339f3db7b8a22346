"""Binance's public archives of bars: one zip for each month that is over, with its SHA-256 beside it. Pure.

https://github.com/binance/binance-public-data: `data/spot/monthly/klines/BTCUSDT/1m/BTCUSDT-1m-2024-01.zip`, and the
same name with `.CHECKSUM`. A month appears some days after its end, so one that is not there is nothing strange.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tradewind.domain.time import Interval, iso
from tradewind.venues.binance.product import Product

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tradewind.domain.time import TimeNs

PLACE = "https://data.binance.vision"
CHECKSUM = ".CHECKSUM"
_FOLDERS = {Product.SPOT: "data/spot", Product.USDM: "data/futures/um"}
_MONTH = Interval.parse("1M")


class Archive(NamedTuple):
    """The bars that open in [start, end), in a file of this name below the archives' address."""

    path: str
    start: TimeNs
    end: TimeNs


def months_within(product: Product, symbol: str, interval: Interval, start: TimeNs, end: TimeNs) -> Iterator[Archive]:
    """Yield the archives of the months that lie whole in [start, end), in order.

    Bars of weeks and three days straddle the edges of months, and those of months are few: they have none here.
    """
    if interval.label in ("3d", "1w", "1M"):
        return
    month = _MONTH.floor(start)
    if month < start:
        month = _MONTH.next(month)
    while (over := _MONTH.next(month)) <= end:
        name = f"{symbol}-{interval.label}-{iso(month)[:7]}.zip"
        yield Archive(f"{_FOLDERS[product]}/monthly/klines/{symbol}/{interval.label}/{name}", month, over)
        month = over
