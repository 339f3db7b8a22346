"""Closes a position, or a part of it, because a policy says so: at the market, once, and again until it is done.

One exit at a time: a second reason joins the one under way. Where a resting stop locks what would be sold, it is taken
back first, and the close waits for the venue's word on it; if the close then fails, the stop is put back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from tradewind.domain.exits import ExitBegun, ExitLate
from tradewind.domain.order import Purpose
from tradewind.domain.time import NS_PER_MINUTE, NS_PER_SECOND

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.exits import KeptExits
    from tradewind.domain.time import TimeNs
    from tradewind.engine.position_hands import Hands

FIRST_NS, LONGEST_NS = NS_PER_SECOND, NS_PER_MINUTE
"""The time until a close that failed is tried again, the first time and at most; it doubles."""
WARN_NS = 15 * NS_PER_MINUTE
STOP, TARGET, EARLY_CUT = "stop", "target", "early_cut"
UNPROTECTED, REFUSED = "unprotected", "stop_refused"
PARTIAL = "partial"
_PURPOSES = {
    STOP: Purpose.STOP_LOSS, TARGET: Purpose.TAKE_PROFIT, EARLY_CUT: Purpose.EARLY_CUT, PARTIAL: Purpose.PARTIAL_EXIT,
    UNPROTECTED: Purpose.PROTECTION, REFUSED: Purpose.PROTECTION,
}  # fmt: skip
"""Why an order closes; of time exits it is the time."""


def begin(hands: Hands, kept: KeptExits, why: str) -> KeptExits:
    """Begin to close all of a position; a part that is being closed becomes all of it."""
    if kept.leaving and not is_partial(kept):
        return kept
    now = hands.view.now
    hands.words.append(ExitBegun(kept.strategy, kept.instrument, why, kept.leaving))
    if hands.entry_lives(kept) and kept.entry is not None:
        hands.cancel(hands.orders.by_id[kept.entry])
    return replace(kept, leaving=why, leaving_since=now, warned_at=now, retry_at=now, retry_ns=FIRST_NS)


def begin_part(hands: Hands, kept: KeptExits, place: int) -> KeptExits:
    """Begin to close a part of a position, where no order can rest for it."""
    why, now = f"{PARTIAL} {place + 1}", hands.view.now
    hands.words.append(ExitBegun(kept.strategy, kept.instrument, why))
    return replace(kept, leaving=why, leaving_since=now, warned_at=now, retry_at=now, retry_ns=FIRST_NS)


def is_partial(kept: KeptExits) -> bool:
    """Tell whether only a part of a position is being closed."""
    return kept.leaving.startswith(PARTIAL)


def place_of(tag: str) -> int | None:
    """Return the place of a partial exit, from 0, from the tag of its order or the reason of its close."""
    kind, _, number = tag.partition(" ")
    return int(number) - 1 if kind == PARTIAL and number.isdecimal() else None


def go_on(hands: Hands, kept: KeptExits, quantity: Decimal, held: Decimal) -> tuple[KeptExits, bool]:
    """Do what can be done now about a close of `quantity`; the second value: whether stops are to be kept meanwhile."""
    now = hands.view.now
    ways_out = hands.ways_out(kept)
    room = hands.room(kept, held)
    if room < hands.smallest(kept) or any(order.spec.trades_at_once for order in ways_out):
        return kept, not hands.locks(kept)
    if now < kept.retry_at:
        return kept, True
    if hands.locks(kept) and ways_out:
        for order in ways_out:
            hands.cancel(order)
        return kept, False
    purpose = _PURPOSES.get(kept.leaving.partition(" ")[0], Purpose.TIME_LIMIT)
    hands.close(kept, min(quantity, room), purpose, kept.leaving)
    kept = replace(kept, retry_at=now + kept.retry_ns, retry_ns=min(2 * kept.retry_ns, LONGEST_NS))
    return kept, not hands.locks(kept)


def warn(hands: Hands, kept: KeptExits, held: Decimal) -> KeptExits:
    """Say every quarter of an hour that a position is still there."""
    now = hands.view.now
    if now - kept.warned_at < WARN_NS:
        return kept
    hands.words.append(ExitLate(kept.strategy, kept.instrument, kept.leaving, kept.leaving_since, held))
    return replace(kept, warned_at=now)


def next_look(hands: Hands, kept: KeptExits, held: Decimal) -> TimeNs:
    """Return when a close is to be looked at again; as long as the venue has yet to answer, it is only warned of."""
    ways_out = hands.ways_out(kept)
    waits = hands.locks(kept) if kept.retry_at <= hands.view.now else False
    on_its_way = hands.room(kept, held) < held
    if (waits and ways_out) or on_its_way:
        return kept.warned_at + WARN_NS
    return min(kept.retry_at, kept.warned_at + WARN_NS)
