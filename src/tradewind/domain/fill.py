"""Fills: facts about executions, the only thing that moves a position."""

from __future__ import annotations

from decimal import Decimal

from tradewind.domain.ids import Asset, ClientOrderId, InstrumentId, StrategyId, TradeId
from tradewind.domain.message import Message
from tradewind.domain.order import Liquidity, Side
from tradewind.domain.time import TimeNs


class Fill(Message, frozen=True, gc=False):
    """One execution, booked once per `trade_id`. A negative fee is a rebate."""

    trade_id: TradeId
    order: ClientOrderId
    strategy: StrategyId
    instrument: InstrumentId
    side: Side
    quantity: Decimal
    price: Decimal
    fee: Decimal
    fee_asset: Asset
    liquidity: Liquidity
    ts_venue: TimeNs
    ts_recv: TimeNs
