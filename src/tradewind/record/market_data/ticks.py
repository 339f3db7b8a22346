"""Quotes, trades and order books out of recorded files, as messages in the order of the file.

Reads the tables and raw lines of `shared/data` and of recorders that write the same columns. A file's
own receive times are kept unless `latency_ns` is given: then a message is received that long after the
venue's time, as a recorder's clock may be off (one of ours ran behind the venue's).
"""

from __future__ import annotations

import gzip
from itertools import repeat
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.errors import DataNotFoundError, DataValidationError
from tradewind.domain.market import BookDelta, BookSnapshot, Level, Quote, Trade
from tradewind.domain.time import NS_PER_MS, TimeNs
from tradewind.record.frames import pl

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tradewind.domain.ids import InstrumentId

TRADE_IDS = ("trade_id", "agg_id")
QUOTE_SIZES = {"bid_size": ("bid_size", "bid_qty"), "ask_size": ("ask_size", "ask_qty")}


class _Depth(msgspec.Struct):
    """A REST depth answer: https://developers.binance.com/docs/binance-spot-api-docs/rest-api/market-data-endpoints.

    `{"lastUpdateId":1737811567,"bids":[["0.02818100","7.66600000"]],"asks":[["0.02818200","6.00000000"]]}`
    """

    lastUpdateId: int  # noqa: N815  the wire's own name
    bids: list[tuple[str, str]]
    asks: list[tuple[str, str]]


class _DepthUpdate(msgspec.Struct):
    """A diff-depth event: https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams.

    `{"e":"depthUpdate","E":1604221202123,"s":"ETHBTC","U":1737811487,"u":1737811534,"b":[["0.028183","0.0"]],"a":[]}`
    """

    E: int
    U: int
    u: int
    b: list[tuple[str, str]]
    a: list[tuple[str, str]]


def trades_from_file(path: Path, instrument: InstrumentId, *, latency_ns: int | None = None) -> Iterator[Trade]:
    """Read a table of trades or aggregated trades.

    Without a column `is_buyer_maker` the aggressor is told by the tick rule: a price below the last
    different one was sold into the bid, one above it bought from the offer.
    """
    frame = _table(path, ("price", "quantity"))
    ids = next((name for name in TRADE_IDS if name in frame.columns), None)
    maker = frame["is_buyer_maker"] if "is_buyer_maker" in frame.columns else _by_tick_rule(frame["price"])
    venue, received = _times(frame, latency_ns)
    numbers = frame[ids].cast(pl.String).to_list() if ids else map(str, range(1, frame.height + 1))
    prices, sizes = frame["price"].to_list(), frame["quantity"].to_list()
    return map(Trade, repeat(instrument), venue, received, prices, sizes, maker.to_list(), numbers)


def quotes_from_file(path: Path, instrument: InstrumentId, *, latency_ns: int | None = None) -> Iterator[Quote]:
    """Read a table of best bids and asks.

    Rows that carry one side (the other is 0) are completed with the last of the other side; what would
    be crossed then is left out, as the old side is no longer there.
    """
    frame = _table(path, ("bid", "ask"))
    for name, known in QUOTE_SIZES.items():
        column = next((alias for alias in known if alias in frame.columns), None)
        if column is None:
            raise DataValidationError(
                f"{path}: no column {name!r} among: {', '.join(frame.columns)}", {"path": str(path)}
            )
        side = name.partition("_")[0]
        there = pl.col(side) > 0
        size = pl.when(there).then(pl.col(column).cast(pl.Float64)).forward_fill()
        frame = frame.with_columns(size.alias(name), pl.when(there).then(pl.col(side)).forward_fill().alias(side))
    frame = frame.drop_nulls(["bid", "ask"]).filter(pl.col("bid") <= pl.col("ask"))
    values = (frame[name].to_list() for name in ("bid", "ask", "bid_size", "ask_size"))
    venue, received = _times(frame, latency_ns)
    return map(Quote, repeat(instrument), venue, received, *values)


def book_from_files(
    snapshot: Path, updates: Path, instrument: InstrumentId, *, latency_ns: int | None = None
) -> Iterator[BookSnapshot | BookDelta]:
    """Read a depth snapshot and the updates after it; raise at a hole in the update ids.

    The snapshot is stamped with the first update that follows it: before that it cannot be used.
    """
    depth = _snapshot(snapshot)
    last = depth.lastUpdateId
    for delta in _deltas(updates, instrument, latency_ns):
        if delta.last_id <= depth.lastUpdateId:
            continue
        if last == depth.lastUpdateId and delta.first_id <= last + 1:
            levels = (_levels(depth.bids), _levels(depth.asks))
            yield BookSnapshot(instrument, delta.ts_venue, delta.ts_recv, last, *levels)
        elif delta.first_id != last + 1:
            raise DataValidationError(
                f"{updates}: update {delta.first_id} follows {last}; the updates between are missing, "
                "take a snapshot that fits",
                {"path": str(updates), "first_id": delta.first_id, "last_id": last},
            )
        last = delta.last_id
        yield delta


def _table(path: Path, needed: Sequence[str]) -> pl.DataFrame:
    if not path.is_file():
        raise DataNotFoundError(f"{path}: no such file", {"path": str(path)})
    try:
        frame = pl.read_parquet(path)
    except pl.exceptions.PolarsError as error:
        raise DataValidationError(f"{path}: not a Parquet file: {error}", {"path": str(path)}, error) from error
    for name in needed:
        if name not in frame.columns:
            have = ", ".join(frame.columns)
            raise DataValidationError(f"{path}: no column {name!r} among: {have}", {"path": str(path), "column": name})
    prices = [name for name in ("price", "quantity", "bid", "ask", "bid_qty", "ask_qty") if name in frame.columns]
    return frame.with_columns(pl.col(name).cast(pl.Float64) for name in prices)


def _times(frame: pl.DataFrame, latency_ns: int | None) -> tuple[list[TimeNs], list[TimeNs]]:
    """Return the venue's times (the receiver's where the venue gives none) and ours."""
    name = next(column for column in ("timestamp", "event_time", "recv_ns") if column in frame.columns)
    venue = frame[name] if name == "recv_ns" else frame[name].dt.timestamp("ns")
    if latency_ns is not None:
        return venue.to_list(), (venue + latency_ns).to_list()
    received = frame["recv_ns"] if "recv_ns" in frame.columns else venue
    return venue.to_list(), received.to_list()


def _by_tick_rule(price: pl.Series) -> pl.Series:
    sign = pl.col("price").diff().sign()
    fell = pl.when(sign != 0).then(sign < 0).forward_fill().fill_null(value=False)
    return price.to_frame("price").select(fell).to_series()


def _snapshot(path: Path) -> _Depth:
    try:
        return msgspec.json.decode(next(_lines(path)), type=_Depth)
    except (msgspec.DecodeError, StopIteration) as error:
        raise DataValidationError(f"{path}: not a depth snapshot: {error}", {"path": str(path)}, error) from error


def _deltas(path: Path, instrument: InstrumentId, latency_ns: int | None) -> Iterator[BookDelta]:
    if path.suffix == ".parquet":
        return _deltas_of_table(path, instrument, latency_ns)
    return _deltas_of_lines(path, instrument, latency_ns)


def _deltas_of_lines(path: Path, instrument: InstrumentId, latency_ns: int | None) -> Iterator[BookDelta]:
    decode = msgspec.json.Decoder(_DepthUpdate).decode
    for number, line in enumerate(_lines(path), 1):
        try:
            event = decode(line)
        except msgspec.DecodeError as error:
            text = f"{path}, line {number}: not a depthUpdate event: {error}"
            raise DataValidationError(text, {"path": str(path), "line": number}, error) from error
        ts = event.E * NS_PER_MS
        bids, asks = _levels(event.b), _levels(event.a)
        yield BookDelta(instrument, ts, ts + (latency_ns or 0), event.U, event.u, bids, asks)


def _deltas_of_table(path: Path, instrument: InstrumentId, latency_ns: int | None) -> Iterator[BookDelta]:
    """Read one row a level; the rows of an update stand together."""
    frame = _table(path, ("final_update_id", "first_update_id", "side", "price", "quantity"))
    side = pl.col("side")
    grouped = frame.group_by("final_update_id", maintain_order=True).agg(
        *(pl.col(name).first() for name in ("event_time", "recv_ns", "first_update_id") if name in frame.columns),
        *(
            pl.col(name).filter(side == sign).alias(f"{name}{sign}")
            for sign in (1, -1)
            for name in ("price", "quantity")
        ),
    )
    venue, received = _times(grouped, latency_ns)
    first, last = grouped["first_update_id"].to_list(), grouped["final_update_id"].to_list()
    bids, asks = (map(_pairs, grouped[f"price{n}"].to_list(), grouped[f"quantity{n}"].to_list()) for n in (1, -1))
    return map(BookDelta, repeat(instrument), venue, received, first, last, bids, asks)


def _pairs(prices: list[float], sizes: list[float]) -> tuple[Level, ...]:
    return tuple(zip(prices, sizes, strict=True))


def _levels(texts: list[tuple[str, str]]) -> tuple[Level, ...]:
    return tuple((float(price), float(size)) for price, size in texts)


def _lines(path: Path) -> Iterator[bytes]:
    if not path.is_file():
        raise DataNotFoundError(f"{path}: no such file", {"path": str(path)})
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        yield from file
