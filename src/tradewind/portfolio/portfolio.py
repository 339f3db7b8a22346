"""The books: fills, funding and transfers go in; cash, positions and round trips are what they add up to.

State changes only in the `book_*` methods, so the books are a fold of the journal. Each strategy has
its own positions; the total of an instrument stands beside them.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Protocol

from msgspec.structs import replace

from tradewind.domain.checkpoint import PortfolioState
from tradewind.domain.ids import EXTERNAL, StrategyId
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.money import FINEST, ZERO
from tradewind.domain.order import Side
from tradewind.domain.position import Position
from tradewind.portfolio.adjustment import adjustments
from tradewind.portfolio.charges import Charges
from tradewind.portfolio.ledger import Account, Ledger
from tradewind.portfolio.liquidation import shares
from tradewind.portfolio.trips import OpenTrip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from decimal import Decimal

    from tradewind.domain.events import (
        AverageAdjusted,
        BalanceAdjusted,
        BalanceTransferred,
        BorrowCharged,
        FundingPaid,
        InstrumentChanged,
        PositionAdjusted,
        PositionLiquidated,
        SessionStarted,
    )
    from tradewind.domain.fill import Fill
    from tradewind.domain.ids import Asset, InstrumentId
    from tradewind.domain.instrument import Instrument
    from tradewind.domain.market import Bar
    from tradewind.domain.trip import RoundTrip

    Valuer = Callable[[Asset, Asset], Decimal | None]

Key = tuple[StrategyId, "InstrumentId"]

TRIPS_KEPT_MAX = 1_000

# Walked by every fill: to look a member of an Enum up takes 0.1 us.
_WALLET, _TRADING, _PROFIT, _FEES = Account.WALLET, Account.TRADING, Account.PROFIT, Account.FEES
_PERPETUAL, _BUY = InstrumentKind.PERPETUAL, Side.BUY


class Listener(Protocol):
    """Hears of what is booked, as it is booked."""

    def filled(self, ts: int) -> None:
        """Hear that an execution was booked, with its time of receipt."""
        ...

    def ended(self, trip: RoundTrip) -> None:
        """Hear that a position is flat, or has turned over."""
        ...


class Portfolio:
    """Ledger, positions and round trips of one account.

    `price_of(asset, in_asset)` answers what an asset is worth, or None; it serves fees in third assets.
    """

    def __init__(self, instruments: Iterable[Instrument], price_of: Valuer) -> None:
        self.instruments = {instrument.id: instrument for instrument in instruments}
        self.ledger = Ledger()
        self.totals = {i: Position(i, facts.multiplier, facts.lot) for i, facts in self.instruments.items()}
        self.positions: dict[Key, Position] = {}
        self.trips: deque[RoundTrip] = deque(maxlen=TRIPS_KEPT_MAX)
        """The last round trips that ended; who needs them all takes them after each step."""
        self.exposed: dict[InstrumentId, list[OpenTrip]] = {}
        self.listener: Listener | None = None
        """Who is told of each execution and closed trade as it is booked; None where nobody needs to know."""
        self._open: dict[Key, OpenTrip] = {}
        self.charges = Charges()
        self._price_of = price_of

    def position(self, instrument: InstrumentId, strategy: StrategyId | None = None) -> Position:
        """Return the position of a strategy, or of the whole account."""
        if strategy is None:
            return self.totals[instrument]
        key = (strategy, instrument)
        position = self.positions.get(key)
        if position is None:
            facts = self.instruments[instrument]
            position = self.positions[key] = Position(instrument, facts.multiplier, facts.lot)
        return position

    def take_terms(self, event: InstrumentChanged) -> bool:
        """Trade an instrument in other steps from now on; what it owes and owns stays. False if it is not ours."""
        facts = self.instruments.get(event.instrument)
        if facts is None:
            return False
        self.instruments[event.instrument] = replace(
            facts, tick=event.tick, lot=event.lot, quantity_min=event.quantity_min,
            quantity_max=event.quantity_max, notional_min=event.notional_min,
        )  # fmt: skip
        held = (position for (_, instrument), position in self.positions.items() if instrument == event.instrument)
        for position in (self.totals[event.instrument], *held):
            position.lot = event.lot
        return True

    def by_name(self) -> list[tuple[Key, Position]]:
        """Return the strategies' positions in the order of their names, not in that in which they were looked at."""
        return sorted(self.positions.items())

    def state(self) -> PortfolioState:
        """Return the books as plain data; round trips that are over are not in it."""
        return PortfolioState(
            self.ledger.state(),
            tuple(position.kept() for position in self.totals.values() if _is_used(position)),
            tuple(position.kept(strategy) for (strategy, _), position in self.by_name() if _is_used(position)),
            tuple(trip.kept() for trip in self._open.values()),
            self.charges.state(),
        )

    def restore(self, state: PortfolioState) -> None:
        """Take over the books that `state` wrote down; `KeyError` for an instrument that this session has not."""
        self.ledger.restore(state.books)
        self.charges.restore(state.charges)
        for kept in (*state.totals, *state.positions):
            self.position(kept.instrument, kept.strategy or None).restore(kept)
        for each in state.trips:
            trip = self._open[each.strategy, each.instrument] = OpenTrip.of(each)
            self.exposed.setdefault(each.instrument, []).append(trip)

    def book_opening(self, event: SessionStarted) -> None:
        """Take over what the account holds at the start, less what it owes."""
        for balance in event.balances:
            self.ledger.move(Account.OPENING, Account.WALLET, balance.asset, balance.total - balance.borrowed)

    def book_transfer(self, event: BalanceTransferred) -> bool:
        """Book a deposit or a withdrawal: never profit; False if it was booked before."""
        if not self.charges.is_new(event):
            return False
        self.ledger.move(Account.TRANSFERS, Account.WALLET, event.asset, event.amount)
        return True

    def book_fill(self, fill: Fill) -> None:
        """Book an execution: assets, profit, fee, position and round trip in one step."""
        name, price, ts = fill.instrument, fill.price, fill.ts_recv
        instrument, total, position = self.instruments[name], self.totals[name], self.position(name, fill.strategy)
        signed = fill.quantity if fill.side is _BUY else -fill.quantity
        held = position.quantity
        total_profit = total.apply(signed, price, ts)
        profit = position.apply(signed, price, ts)
        move, quote = self.ledger.move, instrument.quote
        if instrument.kind is _PERPETUAL:
            # Strategies on opposite sides net at the venue: cash follows the account's position, not theirs.
            move(_PROFIT, _WALLET, quote, total_profit)
        else:
            move(_TRADING, _WALLET, instrument.base, signed)
            move(_WALLET, _TRADING, quote, instrument.notional(signed, price))
            if fill.fee_asset == instrument.base:
                # The fee is taken out of what is held, as if that much were sold at the price of the fill.
                total.apply(-fill.fee, price, ts)
                profit += position.apply(-fill.fee, price, ts)
        if fill.fee:
            move(_WALLET, _FEES, fill.fee_asset, fill.fee)
        self._follow(fill, position, held, profit)
        if fill.strategy == EXTERNAL:
            self.charges.note(name, fill.trade_id)
        if self.listener is not None:
            self.listener.filled(ts)

    def book_liquidation(self, event: PositionLiquidated) -> list[Fill] | None:
        """Close the strategies' positions at the venue's price, for as much as it closed; return the fills booked.

        The fee is paid also where there was nothing to close: the venue has taken it. None if it was booked before.
        """
        if not self.charges.is_new(event):
            return None
        held = [(strategy, p) for (strategy, i), p in self.by_name() if i == event.instrument]
        fills = shares(event, held, self.instruments[event.instrument].lot)
        for fill in fills:
            self.book_fill(fill)
        if not fills:
            self.ledger.move(_WALLET, _FEES, event.fee_asset, event.fee)
        return fills

    def book_funding(self, event: FundingPaid) -> bool:
        """Book funding, and charge it to the round trips that it was paid for; False if it was booked before."""
        if not self.charges.is_new(event):
            return False
        self.ledger.move(Account.FUNDING, Account.WALLET, event.asset, event.amount)
        for trip, cost in self._spread(event.instrument, event.asset, -event.amount):
            trip.funding += cost
        return True

    def book_borrow(self, event: BorrowCharged) -> bool:
        """Book interest on what is borrowed, and charge it to its round trips; False if it was booked before."""
        if not self.charges.is_new(event):
            return False
        self.ledger.move(Account.WALLET, Account.INTEREST, event.asset, event.amount)
        for trip, cost in self._spread(event.instrument, event.asset, event.amount):
            trip.borrow += cost
        return True

    def book_position_adjustment(self, event: PositionAdjusted) -> bool:
        """Set the account's position to the venue's, without profit or cash; False if it is not what was compared."""
        total = self.totals[event.instrument]
        if total.quantity != event.was:
            return False
        held = [(strategy, p) for (strategy, i), p in self.by_name() if i == event.instrument]
        for fill in adjustments(event, held, self.instruments[event.instrument]):
            position, signed = self.position(fill.instrument, fill.strategy), fill.side.sign * fill.quantity
            before = position.quantity
            total.adjust(signed, total.average_price if total.quantity * signed < 0 else fill.price, fill.ts_recv)
            profit = position.adjust(signed, fill.price, fill.ts_recv)
            self._follow(fill, position, before, profit)
        return True

    def book_balance_adjustment(self, event: BalanceAdjusted) -> bool:
        """Set what the account owns of an asset to what the venue has; False if it is not what was compared."""
        if self.ledger.balance(_WALLET, event.asset) != event.was:
            return False
        self.ledger.move(Account.ADJUSTMENT, _WALLET, event.asset, event.total - event.was)
        return True

    def book_average_adjustment(self, event: AverageAdjusted) -> bool:
        """Set what the account's position has cost to what the venue says; False if it is not what was compared.

        Each strategy's own position keeps what its own executions have cost.
        """
        total, facts = self.totals[event.instrument], self.instruments[event.instrument]
        if (total.quantity, total.cost) != (event.quantity, event.was):
            return False
        shifted = (event.cost - event.was) * facts.multiplier
        total.cost = event.cost
        total.realized += shifted
        if facts.kind is _PERPETUAL:
            self.ledger.move(_PROFIT, _WALLET, facts.quote, shifted)
        return True

    def see(self, bar: Bar) -> None:
        """Widen the excursions of the open round trips in the bar's instrument."""
        for trip in self.exposed.get(bar.instrument, ()):
            trip.see(bar)

    def _follow(self, fill: Fill, position: Position, held: Decimal, profit: Decimal) -> None:
        """Keep the round trips: one ends where the position is flat or turns over."""
        key = (fill.strategy, fill.instrument)
        fee: Decimal | None = fill.fee
        if fee and fill.fee_asset != self.instruments[fill.instrument].quote:
            fee = self._in_quote(fill.instrument, fill.fee_asset, fee, fill.price)
        trip = self._open.get(key)
        if trip is None:
            trip = self._begin(key, fill)
        elif position.quantity and held and (held > ZERO) is not (position.quantity > ZERO):
            self._turn(key, fill, abs(held), fee, profit)
            return
        trip.add(fill.side, fill.quantity, fill.price, fee)
        trip.gross += profit
        if position.is_flat:
            self._end(key, fill.ts_recv)

    def _turn(self, key: Key, fill: Fill, closed: Decimal, fee: Decimal | None, profit: Decimal) -> None:
        """End a round trip and begin the opposite one with the rest of the fill; each bears its share of the fee.

        A fee in what was sold, where all of it was, is owed from then on: that is a round trip of its own, at the
        price of the fill, and the one that ends has borne the fee.
        """
        closed = min(closed, fill.quantity)
        opened = fill.quantity - closed
        closing_fee = fee if fee is None or not opened else (fee * closed / fill.quantity).quantize(FINEST)
        trip = self._open[key]
        trip.add(fill.side, closed, fill.price, closing_fee)
        trip.gross += profit
        self._end(key, fill.ts_recv)
        if opened:
            opening_fee = None if fee is None or closing_fee is None else fee - closing_fee
            self._begin(key, fill).add(fill.side, opened, fill.price, opening_fee)
        elif not self.positions[key].is_flat:
            self._begin(key, fill).add(fill.side, abs(self.positions[key].quantity), fill.price, ZERO)

    def _begin(self, key: Key, fill: Fill) -> OpenTrip:
        trip = self._open[key] = OpenTrip(fill)
        self.exposed.setdefault(fill.instrument, []).append(trip)
        return trip

    def _end(self, key: Key, ts: int) -> None:
        trip = self._open.pop(key)
        exposed = self.exposed[key[1]]
        exposed.remove(trip)
        if not exposed:
            del self.exposed[key[1]]
        closed = trip.close(ts)
        self.trips.append(closed)
        if self.listener is not None:
            self.listener.ended(closed)

    def _in_quote(
        self, instrument: InstrumentId, asset: Asset, amount: Decimal, price: Decimal | None = None
    ) -> Decimal | None:
        """Return an amount in the quote asset of an instrument; `price` is that of its base, where it is known."""
        facts = self.instruments[instrument]
        if not amount or asset == facts.quote:
            return amount
        if asset != facts.base or price is None:
            price = self._price_of(asset, facts.quote)
        return None if price is None else amount * price

    def _spread(self, instrument: InstrumentId, asset: Asset, amount: Decimal) -> Iterator[tuple[OpenTrip, Decimal]]:
        """Share a cost out to the round trips of a position, by what each holds of it; the last bears the rest."""
        total, trips = self.totals[instrument].quantity, self.exposed.get(instrument, ())
        cost = left = self._in_quote(instrument, asset, amount)
        for place, trip in enumerate(trips if total else (), start=1):
            if cost is None or left is None:
                trip.complete = False
                continue
            held = self.position(instrument, trip.strategy).quantity
            share = left if place == len(trips) else (cost * held / total).quantize(FINEST)
            left -= share
            yield trip, share


def _is_used(position: Position) -> bool:
    """Tell whether anything was ever booked on a position; one that was only looked at is none.

    What was bought and sold at one price leaves nothing but zeros, with the digits of what was traded: reports and
    corrections tell those, and are named by all that they tell, so they are to be the same after a restart.
    """
    amounts = position.quantity, position.realized, position.cost
    return any(amount or not amount.same_quantum(ZERO) for amount in amounts)
