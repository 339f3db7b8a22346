"""Messages of the contract about orders, positions, fills and the account."""

from __future__ import annotations

import msgspec

from tradewind.strategy.wasm.messages import Timestamp


class Reason(msgspec.Struct):
    """Why an order is wanted."""

    reason: str = ""
    message: str = ""


class Leg(msgspec.Struct):
    """An exit that an order would like to have; it has no price, so nothing can be made of it."""

    symbol: str = ""
    side: int = 0
    order_type: int = 0


class ExecuteOrder(msgspec.Struct):
    """Wish for an order."""

    id: str = ""
    symbol: str = ""
    side: int = 0
    order_type: int = 0
    reason: Reason | None = None
    price: float = 0.0
    strategy_name: str = ""
    quantity: float = 0.0
    take_profit: Leg | None = None
    stop_loss: Leg | None = None
    position_type: int = 0


class PlaceMultipleOrdersRequest(msgspec.Struct):
    """Wishes for orders, one after the other."""

    orders: list[ExecuteOrder] = []


class GuestPosition(msgspec.Struct):
    """What the strategy holds of an instrument, and what came in and went out since the session began."""

    symbol: str = ""
    quantity: float = 0.0
    total_in_quantity: float = 0.0
    total_out_quantity: float = 0.0
    total_in_amount: float = 0.0
    total_out_amount: float = 0.0
    total_in_fee: float = 0.0
    total_out_fee: float = 0.0
    open_timestamp: Timestamp | None = None
    strategy_name: str = ""


class Positions(msgspec.Struct):
    """Open positions."""

    positions: list[GuestPosition] = []


class AccountInfo(msgspec.Struct):
    """The strategy's account, in the quote asset of its first instrument."""

    balance: float = 0.0
    equity: float = 0.0
    buying_power: float = 0.0
    realized_pnl: float = 0.0
    unrealized_pnl: float = 0.0
    total_fees: float = 0.0
    margin_used: float = 0.0


class OpenOrder(msgspec.Struct):
    """An order that has not ended."""

    id: str = ""
    symbol: str = ""
    side: int = 0
    order_type: int = 0
    quantity: float = 0.0
    price: float = 0.0
    strategy_name: str = ""
    position_type: int = 0
    reason: Reason | None = None


class OpenOrders(msgspec.Struct):
    """Orders that have not ended, oldest first."""

    orders: list[OpenOrder] = []


class GetTradesRequest(msgspec.Struct):
    """Which fills are asked for."""

    symbol: str = ""
    start_time: Timestamp | None = None
    end_time: Timestamp | None = None
    limit: int = 0


class TradeRecord(msgspec.Struct):
    """A fill."""

    order_id: str = ""
    symbol: str = ""
    side: int = 0
    quantity: float = 0.0
    price: float = 0.0
    executed_at: Timestamp | None = None
    fee: float = 0.0
    pnl: float = 0.0
    position_type: int = 0
    strategy_name: str = ""
    reason: Reason | None = None
    cumulative_pnl: float = 0.0


class Trades(msgspec.Struct):
    """Fills, oldest first."""

    trades: list[TradeRecord] = []
