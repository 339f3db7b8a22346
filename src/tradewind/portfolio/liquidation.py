"""How a liquidation by the venue is shared out among the strategies that held the position."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.fill import Fill
from tradewind.domain.ids import ClientOrderId, TradeId
from tradewind.domain.money import ZERO
from tradewind.domain.order import Liquidity, Side

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.events import PositionLiquidated
    from tradewind.domain.ids import StrategyId
    from tradewind.domain.position import Position

    Holders = list[tuple[StrategyId, Position]]


def shares(event: PositionLiquidated, held: Holders, lot: Decimal) -> list[Fill]:
    """Return a fill at the venue's price for each strategy with a position; they sum to what it closed of theirs.

    A whole liquidation closes everybody, also who stood on the other side: it was netted against the rest.
    Of a part each has its share, in lots; the largest on the closed side bears what rounding leaves, and the fee.
    What nobody held is in no fill: the engine tells of it.
    """
    holders = [(strategy, position) for strategy, position in held if position.quantity]
    total = sum((position.quantity for _, position in holders), ZERO)
    closing = event.side.sign * event.quantity
    if total * closing >= 0:
        return []
    payer = max(holders, key=lambda holder: holder[1].quantity * -event.side.sign)
    if event.quantity >= abs(total):
        parts = [-position.quantity for _, position in holders]
    else:
        parts = [-position.quantity * event.quantity / abs(total) // lot * lot for _, position in holders]
        parts[holders.index(payer)] += closing - sum(parts, ZERO)
    return [
        _fill(event, strategy, part, event.fee if strategy == payer[0] else ZERO)
        for (strategy, _), part in zip(holders, parts, strict=True)
        if part
    ]


def _fill(event: PositionLiquidated, strategy: StrategyId, signed: Decimal, fee: Decimal) -> Fill:
    return Fill(
        trade_id=TradeId(f"{event.trade_id}/{strategy}"),
        order=ClientOrderId(f"liquidation-{event.trade_id}"),
        strategy=strategy,
        instrument=event.instrument,
        side=Side.BUY if signed > 0 else Side.SELL,
        quantity=abs(signed),
        price=event.price,
        fee=fee,
        fee_asset=event.fee_asset,
        liquidity=Liquidity.TAKER,
        ts_venue=event.ts_venue,
        ts_recv=event.ts_recv,
    )
