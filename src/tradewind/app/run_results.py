"""Results of a run, collected in memory: executions, refusals, failures, samples of the equity.

Fed with committed steps and the engine that made them; used where a run ends with a report.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tradewind.domain.events import BorrowCharged, FundingPaid, OrderFilled, PositionLiquidated
from tradewind.domain.money import ONE, ZERO
from tradewind.domain.step import Level, LogLine, Mark, StrategyFailed
from tradewind.domain.time import NS_PER_HOUR, Interval
from tradewind.domain.trade_signal import SignalRejected
from tradewind.record.recorder.breakers import trips_in
from tradewind.record.stats.cost import Activity
from tradewind.record.stats.statistics import statistics_of

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.ids import Asset
    from tradewind.domain.instrument import Instrument
    from tradewind.domain.step import Step
    from tradewind.domain.trip import RoundTrip
    from tradewind.engine.engine import Engine
    from tradewind.record.stats.statistics import Statistics


class RunResults:
    """The results of one run, during and after it."""

    def __init__(self, engine: Engine, sample_every: Interval | None = None) -> None:
        self._engine = engine
        own = Interval.parse(engine.settings.interval)
        self._every = sample_every.ns if sample_every is not None else max(own.ns, NS_PER_HOUR)
        self.moment = 0
        """The time of the last sample."""
        self._due = 0
        self.equity: list[tuple[int, float]] = []
        self.exposure: list[tuple[int, float]] = []
        self.fills: list[tuple[OrderFilled, Instrument, bool]] = []
        """Executions with their instrument and whether they bought."""
        self.marks: list[tuple[int, Mark]] = []
        self.trips: list[RoundTrip] = []
        self.failures: list[StrategyFailed] = []
        """What strategies raised; the first one of each has usually held it for the rest of the run."""
        self.refusals: Counter[str] = Counter()
        self.tripped: Counter[str] = Counter()
        """How often which breaker has tripped."""
        self.warnings = 0
        """How many lines of the log were warnings or errors, where the log is kept."""
        self.first_warning = ""
        self.turnover: Decimal | None = ZERO
        """Value of all executions in the base currency; None once a price for it was missing."""
        self.fees: Decimal | None = ZERO
        self.funding: Decimal | None = ZERO
        self.interest: Decimal | None = ZERO

    def take(self, step: Step) -> None:
        """Take a step in which something happened."""
        event = step.event
        if isinstance(event, OrderFilled):
            self._fill(event)
        elif isinstance(event, FundingPaid):
            self.funding = self._plus(self.funding, -event.amount, event.asset)
        elif isinstance(event, BorrowCharged):
            self.interest = self._plus(self.interest, event.amount, event.asset)
        elif isinstance(event, PositionLiquidated):
            self._count(event, self._engine.portfolio.instruments[event.instrument])
        for trip in self._engine.portfolio.trips:
            quote = self._engine.portfolio.instruments[trip.instrument].quote
            self.trips.append(trip.valued_at(self._price_of(quote)))
        self._engine.portfolio.trips.clear()
        for refusal in step.refusals:
            self.refusals[refusal.code.value] += 1
        if step.notices:
            self.tripped.update(trips_in(step))
        for notice in step.notices:
            if isinstance(notice, Mark):
                self.marks.append((event.ts_recv, notice))
            elif isinstance(notice, StrategyFailed):
                self.failures.append(notice)
            elif isinstance(notice, LogLine) and notice.level in (Level.WARNING, Level.ERROR):
                self._warned(notice.message)
            elif isinstance(notice, SignalRejected):
                self._warned("; ".join(notice.violations))

    def watch(self, ts: int) -> int:
        """Be called after an event at `ts`: take a sample if one is due; return when to be called next.

        That is with each further event of the moment as well, so that the sample stands for the whole of it: of
        several symbols, the first bar comes with the others' old prices.
        """
        if ts >= self._due:
            self._due = ts - ts % self._every + self._every
            self.moment = ts
        elif ts != self.moment:
            return self._due
        self.sample(ts)
        return ts

    def sample(self, ts: int) -> None:
        """Take a sample of equity and exposure, in the place of one of the same time."""
        for samples in (self.equity, self.exposure):
            if samples and samples[-1][0] == ts:
                samples.pop()
        view = self._engine.view
        equity = view.equity()
        if equity is not None:
            self.equity.append((ts, float(equity)))
            gross = view.gross_exposure()
            if gross is not None and equity > 0:
                self.exposure.append((ts, float(gross / equity)))

    def finish(self) -> None:
        """Take the last sample."""
        self.sample(self._engine.view.now)

    def statistics(self) -> Statistics:
        """Reckon all metrics of the run."""
        positions = self._engine.portfolio.positions.values()
        activity = Activity(
            fills=len(self.fills),
            turnover=self.turnover,
            fees=self.fees,
            funding=self.funding,
            interest=self.interest,
            refusals=dict(self.refusals),
            open_since=tuple(p.opened_at for p in positions if p.opened_at is not None),
            exposure=tuple(self.exposure),
        )
        return statistics_of(self.trips, self.equity, activity)

    def _warned(self, text: str) -> None:
        self.warnings += 1
        self.first_warning = self.first_warning or text

    def _fill(self, event: OrderFilled) -> None:
        order = self._engine.orders.by_id[event.order]
        instrument = self._engine.portfolio.instruments[order.spec.instrument]
        self.fills.append((event, instrument, order.spec.side.sign > 0))
        self._count(event, instrument)

    def _count(self, event: OrderFilled | PositionLiquidated, instrument: Instrument) -> None:
        """Add an execution to what was traded and what it cost."""
        value = abs(instrument.notional(event.quantity, event.price))
        self.turnover = self._plus(self.turnover, value, instrument.quote)
        self.fees = self._plus(self.fees, event.fee, event.fee_asset)

    def _plus(self, total: Decimal | None, amount: Decimal, asset: Asset) -> Decimal | None:
        """Add an amount in the base currency; what is not known makes the sum unknown."""
        price = self._price_of(asset) if amount else ONE
        return None if total is None or price is None else total + amount * price

    def _price_of(self, asset: Asset) -> Decimal | None:
        return self._engine.valuation.price_of(asset, self._engine.settings.base)
