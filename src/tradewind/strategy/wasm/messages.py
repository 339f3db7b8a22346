"""Messages of the contract (docs/wasm.md), package `strategy` of argo-trading 1.24: bars, texts, signals, records."""

from __future__ import annotations

import msgspec


class Empty(msgspec.Struct):
    """Nothing."""


class Timestamp(msgspec.Struct):
    """A time, in whole seconds and nanoseconds since 1970."""

    seconds: int = 0
    nanos: int = 0


class MarketData(msgspec.Struct):
    """A bar; `time` is when it opened."""

    symbol: str = ""
    high: float = 0.0
    low: float = 0.0
    open: float = 0.0
    close: float = 0.0
    volume: float = 0.0
    time: Timestamp | None = None


class Text(msgspec.Struct):
    """Any message of one text in field 1: names, schemas, configurations, symbols, keys, ids."""

    text: str = ""


class ProcessDataRequest(msgspec.Struct):
    """A bar has closed."""

    data: MarketData | None = None


class GetRangeRequest(msgspec.Struct):
    """Bars of a range of time."""

    symbol: str = ""
    start_time: Timestamp | None = None
    end_time: Timestamp | None = None
    interval: int = 0


class Bars(msgspec.Struct):
    """The answer to `GetRangeRequest`."""

    data: list[MarketData] = []


class MapEntry(msgspec.Struct):
    """One entry of a map."""

    key: str = ""
    value: str = ""


class ExecuteSQLRequest(msgspec.Struct):
    """A query."""

    query: str = ""
    params: list[str] = []


class SQLResult(msgspec.Struct):
    """One row."""

    fields: dict[str, str] = {}


class ExecuteSQLResponse(msgspec.Struct):
    """Rows."""

    results: list[SQLResult] = []


class CountRequest(msgspec.Struct):
    """How many bars a range of time has."""

    start_time: Timestamp | None = None
    end_time: Timestamp | None = None


class Number(msgspec.Struct):
    """Any message of one number in field 1: counts, statuses."""

    number: int = 0


class ConfigureRequest(msgspec.Struct):
    """Parameters of an indicator, as the text of a JSON array."""

    indicator_type: int = 0
    config: str = ""


class GetSignalRequest(msgspec.Struct):
    """What an indicator says at a bar."""

    indicator_type: int = 0
    market_data: MarketData | None = None


class GetSignalResponse(msgspec.Struct):
    """The value of an indicator, as JSON, and what it suggests."""

    timestamp: Timestamp | None = None
    type: int = 0
    name: str = ""
    reason: str = ""
    raw_value: str = ""
    symbol: str = ""
    indicator_type: int = 0


class GuestMark(msgspec.Struct):
    """A note on the chart."""

    color: str = ""
    shape: int = 0
    title: str = ""
    message: str = ""
    category: str = ""
    signal_type: int = 0
    level: int = 0


class MarkRequest(msgspec.Struct):
    """A note on the chart, at a bar."""

    market_data: MarketData | None = None
    mark: GuestMark | None = None


class Markers(msgspec.Struct):
    """Notes on the chart, oldest first."""

    markers: list[GuestMark] = []


class LogRequest(msgspec.Struct):
    """A line of the guest's log."""

    level: int = 0
    message: str = ""
    fields: dict[str, str] = {}
