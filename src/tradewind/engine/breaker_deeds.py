"""What a breaker that trips has done: entries taken back, positions halved or closed; of several at once, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.breakers import BreakerAction, KeptReduction
from tradewind.domain.ids import EXTERNAL
from tradewind.domain.money import ZERO, floor_to
from tradewind.domain.order import Purpose, Side
from tradewind.domain.signal import CancelIntent, OrderIntent
from tradewind.engine.emergency import leaving, less
from tradewind.engine.shutdown import closes, parts, protects

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from decimal import Decimal

    from tradewind.domain.ids import InstrumentId, StrategyId
    from tradewind.engine.engine import Engine

A = BreakerAction
OPENING, ALL = "opening", "all"


def deeds(
    engine: Engine, action: BreakerAction, cancel: str, reducing: Iterable[KeptReduction] = ()
) -> list[CancelIntent | OrderIntent]:
    """Return the wishes of an action, less what was wished for already; what others have there is not ours to end.

    `reducing` is what a breaker that reduces leaves.
    """
    if action is A.REFUSE:
        return []
    found: list[CancelIntent | OrderIntent] = list(cancels(engine, cancel))
    if action is A.REDUCE:
        for kept in reducing:
            found += reductions(engine, kept)
    elif action is not A.CANCEL:
        for strategy, instrument in held(engine):
            found += _all(engine, strategy, instrument)
    return found


def cancels(engine: Engine, which: str) -> Iterator[CancelIntent]:
    """Yield the cancels of `opening` orders, or of `all`."""
    wished = {word.order for word in engine.words if isinstance(word, CancelIntent)}
    for order in engine.orders.open():
        if order.spec.strategy == EXTERNAL or order.spec.id in wished:
            continue
        if which == ALL or (which == OPENING and not protects(order)):
            yield CancelIntent(order.spec.strategy, order.spec.id)


def held(engine: Engine) -> list[tuple[StrategyId, InstrumentId]]:
    """Return whose positions there are in what."""
    positions = engine.portfolio.positions
    return [key for key in sorted(positions) if key[0] != EXTERNAL and not positions[key].is_flat]


def halved(engine: Engine, before: Iterable[KeptReduction]) -> Iterator[KeptReduction]:
    """Yield what of each position a reduction leaves; of one that is being reduced, no less than that."""
    known = {(kept.strategy, kept.instrument): kept for kept in before}
    for key in held(engine):
        quantity = engine.portfolio.positions[key].quantity
        half = floor_to(abs(quantity) / 2, engine.portfolio.instruments[key[1]].lot)
        yield known.get(key) or KeptReduction(*key, quantity - half if quantity > 0 else quantity + half)


def is_reduced(engine: Engine, kept: KeptReduction) -> bool:
    """Tell whether no more is held than a reduction leaves."""
    quantity = engine.portfolio.position(kept.instrument, kept.strategy).quantity
    return quantity * kept.left <= 0 or abs(quantity) <= abs(kept.left)


def reductions(engine: Engine, kept: KeptReduction) -> Iterator[OrderIntent]:
    """Yield the orders for what is held above it still, less what is on its way out."""
    if is_reduced(engine, kept):
        return
    quantity = engine.portfolio.position(kept.instrument, kept.strategy).quantity
    excess = abs(quantity) - abs(kept.left) - _gone(engine, kept.strategy, kept.instrument)
    if excess <= 0:
        return
    for part in parts(excess, engine.portfolio.instruments[kept.instrument]):
        yield OrderIntent(
            id=engine.ids.next(), strategy=kept.strategy, instrument=kept.instrument,
            side=Side.SELL if quantity > 0 else Side.BUY, quantity=part, reduce_only=True, purpose=Purpose.BREAKER,
        )  # fmt: skip


def _all(engine: Engine, strategy: StrategyId, instrument: InstrumentId) -> Iterator[OrderIntent]:
    """Return what closes a position, less what is on its way out."""
    wishes = closes(strategy, instrument, engine.portfolio, engine.ids, Purpose.BREAKER)
    return less(wishes, _gone(engine, strategy, instrument))


def _gone(engine: Engine, strategy: StrategyId, instrument: InstrumentId) -> Decimal:
    """Return how much of a position closes at this moment: by orders, and by what was wished for in this event."""
    wished = (
        word.quantity
        for word in engine.words
        if isinstance(word, OrderIntent) and word.purpose is Purpose.BREAKER and word.quantity is not None
        and (word.strategy, word.instrument) == (strategy, instrument)
    )  # fmt: skip
    return leaving(engine.orders, strategy, instrument) + sum(wished, ZERO)
