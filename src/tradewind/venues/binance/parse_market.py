"""From a frame of market data to an event of ours. Pure: bytes and the time of receipt in, one event or None out.

The streams that were asked for are known beforehand, so a frame is read by its stream's name, in two steps: the name,
then what that stream carries, typed. What does not fit raises `VenueProtocolError` with the frame; the stream lives.
"""

from __future__ import annotations

from math import inf
from sys import intern
from typing import TYPE_CHECKING, TypeVar

import msgspec

from tradewind.domain.market import (
    Bar,
    BookDelta,
    BookSnapshot,
    FormingBar,
    FundingRate,
    MarketEvent,
    Quote,
    Trade,
)
from tradewind.domain.time import NS_PER_MS
from tradewind.venues.binance.answers import bar_time, levels, snapshot, unread
from tradewind.venues.binance.wire_account import StreamEnded
from tradewind.venues.binance.wire_book import BookTickerEvent, DepthEvent, PartialDepth
from tradewind.venues.binance.wire_market import (
    AggTradeEvent,
    Combined,
    Control,
    KlineEvent,
    MarkPriceEvent,
    TradeEvent,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.time import TimeNs

    Reader = Callable[[InstrumentId, msgspec.Raw, TimeNs], MarketEvent | None]

T = TypeVar("T")
SHUTDOWN = "!serverShutdown"

_combined = msgspec.json.Decoder(Combined)
_control = msgspec.json.Decoder(Control)
_ended = msgspec.json.Decoder(StreamEnded)
_kline = msgspec.json.Decoder(KlineEvent)
_trade = msgspec.json.Decoder(TradeEvent)
_agg_trade = msgspec.json.Decoder(AggTradeEvent)
_book_ticker = msgspec.json.Decoder(BookTickerEvent)
_depth = msgspec.json.Decoder(DepthEvent)
_partial = msgspec.json.Decoder(PartialDepth)
_mark_price = msgspec.json.Decoder(MarkPriceEvent)


class MarketParser:
    """Reads the frames of one combined connection."""

    def __init__(self, instruments: Mapping[str, InstrumentId], *, forming: bool = False) -> None:
        """Make it for symbols of Binance's; `forming` has bars told before they are closed."""
        self._instruments = {symbol.lower(): instrument for symbol, instrument in instruments.items()}
        self._forming = forming
        self._known: dict[str, tuple[InstrumentId, Reader]] = {}
        self.stream = ""
        """The stream of the last frame; empty if that was no market data."""

    def read(self, frame: bytes | str, ts_recv: TimeNs) -> MarketEvent | Control | StreamEnded | None:
        """Return what a frame says; None if it is of no use to us, or only repeats."""
        try:
            envelope = _combined.decode(frame)
        except msgspec.DecodeError as error:
            return self._other(frame, error)
        stream = self.stream = envelope.stream
        known = self._known.get(stream)
        if known is None:
            if stream == SHUTDOWN:
                return _ended.decode(envelope.data)
            known = self._known[stream] = self._reader(stream, frame)
        try:
            return known[1](known[0], envelope.data, ts_recv)
        except (msgspec.DecodeError, ValueError) as error:
            raise unread(frame, f"{stream}: {error}") from None

    def _other(self, frame: bytes | str, error: msgspec.DecodeError) -> Control | StreamEnded:
        """Read what is no market data: answers to our own requests, and the end. An acknowledgement is no data."""
        self.stream = ""
        for decoder, sign in ((_control, b'"id"'), (_ended, b"serverShutdown")):
            if sign in (frame if isinstance(frame, bytes) else frame.encode()):
                try:
                    return decoder.decode(frame)
                except msgspec.DecodeError:
                    continue
        raise unread(frame, str(error))

    def _reader(self, stream: str, frame: bytes | str) -> tuple[InstrumentId, Reader]:
        symbol, _, kind = stream.partition("@")
        instrument = self._instruments.get(symbol)
        kind = kind.partition("@")[0]
        if instrument is None:
            raise unread(frame, f"nobody asked for {stream}")
        if kind.startswith("kline_"):
            return instrument, self._read_kline
        if kind.startswith("depth") and kind != "depth":
            return instrument, _read_best
        if kind not in _READERS:
            raise unread(frame, f"nobody asked for {stream}")
        return instrument, _READERS[kind]

    def _read_kline(self, instrument: InstrumentId, data: msgspec.Raw, ts: TimeNs) -> Bar | FormingBar | None:
        event = _kline.decode(data)
        bar = event.bar
        if not (bar.closed or self._forming):
            return None
        open_, high, low, close = float(bar.open), float(bar.high), float(bar.low), float(bar.close)
        volume = float(bar.volume)
        if not (0 < low <= high < inf and low <= open_ <= high and low <= close <= high and 0 <= volume < inf):
            raise ValueError("not a bar's prices")
        opens, interval = bar_time(bar.open_time), intern(bar.interval)
        if bar.closed:
            closes = bar_time(bar.close_time + 1)
            return Bar(instrument, interval, opens, closes, ts, open_, high, low, close, volume)
        changed = event.event_time * NS_PER_MS
        return FormingBar(instrument, interval, opens, changed, ts, open_, high, low, close, volume)


def _read_trade(instrument: InstrumentId, data: msgspec.Raw, ts: TimeNs) -> Trade | None:
    event = _trade.decode(data)
    if event.kind != "MARKET":
        return None  # of the insurance fund or a delivery: no market has made this price
    return _execution(instrument, event, ts)


def _read_agg_trade(instrument: InstrumentId, data: msgspec.Raw, ts: TimeNs) -> Trade:
    return _execution(instrument, _agg_trade.decode(data), ts)


def _execution(instrument: InstrumentId, event: TradeEvent | AggTradeEvent, ts: TimeNs) -> Trade:
    price, size = float(event.price), float(event.quantity)
    if not (0 < price < inf and 0 < size < inf):
        raise ValueError("not a trade's figures")
    return Trade(instrument, event.trade_time * NS_PER_MS, ts, price, size, event.buyer_is_maker, str(event.id))


def _read_quote(instrument: InstrumentId, data: msgspec.Raw, ts: TimeNs) -> Quote:
    event = _book_ticker.decode(data)
    bid, ask = float(event.bid), float(event.ask)
    bid_size, ask_size = float(event.bid_size), float(event.ask_size)
    if not (0 <= bid < inf and 0 <= ask < inf and 0 <= bid_size < inf and 0 <= ask_size < inf):
        raise ValueError("not a quote's figures")
    time = event.trade_time or event.event_time
    return Quote(instrument, time * NS_PER_MS or ts, ts, bid, ask, bid_size, ask_size)  # spot's has no time: ours


def _read_depth(instrument: InstrumentId, data: msgspec.Raw, ts: TimeNs) -> BookDelta:
    event = _depth.decode(data)
    # USD-M's ids have holes, and `pu` names what came before: from there on this change reaches.
    first = event.first if event.previous is None else event.previous + 1
    time = (event.trade_time or event.event_time) * NS_PER_MS
    return BookDelta(instrument, time, ts, first, event.last, levels(event.bids), levels(event.asks))


def _read_best(instrument: InstrumentId, data: msgspec.Raw, ts: TimeNs) -> BookSnapshot:
    if b'"pu"' in bytes(data):
        event = _depth.decode(data)
        return BookSnapshot(
            instrument, event.event_time * NS_PER_MS, ts, event.last, levels(event.bids), levels(event.asks)
        )
    return snapshot(instrument, _partial.decode(data), ts)


def _read_funding(instrument: InstrumentId, data: msgspec.Raw, ts: TimeNs) -> FundingRate | None:
    event = _mark_price.decode(data)
    if not event.rate:
        return None
    rate = float(event.rate)
    if not -1 < rate < 1:
        raise ValueError("not a funding rate")
    return FundingRate(instrument, event.next_funding * NS_PER_MS, ts, rate)


_READERS: dict[str, Reader] = {
    "trade": _read_trade,
    "aggTrade": _read_agg_trade,
    "bookTicker": _read_quote,
    "depth": _read_depth,
    "markPrice": _read_funding,
}
