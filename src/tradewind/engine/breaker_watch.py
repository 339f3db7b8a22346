"""What the engine's breakers see and do: equity after each event that can change it, and the orders that follow.

There is one only in a session that has breakers: it lays itself around the routes of the engine when that is built, so
that a session without any pays nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tradewind.domain import events as ev
from tradewind.domain.breakers import BreakerAction, BreakerState
from tradewind.domain.commands import SetTimer
from tradewind.domain.control import BreakerFed, Degraded, Restored
from tradewind.domain.ids import EXTERNAL, TimerId
from tradewind.domain.market import Bar, BookDelta, BookSnapshot, Quote, Trade
from tradewind.domain.money import ONE, ZERO
from tradewind.domain.order import Purpose
from tradewind.domain.reconciliation import ReconciliationReport, Severity
from tradewind.domain.step import Refusal, RefusalCode
from tradewind.domain.time import NEVER, NS_PER_SECOND, TimeNs
from tradewind.engine.breaker_ages import Ages
from tradewind.engine.breaker_deeds import deeds, halved, held, is_reduced, reductions
from tradewind.engine.breaker_routes import around_fill, around_market, around_transfer, then, timed
from tradewind.engine.breaker_words import BreakerWords
from tradewind.engine.emergency import way_out
from tradewind.engine.shutdown import protects
from tradewind.engine.true_equity import TrueEquity
from tradewind.risk.breakers.board import Board, EquityState
from tradewind.risk.breakers.caution import smaller
from tradewind.risk.breakers.states import Signal

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.domain.breakers import BreakerChanged, BreakersState
    from tradewind.domain.checkpoint import KeptTimer
    from tradewind.domain.signal import OrderIntent
    from tradewind.domain.trip import RoundTrip
    from tradewind.engine.engine import Engine
    from tradewind.risk.breakers.breaker import Breaker
    from tradewind.risk.breakers.settings import BreakerSettings
    from tradewind.risk.checks import Candidate

TIMER = TimerId("/breakers")
_MARKET = (Bar, Quote, Trade, BookSnapshot, BookDelta)
_BOOKED = (
    ev.OrderFound, ev.OrderAdopted, ev.PositionLiquidated, ev.FundingPaid, ev.BorrowCharged,
    ev.PositionAdjusted, ev.BalanceAdjusted, ev.SessionStarted, ev.WarmupEnded,
)  # fmt: skip
_BEGINS = (ev.SessionStarted, ev.WarmupEnded)
CLOCK = "clock"
CLOSE_AGAIN_NS = 10 * NS_PER_SECOND
"""How long after a breaker has closed everything we look whether anything is still held."""
_CLOSING = (BreakerAction.FLATTEN, BreakerAction.STOP)


class BreakerWatch:
    """Feeds the board of breakers, and answers the gate."""

    def __init__(self, engine: Engine, settings: BreakerSettings) -> None:
        self._engine = engine
        self.settings = settings
        self.trips = engine.portfolio.trips
        self.last_trip: RoundTrip | None = None
        """The last of them that was counted."""
        self.equity = TrueEquity(
            engine.portfolio, engine.valuation, engine.market, engine.settings.base,
            mark_age_ns=settings.mark_age_ns, frozen_ns=settings.frozen_ns,
        )  # fmt: skip
        self.board = Board(settings, engine.words.append, self._act)
        self._ages = Ages(engine, self.board.conduct)
        self._is_timed = settings.stale_data is not None or settings.trading_hours is not None
        """Whether time changes something though no breaker is open."""
        self.due: TimeNs = 0
        """From when on time changes something, so that whatever comes then is looked at."""
        self._timer: TimeNs = NEVER
        self._goes_on = False
        """Whether the session goes on from another one."""
        self._is_last = False
        """Whether one has tripped that ends a live session."""
        self.words = BreakerWords(engine, self)

    def around(self, routes: dict[type, Callable[[Any], object]]) -> dict[type, Callable[[Any], object]]:
        """Return the engine's routes with what breakers make of each event after it was taken."""
        taken = {kind: timed(self, take) for kind, take in routes.items()}
        taken |= {kind: around_market(self, routes[kind]) for kind in _MARKET}
        taken |= {kind: then(routes[kind], self._booked) for kind in _BOOKED}
        taken[ev.OrderFilled] = around_fill(self, routes[ev.OrderFilled])
        taken[ev.BalanceTransferred] = around_transfer(self, routes[ev.BalanceTransferred])
        taken[ev.OrderRejected] = then(routes[ev.OrderRejected], self._rejected)
        taken[ev.LinkChanged] = then(routes[ev.LinkChanged], self._on_link)
        taken[ev.AccountSnapshot] = then(routes[ev.AccountSnapshot], self._compared)
        taken[ev.TimerFired] = then(routes[ev.TimerFired], self._fired)
        taken[Degraded] = then(routes[Degraded], self._on_degraded)
        taken[Restored] = then(routes[Restored], self._on_restored)
        taken[ev.TradingDay] = then(routes[ev.TradingDay], self._on_day)
        taken[BreakerFed] = self._on_fed
        return taken | self.words.routes()

    @property
    def ends_session(self) -> bool:
        """Tell whether a live session is to end: one has tripped that says so, and all positions are closed."""
        return self._is_last and not held(self._engine)

    @property
    def states(self) -> dict[str, str]:
        """Where each breaker stands, by name."""
        return {name: breaker.state.value for name, breaker in self.board.breakers.items()}

    # --- what the gate asks --------------------------------------------------------------------------

    def check(self, candidate: Candidate) -> Refusal | None:
        """Return why an order that opens or adds is not let through."""
        board = self.board
        if self._is_timed or board.opened or self.settings.order_rate is not None:
            hours, now = board.conduct.hours, self._engine.view.now
            board.conduct.ask_rate(now)
            self.set_timer(now)
            if hours is not None and hours.is_blank:
                return candidate.refuse(RefusalCode.SESSION_CLOSED, detail=hours.reason(now))
        elif board.worth.peak is not None:
            return None  # as most orders: nothing is open, and nothing else could say no
        return board.refusal(candidate)

    def sized(self, candidate: Candidate) -> Candidate | Refusal:
        """Return an order that opens or adds as large as it may be, from the caution level of a daily loss on."""
        factor = self.board.factor
        return candidate if factor is ONE else smaller(candidate, factor)

    def passed(self) -> None:
        """Count an order that was let through."""
        if self.settings.order_rate is not None:
            self.board.conduct.count_order(self._engine.view.now)

    def failed(self, error: str) -> None:
        """Count a strategy that raised."""
        self.board.conduct.error(self._engine.view.now, error)
        self.set_timer(self._engine.view.now)

    def restore(self, state: BreakersState, timers: tuple[KeptTimer, ...]) -> None:
        """Take over what another session kept, and when it wanted to be told of time."""
        self.board.restore(state)
        self._timer = next((kept.at for kept in timers if kept.timer == TIMER), NEVER)

    def hear(self, changed: BreakerChanged) -> None:
        """Follow a change that another engine has told of and that nothing but its gate could know."""
        breaker = self.board.breakers[changed.breaker]
        if not changed.is_drill and breaker.state is not changed.state:
            breaker.state, breaker.since, breaker.reason = changed.state, self._engine.view.now, changed.reason
            breaker.limit, breaker.value, breaker.until = changed.limit, changed.value, changed.until
            breaker.operator = changed.operator
            if changed.state in (BreakerState.TRIPPED, BreakerState.LATCHED) and breaker.holds:
                self._begin_reducing(breaker)
            self.board.conduct.wait(self._engine.view.now)
            self.set_timer(self._engine.view.now)

    # --- what happens --------------------------------------------------------------------------------

    def look(self, now: TimeNs) -> None:
        """Read equity exactly, judge by it, and let time do its part."""
        if self._engine.risk.warming:
            return
        board = self.board
        board.equity_state, equity = self.equity.read(now)
        if board.equity_state is EquityState.KNOWN and equity is not None:
            board.value(equity, now)
        board.conduct.expire(now)
        board.conduct.look_at_hours(now)
        if self.settings.stale_data is not None:
            self._ages.look(now)
        self.equity.expect(*board.band(), is_judged=board.equity_state is EquityState.KNOWN)
        armed = board.worth.peak is not None and not board.worth.is_moved
        due = board.conduct.due(now) or NEVER
        self.due = min(board.worth.day_until, board.next_warning, due) if armed else 0
        self.set_timer(now)
        if self.settings.stale_data is not None and board.breakers["stale_data"].is_open:
            self.due = 0  # the next price is looked at: it may be a fresh one
        if board.conduct.hours is not None and board.conduct.hours.is_blank:
            self.due = 0

    def priced(self, now: TimeNs) -> None:
        """Look at equity after a price has come, if that may change anything."""
        if (not self.equity.is_settled and self.equity.has_left(now)) or now >= self.due:
            self.look(now)

    def _booked(self, event: Any) -> None:  # noqa: ANN401 - an event that moves the books
        if type(event) is ev.SessionStarted and event.restored is None and event.breakers is not None:
            self.board.restore(event.breakers)
        now = event.ts_recv
        if type(event) is ev.SessionStarted:
            self._goes_on = event.restored is not None
        if type(event) in _BEGINS:
            self.board.conduct.begin(now, anew=not self._goes_on)
        self.count_trips(now)
        self.equity.add_up()
        if now >= self.due or self.equity.has_left(now) or type(event) in _BEGINS:
            self.look(now)

    def _rejected(self, event: ev.OrderRejected) -> None:
        self.board.conduct.error(event.ts_recv, f"{event.order} was rejected: {event.reason}")
        self.set_timer(event.ts_recv)

    def _on_link(self, event: ev.LinkChanged) -> None:
        if not event.up:
            self.board.conduct.error(event.ts_recv, f"{event.venue}: {event.link} is down")
            self.set_timer(event.ts_recv)

    def _on_degraded(self, event: Degraded) -> None:
        bound = self.settings.clock_skew
        if event.cause == CLOCK and bound is not None:
            self.board.conduct.skew(event.ts_recv, int(bound.most), event.reason or "the machine's clock was moved")

    def _on_restored(self, event: Restored) -> None:
        if event.cause == CLOCK:
            self.board.conduct.skew(event.ts_recv, 0)
            self.set_timer(event.ts_recv)

    def _on_day(self, event: ev.TradingDay) -> None:
        """Hear of a trading day: of one that a loss is of, and of the exchange's hours."""
        self.board.worth.hear(event)
        if self.board.conduct.hours is not None:
            self.board.conduct.hours.hear(event)
        self.look(event.ts_recv)

    def _on_fed(self, event: BreakerFed) -> None:
        """Take a measure that is made outside of the engine: how far a shadow run has diverged."""
        self.board.conduct.diverged(event.ts_recv, event.value, event.reason)

    def _compared(self, event: ev.AccountSnapshot) -> None:
        """Take what a comparison has found: it proves those that wait for it, or not."""
        report = next((word for word in self._engine.words if isinstance(word, ReconciliationReport)), None)
        if report is None:
            return
        is_critical = any(each.severity is Severity.CRITICAL for each in report.confirmed)
        if is_critical or (not event.unread and not report.suspected):
            self.board.conduct.compared(event.ts_recv, is_critical=is_critical)
        for breaker in self.board.breakers.values():
            if breaker.state is not BreakerState.HALF_OPEN or event.number < breaker.asked:
                continue
            if report.has_discrepancies:
                self.board.take(breaker.move(Signal.DISPROVEN, event.ts_recv, "the venue's account differs from ours"))
            elif not event.unread and not report.suspected:
                self.board.take(breaker.move(Signal.PROVEN, event.ts_recv, "the venue's account is ours"))

    def _fired(self, event: ev.TimerFired) -> None:
        if event.timer == TIMER:
            self._timer = NEVER
        if event.timer == TIMER or event.ts_recv >= self.due:
            self.look(event.ts_recv)
        if event.timer == TIMER:
            self._close_rest(event.ts_recv)

    def _is_closing(self) -> bool:
        """Tell whether a breaker holds that closes what is held."""
        return any(each.holds and each.action in _CLOSING for each in self.board.opened)

    def count_trips(self, now: TimeNs) -> None:
        """Count the round trips that have ended since, in the order of their ends."""
        trips, ended = self.trips, []
        if not trips or trips[-1] is self.last_trip:
            return
        if self.settings.consecutive_losses is None:
            self.last_trip = trips[-1]
            self.set_timer(now)
            return
        for trip in reversed(trips):
            if trip is self.last_trip:
                break
            ended.append(trip)
        self.last_trip = ended[0]
        for trip in reversed(ended):
            if trip.complete and trip.strategy != EXTERNAL:
                self.board.conduct.trade(now, is_lost=trip.net < ZERO)
        self.set_timer(now)

    # --- what follows --------------------------------------------------------------------------------

    def _act(self, breaker: Breaker) -> None:
        self._begin_reducing(breaker)
        wishes = deeds(self._engine, breaker.action, self.settings.cancel, self.board.reducing)
        self._engine.words.extend(wishes)
        self._is_last = self._is_last or breaker.action is BreakerAction.STOP
        if self.board.reducing or (breaker.action in _CLOSING and held(self._engine)):
            self._wake(self._engine.view.now + CLOSE_AGAIN_NS)

    def _begin_reducing(self, breaker: Breaker) -> None:
        """Keep what a breaker that reduces will leave of each position."""
        if breaker.action is BreakerAction.REDUCE:
            self.board.reducing = tuple(halved(self._engine, self.board.reducing))

    def _close_rest(self, now: TimeNs) -> None:
        """Close what is still held and not on its way out: a close may be refused, or have been lost with a process."""
        engine = self._engine
        if engine.risk.warming:
            return
        self._reduce_rest(now)
        if not held(engine) or not self._is_closing():
            return
        if any(each.holds and each.action is BreakerAction.STOP for each in self.board.opened):
            self._is_last = True  # the process that it tripped in may be gone
        engine.words.extend(self._rest())
        self._wake(now + CLOSE_AGAIN_NS)

    def _reduce_rest(self, now: TimeNs) -> None:
        """Ask again for what a breaker has not seen reduced, as long as one holds that reduces."""
        board = self.board
        if not any(each.holds and each.action is BreakerAction.REDUCE for each in board.opened):
            board.reducing = ()
        board.reducing = tuple(each for each in board.reducing if not is_reduced(self._engine, each))
        for each in board.reducing:
            self._engine.words.extend(reductions(self._engine, each))
        if board.reducing:
            self._wake(now + CLOSE_AGAIN_NS)

    def _rest(self) -> list[OrderIntent]:
        """Return the wishes that close what is held, less what closes at this moment."""
        engine = self._engine
        rest = way_out(engine.orders, engine.portfolio, engine.ids, Purpose.BREAKER)
        return [wish for wish in rest if wish.strategy != EXTERNAL]

    def close_again(self, event: ev.OrderFilled) -> None:
        """Close what an entry has opened that was on its way when a breaker closed everything."""
        if not self._is_closing():
            return
        order = self._engine.orders.by_id.get(event.order)
        if order is not None and not protects(order):
            self._engine.words.extend(self._rest())

    def set_timer(self, now: TimeNs) -> None:
        """Have time told when it lets a breaker go, or when a price will be too old."""
        if not self._is_timed and not self.board.opened:
            return  # time changes nothing
        bound = self.settings.stale_data
        due = self.board.conduct.due(now) or NEVER
        if bound is not None and not self.board.breakers["stale_data"].is_open:
            due = min(due, self._ages.due(now, int(bound.most)))
        self.due = min(self.due, due)
        self._wake(due)

    def _wake(self, at: TimeNs) -> None:
        if at < self._timer:
            self._timer = at
            self._engine.words.append(SetTimer(TIMER, at))
