"""The books: fills, funding and transfers go in; cash, positions and round trips are what they add up to.

State changes only in the `book_*` methods, so the books are a fold of the journal. Each strategy has
its own positions; the total of an instrument stands beside them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.money import ZERO
from tradewind.domain.position import Position
from tradewind.portfolio.ledger import Account, Ledger, Posting
from tradewind.portfolio.liquidation import shares
from tradewind.portfolio.trips import OpenTrip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from decimal import Decimal

    from tradewind.domain.events import (
        BalanceTransferred,
        BorrowCharged,
        FundingPaid,
        PositionLiquidated,
        SessionStarted,
    )
    from tradewind.domain.fill import Fill
    from tradewind.domain.ids import Asset, InstrumentId, StrategyId
    from tradewind.domain.instrument import Instrument
    from tradewind.domain.market import Bar
    from tradewind.domain.trip import RoundTrip

    Valuer = Callable[[Asset, Asset], Decimal | None]

Key = tuple["StrategyId", "InstrumentId"]


class Portfolio:
    """Ledger, positions and round trips of one account.

    `price_of(asset, in_asset)` answers what an asset is worth, or None; it serves fees in third assets.
    """

    def __init__(self, instruments: Iterable[Instrument], price_of: Valuer) -> None:
        self.instruments = {instrument.id: instrument for instrument in instruments}
        self.ledger = Ledger()
        self.totals = {i: Position(i, instrument.multiplier) for i, instrument in self.instruments.items()}
        self.positions: dict[Key, Position] = {}
        self.trips: list[RoundTrip] = []
        self.exposed: dict[InstrumentId, list[OpenTrip]] = {}
        self._open: dict[Key, OpenTrip] = {}
        self._gross: dict[Key, Decimal] = {}
        self._price_of = price_of

    def position(self, instrument: InstrumentId, strategy: StrategyId | None = None) -> Position:
        """Return the position of a strategy, or of the whole account."""
        if strategy is None:
            return self.totals[instrument]
        key = (strategy, instrument)
        if key not in self.positions:
            self.positions[key] = Position(instrument, self.instruments[instrument].multiplier)
        return self.positions[key]

    def book_opening(self, event: SessionStarted) -> None:
        """Take over what the account holds at the start."""
        for balance in event.balances:
            self.ledger.move(Account.OPENING, Account.WALLET, balance.asset, balance.total)

    def book_transfer(self, event: BalanceTransferred) -> None:
        """Book a deposit or a withdrawal: never profit."""
        self.ledger.move(Account.TRANSFERS, Account.WALLET, event.asset, event.amount)

    def book_fill(self, fill: Fill) -> None:
        """Book an execution: assets, profit, fee, position and round trip in one step."""
        instrument = self.instruments[fill.instrument]
        signed = fill.quantity * fill.side.sign
        position = self.position(fill.instrument, fill.strategy)
        held = position.quantity
        total_profit = self.totals[fill.instrument].apply(signed, fill.price, fill.ts_recv)
        profit = position.apply(signed, fill.price, fill.ts_recv)
        if instrument.kind is InstrumentKind.PERPETUAL:
            # Strategies on opposite sides net at the venue: cash follows the account's position, not theirs.
            self.ledger.move(Account.PROFIT, Account.WALLET, instrument.quote, total_profit)
        else:
            self._exchange(instrument, signed, instrument.notional(signed, fill.price))
        self.ledger.move(Account.WALLET, Account.FEES, fill.fee_asset, fill.fee)
        self._follow(fill, held, profit)
        if fill.fee and fill.fee_asset == instrument.base:
            position.shed(-fill.fee)
            self.totals[fill.instrument].shed(-fill.fee)

    def book_liquidation(self, event: PositionLiquidated) -> list[Fill]:
        """Close every strategy's position in the instrument at the venue's price; return the fills booked."""
        fills = shares(event, [p for p in self.positions.items() if p[0][1] == event.instrument])
        for fill in fills:
            self.book_fill(fill)
        return fills

    def book_funding(self, event: FundingPaid) -> None:
        """Book funding, and charge it to the round trips that it was paid for."""
        self.ledger.move(Account.FUNDING, Account.WALLET, event.asset, event.amount)
        self._spread(event.instrument, -event.amount, "funding")

    def book_borrow(self, event: BorrowCharged) -> None:
        """Book interest on borrowed assets."""
        self.ledger.move(Account.WALLET, Account.INTEREST, event.asset, event.amount)
        self._spread(event.instrument, event.amount, "borrow")

    def see(self, bar: Bar) -> None:
        """Widen the excursions of the open round trips in the bar's instrument."""
        for trip in self.exposed.get(bar.instrument, ()):
            trip.see(bar)

    def _exchange(self, instrument: Instrument, quantity: Decimal, value: Decimal) -> None:
        self.ledger.post(
            Posting(Account.WALLET, instrument.base, quantity),
            Posting(Account.TRADING, instrument.base, -quantity),
            Posting(Account.WALLET, instrument.quote, -value),
            Posting(Account.TRADING, instrument.quote, value),
        )

    def _follow(self, fill: Fill, held: Decimal, profit: Decimal) -> None:
        """Keep the round trips: one ends where the position is flat or turns over."""
        key = (fill.strategy, fill.instrument)
        signed = fill.quantity * fill.side.sign
        after = held + signed
        fee = self._fee_in_quote(fill)
        trip = self._open.get(key)
        if trip is None:
            trip = self._begin(key, fill)
        trip.charge(fee)
        turned = held * after < 0
        trip.add(fill.side, abs(held) if turned else fill.quantity, fill.price)
        self._gross[key] = self._gross.get(key, ZERO) + profit
        if not after or turned:
            self._end(key, fill.ts_recv)
        if turned:
            self._begin(key, fill).add(fill.side, abs(after), fill.price)

    def _begin(self, key: Key, fill: Fill) -> OpenTrip:
        trip = self._open[key] = OpenTrip(fill)
        self.exposed.setdefault(fill.instrument, []).append(trip)
        return trip

    def _end(self, key: Key, ts: int) -> None:
        trip = self._open.pop(key)
        self.exposed[key[1]].remove(trip)
        if not self.exposed[key[1]]:
            del self.exposed[key[1]]
        self.trips.append(trip.close(ts, self._gross.pop(key, ZERO)))

    def _fee_in_quote(self, fill: Fill) -> Decimal | None:
        instrument = self.instruments[fill.instrument]
        if not fill.fee or fill.fee_asset == instrument.quote:
            return fill.fee
        if fill.fee_asset == instrument.base:
            return fill.fee * fill.price
        price = self._price_of(fill.fee_asset, instrument.quote)
        return None if price is None else fill.fee * price

    def _spread(self, instrument: InstrumentId, cost: Decimal, field: str) -> None:
        """Charge a cost of the whole position to its round trips, by what each holds of it."""
        total = self.totals[instrument].quantity
        for trip in self.exposed.get(instrument, ()):
            if total:
                share = self.position(instrument, trip.strategy).quantity / total
                setattr(trip, field, getattr(trip, field) + cost * share)
