"""Number and kind of every field of the messages, as the contract's table has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.strategy.wasm import messages as m
from tradewind.strategy.wasm import messages_trading as t
from tradewind.strategy.wasm.wire import Field, Plan

if TYPE_CHECKING:
    import msgspec


def _plan(made: type[msgspec.Struct], *kinds: str | tuple[str, Plan]) -> Plan:
    """Make a plan; the fields of all messages are numbered from 1, in the order of their class."""
    names = made.__struct_fields__
    assert len(names) == len(kinds), made
    fields = []
    for number, (name, kind) in enumerate(zip(names, kinds, strict=True), 1):
        fields.append(Field(number, name, kind) if isinstance(kind, str) else Field(number, name, kind[0], kind[1]))
    return Plan(made, *fields)


TIMESTAMP = _plan(m.Timestamp, "int64", "int32")
_TIME = ("message", TIMESTAMP)
MARKET_DATA = _plan(m.MarketData, "string", "double", "double", "double", "double", "double", _TIME)
TEXT = _plan(m.Text, "string")
NUMBER = _plan(m.Number, "int32")
PROCESS_DATA = _plan(m.ProcessDataRequest, ("message", MARKET_DATA))
GET_RANGE = _plan(m.GetRangeRequest, "string", _TIME, _TIME, "enum")
BARS = _plan(m.Bars, ("messages", MARKET_DATA))
MAP_ENTRY = _plan(m.MapEntry, "string", "string")
EXECUTE_SQL = _plan(m.ExecuteSQLRequest, "string", "strings")
SQL_RESULT = _plan(m.SQLResult, ("map", MAP_ENTRY))
SQL_RESPONSE = _plan(m.ExecuteSQLResponse, ("messages", SQL_RESULT))
COUNT = _plan(m.CountRequest, _TIME, _TIME)
CONFIGURE = _plan(m.ConfigureRequest, "enum", "string")
GET_SIGNAL = _plan(m.GetSignalRequest, "enum", ("message", MARKET_DATA))
SIGNAL = _plan(m.GetSignalResponse, _TIME, "enum", "string", "string", "string", "string", "enum")
KEY_VALUE = MAP_ENTRY
REASON = _plan(t.Reason, "string", "string")
LEG = _plan(t.Leg, "string", "enum", "enum")
EXECUTE_ORDER = _plan(
    t.ExecuteOrder, "string", "string", "enum", "enum", ("message", REASON), "double", "string", "double",
    ("message", LEG), ("message", LEG), "enum",
)  # fmt: skip
PLACE_MULTIPLE = _plan(t.PlaceMultipleOrdersRequest, ("messages", EXECUTE_ORDER))
POSITION = _plan(t.GuestPosition, "string", *["double"] * 7, _TIME, "string")
POSITIONS = _plan(t.Positions, ("messages", POSITION))
ACCOUNT_INFO = _plan(t.AccountInfo, *["double"] * 7)
OPEN_ORDER = _plan(
    t.OpenOrder, "string", "string", "enum", "enum", "double", "double", "string", "enum", ("message", REASON)
)
OPEN_ORDERS = _plan(t.OpenOrders, ("messages", OPEN_ORDER))
GET_TRADES = _plan(t.GetTradesRequest, "string", _TIME, _TIME, "int32")
TRADE = _plan(
    t.TradeRecord, "string", "string", "enum", "double", "double", _TIME, "double", "double", "enum", "string",
    ("message", REASON), "double",
)  # fmt: skip
TRADES = _plan(t.Trades, ("messages", TRADE))
MARK = _plan(m.GuestMark, "string", "enum", "string", "string", "string", "enum", "enum")
MARK_REQUEST = _plan(m.MarkRequest, ("message", MARKET_DATA), ("message", MARK))
MARKERS = _plan(m.Markers, ("messages", MARK))
LOG = _plan(m.LogRequest, "enum", "string", ("map", MAP_ENTRY))
EMPTY = Plan(m.Empty)
