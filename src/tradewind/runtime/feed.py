"""From a market data source to the inbox: reconnects, fills gaps, waits when the engine is behind.

Strategies see closed bars without gaps where history can fill them: missing bars are inserted before the bar that
showed the gap, with its receive time. What history lacks is reported by the engine as a gap.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from tradewind.domain.events import LinkChanged, WarmupEnded
from tradewind.domain.market import Bar
from tradewind.ports import PromptMarketData
from tradewind.runtime.callbacks import EngineStatus
from tradewind.runtime.failures import OUTSIDE, Failures

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.market import MarketEvent
    from tradewind.domain.time import TimeNs
    from tradewind.ports import Clock, History, MarketData
    from tradewind.runtime.inbox import Inbox

CATCH_UP_SECONDS = 0.002
ASKED_EVERY = 64
"""After so many events we ask whether the engine, or who watches it, is behind: their bounds are in thousands."""

log = structlog.get_logger(__name__)


class Feed:
    """Moves one source's events into the inbox."""

    def __init__(  # noqa: PLR0913 - where it comes from, where it goes, whom it tells
        self,
        source: MarketData,
        inbox: Inbox,
        clock: Clock,
        *,
        venue: str,
        history: History | None,
        is_behind: Callable[[], bool],
        status: Callable[[EngineStatus], Awaitable[None]],
        error: Callable[[BaseException], Awaitable[None]],
        turn: Callable[[], None] | None = None,
    ) -> None:
        """Make it; with `turn`, a source that can tells of events in the moment they come, and `turn` takes them."""
        self._source = source
        self._inbox = inbox
        self._clock = clock
        self._venue = venue
        self._history = history
        self._is_behind = is_behind
        self._status = status
        self._error = error
        self._turn = turn
        if turn is not None and isinstance(source, PromptMarketData):
            source.tell(self)
        self.is_warming = False
        """Whether strategies are still to be told, at the first event, that history is over."""
        self._expected: dict[tuple[InstrumentId, str], TimeNs] = {}
        self._down = False
        self._unasked = 0

    def expect(self, bar: Bar) -> None:
        """Take note of a bar that the engine has seen or will see; one that is late moves nothing back."""
        key = (bar.instrument, bar.interval)
        self._expected[key] = max(self._expected.get(key, bar.ts_venue), bar.ts_venue)

    def is_ready_for(self, event: MarketEvent) -> bool:
        """Return whether nothing is to be said, filled or waited for before an event (port `Ear`)."""
        if self._down or self.is_warming or self._unasked >= ASKED_EVERY or self._inbox.is_full:
            return False
        if type(event) is not Bar:
            return True
        expected = self._expected.get((event.instrument, event.interval))
        return expected is None or event.ts_open <= expected

    def hear(self, event: MarketEvent) -> None:
        """Put an event in, and have the engine take it now if its session does nothing but wait for one."""
        assert self._turn is not None
        if type(event) is Bar:
            self.expect(event)
        at_once = self._inbox.is_waited_for
        self._put(event)
        if at_once:
            self._turn()

    async def run(self) -> None:
        """Feed until the source ends; a broken source is asked again, with growing waits.

        Raises what no waiting mends, and the tenth in a row of what is no outage.
        """
        failures = Failures()
        while True:
            try:
                async for event in self._source.stream():
                    failures.worked()
                    await self._take(event)
            except OUTSIDE as failure:
                await self._broke(failure, failures)
            else:
                self._end_warmup(self._clock.now())
                self._inbox.wake()
                return

    async def _broke(self, failure: Exception, failures: Failures) -> None:
        if not self._down:
            self._down = True
            self._inbox.put(LinkChanged(self._venue, "market", up=False, ts_recv=self._clock.now()))
        log.warning("market data broke off", venue=self._venue, error=str(failure))
        await self._error(failure)
        await asyncio.sleep(failures.failed(failure))

    async def _take(self, event: MarketEvent | None) -> None:
        if event is None:
            self._inbox.wake()
            return
        if self._down:
            self._down = False
            self._inbox.put(LinkChanged(self._venue, "market", up=True, ts_recv=event.ts_recv))
        if type(event) is Bar:
            key = (event.instrument, event.interval)
            expected = self._expected.get(key)
            if expected is None or event.ts_venue > expected:
                if expected is not None and event.ts_open > expected:
                    await self._fill(event, expected)
                self._expected[key] = event.ts_venue
        if self.is_warming:
            self._end_warmup(event.ts_recv)
        if self._put(event):
            await self._wait()

    def _end_warmup(self, ts: TimeNs) -> None:
        if self.is_warming:
            self.is_warming = False
            self._inbox.put(WarmupEnded(ts))

    def _put(self, event: MarketEvent) -> bool:
        """Put an event in; tell whether it is time to wait while the engine, or who watches it, is behind."""
        self._inbox.put(event)
        self._unasked += 1
        return self._unasked >= ASKED_EVERY or self._inbox.is_full

    async def _wait(self) -> None:
        self._unasked = 0
        if self._inbox.is_full:
            await self._inbox.room()
        while self._is_behind():  # noqa: ASYNC110 - observers are threads, they set no asyncio.Event
            await asyncio.sleep(CATCH_UP_SECONDS)

    async def _fill(self, bar: Bar, start: TimeNs) -> None:
        """Put the missing bars in, as far as history has them."""
        if self._history is None:
            return
        await self._status(EngineStatus.GAP_FILLING)
        for missing in _restamped(self._history.bars(bar.instrument, bar.interval, start, bar.ts_open), bar.ts_recv):
            if self._put(missing):
                await self._wait()
        await self._status(EngineStatus.RUNNING)


def _restamped(bars: Iterator[Bar], ts_recv: TimeNs) -> Iterator[Bar]:
    """Give bars the time at which we learned of them."""
    for bar in bars:
        yield Bar(
            bar.instrument, bar.interval, bar.ts_open, bar.ts_venue, ts_recv,
            bar.open, bar.high, bar.low, bar.close, bar.volume,
        )  # fmt: skip
