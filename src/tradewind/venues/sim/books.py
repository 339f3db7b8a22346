"""The venue's books of one account: a ledger and the position in each instrument, nothing by strategy.

Reckoned from the venue's side, apart from the engine's `Portfolio`: that the two come to the same is
what reconciliation checks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.position import Position
from tradewind.portfolio.ledger import Account, Ledger

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

    from tradewind.domain.account import Balance
    from tradewind.domain.ids import Asset
    from tradewind.domain.instrument import Instrument
    from tradewind.domain.time import TimeNs
    from tradewind.domain.venue_state import VenueState

# Walked by every execution: to look a member of an Enum up takes 0.1 us.
_WALLET, _TRADING, _PROFIT, _FEES = Account.WALLET, Account.TRADING, Account.PROFIT, Account.FEES
_PERPETUAL = InstrumentKind.PERPETUAL


class Books:
    """What the account owns and holds."""

    def __init__(self, instruments: Iterable[Instrument], opening: Sequence[Balance]) -> None:
        self.ledger = Ledger()
        self.totals = {i.id: Position(i.id, i.multiplier, i.lot) for i in instruments}
        for balance in opening:
            self.ledger.move(Account.OPENING, Account.WALLET, balance.asset, balance.total - balance.borrowed)

    def restore(self, state: VenueState) -> None:
        """Take over money and positions that were written down."""
        self.ledger.restore(state.books)
        for kept in state.totals:
            self.totals[kept.instrument].restore(kept)

    def execution(  # noqa: PLR0913 - all that an execution moves
        self, instrument: Instrument, signed: Decimal, price: Decimal, *, fee: Decimal, asset: Asset, ts: TimeNs
    ) -> None:
        """Book an execution; `signed` is negative for a sale. A fee in the base asset is as if that much were sold."""
        position, move = self.totals[instrument.id], self.ledger.move
        profit = position.apply(signed, price, ts)
        if instrument.kind is _PERPETUAL:
            move(_PROFIT, _WALLET, instrument.quote, profit)
        else:
            move(_TRADING, _WALLET, instrument.base, signed)
            move(_WALLET, _TRADING, instrument.quote, instrument.notional(signed, price))
            if fee and asset == instrument.base:
                position.apply(-fee, price, ts)
        if fee:
            move(_WALLET, _FEES, asset, fee)

    def carry(self, source: Account, asset: Asset, amount: Decimal) -> None:
        """Book funding or interest: what came in, negative for what went out."""
        self.ledger.move(source, Account.WALLET, asset, amount)
