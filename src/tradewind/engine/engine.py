"""The kernel. `Engine.process` takes one event through the whole system: it is the data flow.

It reads no clock, draws no number, touches no file or socket. What is slow or uncertain goes out as
an effect and comes back as an event, so the engine is a fold of its journal.
"""

from __future__ import annotations

import decimal
from typing import TYPE_CHECKING, Any, assert_never

from tradewind.data.bars import BarAggregator
from tradewind.data.market import HISTORY_BARS, Market
from tradewind.domain import events as ev
from tradewind.domain.account import AccountKind
from tradewind.domain.commands import AmendOrder, CancelOrder, Effect, SubmitOrder
from tradewind.domain.control import Halted, Paused, Resumed, StopRequested
from tradewind.domain.fill import Fill
from tradewind.domain.ids import Asset, InstrumentId, StrategyId
from tradewind.domain.instrument import ALWAYS_OPEN
from tradewind.domain.market import Bar, BookDelta, BookSnapshot, DataGap, FormingBar, FundingRate, Quote, Trade
from tradewind.domain.message import Message
from tradewind.domain.money import PRECISION_DIGITS, ZERO
from tradewind.domain.restraint import Restraint
from tradewind.domain.signal import AmendIntent, CancelIntent, Intent, OrderIntent
from tradewind.domain.step import (
    QUIET,
    BarRefused,
    BarsMissing,
    LiquidationUnexplained,
    LogLine,
    Notice,
    Refusal,
    Step,
)
from tradewind.domain.time import Interval
from tradewind.engine.account import AGAIN, ROUND, AccountCheck
from tradewind.engine.shutdown import entries_of, exits_left, last_wishes
from tradewind.engine.view import EngineView
from tradewind.execution.comparison import Reconciliation
from tradewind.execution.inquiry import TIMERS, Asking, Patience
from tradewind.execution.orders import OrderIds, Orders
from tradewind.portfolio.portfolio import Portfolio
from tradewind.portfolio.valuation import Valuation
from tradewind.risk.limits import Limits
from tradewind.risk.review import RiskGate
from tradewind.strategy.context import Context
from tradewind.strategy.roster import Roster

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tradewind.domain.instrument import Instrument
    from tradewind.domain.time import TimeNs
    from tradewind.strategy.base import Strategy

INTENTS = (OrderIntent, CancelIntent, AmendIntent)
EFFECTS = tuple(kind for kind in Effect.__args__ if kind not in (SubmitOrder, CancelOrder, AmendOrder))
"""What is wished for as it is; orders come of intents."""
WORDS_MAX = 10_000
"""So many wishes in one turn are no wishes but a loop."""


class EngineSettings(Message, frozen=True, gc=False):
    """What an engine must know besides strategies and instruments; plain data, part of the journal's header."""

    interval: str = "1m"
    """The bars that strategies hear unless they ask for others."""
    base: Asset = Asset("USDT")
    """The currency in which equity is reckoned."""
    account: AccountKind = AccountKind.CASH
    id_prefix: str = "tw"
    limits: Limits = Limits()
    history_bars: int = HISTORY_BARS
    halt_on_strategy_error: bool = True
    data_interval: str = ""
    """The bars that come in, if they are finer than `interval`; longer ones are made from them."""
    keep_logs: bool = True
    """Whether the lines that strategies write are part of the record."""
    patience: Patience = Patience()
    """How a request without an answer is settled."""
    reconciliation: Reconciliation = Reconciliation()
    """When our books are compared with the venue's, and what is done about a difference."""
    fills_at_once: bool = False
    """Whether the venue trades by argo's fill model, on the bar that was just seen: backtests alone."""


class Lane:
    """The way of the bars of one series: who takes them, who hears them, what longer bars are made of them."""

    __slots__ = (
        "aggregators",
        "hooks",
        "interval",
        "take",
    )  # a slot is read in a tenth of the time of a named tuple's field

    def __init__(
        self,
        interval: str,
        take: Callable[[Bar], str | DataGap | None],
        hooks: list[Any],
        aggregators: Sequence[BarAggregator],
    ) -> None:
        self.interval = interval
        self.take = take
        self.hooks = hooks
        self.aggregators = aggregators


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
        self.words: list[Any] = []
        """What strategies said in this turn: intents, timers, notices, in the order in which they said it."""
        names = [instrument.id for instrument in instruments]
        self.market = Market(names, settings.history_bars)
        self.valuation = Valuation(instruments, self.market.last_price)
        self.portfolio = Portfolio(instruments, self.valuation.price_of)
        self.orders = Orders(settings.patience)
        self._asking = Asking(self.orders, settings.patience)
        self.ids = OrderIds(settings.id_prefix)
        self.view = EngineView(
            self.market, self.orders, self.portfolio, self.valuation, settings.base,
            account=settings.account, allow_short=settings.limits.allow_short,
        )  # fmt: skip
        self.risk = RiskGate(settings.limits, settings.account, self.view)
        self._account = AccountCheck(settings.reconciliation, self.orders, self.portfolio, self.risk, self.words)
        self.risk.fills_at_once = settings.fills_at_once
        self._data_interval = settings.data_interval or settings.interval
        contexts = {
            name: Context(
                name, self.view, names, settings.interval,
                data_interval=self._data_interval, words=self.words, next_id=self.ids.next,
            )
            for name in strategies
        }  # fmt: skip
        members = {name: (strategy, contexts[name]) for name, strategy in strategies.items()}
        self.roster = Roster(members, self.words, halt_on_error=settings.halt_on_strategy_error, failed=self._let_go)
        self._aggregators = self.view.aggregators
        self._lanes: dict[InstrumentId, Lane] = {}
        self._long_lanes: dict[tuple[InstrumentId, str], Lane] = {}
        self._take = self._routes()
        # Walked by every bar, so looked up once; both live as long as the engine.
        self._hear_bar, self._exposed = self.roster.on_bar, self.portfolio.exposed

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
            self._on_bar(event)
            moved = None
        else:
            moved = self._take[type(event)](event)
        if self.words:
            return self._answer(event)
        return Step(self.seq, event) if moved or self.recording else QUIET

    def pass_over(self, instrument: InstrumentId, interval: str, ts: TimeNs, close: float) -> None:
        """Be told by whoever drives that bars up to `ts` have been, the last at `close`, and none was our concern."""
        series = self.market.series(instrument, interval)
        series.next_open = series.state.priced_at = ts
        series.state.last_price = close

    def _routes(self) -> dict[type, Callable[[Any], object]]:
        """Return who takes an event of each kind; an answer that is true says that something of ours has moved."""
        tell = self.roster.tell
        return {
            Bar: self._on_bar,
            FormingBar: lambda event: tell("on_forming_bar", event),
            Quote: self._on_quote,
            Trade: self._on_trade,
            BookSnapshot: self._on_book,
            BookDelta: self._on_book,
            FundingRate: lambda event: tell("on_funding", event),
            DataGap: lambda event: tell("on_gap", event),
            ev.LinkChanged: lambda event: tell("on_link", event),
            **dict.fromkeys(ev.OrderEvent.__args__, self._on_order),
            ev.TradingDay: self.roster.on_day,
            ev.TimerFired: self._on_timer,
            ev.AdviceCame: self.roster.on_told,
            ev.SignalCommanded: self.roster.on_told,
            ev.SessionStarted: self._on_start,
            ev.WarmupEnded: lambda _: self._warm(warming=False),
            ev.BalanceTransferred: self.portfolio.book_transfer,
            ev.FundingPaid: self._on_funding_paid,
            ev.BorrowCharged: self._on_borrow_charged,
            ev.PositionLiquidated: self._on_liquidation,
            **self._account.routes(),
            ev.StrategyHalted: lambda event: self._hold(event.strategy),
            Paused: lambda _: setattr(self.risk, "paused", True),
            Resumed: self._on_resumed,
            Halted: lambda event: self.risk.halted.add(event.strategy),
            StopRequested: self._on_stop,
        }

    # --- what is true, and who is told --------------------------------------------------------------

    def _on_bar(self, bar: Bar) -> None:
        name = bar.instrument
        lane = self._lanes.get(name)
        if lane is None or lane.interval != bar.interval:
            lane = self._lane(name, bar.interval)
        odd = lane.take(bar)
        if odd is not None:
            if isinstance(odd, str):
                self.words.append(BarRefused(bar.instrument, bar.interval, bar.ts_open, odd))
                return
            self._tell_gap(odd)
        if name in self._exposed:
            for trip in self._exposed[name]:
                trip.see(bar)
        if lane.hooks:
            self._hear_bar(lane.hooks, bar)
        for aggregator in lane.aggregators:
            for longer in aggregator.update(bar):
                self._on_bar(longer)

    def _lane(self, instrument: InstrumentId, interval: str) -> Lane:
        """Return the lane of a series, opened anew if it must be; that of the session's own bars is found at once."""
        lane = self._long_lanes.get((instrument, interval))
        if lane is None:
            own = interval == self._data_interval
            lane = Lane(
                interval,
                self.market.series(instrument, interval).take,
                self.roster.hearers(instrument, interval),
                self._aggregators.get(instrument, ()) if own else (),
            )
            if own:
                self._lanes[instrument] = lane
            else:
                self._long_lanes[instrument, interval] = lane
        return lane

    def _close_lanes(self) -> None:
        """Forget who hears what; it is looked up anew with the next bars."""
        self._lanes.clear()
        self._long_lanes.clear()

    def _tell_gap(self, gap: DataGap) -> None:
        """Tell of missing bars; a market that closes at night has no hole in the morning."""
        if self.view.instrument(gap.instrument).calendar == ALWAYS_OPEN:
            self.words.append(BarsMissing(gap.instrument, gap.interval, gap.ts_from, gap.ts_to))
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
        outcome = orders.apply(event)
        if outcome is None:
            self.roster.on_order(orders.by_id[event.order].spec.strategy, event, None)
        elif type(outcome) is Fill:
            self.portfolio.book_fill(outcome)
            if orders.living:
                self.words.extend(exits_left(outcome, orders, self.portfolio))
            self.roster.on_order(outcome.strategy, event, outcome)
        else:
            self.words.append(outcome)
        if self._asking.is_busy:
            self.words.extend(self._asking.follow(event))
        return True

    def _on_timer(self, event: ev.TimerFired) -> None:
        if event.timer.startswith(TIMERS):
            self.words.extend(self._asking.fired(event.timer, event.ts_recv))
        elif event.timer in (ROUND, AGAIN):
            self._account.fired(event)
        else:
            self.roster.on_timer(event.timer)

    def _on_liquidation(self, event: ev.PositionLiquidated) -> bool:
        booked = ZERO
        for fill in self.portfolio.book_liquidation(event):
            booked += fill.quantity * fill.side.sign * event.side.sign
            self.roster.on_liquidation(fill)
        if booked != event.quantity:
            self.words.append(
                LiquidationUnexplained(event.instrument, event.trade_id, event.side, event.quantity, booked)
            )
        return True

    def _on_funding_paid(self, event: ev.FundingPaid) -> bool:
        self.portfolio.book_funding(event)
        return True

    def _on_borrow_charged(self, event: ev.BorrowCharged) -> bool:
        self.portfolio.book_borrow(event)
        return True

    def _on_start(self, event: ev.SessionStarted) -> None:
        self.portfolio.book_opening(event)
        self._account.begin(event.ts_recv)
        self._warm(warming=event.warming)
        made = [(name, Interval.parse(label)) for name, label in self.roster.start() if label != self._data_interval]
        # The longest first: whoever hears of a shorter bar finds it in the longer ones already.
        for instrument, interval in sorted(made, key=lambda series: (series[0], -series[1].ns)):
            self._aggregators.setdefault(instrument, []).append(BarAggregator(instrument, interval))
        self._close_lanes()  # whatever was looked up before had no hearers

    def _warm(self, *, warming: bool) -> None:
        self.risk.warming = self.view.warming = warming

    def _on_stop(self, event: StopRequested) -> None:
        self.roster.stop()
        self.words.extend(last_wishes(event, self.orders, self.portfolio, self.ids))
        self.risk.stopping = True

    def _hold(self, strategy: StrategyId) -> None:
        self.roster.hold(strategy)
        self._let_go(strategy)

    def _let_go(self, strategy: StrategyId) -> None:
        """Refuse what a held strategy still wants, take back its entries that rest, and look the hooks up anew."""
        self.risk.halted.add(strategy)
        self.words.extend(entries_of(strategy, self.orders))
        self._close_lanes()

    def _on_resumed(self, event: Resumed) -> None:
        """Let all trade again but those that are held; or one, held or halted, that the operator names."""
        if event.strategy is None:
            self.risk.resume()
            self.risk.halted.update(self.roster.held)
            return
        self.risk.halted.discard(event.strategy)
        self.roster.release(event.strategy)
        self._close_lanes()

    # --- what is wanted, and what comes of it -------------------------------------------------------

    def _answer(self, event: ev.Event) -> Step:
        """Review the wishes one by one, each with the ones before it in flight."""
        effects: list[Effect] = []
        refusals: list[Refusal] = []
        notices: list[Notice] = []
        heard, words = 0, self.words
        if self.risk.fills_at_once:
            self.risk.begin_turn()
        while words:
            heard += 1
            assert heard <= WORDS_MAX, "a strategy wishes without end"
            word = words.pop(0)
            if isinstance(word, INTENTS):
                verdict = self._review(word)
                if isinstance(verdict, Refusal):
                    refusals.append(verdict)
                    self.roster.on_refusal(verdict)
                else:
                    effects.append(verdict)
            elif isinstance(word, EFFECTS):
                effects.append(word)
            elif self.settings.keep_logs or not isinstance(word, LogLine):
                notices.append(word)
                if isinstance(word, Restraint):
                    self.risk.restrain(word)
        return Step(self.seq, event, tuple(effects), tuple(refusals), tuple(notices))

    def _review(self, intent: Intent) -> Effect | Refusal:
        match intent:
            case OrderIntent():
                verdict = self.risk.review(intent)
                return verdict if isinstance(verdict, Refusal) else self.orders.submit(*verdict)
            case CancelIntent():
                return self.risk.review_cancel(intent) or self.orders.cancel(intent)
            case AmendIntent():
                return self.risk.review_amend(intent) or self.orders.amend(intent)
            case _:
                assert_never(intent)
