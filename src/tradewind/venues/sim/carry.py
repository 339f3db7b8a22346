"""What holding costs: funding of perpetuals, interest on borrowed shares, and being closed out."""

from __future__ import annotations

from collections import deque
from decimal import Decimal
from typing import TYPE_CHECKING

from tradewind.domain import events as ev
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.money import exact
from tradewind.domain.order import Side
from tradewind.domain.venue_state import InterestIsDue
from tradewind.portfolio.ledger import Account
from tradewind.venues.sim.models import charged

if TYPE_CHECKING:
    from tradewind.domain.events import Charge
    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.instrument import Instrument
    from tradewind.domain.market import FundingRate
    from tradewind.domain.time import TimeNs
    from tradewind.ports import Calendar
    from tradewind.venues.sim.account import SimAccount
    from tradewind.venues.sim.agenda import Agenda
    from tradewind.venues.sim.desk import Desk
    from tradewind.venues.sim.models import FeeModel

TOLD_MAX = 1_000
"""So many are told again to who asks."""
DAYS_A_YEAR = Decimal(365)


class Carry:
    """Charges the account for what it holds, at the times at which venues do."""

    def __init__(  # noqa: PLR0913 - what it charges, where and when
        self,
        instruments: dict[InstrumentId, Instrument],
        account: SimAccount,
        desk: Desk,
        agenda: Agenda,
        *,
        calendar: Calendar,
        fees: FeeModel,
        borrow_rate: Decimal,
    ) -> None:
        self._instruments = instruments
        self._account = account
        self._desk = desk
        self._agenda = agenda
        agenda.doers[InterestIsDue] = self._charge
        self._calendar = calendar
        self.fees = fees
        self._borrow_rate = borrow_rate
        self.borrowing: set[InstrumentId] = set()
        """What is held short, with interest charged at each day's end."""
        self.told: deque[Charge] = deque(maxlen=TOLD_MAX)
        """What was charged and closed by force, for who asks."""

    def since(self, ts: TimeNs) -> tuple[Charge, ...]:
        """Return what was charged or closed by force since a time, as it was told."""
        return tuple(charge for charge in self.told if charge.ts_venue >= ts)

    def _tell(self, charge: Charge) -> None:
        self.told.append(charge)
        self._desk.report(charge)

    def fund(self, event: FundingRate) -> None:
        """Pay or receive funding: -position × multiplier × mark × rate, in the quote asset."""
        held = self._account.position(event.instrument)
        mark = self._account.last.get(event.instrument)
        if not held or mark is None:
            return
        instrument = self._instruments[event.instrument]
        amount = -charged(instrument.notional(held, exact(mark)) * exact(event.rate))
        self._account.portfolio.carry(Account.FUNDING, instrument.quote, amount)
        seen = self._desk.seen(event.ts_recv)
        self._tell(ev.FundingPaid(event.instrument, amount, instrument.quote, event.ts_venue, seen))

    def close_out(self, name: InstrumentId, way: tuple[float, float, float], ts: TimeNs, seen: TimeNs) -> None:
        """Close the position by force where equity meets the maintenance margin, and cancel what rests there.

        `way` is how the market went: from where, and how low and how high.
        """
        price = self._account.close_out_price(name, *way)
        if price is not None:
            self.close_at(name, price, ts, seen)

    def close_at(self, name: InstrumentId, price: Decimal, ts: TimeNs, seen: TimeNs) -> None:
        """Close the position by force at a price, and cancel what rests there."""
        account, desk, instrument = self._account, self._desk, self._instruments[name]
        for order in list(desk.resting(name)):
            desk.cancel(order, "liquidation", ts, seen)
        held = account.position(name)
        fee, asset = self.fees.fee(instrument, abs(held), price, maker=False)
        account.portfolio.execution(instrument, -held, price, fee=fee, asset=asset, ts=ts)
        side = Side.SELL if held > 0 else Side.BUY
        self._tell(
            ev.PositionLiquidated(name, desk.next_trade(), side, abs(held), price, fee, asset, ts, desk.seen(seen))
        )

    def watch_short(self, instrument: InstrumentId, ts: TimeNs) -> None:
        """Begin to charge interest at the day's end if something is held short that must be borrowed."""
        kind = self._instruments[instrument].kind
        short = self._account.position(instrument) < 0
        if short and self._borrow_rate and kind is not InstrumentKind.PERPETUAL and instrument not in self.borrowing:
            self.borrowing.add(instrument)
            self._schedule(instrument, ts)

    def _schedule(self, instrument: InstrumentId, ts: TimeNs) -> None:
        self._agenda.put(self._calendar.day_end(ts), InterestIsDue(instrument))

    def _charge(self, action: InterestIsDue, ts: TimeNs) -> None:
        """Charge one day: short value × yearly rate ÷ 365."""
        name = action.instrument
        held, last = self._account.position(name), self._account.last.get(name)
        if held >= 0 or last is None:
            self.borrowing.discard(name)
            return
        instrument = self._instruments[name]
        value = instrument.notional(-held, exact(last))
        amount = charged(value * self._borrow_rate / DAYS_A_YEAR)
        self._account.portfolio.carry(Account.INTEREST, instrument.quote, -amount)
        self._tell(ev.BorrowCharged(name, amount, instrument.quote, ts, self._desk.seen(ts)))
        self._schedule(name, ts)
