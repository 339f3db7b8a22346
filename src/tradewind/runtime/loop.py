"""One total order for an engine, its timers and a simulated venue. Backtest and live sessions both run this loop.

A market event goes to the venue first, then to the engine: resting orders are matched before any strategy can react.
Everything due before the event is processed first. Each step is passed to `sink` (the journal) before its
effects are carried out. A simulated venue ends with this process, so a step that is appended but not yet committed
has no effect outside. Effects for a real venue go to `send`, which waits for the commit. With a `fence`, no effect
is sent that the fence does not permit at that moment.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.blocks import BarStream
from tradewind.domain.commands import AskAdvice, CancelTimer, Correct, FollowCalendar, ModelVenue, SetTimer
from tradewind.domain.events import RANK, AdviceCame, TimerFired, TradingDay, WarmupEnded
from tradewind.domain.step import QUIET
from tradewind.domain.time import NS_PER_SECOND
from tradewind.engine.quiet_bars import QuietBars
from tradewind.runtime.calendar import days_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tradewind.domain.blocks import BarBlock
    from tradewind.domain.commands import Effect
    from tradewind.domain.control import StopRequested
    from tradewind.domain.events import Event, SessionStarted
    from tradewind.domain.ids import TimerId
    from tradewind.domain.market import MarketEvent
    from tradewind.domain.step import Step
    from tradewind.domain.time import TimeNs
    from tradewind.engine.engine import Engine
    from tradewind.engine.timeline import Timeline
    from tradewind.ports import Fence, SimulatedVenue

LAST_RANK = max(RANK.values()) + 1
OWN_TIMERS = "/"
"""How the engine's own timers begin; those of strategies begin with a strategy's name."""


class Loop:
    """Feeds an engine; with a simulated `venue` it is the whole world, without one effects go to `send`."""

    def __init__(  # noqa: PLR0913 - where events go, and what comes of them
        self,
        engine: Engine,
        timeline: Timeline,
        venue: SimulatedVenue | None,
        *,
        sink: Callable[[Step], None],
        send: Callable[[Effect, TimeNs], None] | None = None,
        advise: Callable[[AskAdvice], None] | None = None,
        fence: Fence | None = None,
    ) -> None:
        assert (venue is None) != (send is None), "effects go to a simulated venue or outside"
        self._engine = engine
        self._timeline = timeline
        self._venue = venue
        self._on_market = venue.on_market if venue is not None else None
        self._model = venue.model if venue is not None else _leave
        self._send = venue.execute if venue is not None else send
        self._sink = sink
        self._fence = fence
        self._advise = advise
        self._process = engine.process
        self._timers: dict[TimerId, TimerFired] = {}
        self._days: dict[str, Iterator[TradingDay]] = {}
        self._caught_up: TimeNs = 0
        """The time that what was due has been let happen up to."""
        self._recalled_until: TimeNs | None = None
        """While a session that goes on goes through its history: when it stopped."""

    def feed(self, event: MarketEvent) -> None:
        """Take a market event, after all that comes before it."""
        timeline, ts = self._timeline, event.ts_recv
        if timeline.due <= ts:
            self._drain(ts, RANK[type(event)])
        if self._on_market is not None:
            self._on_market(event)
            if timeline.due <= ts:
                self._drain(ts, RANK[type(event)])
        step = self._process(event)
        if step is not QUIET:
            self._take(step)

    def feed_all(self, events: Iterable[MarketEvent], watch: Callable[[TimeNs], TimeNs]) -> None:
        """Feed a sorted stream: `feed` for each event, written out, as every call is paid a million times.

        Blocks of bars go a run at a time, where nothing but strategies can act at most of them.
        `watch(ts)` is called when the time it asked for has come, first at once, and returns when to call it next.
        """
        venue = self._venue
        assert venue is not None, "the past has no other venue"
        if isinstance(events, BarStream):
            quiet = QuietBars(self._engine)
            if quiet.are_possible:
                self._feed_blocks(events.blocks(), quiet, watch)
                return
        timeline, process, on_market, take, drain = (
            self._timeline, self._process, venue.on_market, self._take, self._drain,
        )  # fmt: skip
        due: TimeNs = 0
        for event in events:
            ts = event.ts_recv
            if timeline.due <= ts:
                drain(ts, RANK[type(event)])
            on_market(event)
            if timeline.due <= ts:
                drain(ts, RANK[type(event)])
            step = process(event)
            if step is not QUIET:
                take(step)
            if ts >= due:
                due = watch(ts)

    def _feed_blocks(self, blocks: Iterable[BarBlock], quiet: QuietBars, watch: Callable[[TimeNs], TimeNs]) -> None:
        """Feed bars in runs, each up to where something is due or odd; what no run takes is fed by itself."""
        venue, timeline = self._venue, self._timeline
        assert venue is not None
        due: TimeNs = 0
        for block in blocks:
            times, size, at = block.times, len(block.bars), 0
            odd = iter((*block.odd, size))
            next_odd = next(odd)
            while at < size:
                while next_odd < at:
                    next_odd = next(odd)
                start, end = at, next_odd
                if end > at and times[end - 1] >= timeline.due:
                    end = bisect_left(times, timeline.due, at, end)
                if end > at and times[end - 1] >= due:
                    end = bisect_left(times, due, at, end) + 1
                if end > at and (attended := venue.attended) is not None:
                    at, step = quiet.take(block, at, end, attended)
                    if at > start:
                        self._pass_over(block, start, at)
                        self._take(step)
                if at == start:
                    self.feed(block.bars[at])
                    at += 1
                if times[at - 1] >= due:
                    due = watch(times[at - 1])

    def _pass_over(self, block: BarBlock, start: int, end: int) -> None:
        """Tell a simulated venue of the bars of a run."""
        venue = self._venue
        assert venue is not None
        if block.names:
            venue.pass_over(zip(block.names[start:end], block.closes[start:end], strict=True))
        else:
            venue.pass_over(((block.bars[start].instrument, block.closes[end - 1]),))

    def begin(self, start: SessionStarted) -> None:
        """Begin a session. To one that goes on, history comes by `recall` first, up to `go_on`."""
        if start.restored is not None:
            self._recalled_until = start.restored.ts
        self.tell(start)

    def recall(self, event: MarketEvent) -> None:
        """Take an event of the history of a session that goes on: a simulated venue has seen it, and is not asked."""
        assert self._recalled_until is not None, "there is no history to recall"
        if self._timeline.due <= event.ts_recv:
            # What is due when the session stopped, or later, is not history.
            self._drain(min(event.ts_recv, self._recalled_until - 1), RANK[type(event)])
        self._take(self._process(event))

    def go_on(self) -> None:
        """End the history of a session that goes on: from here on it trades, from where it stopped."""
        assert self._recalled_until is not None, "there is nothing to go on from"
        ended = WarmupEnded(max(self._recalled_until, self._engine.view.now))
        self._recalled_until = None
        self.tell(ended)

    def tell(self, event: Event) -> None:
        """Take an event that no simulated venue matches: a start, an operator's word, a real venue's report."""
        self._drain(event.ts_recv, RANK[type(event)])
        self._take(self._process(event))

    def advance(self, ts: TimeNs) -> None:
        """Let everything happen that is due up to and with `ts`."""
        if self._timeline.due <= ts:
            self._drain(ts, LAST_RANK)

    def finish(self, stop: StopRequested, settle_ns: TimeNs) -> None:
        """End the session at the time it has come to, and let a simulated venue answer for so long."""
        self.advance(self._engine.view.now)
        self.tell(msgspec.structs.replace(stop, ts_recv=self._engine.view.now))
        self.settle(settle_ns)

    def settle(self, settle_ns: TimeNs) -> None:
        """Let a simulated venue answer for so long, and hear out what it has said by then.

        A venue outside answers in its own time: ours is not moved on for it, or timers would fire that are not due.
        """
        if self._on_market is None:
            return
        self.advance(self._engine.view.now + settle_ns)
        for event in self._timeline.reports():  # said before the end, heard after it
            self._take(self._process(event))

    @property
    def due(self) -> TimeNs:
        """When the next thing is due, `NEVER` if nothing is."""
        return self._timeline.due

    def _drain(self, ts: TimeNs, rank: int) -> None:
        timeline, pop = self._timeline, self._timeline.pop_before
        self._caught_up = ts
        while timeline.due <= ts and (event := pop(ts, rank)) is not None:
            if type(event) is TradingDay:
                self._tell_next_day(event.calendar)
            elif type(event) is TimerFired:
                if self._timers.get(event.timer) is not event:
                    continue  # replaced or cancelled since
                del self._timers[event.timer]
            self._take(self._process(event))

    def _take(self, step: Step) -> None:
        """Record a step, then carry out what it asks for."""
        if step is QUIET:
            return
        self._sink(step)
        for effect in step.effects:
            if type(effect) is SetTimer:
                self._set(effect)
            elif type(effect) is CancelTimer:
                self._timers.pop(effect.timer, None)
            elif type(effect) is Correct:
                self._timeline.push(effect.event)
            elif type(effect) is FollowCalendar:
                if effect.calendar not in self._days:
                    self._days[effect.calendar] = days_of(effect.calendar, step.event.ts_recv)
                    self._tell_next_day(effect.calendar)
            elif type(effect) is ModelVenue:
                self._model(effect)
            elif type(effect) is AskAdvice:
                if self._advise is not None:
                    self._advise(effect)
                else:
                    self._timeline.push(_no_advice(effect, step.event.ts_recv))
            elif self._recalled_until is None or self._on_market is None:
                assert self._send is not None
                if self._fence is not None:
                    self._fence.check()
                self._send(effect, step.event.ts_recv)

    def _set(self, wish: SetTimer) -> None:
        """Set a timer.

        While we catch up, one of the engine's own that would ask a venue outside again waits until we have: the
        answers come in the venue's time, and a day's delay would be thousands of questions at once.
        """
        at = wish.at
        if self._on_market is None and wish.timer.startswith(OWN_TIMERS):
            at = at if at > self._caught_up else self._caught_up + 1
        fired = self._timers[wish.timer] = TimerFired(wish.timer, at)
        self._timeline.push(fired)

    def _tell_next_day(self, calendar: str) -> None:
        """Put the trading day that comes next in line; a calendar may end."""
        day = next(self._days[calendar], None)
        if day is not None:
            self._timeline.push(day)


def _no_advice(question: AskAdvice, now: TimeNs) -> AdviceCame:
    """Answer a question for slow advice in a session that has nobody who gives it; who asks again waits a second."""
    why = "nobody gives slow advice in this session"
    return AdviceCame(question.strategy, question.instrument, question.asked, "", why, now + NS_PER_SECOND)


def _leave(choice: ModelVenue) -> None:
    """Leave a venue outside as it is: it charges and fills as it does."""
