"""Opening orders made smaller: of one that turns a position over, what it opens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from tradewind.domain.money import ONE, ZERO, floor_to
from tradewind.domain.step import RefusalCode

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.step import Refusal
    from tradewind.risk.checks import Candidate


def smaller(candidate: Candidate, factor: Decimal) -> Candidate | Refusal:
    """Return an order with this fraction of what it would open, or the refusal if nothing is left on the lot."""
    if factor == ONE:
        return candidate
    room = max(candidate.room or ZERO, ZERO)
    facts = candidate.instrument
    quantity = floor_to(room + (candidate.quantity - room) * factor, facts.lot)
    if quantity <= 0:
        return candidate.refuse(RefusalCode.ZERO_SIZE, facts.lot, quantity, "the day's loss has reached caution")
    return replace(candidate, quantity=quantity, value=facts.notional(quantity, candidate.price))
