"""Another strategy in the place of one that runs: between two events, with what that one holds and its exits.

The new one is started and shown the bars of the session aside, bar by bar, without orders. Only if nothing fails does
it take the place: the old one's timers end, its entries that rest are taken back, what protects and what reduces stays
where it is. A replay does the same again; who follows a journal hears of it by `StrategySwapped`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tradewind.data.bars import BarAggregator
from tradewind.domain.approval import RegimeTold
from tradewind.domain.commands import AskAdvice, CancelTimer, FollowCalendar, ModelVenue, SetTimer
from tradewind.domain.errors import StrategyExecutionError
from tradewind.domain.restraint import Restraint
from tradewind.domain.signal import AmendIntent, CancelIntent, OrderIntent
from tradewind.domain.step import CacheWritten, DecisionIgnored, GuestFailed, Refusal, RefusalCode
from tradewind.domain.swapping import StrategySwapped
from tradewind.domain.time import Interval
from tradewind.engine.settings import WORDS_MAX
from tradewind.engine.shutdown import entries_of
from tradewind.strategy.context import Context

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tradewind.domain.commands import Effect
    from tradewind.domain.ids import InstrumentId, StrategyId, TimerId
    from tradewind.domain.market import Bar
    from tradewind.domain.swapping import StrategySwapRequested
    from tradewind.engine.engine import Engine
    from tradewind.strategy.base import Strategy

_INTENTS = (OrderIntent, CancelIntent, AmendIntent)
_STAYS = (Restraint, RegimeTold, FollowCalendar, ModelVenue, CacheWritten)
"""What a strategy says while it is shown the past that is true afterwards."""
_EARLY = "the strategy is shown the past before it takes its place"


class Swaps:
    """Swaps the strategies of a session, and knows which run in the place of what it began with."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._offered: dict[str, Strategy] = {}
        self._running: dict[StrategyId, StrategySwapped] = {}

    def offer(self, request: str, strategy: Strategy) -> None:
        """Hand a strategy over that was loaded for a request; the request itself comes as an event."""
        self._offered[request] = strategy

    def on_request(self, event: StrategySwapRequested) -> None:
        """Swap, or say why not: then all is as it was."""
        engine, new = self._engine, self._offered.pop(event.request, None)
        members = engine.roster.members
        if not members:
            return  # who follows is told what came of it
        why = ""
        if event.strategy not in members:
            why = f"no strategy {event.strategy} in this session; there are {', '.join(members)}"
        elif new is None:
            why = "nobody has loaded the strategy that is to take its place"
        elif engine.recalled is not None or engine.risk.warming or engine.risk.stopping:
            why = "the session is warming up or ending"
        if why or new is None:
            engine.words.append(DecisionIgnored("swap", event.strategy, why))
            return
        self._swap(event, new)

    def hear(self, swapped: StrategySwapped) -> None:
        """Take what a step says: the one before is gone with all that it kept."""
        self._running[swapped.strategy] = swapped
        self._engine.memory.forget(swapped.strategy)
        self._engine.roster.held.discard(swapped.strategy)

    def state(self) -> tuple[StrategySwapped, ...]:
        """Return what runs in the place of what the session began with, by id."""
        return tuple(swapped for _, swapped in sorted(self._running.items()))

    def restore(self, kept: Iterable[StrategySwapped]) -> None:
        """Take over what `state` wrote down."""
        self._running = {swapped.strategy: swapped for swapped in kept}

    def _swap(self, event: StrategySwapRequested, new: Strategy) -> None:
        engine, name = self._engine, event.strategy
        _, before = engine.roster.members[name]
        ctx = Context(
            name, engine.view, list(engine.market.states), engine.settings.interval,
            data_interval=engine.lanes.interval, words=engine.words, next_id=engine.ids.next,
        )  # fmt: skip
        ctx.state.tracks, ctx.secrets = before.state.tracks, before.secrets
        rehearsal = Rehearsal(engine, new, ctx)
        begin = len(engine.words)
        why = engine.roster.rehearse(ctx, rehearsal.run)
        if why:
            rehearsal.undo()
            lost = [word for word in (*rehearsal.lost, *engine.words[begin:]) if isinstance(word, GuestFailed)]
            engine.words[begin:] = lost  # a timeout came from the clock on the wall: a replay learns of it from here
            engine.words.append(DecisionIgnored("swap", name, f"the new strategy has failed: {why}"))
            return
        swapped = StrategySwapped(
            name, event.source, event.sha256, event.name, event.version, event.parameters, event.guest,
            event.configured, rehearsal.bars,
        )  # fmt: skip
        self.hear(swapped)
        engine.roster.replace(name, new, ctx)
        engine.lanes.close()
        engine.words.append(swapped)
        engine.words.extend(entries_of(name, engine.orders))
        own = f"{name}/"
        gone = (timer for timer in engine.timers if timer.startswith(own) and timer not in rehearsal.timers)
        engine.words += (CancelTimer(timer) for timer in gone)
        engine.words += rehearsal.said()


class Rehearsal:
    """The start of a strategy aside: it sets itself up and is shown the past, and nothing that it orders leaves."""

    def __init__(self, engine: Engine, strategy: Strategy, ctx: Context) -> None:
        self._engine = engine
        self._strategy = strategy
        self._ctx = ctx
        self._begin = len(engine.words)
        self._stays: list[Any] = []
        self._made: list[tuple[InstrumentId, BarAggregator, bool]] = []
        """Makers of longer bars that nobody else asks for, and whether there were no such bars before."""
        self.timers: dict[TimerId, SetTimer | CancelTimer] = {}
        self._asked: dict[InstrumentId, AskAdvice] = {}
        """Its last question of each instrument: those before are about what is over."""
        self.lost: list[GuestFailed] = []
        """What a guest told of its end."""
        self.bars = 0
        """How many bars it was shown."""

    def run(self) -> None:
        """Start the strategy and show it the present days of its calendars and the bars that the session has kept."""
        strategy, ctx, days = self._strategy, self._ctx, self._engine.risk.days
        strategy.on_start(ctx)
        ctx.started = True
        ctx.state.defaults = frozenset(ctx.state)
        self._listen()
        for calendar in ctx.calendars:
            if calendar in days:
                strategy.on_day(ctx, days[calendar])
                self._listen()
        self._make_longer()
        self._show()

    def said(self) -> list[Effect | Any]:
        """Return what is true afterwards of what it said; a timer of which the time has passed fires at once."""
        now = self._engine.view.now
        timers = (
            SetTimer(word.timer, max(word.at, now)) if isinstance(word, SetTimer) else word
            for word in self.timers.values()
            if isinstance(word, SetTimer) or word.timer in self._engine.timers
        )
        return [*self._stays, *self._asked.values(), *timers]

    def undo(self) -> None:
        """Make no longer bars for one that does not come; who asks for them later has them made of the whole past."""
        engine = self._engine
        for instrument, maker, is_new in self._made:
            engine.view.aggregators[instrument].remove(maker)
            if is_new:
                del engine.market.states[instrument].series[maker.interval]

    def _make_longer(self) -> None:
        """Have the longer bars made that nobody has asked for before, those of the past as well."""
        engine = self._engine
        for instrument, label in sorted(self._ctx.subscriptions):
            makers = engine.view.aggregators.setdefault(instrument, [])
            if label == engine.lanes.interval or any(maker.interval == label for maker in makers):
                continue
            maker = BarAggregator(instrument, Interval.parse(label))
            self._made.append((instrument, maker, label not in engine.market.states[instrument].series))
            for bar in tuple(engine.market.series(instrument, engine.lanes.interval).bars):
                for longer in maker.update(bar):
                    engine.market.series(instrument, label).take(longer)
            makers.append(maker)
            makers.sort(key=lambda each: -Interval.parse(each.interval).ns)  # as `Lanes.make` has them

    def _show(self) -> None:
        """Show it the past as it was at each bar: no later bar, price or time is there to be seen."""
        engine, view, states = self._engine, self._engine.view, self._engine.market.states
        names = sorted({instrument for instrument, _ in self._ctx.subscriptions})
        places = {instrument: place for place, instrument in enumerate(states)}
        kept = {name: (states[name].last_price, {k: tuple(s.bars) for k, s in states[name].series.items()})
                for name in names}  # fmt: skip
        past = [bar for _, series in kept.values() for bars in series.values() for bar in bars]
        past.sort(key=lambda bar: (bar.ts_recv, places[bar.instrument], _rank(bar, engine.lanes.interval)))
        now, view.warming = view.now, True
        for name in names:
            for series in states[name].series.values():
                series.bars.clear()
        try:
            for bar in past:
                states[bar.instrument].series[bar.interval].bars.append(bar)
                states[bar.instrument].last_price = bar.close
                if (bar.instrument, bar.interval) in self._ctx.subscriptions:
                    view.now = bar.ts_recv
                    self.bars += 1
                    self._strategy.on_bar(self._ctx, bar)
                    self._listen()
        finally:
            view.now, view.warming = now, False
            for name, (price, bars) in kept.items():
                states[name].last_price = price
                for label, all_bars in bars.items():
                    states[name].series[label].bars.clear()
                    states[name].series[label].bars.extend(all_bars)

    def _listen(self) -> None:
        """Hear what it has said: its orders are refused, as in any warm-up; a guest that has failed ends it."""
        words, begin, heard = self._engine.words, self._begin, 0
        while len(words) > begin:
            heard += 1
            if heard > WORDS_MAX:
                raise StrategyExecutionError("it wishes without end")
            word = words.pop(begin)
            if isinstance(word, _INTENTS):
                self._strategy.on_refusal(self._ctx, Refusal(word, RefusalCode.WARMING_UP, detail=_EARLY))
            elif isinstance(word, SetTimer | CancelTimer):
                self.timers[word.timer] = word
            elif isinstance(word, AskAdvice):
                self._asked[word.instrument] = word
            elif isinstance(word, GuestFailed):
                self.lost.append(word)
                raise StrategyExecutionError(f"{word.call}: {word.error}")
            elif isinstance(word, _STAYS):
                self._stays.append(word)


def _rank(bar: Bar, own: str) -> int:
    """Return the place of a bar among those of its time: the session's own first, of the others the longest."""
    return -Interval.parse(bar.interval).ns if bar.interval != own else -(1 << 62)
