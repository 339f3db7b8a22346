"""What of a spot account's balances is the session's: an asset that was bought is a position, what lay there is not.

Binance knows balances alone. What the account had before us (`before`, by asset) is taken away; a deposit is added to
it. Where two instruments of a session have one base asset, nobody can tell whose it is, and nothing is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.account import Balance, VenuePosition
from tradewind.domain.money import ZERO, exact
from tradewind.venues.binance.listing import forget

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from decimal import Decimal

    from tradewind.domain.events import BalanceTransferred, OrderFilled
    from tradewind.domain.ids import Asset, InstrumentId, TradeId
    from tradewind.domain.instrument import Instrument


class Holdings:
    """The positions of a session on a spot account."""

    def __init__(
        self,
        instruments: Sequence[Instrument],
        before: Mapping[Asset, Decimal],
        price: Callable[[InstrumentId], float | None],
        assets: frozenset[Asset] = frozenset(),
    ) -> None:
        """Make it; of other assets than these, if any are named, a session says and hears nothing."""
        self._assets = assets
        self._instruments = tuple(instruments)
        self._bases = {instrument.base for instrument in instruments}
        self._paid: dict[TradeId, None] = {}
        self._told: dict[str, None] = {}
        self._before = dict(before)
        self._price = price

    def transferred(self, event: BalanceTransferred) -> None:
        """Take a deposit or a withdrawal, once however often it is told: it is nobody's position."""
        if event.transfer_id not in self._told:
            if event.transfer_id:
                self._told[event.transfer_id] = None
                forget(self._told)
            self.moved(event.asset, event.amount)

    def moved(self, asset: Asset, amount: Decimal) -> None:
        """Take what has come or gone without being anybody's position."""
        self._before[asset] = self._before.get(asset, ZERO) + amount

    def paid(self, fill: OrderFilled) -> None:
        """Take a fee that was paid out of another instrument's base asset (BNB): it is nobody's sale of that."""
        symbol = fill.trade_id.rpartition("-")[0]
        own = {instrument.base for instrument in self._instruments if instrument.id.partition(":")[2] == symbol}
        if fill.fee and fill.fee_asset in self._bases - own and fill.trade_id not in self._paid:
            self._paid[fill.trade_id] = None
            forget(self._paid)
            self.moved(fill.fee_asset, -fill.fee)

    def ours(self, balances: tuple[Balance, ...]) -> tuple[Balance, ...]:
        """Return the balances that are the session's."""
        return tuple(each for each in balances if not self._assets or each.asset in self._assets)

    def __call__(self, balances: tuple[Balance, ...]) -> tuple[VenuePosition, ...] | None:
        """Return the positions that these balances are; None if that cannot be known."""
        bases = [instrument.base for instrument in self._instruments]
        if len(set(bases)) < len(bases):
            return None
        owned = {balance.asset: balance.total - balance.borrowed for balance in balances}
        found = []
        for instrument in self._instruments:
            quantity = owned.get(instrument.base, ZERO) - self._before.get(instrument.base, ZERO)
            if not quantity:
                continue
            price = self._price(instrument.id)
            if price is None:
                return None
            found.append(VenuePosition(instrument.id, quantity, exact(price)))
        return tuple(found)
