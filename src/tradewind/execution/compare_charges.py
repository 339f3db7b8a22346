"""Funding, interest and liquidations that nobody told us of and the venue's own list has, for `reconcile.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.events import PositionLiquidated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tradewind.domain.events import AccountSnapshot, Charge
    from tradewind.domain.ids import InstrumentId, TradeId
    from tradewind.execution.comparison import Ours


def missed_charges(ours: Ours, theirs: AccountSnapshot) -> Iterator[Charge]:
    """Yield what is not in our books; it comes as if it had come in time."""
    for charge in theirs.charges:
        if charge.instrument in ours.instruments and not ours.is_charged(charge):
            yield msgspec.structs.replace(charge, ts_recv=theirs.ts_recv)


def forced_trades(theirs: AccountSnapshot) -> set[tuple[InstrumentId, TradeId]]:
    """Return the executions that the snapshot tells as liquidations: they are no orders of anybody's."""
    return {(each.instrument, each.trade_id) for each in theirs.charges if isinstance(each, PositionLiquidated)}
