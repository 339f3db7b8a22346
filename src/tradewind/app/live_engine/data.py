"""Market data that a program brings along: an object with `stream()`, or bars in order of time."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tradewind.app.bootstrap import Input
from tradewind.app.sources import made_up
from tradewind.domain.errors import DataNotFoundError
from tradewind.domain.ids import venue_of
from tradewind.domain.time import Interval
from tradewind.runtime.clock import WallClock
from tradewind.venues.replay.venue import ReplayClock, ReplayData

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator

    from tradewind.app.config import Config
    from tradewind.app.session.resume_point import ResumePoint
    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.market import Bar, MarketEvent
    from tradewind.domain.time import TimeNs
    from tradewind.ports import MarketData
    from tradewind.runtime.places import Places


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
    instruments = tuple(getattr(source, "instruments", ())) or made_up(config, getattr(source, "venue", "custom"))

    def go_on(stop: ResumePoint) -> Input:
        return replace(
            given, source=lambda: (_Rest(source, stop.places), clock), start=stop.ts, trades_from=stop.ts, warms_up=True
        )

    given = Input(
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
        go_on=go_on,
    )
    return given


class _Rest:
    """What a stream brings beyond what was seen of it (port `MarketData`)."""

    def __init__(self, source: MarketData, places: Places) -> None:
        self._source = source
        self._places = places

    async def stream(self) -> AsyncIterator[MarketEvent | None]:
        """Yield what is new."""
        is_new = self._places.teller()
        async for event in self._source.stream():
            if event is None or is_new(event):
                yield event


def _played(events: Iterable[MarketEvent], config: Config) -> Input:
    rest = iter(events)
    first = next(rest, None)
    if first is None:
        raise DataNotFoundError("the market data given are empty")
    clock = ReplayClock(None)
    begin = getattr(first, "ts_open", first.ts_recv)
    whole = _Shared(itertools.chain([first], rest))

    def go_on(stop: ResumePoint) -> Input:
        return replace(
            given,
            warmup=lambda: whole.until(stop),
            source=lambda: (ReplayData(whole.rest, clock), clock),
            start=min(begin, stop.ts),
            trades_from=stop.ts,
            warms_up=True,
        )

    given = Input(
        instruments=made_up(config, venue_of(first.instrument)),
        interval=Interval.parse(getattr(first, "interval", config.engine.interval)),
        warmup=lambda: (),
        events=lambda: (),
        history=NoHistory(),
        start=begin,
        trades_from=begin,
        rows=None,
        described=f"bars of the program: {type(events).__name__}",
        warms_up=False,
        source=lambda: (ReplayData(whole.rest, clock), clock),
        go_on=go_on,
    )
    return given


class _Shared:
    """Events that can be gone through once; what warms up and what comes after share them."""

    def __init__(self, events: Iterator[MarketEvent]) -> None:
        self.rest = events

    def until(self, stop: ResumePoint) -> Iterator[MarketEvent]:
        """Yield what was seen; the rest is what was not."""
        is_new, kept = stop.places.teller(), []
        for event in self.rest:
            if event.ts_recv > stop.ts:
                kept.append(event)
                break
            if is_new(event):
                kept.append(event)
            else:
                yield event
        self.rest = itertools.chain(kept, self.rest)
