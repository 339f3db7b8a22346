"""Market data that a program brings along: an object with `stream()`, or bars in order of time."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from tradewind.app.bootstrap import Input
from tradewind.app.sources import made_up
from tradewind.domain.errors import DataNotFoundError
from tradewind.domain.ids import venue_of
from tradewind.domain.time import Interval
from tradewind.runtime.clock import WallClock
from tradewind.venues.replay.venue import ReplayClock, ReplayData

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tradewind.app.config import Config
    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.market import Bar, MarketEvent
    from tradewind.domain.time import TimeNs


class NoHistory:
    """Nothing of the past (port `History`)."""

    def bars(self, instrument: InstrumentId, interval: str, start: TimeNs, end: TimeNs) -> Iterator[Bar]:  # noqa: ARG002
        """Yield nothing."""
        return iter(())


def input_from(source: Any, config: Config) -> Input:  # noqa: ANN401 - a stream, or an iterable
    """Make a session's input of an object; it may name its `instruments` and its `clock`."""
    return _streamed(source, config) if hasattr(source, "stream") else _played(source, config)


def _streamed(source: Any, config: Config) -> Input:  # noqa: ANN401 - port `MarketData`
    clock = getattr(source, "clock", None) or WallClock()
    now = clock.now()
    now = clock.now()
    instruments = tuple(getattr(source, "instruments", ())) or made_up(config, getattr(source, "venue", "custom"))
    return Input(
        instruments=instruments,
        interval=Interval.parse(config.engine.interval),
        warmup=lambda: (),
        events=lambda: (),
        history=getattr(source, "history", None) or NoHistory(),
        start=now,
        trades_from=now,
        rows=None,
        described=f"a stream of the program: {type(source).__name__}",
        warms_up=False,
        source=lambda: (source, clock),
    )


def _played(events: Iterable[MarketEvent], config: Config) -> Input:
    rest = iter(events)
    first = next(rest, None)
    if first is None:
        raise DataNotFoundError("the market data given are empty")
    clock = ReplayClock(None)
    start = getattr(first, "ts_open", first.ts_recv)
    whole = itertools.chain([first], rest)
    start = getattr(first, "ts_open", first.ts_recv)
    return Input(
        instruments=made_up(config, venue_of(first.instrument)),
        interval=Interval.parse(getattr(first, "interval", config.engine.interval)),
        warmup=lambda: (),
        events=lambda: (),
        history=NoHistory(),
        start=start,
        trades_from=start,
        rows=None,
        described=f"bars of the program: {type(events).__name__}",
        warms_up=False,
        source=lambda: (ReplayData(whole, clock), clock),
    )
