"""Bars as messages, quickly: fixed templates instead of the general writer, which costs four times as much.

The bytes are those of the general writer; the tests compare them.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from tradewind.domain.ids import symbol_of
from tradewind.domain.time import NS_PER_SECOND
from tradewind.strategy.wasm.messages import GetSignalResponse, MarketData, Text, Timestamp
from tradewind.strategy.wasm.plans import MARKET_DATA, SIGNAL, TEXT
from tradewind.strategy.wasm.wire import varint

if TYPE_CHECKING:
    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.market import Bar
    from tradewind.strategy.wasm.enums import IndicatorType

_WITH_VOLUME = struct.Struct("<BdBdBdBdBdBBBQ")
"""Keys and values of high, low, open, close, volume; then the time: key, length, key of the seconds, their varint."""
_KINDS = tuple(b"\x10" + bytes((signal,)) if signal else b"" for signal in range(8))
_SECONDS_MIN, _SECONDS_MAX = 1 << 28, 1 << 35
"""Times between 1978 and 3058 take five bytes."""


def market_data(bar: Bar) -> MarketData:
    """Return a bar as a message."""
    seconds, nanos = divmod(bar.ts_open, NS_PER_SECOND)
    return MarketData(
        symbol_of(bar.instrument), bar.high, bar.low, bar.open, bar.close, bar.volume, Timestamp(seconds, nanos)
    )


class BarTemplate:
    """Writes the bars of one instrument."""

    def __init__(self, instrument: InstrumentId) -> None:
        symbol = symbol_of(instrument).encode()
        self._head = b"\x0a" + varint(len(symbol)) + symbol
        size = len(self._head) + 5 * 9 + 2 + 6
        self._request = b"\x0a" + varint(size) + self._head

    def request(self, bar: Bar) -> bytes:
        """Return the request to process a bar."""
        tail = _tail(bar)
        if tail is None:
            content = MARKET_DATA.encode(market_data(bar))
            return b"\x0a" + varint(len(content)) + content
        return self._request + tail

    def entry(self, bar: Bar) -> bytes:
        """Return a bar as the message that stands in an answer."""
        tail = _tail(bar)
        return MARKET_DATA.encode(market_data(bar)) if tail is None else self._head + tail


def _tail(bar: Bar) -> bytes | None:
    """Return all but the symbol; None for a bar that the template does not fit."""
    seconds, nanos = divmod(bar.ts_open, NS_PER_SECOND)
    if nanos or not bar.volume or not _SECONDS_MIN <= seconds < _SECONDS_MAX:
        return None
    return _WITH_VOLUME.pack(
        0x11, bar.high, 0x19, bar.low, 0x21, bar.open, 0x29, bar.close, 0x31, bar.volume, 0x3A, 6, 8, _five(seconds)
    )[:-3]


def _five(seconds: int) -> int:
    """Return a varint of five bytes as a number."""
    return (
        seconds & 0x7F
        | (seconds & 0x3F80) << 1
        | (seconds & 0x1FC000) << 2
        | (seconds & 0xFE00000) << 3
        | seconds >> 28 << 32
        | 0x80808080
    )


class SignalTemplate:
    """Writes what one indicator says of one symbol."""

    def __init__(self, kind: IndicatorType, symbol: str) -> None:
        self._name, self._kind = kind.name.lower(), kind
        self._symbol = symbol
        self._head = TEXT.encode(Text(self._name)).replace(b"\x0a", b"\x1a", 1)
        self._tail = TEXT.encode(Text(symbol)).replace(b"\x0a", b"\x32", 1) + (
            b"\x38" + bytes((kind,)) if kind else b""
        )

    def answer(self, ts: int, signal: int, reason: str, values: str) -> bytes:
        """Return the answer; `values` is the text of a JSON object, `ts` the open time of the bar."""
        seconds, nanos = divmod(ts, NS_PER_SECOND)
        if nanos or not _SECONDS_MIN <= seconds < _SECONDS_MAX:
            time = Timestamp(seconds, nanos)
            return SIGNAL.encode(GetSignalResponse(time, signal, self._name, reason, values, self._symbol, self._kind))
        why, raw = reason.encode(), values.encode()
        return b"".join(
            (
                b"\x0a\x06\x08", _five(seconds).to_bytes(5, "little"), _KINDS[signal], self._head,
                b"\x22" + varint(len(why)) + why if why else b"", b"\x2a", varint(len(raw)), raw, self._tail,
            )
        )  # fmt: skip
