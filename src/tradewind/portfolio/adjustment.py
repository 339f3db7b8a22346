"""How a correction of the account's position is shared out: to those who held it; what is over belongs to nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from tradewind.domain.events import PositionLiquidated
from tradewind.domain.fill import Fill
from tradewind.domain.ids import EXTERNAL, ClientOrderId
from tradewind.domain.money import ZERO
from tradewind.domain.order import Liquidity, Side
from tradewind.portfolio.liquidation import shares

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.events import PositionAdjusted
    from tradewind.domain.instrument import Instrument
    from tradewind.portfolio.liquidation import Holders


def adjustments(event: PositionAdjusted, held: Holders, facts: Instrument) -> list[Fill]:
    """Return fills without fee that take the position to the venue's: what is closed at its own cost, so nobody earns.

    What closes is shared out as a liquidation is; what opens or adds belongs to `EXTERNAL`, and so does all of it
    where the event says so.
    """
    if event.is_external:
        held = [(strategy, position) for strategy, position in held if strategy == EXTERNAL]
        event = structs.replace(event, was=sum((p.quantity for _, p in held), ZERO), quantity=_external(event, held))
    change = event.quantity - event.was
    side = Side.BUY if change > 0 else Side.SELL
    closing = min(abs(change), abs(event.was)) if change * event.was < 0 else ZERO
    cost = {strategy: position.average_price for strategy, position in held}
    forced = PositionLiquidated(
        event.instrument, event.id, side, closing, event.price, ZERO, facts.quote, event.ts_recv, event.ts_recv
    )
    fills = shares(forced, held, facts.lot) if closing else []
    fills = [structs.replace(fill, order=ClientOrderId(event.id), price=cost[fill.strategy]) for fill in fills]
    done = sum((fill.side.sign * fill.quantity for fill in fills), ZERO)
    if change != done:
        rest = Side.BUY if change > done else Side.SELL
        fills.append(
            Fill(
                event.id, ClientOrderId(event.id), EXTERNAL, event.instrument, rest, abs(change - done), event.price,
                ZERO, facts.quote, Liquidity.TAKER, event.ts_recv, event.ts_recv,
            )
        )  # fmt: skip
    return fills


def _external(event: PositionAdjusted, held: Holders) -> Decimal:
    """Return what `EXTERNAL` holds after the correction."""
    return sum((position.quantity for _, position in held), event.quantity - event.was)
