"""Long and short positions of one contract, held apart: the short one has an instrument of its own.

It is the contract under another name, meets the same market, and is traded by nobody who has not asked for two sides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.ids import InstrumentId
from tradewind.domain.instrument import InstrumentKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tradewind.domain.instrument import Instrument

SHORT = "|SHORT"
"""What the name of a contract has behind it where its short position is meant."""


def short_of(instrument: InstrumentId) -> InstrumentId:
    """Return the name under which the short position of a contract is held."""
    return InstrumentId(instrument + SHORT)


def short_sides(instruments: Iterable[Instrument]) -> tuple[Instrument, ...]:
    """Return the instruments under which the short positions of all contracts are held."""
    return tuple(
        msgspec.structs.replace(each, id=short_of(each.id))
        for each in instruments
        if each.kind is InstrumentKind.PERPETUAL
    )
