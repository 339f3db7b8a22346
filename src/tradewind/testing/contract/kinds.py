"""Cards of kinds: each type of order, with each time in force, is taken or refused with a reason; none vanishes."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tradewind.domain import events as ev
from tradewind.domain.order import OrderType, Side, TimeInForce
from tradewind.domain.time import NS_PER_SECOND
from tradewind.testing.contract.card import Card

if TYPE_CHECKING:
    from tradewind.testing.contract.stage import Stage

TRAIL = Decimal("0.1")
LATER = 4_000_000_000 * NS_PER_SECOND
"""When an order of `gtd` would end: in the year 2096, by any clock."""
ENDS = (ev.OrderCancelled, ev.OrderExpired, ev.OrderRejected)
AT_ONCE = (TimeInForce.IOC, TimeInForce.FOK)


def _terms(stage: Stage, kind: OrderType) -> dict[str, Any]:
    """Return the prices of an order that rests, but for one at the market."""
    above = stage.far(1.1)
    match kind:
        case OrderType.MARKET:
            return {}
        case OrderType.LIMIT:
            return {"price": stage.far(0.9)}
        case OrderType.STOP:
            return {"trigger": above}
        case OrderType.STOP_LIMIT:
            return {"trigger": above, "price": above}
        case OrderType.TRAILING_STOP:
            return {"trail_fraction": TRAIL}


async def _answers_each(stage: Stage) -> None:
    """Ask for each; what is taken is noted at the stage, and taken back."""
    for kind in OrderType:
        for tif in TimeInForce:
            terms = _terms(stage, kind) | ({"expire_at": LATER} if tif is TimeInForce.GTD else {})
            refusal = await _refusal(stage, kind, tif, terms)
            assert refusal is None or refusal, f"TC-16: {kind.value} {tif.value} is refused without a reason"
            assert refusal is None or kind.value not in stage.can, f"TC-16: {kind.value} {tif.value}: {refusal}"
            if refusal is None:
                stage.taken.add((kind, tif))


async def _refusal(stage: Stage, kind: OrderType, tif: TimeInForce, terms: dict[str, Any]) -> str | None:
    """Return why an order is refused; None if it is not, and then it is over."""
    if kind is OrderType.MARKET:
        spec = await stage.submit(stage.order(kind, tif=tif, **terms))
        first: Any = await stage.until((ev.OrderFilled, *ENDS), spec.id)
        if not isinstance(first, ev.OrderFilled):
            return str(first.reason)
        filled = first.quantity
        while filled < spec.quantity:
            filled += (await stage.until(ev.OrderFilled, spec.id)).quantity
        await stage.trade(Side.SELL)
        return None
    spec = await stage.submit(stage.order(kind, tif=tif, **terms))
    if kind is OrderType.LIMIT and tif in AT_ONCE:
        ended = await stage.until(ENDS, spec.id)
        return ended.reason if isinstance(ended, ev.OrderRejected) else None
    answer = await stage.until((ev.OrderAccepted, ev.OrderRejected), spec.id)
    if isinstance(answer, ev.OrderRejected):
        return answer.reason
    await stage.cancel(spec)
    return None


KINDS = (
    Card("TC-16", "each type with each time in force is taken, or refused with a reason", _answers_each, ("orders",)),
)
