"""Round trips: positions from flat to flat, what most people call a trade and count as won or lost."""

from __future__ import annotations

from decimal import Decimal

from msgspec import structs

from tradewind.domain.ids import InstrumentId, StrategyId
from tradewind.domain.message import Message
from tradewind.domain.order import Side
from tradewind.domain.time import TimeNs


class RoundTrip(Message, frozen=True, gc=False):
    """One closed position. Money is in the quote asset; `fees`, `funding` and `borrow` are costs (positive = paid).

    `quantity` is the largest size held, `entry_price` and `exit_price` are averages over all that was
    opened and closed. `mfe` and `mae` are the best and worst move of the price from the entry, as signed
    fractions (gain positive), from bars after the entry; None when no bar closed in between. With `complete`
    false, a cost was paid in an asset whose price was not known and is missing here, or the quote asset itself has
    no price in the base currency.
    """

    strategy: StrategyId
    instrument: InstrumentId
    side: Side
    quantity: Decimal
    entry_price: Decimal
    exit_price: Decimal
    opened_at: TimeNs
    closed_at: TimeNs
    gross: Decimal
    fees: Decimal
    funding: Decimal
    borrow: Decimal
    mfe: float | None = None
    mae: float | None = None
    complete: bool = True

    @property
    def net(self) -> Decimal:
        """Return the profit after all costs."""
        return self.gross - self.fees - self.funding - self.borrow

    def valued_at(self, price: Decimal | None) -> RoundTrip:
        """Return it in the currency in which its quote asset has this price; without one it is not complete."""
        if price is None:
            return structs.replace(self, complete=False)
        if price == 1:
            return self
        money = {name: getattr(self, name) * price for name in ("gross", "fees", "funding", "borrow")}
        return structs.replace(self, **money)
