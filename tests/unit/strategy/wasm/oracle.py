"""The messages of the contract for the protobuf runtime, from a schema written down here: a second opinion."""

from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_DOUBLES = {"double": 1, "int64": 3, "int32": 5, "bool": 8, "string": 9, "enum": 5}
"""Enums are read as int32: the numbers are the same, and unknown ones are kept."""
SCHEMA = {
    "Timestamp": "seconds=1 int64, nanos=2 int32",
    "MarketData": "symbol=1 string, high=2 double, low=3 double, open=4 double, close=5 double, volume=6 double, "
    "time=7 Timestamp",
    "ProcessDataRequest": "data=1 MarketData",
    "GetRangeRequest": "symbol=1 string, start_time=2 Timestamp, end_time=3 Timestamp, interval=4 enum",
    "Bars": "data=1 rep MarketData",
    "MapEntry": "key=1 string, value=2 string",
    "ExecuteSQLRequest": "query=1 string, params=2 rep string",
    "SQLResult": "fields=1 rep MapEntry",
    "ExecuteSQLResponse": "results=1 rep SQLResult",
    "CountRequest": "start_time=1 Timestamp, end_time=2 Timestamp",
    "Number": "number=1 int32",
    "Text": "text=1 string",
    "ConfigureRequest": "indicator_type=1 enum, config=2 string",
    "GetSignalRequest": "indicator_type=1 enum, market_data=2 MarketData",
    "GetSignalResponse": "timestamp=1 Timestamp, type=2 enum, name=3 string, reason=4 string, raw_value=5 string, "
    "symbol=6 string, indicator_type=7 enum",
    "Reason": "reason=1 string, message=2 string",
    "Leg": "symbol=1 string, side=2 enum, order_type=3 enum",
    "ExecuteOrder": "id=1 string, symbol=2 string, side=3 enum, order_type=4 enum, reason=5 Reason, price=6 double, "
    "strategy_name=7 string, quantity=8 double, take_profit=9 Leg, stop_loss=10 Leg, position_type=11 enum",
    "PlaceMultipleOrdersRequest": "orders=1 rep ExecuteOrder",
    "GuestPosition": "symbol=1 string, quantity=2 double, total_in_quantity=3 double, total_out_quantity=4 double, "
    "total_in_amount=5 double, total_out_amount=6 double, total_in_fee=7 double, total_out_fee=8 double, "
    "open_timestamp=9 Timestamp, strategy_name=10 string",
    "Positions": "positions=1 rep GuestPosition",
    "AccountInfo": "balance=1 double, equity=2 double, buying_power=3 double, realized_pnl=4 double, "
    "unrealized_pnl=5 double, total_fees=6 double, margin_used=7 double",
    "OpenOrder": "id=1 string, symbol=2 string, side=3 enum, order_type=4 enum, quantity=5 double, price=6 double, "
    "strategy_name=7 string, position_type=8 enum, reason=9 Reason",
    "OpenOrders": "orders=1 rep OpenOrder",
    "GetTradesRequest": "symbol=1 string, start_time=2 Timestamp, end_time=3 Timestamp, limit=4 int32",
    "TradeRecord": "order_id=1 string, symbol=2 string, side=3 enum, quantity=4 double, price=5 double, "
    "executed_at=6 Timestamp, fee=7 double, pnl=8 double, position_type=9 enum, strategy_name=10 string, "
    "reason=11 Reason, cumulative_pnl=12 double",
    "Trades": "trades=1 rep TradeRecord",
    "GuestMark": "color=1 string, shape=2 enum, title=3 string, message=4 string, category=5 string, "
    "signal_type=6 enum, level=7 enum",
    "MarkRequest": "market_data=1 MarketData, mark=2 GuestMark",
    "Markers": "markers=1 rep GuestMark",
    "LogRequest": "level=1 enum, message=2 string, fields=3 rep MapEntry",
}  # fmt: skip
"""After the table of the contract, section 6.3; maps are what they are on the wire, repeated entries."""


def classes() -> dict[str, Any]:
    """Return the runtime's class for each message."""
    file = descriptor_pb2.FileDescriptorProto(name="strategy.proto", package="strategy", syntax="proto3")
    for name, fields in SCHEMA.items():
        made = file.message_type.add(name=name)
        for text in fields.split(", "):
            place, *repeated, kind = text.split()
            label, _, number = place.partition("=")
            field = made.field.add(name=label, number=int(number), label=3 if repeated else 1)
            if kind in _DOUBLES:
                field.type = _DOUBLES[kind]
            else:
                field.type, field.type_name = 11, f".strategy.{kind}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"strategy.{name}")) for name in SCHEMA}
