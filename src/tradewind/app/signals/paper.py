"""The paper venue of a live key: a door that a failing disk shuts, and a way back after a restart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain import events as ev
from tradewind.domain.commands import SubmitOrder
from tradewind.strategy.signals.prices import entry_price

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from tradewind.domain.commands import Effect, ModelVenue
    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.market import MarketEvent
    from tradewind.domain.order import OrderSpec
    from tradewind.domain.time import TimeNs
    from tradewind.domain.trade_signal import SignalRow
    from tradewind.engine.timeline import Timeline
    from tradewind.venues.sim.venue import SimVenue


class PaperVenue:
    """Lets nothing new through that the account of all keys does not bear, or while what was decided cannot be kept.

    Exits always pass (port `SimulatedVenue`).
    """

    def __init__(self, venue: SimVenue, timeline: Timeline, review: Callable[[OrderSpec, TimeNs], str]) -> None:
        self._venue = venue
        self._timeline = timeline
        self._review = review
        self.shut = ""
        """Why no new position may be opened."""
        self.restoring: SignalRow | None = None
        """The row whose entry an earlier venue has filled: it is filled again as it was."""

    def on_market(self, event: MarketEvent) -> None:
        """Match what rests against a market event."""
        self._venue.on_market(event)

    @property
    def attended(self) -> Collection[InstrumentId] | None:
        """The instruments whose bars it must see."""
        return self._venue.attended

    def pass_over(self, closes: Iterable[tuple[InstrumentId, float]]) -> None:
        """Be told of bars that can change nothing here."""
        self._venue.pass_over(closes)

    def model(self, choice: ModelVenue) -> None:
        """Reckon by another model from now on."""
        self._venue.model(choice)

    def execute(self, effect: Effect, ts: TimeNs) -> None:
        """Take an effect, unless it would open something that could not be kept."""
        if isinstance(effect, SubmitOrder):
            row = self.restoring
            if row is not None and effect.order.tag == row.id:
                self.restoring = None
                entered = next(fill.ts_venue for fill in row.fills if fill.is_entry)
                self._venue.take_filled(effect, entry_price(row.fills), entered, ts)
                return
            refused = "" if effect.order.reduce_only else self.shut or self._review(effect.order, ts)
            if refused:
                self._timeline.push(ev.OrderRejected(effect.order.id, refused, ts, ts))
                return
        self._venue.execute(effect, ts)
