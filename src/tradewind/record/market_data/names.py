"""What a file's name and a symbol say: venue, symbol, interval, kind of instrument, base and quote.

A guess is offered, never forced: whatever the caller states wins.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.ids import Asset
from tradewind.domain.instrument import ALWAYS_OPEN, Instrument, InstrumentKind
from tradewind.record.market_data.bars import PRICES, digits_seen

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import polars as pl

    from tradewind.record.market_data.bars import Series

QUOTES = ("FDUSD", "USDT", "USDC", "BUSD", "TUSD", "USD", "EUR", "GBP", "JPY", "TRY", "BRL", "BTC", "ETH", "BNB")
"""Quote assets that a symbol may end in, the longer before those that they end in."""

_INTERVAL = re.compile(r"[1-9]\d*[smhdw]|1M")
_ARCHIVE = re.compile(r"([A-Z0-9]+)-([1-9]\d*[smhdw]|1mo|1M)-\d{4}-\d{2}(-\d{2})?")
"""How Binance names its public archives: `BTCUSDT-1m-2024-06-01.zip`; months are written `1mo`."""
_SYMBOL = re.compile(r"[A-Z][A-Z0-9.]*")
_KINDS = {
    "usdm": InstrumentKind.PERPETUAL,
    "perp": InstrumentKind.PERPETUAL,
    "swap": InstrumentKind.PERPETUAL,
    "futures": InstrumentKind.PERPETUAL,
    "equity": InstrumentKind.EQUITY,
    "spot": InstrumentKind.SPOT,
}


class Guess(msgspec.Struct, frozen=True):
    """What a file name tells; empty where it tells nothing."""

    venue: str = ""
    symbol: str = ""
    interval: str = ""
    kind: InstrumentKind = InstrumentKind.SPOT


def guess_from_name(path: Path) -> Guess:
    """Read names such as `BTCUSDT-1m-2024-06-01.zip`, `binance_usdm_BTCUSDT_1m_2024.parquet`, `ETH-USD_1h.csv`."""
    stem = path.name.partition(".")[0]
    if archive := _ARCHIVE.fullmatch(stem):
        return Guess("binance", archive[1], archive[2].replace("mo", "M"))
    words = re.split(r"[_\- ]+", stem)
    interval = next((word for word in words if _INTERVAL.fullmatch(word)), "")
    at = next((n for n, word in enumerate(words) if _SYMBOL.fullmatch(word) and word != interval), len(words))
    told = words[: min(at, words.index(interval) if interval else at)]
    kind = next((_KINDS[word] for word in told if word in _KINDS), InstrumentKind.SPOT)
    # A word alone, as in `bars.csv`, is no venue.
    venue = "_".join(word for word in told if word != "spot") if len(told) < len(words) else ""
    pair = words[at : at + 2]
    symbol = "".join(pair) if len(pair) > 1 and pair[1] in QUOTES else "".join(pair[:1])
    return Guess(venue, symbol, interval, kind)


def split_symbol(symbol: str, kind: InstrumentKind) -> tuple[Asset, Asset]:
    """Return base and quote: `BTCUSDT` and `BTC-USDT` are BTC and USDT; a share is quoted in USD."""
    if kind is InstrumentKind.EQUITY:
        return Asset(symbol), Asset("USD")
    parts = re.split(r"[-/_:]", symbol)
    if len(parts) > 1:
        return Asset(parts[0]), Asset(parts[1])
    quote = next((name for name in QUOTES if symbol.endswith(name) and symbol != name), "USD")
    return Asset(symbol.removesuffix(quote)), Asset(quote)


def infer_instrument(series: Series, frame: pl.DataFrame, kind: InstrumentKind) -> tuple[Instrument, tuple[str, ...]]:
    """Make an instrument from what the bars show; also name the facts that are inferred or assumed.

    Tick and lot are the finest steps seen, so the true ones may be finer, never coarser in the past.
    """
    base, quote = split_symbol(series.symbol, kind)
    instrument = Instrument(
        id=series.instrument,
        symbol=series.symbol,
        venue=series.venue,
        kind=kind,
        base=base,
        quote=quote,
        tick=_step(max(digits_seen(frame[name]) for name in PRICES)),
        lot=_step(digits_seen(frame["volume"])),
        calendar="XNYS" if kind is InstrumentKind.EQUITY else ALWAYS_OPEN,
    )
    return instrument, ("base", "quote", "tick", "lot", "calendar", "fees")


def finer(old: Instrument, new: Instrument, inferred: Sequence[str]) -> Instrument:
    """Return `old` with the finer of both ticks and lots, where they were inferred."""
    steps = {name: min(getattr(old, name), getattr(new, name)) for name in ("tick", "lot") if name in inferred}
    return msgspec.structs.replace(old, **steps)


def _step(digits: int) -> Decimal:
    return Decimal(1).scaleb(-digits)
