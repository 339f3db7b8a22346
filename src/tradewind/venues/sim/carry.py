"""What holding costs: funding of perpetuals, interest on borrowed shares, and being closed out."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tradewind.domain import events as ev
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.money import exact
from tradewind.portfolio.ledger import Account
from tradewind.venues.sim.models import FEE_STEP

if TYPE_CHECKING:
    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.instrument import Instrument
    from tradewind.domain.market import Bar, FundingRate
    from tradewind.domain.time import TimeNs
    from tradewind.engine.timeline import Timeline
    from tradewind.ports import Calendar
    from tradewind.venues.sim.account import SimAccount
    from tradewind.venues.sim.desk import Desk

DAYS_A_YEAR = Decimal(365)


class Carry:
    """Charges the account for what it holds, at the times at which venues do."""

    def __init__(  # noqa: PLR0913 - what it charges, where and when
        self,
        instruments: dict[InstrumentId, Instrument],
        account: SimAccount,
        desk: Desk,
        timeline: Timeline,
        *,
        calendar: Calendar,
        borrow_rate: Decimal,
    ) -> None:
        self._instruments = instruments
        self._account = account
        self._desk = desk
        self._timeline = timeline
        self._calendar = calendar
        self._borrow_rate = borrow_rate
        self._borrowing: set[InstrumentId] = set()

    def fund(self, event: FundingRate) -> None:
        """Pay or receive funding: -position × multiplier × mark × rate, in the quote asset."""
        held = self._account.position(event.instrument)
        mark = self._account.last.get(event.instrument)
        if not held or mark is None:
            return
        instrument = self._instruments[event.instrument]
        amount = (-instrument.notional(held, exact(mark)) * exact(event.rate)).quantize(FEE_STEP)
        self._account.charge(Account.FUNDING, instrument.quote, amount)
        ts = event.ts_venue
        self._desk.report(
            ev.FundingPaid(event.instrument, amount, instrument.quote, ts, self._desk.seen(event.ts_recv))
        )

    def close_out(self, bar: Bar) -> None:
        """Close the position by force where equity meets the maintenance margin, and cancel what rests there."""
        price = self._account.close_out_price(bar)
        if price is None:
            return
        instrument = self._instruments[bar.instrument]
        for order in list(self._desk.resting(bar.instrument)):
            self._desk.cancel(order, "liquidation", bar.ts_venue, bar.ts_recv)
        held = self._account.position(bar.instrument)
        fee = self._desk.fee(instrument, abs(held), price)
        done = self._account.liquidate(bar.instrument, price, fee, self._desk.next_trade(), bar.ts_venue)
        self._desk.report(
            ev.PositionLiquidated(
                bar.instrument, done.trade_id, done.side, done.quantity, price, fee, instrument.quote, bar.ts_venue,
                self._desk.seen(bar.ts_recv),
            )  # fmt: skip
        )

    def watch_short(self, instrument: InstrumentId, ts: TimeNs) -> None:
        """Begin to charge interest at the day's end if something is held short that must be borrowed."""
        kind = self._instruments[instrument].kind
        short = self._account.position(instrument) < 0
        if short and self._borrow_rate and kind is not InstrumentKind.PERPETUAL and instrument not in self._borrowing:
            self._borrowing.add(instrument)
            self._schedule(instrument, ts)

    def _schedule(self, instrument: InstrumentId, ts: TimeNs) -> None:
        end = self._calendar.day_end(ts)
        self._timeline.at(end, lambda: self._charge(instrument, end))

    def _charge(self, name: InstrumentId, ts: TimeNs) -> None:
        """Charge one day: short value × yearly rate ÷ 365."""
        held, last = self._account.position(name), self._account.last.get(name)
        if held >= 0 or last is None:
            self._borrowing.discard(name)
            return
        instrument = self._instruments[name]
        value = instrument.notional(-held, exact(last))
        amount = (value * self._borrow_rate / DAYS_A_YEAR).quantize(FEE_STEP)
        self._account.charge(Account.INTEREST, instrument.quote, -amount)
        self._desk.report(ev.BorrowCharged(name, amount, instrument.quote, ts, self._desk.seen(ts)))
        self._schedule(name, ts)
