"""The kernel. `Engine.process` takes one event through the whole system: it is the data flow.

It reads no clock, draws no number, touches no file or socket. What is slow or uncertain goes out as
an effect and comes back as an event, so the engine is a fold of its journal.
"""

from __future__ import annotations

import decimal
from typing import TYPE_CHECKING, Any, assert_never

from msgspec.structs import replace

from tradewind.data.market import Market
from tradewind.domain import events as ev
from tradewind.domain.approval import RegimeTold
from tradewind.domain.commands import AmendOrder, CancelOrder, Effect, SubmitOrder
from tradewind.domain.fill import Fill
from tradewind.domain.instrument import ALWAYS_OPEN
from tradewind.domain.market import Bar, BookDelta, BookSnapshot, DataGap, FormingBar, FundingRate, Quote, Trade
from tradewind.domain.money import PRECISION_DIGITS
from tradewind.domain.restraint import Restraint
from tradewind.domain.signal import AmendIntent, CancelIntent, Intent, OrderIntent
from tradewind.domain.step import (
    QUIET,
    BarRefused,
    BarsMissing,
    CacheWritten,
    IdsCounted,
    LogLine,
    Notice,
    Refusal,
    Step,
    StrategyFailed,
)
from tradewind.engine.account import AccountCheck
from tradewind.engine.account_rounds import TIMERS_OF_ACCOUNT
from tradewind.engine.breaker_watch import BreakerWatch
from tradewind.engine.charges import ChargesHeard
from tradewind.engine.checkpoint import restore, state_of
from tradewind.engine.confirming import Confirming
from tradewind.engine.control import PAUSE_OVER, Control
from tradewind.engine.desk import desk_of
from tradewind.engine.fold import fold, last_id, note
from tradewind.engine.lanes import Lanes
from tradewind.engine.memory import Memory
from tradewind.engine.position_making import exits_of
from tradewind.engine.risk_feed import feed_risk, watched
from tradewind.engine.settings import WORDS_MAX, EngineSettings
from tradewind.engine.shutdown import exits_left
from tradewind.engine.view import EngineView
from tradewind.execution.inquiry import TIMERS_OF_QUESTIONS, Asking
from tradewind.execution.order_ids import OrderIds
from tradewind.execution.orders import Orders
from tradewind.portfolio.portfolio import Portfolio
from tradewind.portfolio.valuation import Valuation
from tradewind.risk.review import RiskGate
from tradewind.strategy.context import Context
from tradewind.strategy.roster import Roster

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tradewind.domain.checkpoint import EngineState
    from tradewind.domain.ids import InstrumentId, StrategyId, TimerId
    from tradewind.domain.instrument import Instrument
    from tradewind.domain.time import TimeNs
    from tradewind.strategy.base import Strategy

__all__ = ["Engine", "EngineSettings"]

INTENTS = frozenset((OrderIntent, CancelIntent, AmendIntent))
EFFECTS = frozenset(Effect.__args__) - {SubmitOrder, CancelOrder, AmendOrder}
"""What is wished for as it is; orders come of intents."""


class Engine:
    """Strategies, risk, orders and books of one session, moved by one event at a time."""

    def __init__(
        self,
        instruments: Sequence[Instrument],
        strategies: Mapping[StrategyId, Strategy],
        settings: EngineSettings,
        *,
        recording: bool,
    ) -> None:
        assert decimal.getcontext().prec >= PRECISION_DIGITS, "build and run the engine inside money_context()"
        self.settings = settings
        self.recording = recording
        self.seq = 0
        self.recalled: EngineState | None = None
        """Where the session stood that this one resumes, while history warms it up again."""
        self.words: list[Any] = []
        """What strategies said in this turn: intents, timers, notices, in the order in which they said it."""
        names = [instrument.id for instrument in instruments]
        self.market = Market(names, settings.history_bars)
        self.valuation = Valuation(instruments, self.market.last_price)
        self.portfolio = Portfolio(instruments, self.valuation.price_of)
        self.orders = Orders(settings.patience)
        self.asking = Asking(self.orders, settings.patience)
        self.ids = OrderIds(settings.id_prefix)
        self.view = EngineView(
            self.market, self.orders, self.portfolio, self.valuation, settings.base,
            account=settings.account, allow_short=settings.limits.allow_short,
        )  # fmt: skip
        data_interval = settings.data_interval or settings.interval
        self.risk = RiskGate(settings.limits, settings.account, self.view, interval=data_interval)
        self.account = AccountCheck(
            settings.reconciliation, self.orders, self.portfolio, self.risk, self.words,
            asking=self.asking, view=self.view, ids=self.ids, account=settings.account,
            exits_here=settings.exits_here,
        )  # fmt: skip
        self.risk.fills_at_once = settings.fills_at_once
        contexts = {
            name: Context(name, self.view, names, settings.interval,
                          data_interval=data_interval, words=self.words, next_id=self.ids.next)
            for name in strategies
        }  # fmt: skip
        control = self._control = Control(self)
        self.swaps = control.swaps
        members = {name: (strategy, contexts[name]) for name, strategy in strategies.items()}
        self.roster = Roster(members, self.words, halt_on_error=settings.halt_on_strategy_error, failed=control.let_go)
        self.lanes = Lanes(data_interval, self.market, self.roster, self.view.aggregators)
        self.memory = Memory()
        self.timers: dict[TimerId, TimeNs] = {}  # those that have not fired, in the order in which they were set
        self.began: TimeNs = -1
        """When this session began to expect prices: at its start, or at the end of its history."""
        self._keeps = settings.keeps_state and recording
        for ctx in contexts.values():
            ctx.state.tracks = self._keeps
        self._ids_told = 0  # the last order id that the steps tell of
        self._take = self._routes() | control.routes()
        self._take_bar: Any = self.on_bar
        self.breakers: BreakerWatch | None = None
        breakers = watched(settings.breakers, settings.limits)
        if breakers is not None:
            self.breakers = self.risk.breakers = BreakerWatch(self, breakers)
            self._take = self.breakers.around(self._take)
            self._take_bar = self._take[Bar]
        self.exits = exits_of(self, self._take)
        feed_risk(self, self._take)
        self.confirming = Confirming(self, desk_of(self, self._take), self._take)
        # Walked by every bar; all live as long as the engine.
        self._lanes, self._open_lane, self._exposed = self.lanes.own, self.lanes.open, self.portfolio.exposed

    def process(self, event: ev.Event) -> Step:
        """Take one event through the whole system and return what is to be done.

        data, execution, portfolio learn what is true; strategies say what they want; risk approves or
        refuses each wish; execution turns what was approved into effects.
        """
        self.seq += 1
        view, ts = self.view, event.ts_recv
        assert ts >= view.now, f"time runs backwards at {event!r}"
        view.now = ts
        if type(event) is Bar:
            self._take_bar(event)
            moved = None
        else:
            moved = self._take[type(event)](event)
        if self.words:
            return self.answer(event)
        if self.recording:
            return self.answer(event) if self._keeps and self.roster.was_called else Step(self.seq, event)
        return Step(self.seq, event) if moved else QUIET

    def follow(self, step: Step) -> None:
        """Fold a step that another engine has recorded, without strategies: what they wished for stands in it.

        The books, orders and risk windows come to be what they were there; `state` then tells the same.
        """
        assert not self.roster.members, "an engine with strategies of its own does not follow another"
        event = step.event
        self.seq, self.view.now = step.seq, event.ts_recv
        if type(event) is Bar:
            self._take_bar(event)
        else:
            self._take[type(event)](event)
        if step.effects or step.refusals or step.notices:
            fold(self, step)
        self.words.clear()  # the same words stand in the step, with what became of them

    def state(self) -> EngineState:
        """Return all that another engine needs to go on from here; between two events only."""
        if not self._keeps:
            self._remember()
        return state_of(self)

    def restore(self, state: EngineState) -> None:
        """Stand, as a fresh engine that follows, where `state` was taken; a session is restored by its first event."""
        assert not self.roster.members, "a session with strategies begins with `SessionStarted`, which restores it"
        self.seq, self.view.now = state.seq, state.ts
        restore(self, state)
        self.timers.update((kept.timer, kept.at) for kept in state.timers)

    def pass_over(self, instrument: InstrumentId, interval: str, ts: TimeNs, close: float) -> None:
        """Be told by whoever drives that bars up to `ts` have been, the last at `close`, and none was our concern."""
        series = self.market.series(instrument, interval)
        series.next_open = series.state.priced_at = ts
        series.state.last_price = close

    def _routes(self) -> dict[type, Any]:
        """Return who takes an event of each kind; an answer that is true says that something of ours has moved."""
        tell = self.roster.tell
        return {
            Bar: self.on_bar,
            FormingBar: lambda event: tell("on_forming_bar", event),
            Quote: self._on_quote,
            Trade: self._on_trade,
            BookSnapshot: self._on_book,
            BookDelta: self._on_book,
            FundingRate: lambda event: tell("on_funding", event),
            DataGap: lambda event: tell("on_gap", event),
            **dict.fromkeys(ev.OrderEvent.__args__, self._on_order),
            ev.TradingDay: self._on_day,
            ev.TimerFired: self._on_timer,
            ev.AdviceCame: self.roster.on_told,
            ev.SignalCommanded: self.roster.on_told,
            **ChargesHeard(self.portfolio, self.roster, self.words).routes(),
            **self.account.routes(tell),
        }

    # --- what is true, and who is told --------------------------------------------------------------

    def on_bar(self, bar: Bar) -> None:
        """Take a bar of any interval: the market, open trades and whoever hears its series."""
        lane = self._lanes.get(name := bar.instrument)
        if lane is None or lane.interval != bar.interval:
            lane = self._open_lane(name, bar.interval)
        odd = lane.take(bar)
        if odd is not None:
            if isinstance(odd, str):
                self.words.append(BarRefused(bar.instrument, bar.interval, bar.ts_open, odd))
                return
            self._tell_gap(odd)
        if name in self._exposed and self.recalled is None:
            for trip in self._exposed[name]:
                trip.see(bar)
            if self.exits is not None:
                self.exits.on_bar(bar)
        if lane.hear is not None:
            lane.hear(bar)
        for aggregator in lane.aggregators:
            for longer in aggregator.update(bar):
                self.on_bar(longer)
        if lane.watch_ns and lane.watch is not None and not bar.ts_venue % lane.watch_ns:
            lane.watch(bar)

    def _tell_gap(self, gap: DataGap) -> None:
        """Tell of missing bars; a market that closes at night has no hole in the morning."""
        if self.view.instrument(gap.instrument).calendar == ALWAYS_OPEN:
            self.words.append(BarsMissing(gap.instrument, gap.interval, gap.ts_from, gap.ts_to))
            if self.exits is not None and gap.interval == self.settings.interval:
                self.exits.on_gap(gap.instrument)
            self.roster.tell("on_gap", gap)

    def _on_quote(self, quote: Quote) -> None:
        self.market.take_quote(quote)
        self.roster.tell("on_quote", quote)

    def _on_trade(self, trade: Trade) -> None:
        self.market.take_trade(trade)
        self.roster.tell("on_trade", trade)

    def _on_book(self, update: BookSnapshot | BookDelta) -> None:
        self.market.take_book(update)
        self.roster.tell("on_book", update)

    def _on_order(self, event: ev.OrderEvent) -> bool:
        orders = self.orders
        had_ended = self.risk.without_exits and orders.has_ended(event.order)  # the stop has all orders taken back
        outcome = orders.apply(event)
        if had_ended and not orders.has_ended(event.order):
            self.words.append(CancelIntent(orders.by_id[event.order].spec.strategy, event.order))
        if outcome is None:
            self.roster.on_order(orders.by_id[event.order].spec.strategy, event, None)
        elif type(outcome) is Fill:
            self.portfolio.book_fill(outcome)
            if orders.living:
                self.words.extend(exits_left(outcome, orders, self.portfolio))
            self.roster.on_order(outcome.strategy, event, outcome)
        else:
            self.words.append(outcome)
        if self.asking.is_busy:
            self.words.extend(self.asking.follow(event))
        self.account.heard(event, outcome)
        if self.exits is not None:
            self.exits.heard(event, outcome)
        return True

    def _on_timer(self, event: ev.TimerFired) -> None:
        self.timers.pop(event.timer, None)
        if event.timer.startswith(TIMERS_OF_QUESTIONS):
            self.words.extend(self.asking.fired(event.timer, event.ts_recv))
        elif event.timer.startswith(TIMERS_OF_ACCOUNT):
            self.account.fired(event)
        elif event.timer == PAUSE_OVER:
            self._control.pause_over()
        else:
            self.roster.on_timer(event.timer)

    def _on_day(self, event: ev.TradingDay) -> None:
        self.risk.days[event.calendar] = event
        self.roster.on_day(event)

    # --- what is wanted, and what comes of it -------------------------------------------------------

    def answer(self, event: ev.Event) -> Step:
        """Review the wishes one by one, each with the ones before it in flight."""
        effects: list[Effect] = []
        refusals: list[Refusal] = []
        notices: list[Notice] = []
        heard, words = 0, self.words
        if self.risk.fills_at_once:
            self.risk.begin_turn()
        remembers = self._keeps and (self.recalled is None or type(event) is ev.SessionStarted)
        while words or (remembers and self.roster.was_called and self._remember(notices)):
            heard += 1
            assert heard <= WORDS_MAX, "a strategy wishes without end"
            word = words.pop(0)
            kind = type(word)
            if kind in INTENTS:
                verdict = self._review(word)
                if type(verdict) is Refusal:
                    refusals.append(verdict)
                    if self.exits is not None:
                        self.exits.refused(verdict)
                    self.roster.on_refusal(verdict)
                else:
                    effects.append(verdict)
            elif kind in EFFECTS:
                effects.append(word)
                note(self, word)
            elif self.recalled is not None and kind is CacheWritten:
                continue  # what a guest keeps is what it had kept when the session stopped
            elif self.settings.keep_logs or kind is not LogLine:
                notices.append(word)
                if kind is Restraint:
                    self.risk.restrain(word)
                elif kind is RegimeTold:
                    self.risk.hear(word)
                elif kind is CacheWritten:
                    self.memory.hear(word)
                elif kind is StrategyFailed and self.breakers is not None:
                    self.breakers.failed(word.error)
        step = Step(self.seq, event, tuple(effects), tuple(refusals), tuple(notices))
        return self._counted(step) if self._keeps and self.ids.count != self._ids_told else step

    def _counted(self, step: Step) -> Step:
        """Tell how far order ids were counted, if what became of the wishes does not: some were taken back."""
        count = self._ids_told = self.ids.count
        return step if last_id(step) == count else replace(step, notices=(*step.notices, IdsCounted(count)))

    def _remember(self, notices: list[Notice] | None = None) -> bool:
        """Remember what strategies keep otherwise than before, and tell; return whether one has failed by that."""
        if self.roster.was_called:
            for notice in self.roster.changes(self.memory.of):
                self.memory.hear(notice)
                if notices is not None:
                    notices.append(notice)
        return bool(self.words)

    def _review(self, intent: Intent) -> Effect | Refusal:
        match intent:
            case OrderIntent():
                wish = self.confirming.begin(intent) or (intent if self.exits is None else self.exits.dress(intent))
                verdict = wish if type(wish) is Refusal else self.risk.review(wish)
                return verdict if type(verdict) is Refusal else self.confirming.desk.submit(*verdict)
            case CancelIntent():
                return self.risk.review_cancel(intent) or self.confirming.desk.cancel(intent)
            case AmendIntent():
                held = self.confirming.refuse_amend(intent)
                return held or self.risk.review_amend(intent) or self.orders.amend(intent)
            case _:
                assert_never(intent)
