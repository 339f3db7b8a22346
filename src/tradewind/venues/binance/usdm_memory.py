"""What must be remembered of a USD-M account: names by number, which orders are conditional, funding that was told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.time import NS_PER_MS
from tradewind.venues.binance.listing import forget

if TYPE_CHECKING:
    from tradewind.domain.ids import Asset, ClientOrderId
    from tradewind.domain.time import TimeNs
    from tradewind.venues.binance.wire_usdm_rest import Income

NO_CHILD = ("", "0")
"""How it is written that a conditional order has become no order yet."""


class Memory:
    """The memory of one account, over all its connections."""

    def __init__(self, assets: frozenset[Asset], since: TimeNs) -> None:
        """Make it; of other assets than these a session says nothing, funding before `since` was booked."""
        self.assets = assets
        self.changes = 0
        """How often the stream has told of a change: what was read before one and after it is no one account."""
        self.funded_at = since
        """The time of the last funding that was told: what is later is asked for."""
        self.names: dict[int, ClientOrderId] = {}
        """Our names of the venue's orders, those that conditional orders have become among them."""
        self._is_algo: dict[ClientOrderId, bool] = {}
        self._child: dict[ClientOrderId, int] = {}
        self._charges: dict[str, None] = {}

    def __contains__(self, name: object) -> bool:
        return name in self._is_algo

    def note(self, name: ClientOrderId, *, algo: bool) -> None:
        """Note at which service an order is."""
        self._is_algo[name] = algo
        forget(self._is_algo)

    def note_algo(self, name: ClientOrderId, child: str) -> None:
        """Note that an order is a conditional one, and which order it has become, if any."""
        self.note(name, algo=True)
        if child not in NO_CHILD:
            self.link(int(child), name)

    def link(self, number: int, name: ClientOrderId) -> None:
        """Note that a conditional order of ours has become this order."""
        self.names[number] = name
        self._child[name] = number
        forget(self.names)
        forget(self._child)

    def is_algo(self, name: ClientOrderId) -> bool:
        """Tell whether an order is known for a conditional one."""
        return self._is_algo.get(name, False)

    def child_of(self, name: ClientOrderId) -> int:
        """Return the number of the order that a conditional one has become, 0 for none."""
        return self._child.get(name, 0)

    def is_new_charge(self, row: Income) -> bool:
        """Take note of a charge of funding; tell whether it was not told before."""
        key = f"{row.symbol} {row.tran_id}"
        if key in self._charges:
            return False
        self._charges[key] = None
        forget(self._charges)
        self.funded_at = max(self.funded_at, row.time * NS_PER_MS)
        return True
