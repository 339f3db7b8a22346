"""What a market tells us. Prices and sizes are floats (architecture, decision 1); times are integers.

`ts_venue` is the venue's time, `ts_recv` ours. A `Bar` is closed by definition: a forming bar is
another type, so that nobody takes one for the other.
"""

from __future__ import annotations

from tradewind.domain.ids import InstrumentId
from tradewind.domain.message import Message
from tradewind.domain.time import TimeNs

Level = tuple[float, float]
"""(price, size); size 0 in a delta means that the level is gone."""


class Bar(Message, frozen=True, gc=False, tag="bar"):
    """A closed bar of `interval`, from `ts_open` up to and without `ts_venue`, its close."""

    instrument: InstrumentId
    interval: str
    ts_open: TimeNs
    ts_venue: TimeNs
    ts_recv: TimeNs
    open: float
    high: float
    low: float
    close: float
    volume: float


class FormingBar(Message, frozen=True, gc=False, tag="forming_bar"):
    """A bar that is not closed yet; `ts_venue` is the time of its last change."""

    instrument: InstrumentId
    interval: str
    ts_open: TimeNs
    ts_venue: TimeNs
    ts_recv: TimeNs
    open: float
    high: float
    low: float
    close: float
    volume: float


class Quote(Message, frozen=True, gc=False, tag="quote"):
    """The best bid and ask, with their sizes in base units."""

    instrument: InstrumentId
    ts_venue: TimeNs
    ts_recv: TimeNs
    bid: float
    ask: float
    bid_size: float
    ask_size: float


class Trade(Message, frozen=True, gc=False, tag="trade"):
    """An execution between others; `buyer_is_maker` is true when the aggressor sold."""

    instrument: InstrumentId
    ts_venue: TimeNs
    ts_recv: TimeNs
    price: float
    size: float
    buyer_is_maker: bool
    trade_id: str


class BookSnapshot(Message, frozen=True, gc=False, tag="book_snapshot"):
    """The whole order book at update `last_id`; best levels first."""

    instrument: InstrumentId
    ts_venue: TimeNs
    ts_recv: TimeNs
    last_id: int
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]


class BookDelta(Message, frozen=True, gc=False, tag="book_delta"):
    """Changed levels of a book, updates `first_id` to `last_id`; a hole in the ids makes the book invalid."""

    instrument: InstrumentId
    ts_venue: TimeNs
    ts_recv: TimeNs
    first_id: int
    last_id: int
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]


class FundingRate(Message, frozen=True, gc=False, tag="funding_rate"):
    """The rate that longs pay to shorts on a perpetual at `ts_venue`, as a fraction of the position's value."""

    instrument: InstrumentId
    ts_venue: TimeNs
    ts_recv: TimeNs
    rate: float


class DataGap(Message, frozen=True, gc=False, tag="data_gap"):
    """Bars of `interval` from `ts_from` (open time) up to and without `ts_to` are missing and will not come."""

    instrument: InstrumentId
    interval: str
    ts_from: TimeNs
    ts_to: TimeNs
    ts_recv: TimeNs


MarketEvent = Bar | FormingBar | Quote | Trade | BookSnapshot | BookDelta | FundingRate | DataGap
