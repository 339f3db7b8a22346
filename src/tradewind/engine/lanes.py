"""The ways of bars through an engine: one for each series."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tradewind.data.bars import BarAggregator
from tradewind.domain.time import Interval

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tradewind.data.market import Market, Series
    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.market import Bar
    from tradewind.strategy.roster import Roster


class Watcher(Protocol):
    """Takes those of the session's own bars that close at a whole step."""

    step_ns: int

    def update(self, bar: Bar) -> None:
        """Take a closed bar."""
        ...


class Longer(Protocol):
    """Takes the bars of a series and makes longer ones of them."""

    def update(self, bar: Bar) -> Sequence[Bar]:
        """Take a closed bar and return the longer ones that it closes."""
        ...


class Lane:
    """The way of the bars of one series: who takes them, who hears them, what longer bars are made of them."""

    # A slot is read in a tenth of the time of a named tuple's field.
    __slots__ = ("aggregators", "hear", "interval", "series", "take", "watch", "watch_ns")

    def __init__(
        self,
        interval: str,
        series: Series,
        hear: Callable[[Bar], None] | None,
        aggregators: Sequence[Longer],
        *,
        watcher: Watcher | None = None,
    ) -> None:
        self.interval = interval
        self.series = series
        self.take = series.take
        self.hear = hear
        """Tells the strategies; None if none hears the series."""
        self.aggregators = aggregators
        self.watch = None if watcher is None else watcher.update
        self.watch_ns = 0 if watcher is None else watcher.step_ns
        """Who takes the bars that close at a multiple of this time; 0 for nobody."""


class Lanes:
    """Opens the lanes of a session; that of an instrument's own bars is found at once, in `own`."""

    def __init__(
        self, interval: str, market: Market, roster: Roster, aggregators: dict[InstrumentId, list[BarAggregator]]
    ) -> None:
        self.interval = interval
        self._market = market
        self._roster = roster
        self._aggregators = aggregators
        self.own: dict[InstrumentId, Lane] = {}
        self._long: dict[tuple[InstrumentId, str], Lane] = {}
        self.watcher: Watcher | None = None
        """Who takes some of the session's own bars besides."""

    def open(self, instrument: InstrumentId, interval: str) -> Lane:
        """Return the lane of a series, opened anew if it must be."""
        lane = self._long.get((instrument, interval))
        if lane is None:
            own = interval == self.interval
            lane = Lane(
                interval,
                self._market.series(instrument, interval),
                self._roster.hearer(instrument, interval),
                self._aggregators.get(instrument, ()) if own else (),
                watcher=self.watcher if own else None,
            )
            if own:
                self.own[instrument] = lane
            else:
                self._long[instrument, interval] = lane
        return lane

    def close(self) -> None:
        """Forget who hears what; it is looked up anew with the next bars."""
        self.own.clear()
        self._long.clear()

    def make(self, wanted: Iterable[tuple[InstrumentId, str]]) -> None:
        """Have the longer bars made that are wanted; whatever was looked up before had no hearers."""
        made = [(name, Interval.parse(label)) for name, label in wanted if label != self.interval]
        # The longest first: whoever hears of a shorter bar finds it in the longer ones already.
        for instrument, interval in sorted(made, key=lambda series: (series[0], -series[1].ns)):
            self._aggregators.setdefault(instrument, []).append(BarAggregator(instrument, interval))
        self.close()
