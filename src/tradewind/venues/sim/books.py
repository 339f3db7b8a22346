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


class Books:
    """What the account owns and holds."""

    def __init__(self, instruments: Iterable[Instrument], opening: Sequence[Balance]) -> None:
        self.ledger = Ledger()
        self.totals = {i.id: Position(i.id, i.multiplier, i.lot) for i in instruments}
        for balance in opening:
            self.ledger.move(Account.OPENING, Account.WALLET, balance.asset, balance.total)

    def execution(  # noqa: PLR0913 - all that an execution moves
        self, instrument: Instrument, signed: Decimal, price: Decimal, *, fee: Decimal, asset: Asset, ts: TimeNs
    ) -> None:
        """Book an execution; `signed` is negative for a sale. A fee in the base asset is as if that much were sold."""
        position, move = self.totals[instrument.id], self.ledger.move
        profit = position.apply(signed, price, ts)
        if instrument.kind is InstrumentKind.PERPETUAL:
            move(Account.PROFIT, Account.WALLET, instrument.quote, profit)
        else:
            move(Account.TRADING, Account.WALLET, instrument.base, signed)
            move(Account.WALLET, Account.TRADING, instrument.quote, instrument.notional(signed, price))
            if fee and asset == instrument.base:
                position.apply(-fee, price, ts)
        move(Account.WALLET, Account.FEES, asset, fee)

    def carry(self, source: Account, asset: Asset, amount: Decimal) -> None:
        """Book funding or interest: what came in, negative for what went out."""
        self.ledger.move(source, Account.WALLET, asset, amount)
