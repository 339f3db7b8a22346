"""Cards of orders: each has one end, is known by the id that we gave it, and is refused with a reason."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tradewind.domain import events as ev
from tradewind.domain.commands import AmendOrder, CancelOrder, QueryOrder
from tradewind.domain.order import OrderType, Side, TimeInForce
from tradewind.testing.contract.card import Card

if TYPE_CHECKING:
    from tradewind.testing.contract.stage import Stage

LIMIT = OrderType.LIMIT
TRAIL = Decimal("0.1")


async def _rests(stage: Stage) -> None:
    await stage.cancel(await stage.rest())


async def _fills(stage: Stage) -> None:
    for side in (Side.BUY, Side.SELL):
        fills = await stage.trade(side)
        filled = sum((fill.quantity for fill in fills), stage.quantity * 0)
        assert filled == stage.quantity, f"TC-02: {filled} of {stage.quantity}"
        assert all(fill.price > 0 for fill in fills), "TC-02"


async def _is_found(stage: Stage) -> None:
    spec = await stage.rest()
    await stage.send(QueryOrder(spec.id, stage.instrument.id))
    await stage.until(ev.OrderFound, spec.id)
    told = await stage.account()
    assert spec.id in {each.order for each in told.orders or ()}, f"TC-03: {told.orders} is without {spec.id}"
    await stage.cancel(spec)


async def _is_not_found(stage: Stage) -> None:
    name = stage.order().id
    await stage.send(QueryOrder(name, stage.instrument.id))
    await stage.until(ev.OrderNotFound, name)
    await stage.send(CancelOrder(name, stage.instrument.id))
    await stage.until(ev.CancelRejected, name)


async def _is_refused(stage: Stage) -> None:
    spec = await stage.submit(stage.order(LIMIT, price=stage.far(0.9) + stage.instrument.tick / 4))
    assert (await stage.until(ev.OrderRejected, spec.id)).reason, "TC-05: a refusal says why"


async def _stops(stage: Stage) -> None:
    spec = await stage.submit(stage.order(OrderType.STOP, trigger=stage.far(1.1)))
    await stage.until(ev.OrderAccepted, spec.id)
    await stage.cancel(spec)


async def _makes(stage: Stage) -> None:
    spec = await stage.submit(stage.order(LIMIT, price=stage.far(1.02), post_only=True))
    ended = await stage.until((ev.OrderRejected, ev.OrderExpired, ev.OrderFilled), spec.id)
    assert not isinstance(ended, ev.OrderFilled), "TC-07: it has taken"


async def _amends(stage: Stage) -> None:
    spec = await stage.submit(stage.order(LIMIT, price=stage.far(0.9), quantity=2 * stage.quantity))
    await stage.until(ev.OrderAccepted, spec.id)
    await stage.send(AmendOrder(spec.id, stage.instrument.id, quantity=stage.quantity, number=1))
    assert (await stage.until(ev.OrderAmended, spec.id)).quantity == stage.quantity, "TC-08"
    (there,) = [each for each in (await stage.account()).orders or () if each.order == spec.id]
    assert there.quantity == stage.quantity, f"TC-08: the account says {there.quantity}"
    await stage.cancel(spec)


async def _are_cancelled(stage: Stage) -> None:
    specs = [await stage.rest() for _ in range(3)]
    for spec in specs:
        await stage.send(CancelOrder(spec.id, stage.instrument.id))
    for spec in specs:
        await stage.until(ev.OrderCancelled, spec.id)
    left = {each.order for each in (await stage.account()).orders or ()} & {spec.id for spec in specs}
    assert not left, f"TC-09: {left} are still there"


async def _is_too_late(stage: Stage) -> None:
    for side in (Side.BUY, Side.SELL):
        (name, *_) = {fill.order for fill in await stage.trade(side)}
        await stage.send(CancelOrder(name, stage.instrument.id))
        assert (await stage.until(ev.CancelRejected, name)).reason, "TC-10: a refusal says why"


async def _is_once(stage: Stage) -> None:
    spec = await stage.rest()
    await stage.submit(spec)
    orders = [each for each in (await stage.account()).orders or () if each.order == spec.id]
    assert len(orders) == 1, f"TC-11: there are {len(orders)} of it"
    await stage.cancel(spec)


async def _cannot_be_paid(stage: Stage) -> None:
    spec = await stage.submit(stage.order(LIMIT, price=stage.far(0.9), quantity=stage.quantity * 100_000))
    assert (await stage.until(ev.OrderRejected, spec.id)).reason, "TC-12: a refusal says why"


async def _ends_at_once(stage: Stage) -> None:
    spec = await stage.submit(stage.order(LIMIT, price=stage.far(0.9), tif=TimeInForce.IOC))
    ended = await stage.until((ev.OrderCancelled, ev.OrderExpired, ev.OrderRejected), spec.id)
    assert not isinstance(ended, ev.OrderRejected), f"TC-13: {ended}"


async def _only_reduces(stage: Stage) -> None:
    spec = await stage.submit(stage.order(side=Side.SELL, reduce_only=True))
    ended = await stage.until((ev.OrderRejected, ev.OrderExpired, ev.OrderCancelled, ev.OrderFilled), spec.id)
    assert not isinstance(ended, ev.OrderFilled), "TC-14: it has opened a position"


async def _is_as_told(stage: Stage) -> None:
    """Ask for every kind of order: what it says that it can is accepted, what it says it cannot is refused."""
    above = stage.far(1.1)
    kinds: dict[str, dict[str, Any]] = {
        "stop": {"kind": OrderType.STOP, "trigger": above},
        "stop_limit": {"kind": OrderType.STOP_LIMIT, "trigger": above, "price": above},
        "trailing_stop": {"kind": OrderType.TRAILING_STOP, "trail_fraction": TRAIL},
        "post_only": {"kind": LIMIT, "price": stage.far(0.9), "post_only": True},
    }
    for name, terms in kinds.items():
        spec = await stage.submit(stage.order(**terms))
        answer = await stage.until((ev.OrderAccepted, ev.OrderRejected), spec.id)
        assert isinstance(answer, ev.OrderAccepted) is (name in stage.can), f"TC-15: {name}: {answer}"
        if name in stage.can:
            await stage.cancel(spec)


ORDERS = (
    Card("TC-01", "a limit order rests, and is cancelled", _rests, ("orders",)),
    Card("TC-02", "a market order fills, each execution told under an id of its own", _fills, ("orders",)),
    Card("TC-03", "an order that rests is found by our id, and stands in the account", _is_found, ("orders",)),
    Card("TC-04", "an order that nobody has is not found, and cannot be cancelled", _is_not_found, ("orders",)),
    Card("TC-05", "an order off the tick is refused with a reason", _is_refused, ("orders", "filters")),
    Card("TC-06", "a stop waits, and is cancelled", _stops, ("orders", "stop")),
    Card("TC-07", "a post-only order that would take does not trade", _makes, ("orders", "post_only")),
    Card("TC-08", "an order is made smaller in place, and the account says so", _amends, ("orders", "amend")),
    Card("TC-09", "all of several orders are cancelled, and none is left in the account", _are_cancelled, ("orders",)),
    Card("TC-10", "what has filled cannot be cancelled, and the refusal says why", _is_too_late, ("orders",)),
    Card("TC-11", "an order that is sent again under its id is there once", _is_once, ("orders",)),
    Card("TC-12", "an order that the account cannot pay is refused with a reason", _cannot_be_paid, ("orders",)),
    Card("TC-13", "immediate-or-cancel that cannot fill ends by itself", _ends_at_once, ("orders", "ioc")),
    Card("TC-14", "a reduce-only order opens no position", _only_reduces, ("orders", "reduce_only")),
    Card("TC-15", "what it says it can it takes, what it says it cannot it refuses", _is_as_told, ("orders",)),
)
