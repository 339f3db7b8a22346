"""How a liquidation by the venue is shared out among the strategies that held the position."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.fill import Fill
from tradewind.domain.ids import ClientOrderId, TradeId
from tradewind.domain.money import ZERO
from tradewind.domain.order import Liquidity, Side

if TYPE_CHECKING:
    from tradewind.domain.events import PositionLiquidated
    from tradewind.domain.ids import InstrumentId, StrategyId
    from tradewind.domain.position import Position


def shares(event: PositionLiquidated, held: list[tuple[tuple[StrategyId, InstrumentId], Position]]) -> list[Fill]:
    """Return a fill for each strategy with a position; each is closed whole at the venue's price.

    The strategies' positions sum to the account's, so the fills sum to what the venue closed. The fee goes
    to the first strategy that was on the side that was closed.
    """
    open_positions = [(strategy, position) for (strategy, _), position in held if not position.is_flat]
    closing = [p for _, p in open_positions if (p.quantity > 0) is (event.side is Side.SELL)]
    payer = closing[0] if closing else None
    return [
        Fill(
            trade_id=TradeId(f"{event.trade_id}/{strategy}"),
            order=ClientOrderId(f"liquidation-{event.trade_id}"),
            strategy=strategy,
            instrument=event.instrument,
            side=Side.SELL if position.quantity > 0 else Side.BUY,
            quantity=abs(position.quantity),
            price=event.price,
            fee=event.fee if position is payer else ZERO,
            fee_asset=event.fee_asset,
            liquidity=Liquidity.TAKER,
            ts_venue=event.ts_venue,
            ts_recv=event.ts_recv,
        )
        for strategy, position in open_positions
    ]
