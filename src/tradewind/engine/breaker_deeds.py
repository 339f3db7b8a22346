"""What a breaker that trips has done: entries taken back, positions halved or closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from tradewind.domain.breakers import BreakerAction
from tradewind.domain.ids import EXTERNAL
from tradewind.domain.money import floor_to
from tradewind.domain.order import Purpose
from tradewind.domain.signal import CancelIntent
from tradewind.engine.shutdown import closes, protects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tradewind.domain.ids import InstrumentId, StrategyId
    from tradewind.domain.signal import OrderIntent
    from tradewind.engine.engine import Engine

A = BreakerAction
OPENING, ALL = "opening", "all"


def deeds(engine: Engine, action: BreakerAction, cancel: str) -> Iterator[CancelIntent | OrderIntent]:
    """Yield the wishes of an action; what somebody else has on the account is not ours to end."""
    if action is A.REFUSE:
        return
    yield from cancels(engine, cancel)
    if action is not A.CANCEL:
        for strategy, instrument in held(engine):
            for close in closes(strategy, instrument, engine.portfolio, engine.ids, Purpose.BREAKER):
                yield from [close] if action is not A.REDUCE else _half(close, engine)


def cancels(engine: Engine, which: str) -> Iterator[CancelIntent]:
    """Yield the cancels of `opening` orders, or of `all`."""
    for order in engine.orders.open():
        if order.spec.strategy != EXTERNAL and (which == ALL or (which == OPENING and not protects(order))):
            yield CancelIntent(order.spec.strategy, order.spec.id)


def held(engine: Engine) -> list[tuple[StrategyId, InstrumentId]]:
    """Return whose positions there are in what."""
    positions = engine.portfolio.positions
    return [key for key in sorted(positions) if key[0] != EXTERNAL and not positions[key].is_flat]


def _half(close: OrderIntent, engine: Engine) -> Iterator[OrderIntent]:
    """Yield the close of half as much, if that is anything on the lot."""
    assert close.quantity is not None
    half = floor_to(close.quantity / 2, engine.portfolio.instruments[close.instrument].lot)
    if half > 0:
        yield replace(close, quantity=half)
