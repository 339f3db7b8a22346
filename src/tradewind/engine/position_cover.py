"""Keeps the stops of a position at the venue as they are to be: at its level, for all of it, and for no more.

It looks at what is there and what is to be, and wishes for the difference; so it does not matter what has moved it: a
price, a fill, an answer, a start. A venue that amends is asked to. Else on margin another stop is placed beside the old
one first, both reduce-only, and the old one taken back when the new one rests; on spot, where the old one locks
what the new one would sell, it is taken back first, and the gap is told, timed and bounded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from tradewind.domain.exits import Protected, Unprotected
from tradewind.domain.money import ZERO, exact
from tradewind.domain.order import OrderType
from tradewind.engine.position_hands import is_busy, is_there
from tradewind.risk.exits.stops import is_reached, is_tighter

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.exits import KeptExits
    from tradewind.engine.position_hands import Hands
    from tradewind.execution.orders import Order


def cover(hands: Hands, kept: KeptExits, held: Decimal, *, guarded: bool) -> str:
    """Wish for what is missing to the stops of a position; return why it must be left instead, or the empty string.

    With `guarded` the engine's guard is about to put a stop back: none is placed here.
    """
    level = kept.level
    if level is None:
        return ""
    stops = hands.stops(kept)
    if hands.amends:
        _amend(hands, kept, stops, held, guarded=guarded)
        missing = held - _covered(hands, stops)
        waits = False
    else:
        good, stale = _sorted(hands, kept, stops, held)
        missing = held - _covered(hands, good)
        waits = _replace(hands, kept, good, stale, missing)
    missing = min(missing, hands.room(kept, held))
    if waits or guarded or missing < hands.smallest(kept) or _may_grow(hands, stops):
        return ""
    last = hands.view.last_price(kept.instrument)
    if last is not None and is_reached(level, kept.side, exact(last)):
        return "stop"
    hands.stop(kept, missing, level)
    return ""


def watch(hands: Hands, kept: KeptExits, held: Decimal) -> KeptExits:
    """Tell when the venue has no stops for all of a position, and when it has them again."""
    now = hands.view.now
    if kept.level is None:
        return kept
    there = sum((hands.covers(order) for order in hands.stops(kept) if is_there(order)), ZERO)
    bare = held - there
    if bare >= hands.smallest(kept):
        if kept.bare_since is None:
            hands.words.append(Unprotected(kept.strategy, kept.instrument, bare, now))
            return replace(kept, bare_since=now)
    elif kept.bare_since is not None:
        tell_protected(hands.words, kept, now)
        return replace(kept, bare_since=None)
    return kept


def tell_protected(words: list[Any], kept: KeptExits, now: int) -> None:
    """Tell that a gap is over."""
    if kept.bare_since is not None:
        words.append(Protected(kept.strategy, kept.instrument, kept.bare_since, now))


def _covered(hands: Hands, stops: list[Order]) -> Decimal:
    return sum((hands.covers(order) for order in stops), ZERO)


def _amend(hands: Hands, kept: KeptExits, stops: list[Order], held: Decimal, *, guarded: bool) -> None:
    """Ask the venue to move what is too loose, to shrink what is too much, and to grow what is too little."""
    excess, room = _covered(hands, stops) - held, hands.room(kept, held)
    waits, grows = kept.retry_at > hands.view.now, hands.entry_lives(kept)
    for order in reversed(stops):
        if is_busy(order) or waits:
            continue
        spec, trigger, quantity = order.spec, None, None
        if spec.type is not OrderType.TRAILING_STOP and _is_loose(kept, order):
            trigger = kept.level
        if excess > 0 and not spec.netted and not grows:
            less = min(excess, hands.covers(order))
            if less < hands.covers(order):
                quantity, excess = order.filled + hands.covers(order) - less, excess - less
            elif less and len(stops) > 1:
                excess -= less
                hands.cancel(order)
                continue
        elif excess < 0 and spec.parent is None and not guarded and hands.covers(order) - excess <= room:
            spare = hands.spare(order)
            more = -excess if spare is None else min(-excess, spare)
            if more > 0:
                quantity, excess = order.filled + hands.covers(order) + more, excess + more
        if trigger is not None or quantity is not None:
            price = spec.price
            if price is not None and trigger is not None and spec.trigger is not None:
                price += trigger - spec.trigger
            hands.amend(order, quantity=quantity, trigger=trigger, price=None if trigger is None else price)


def _may_grow(hands: Hands, stops: list[Order]) -> bool:
    """Tell whether a stop that can be amended will have grown, or is about to end: then none is placed beside it."""
    own = (order for order in stops if hands.amends and order.spec.parent is None)
    return any(order.is_unwanted for order in stops) or any(hands.spare(order) != ZERO for order in own)


def _sorted(hands: Hands, kept: KeptExits, stops: list[Order], held: Decimal) -> tuple[list[Order], list[Order]]:
    """Return the stops that are as they are to be, the newest of them, and the rest."""
    good: list[Order] = []
    stale: list[Order] = []
    left = held
    for order in reversed(stops):
        fits = hands.covers(order) <= left and not order.is_unwanted and not _is_loose(kept, order)
        if fits:
            left -= hands.covers(order)
        (good if fits else stale).append(order)
    return good, stale


def _replace(hands: Hands, kept: KeptExits, good: list[Order], stale: list[Order], missing: Decimal) -> bool:
    """Take back what is stale, if that can be now; return whether to wait before more is placed."""
    if not stale or kept.retry_at > hands.view.now:
        return bool(stale)
    if hands.locks(kept):
        for order in stale:
            hands.cancel(order)
        return True
    if missing < hands.smallest(kept) and all(is_there(order) for order in good):
        for order in stale:
            hands.cancel(order)
    return False


def _is_loose(kept: KeptExits, order: Order) -> bool:
    """Tell whether a stop is not where it is to be; one that is nearer to the profit may stay."""
    trigger = order.spec.trigger
    return trigger is not None and kept.level is not None and is_tighter(kept.level, trigger, kept.side)
