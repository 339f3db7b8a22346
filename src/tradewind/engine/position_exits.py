"""The exits of positions, as configured: `risk/exits/` reckons them, this carries them out, in backtest and live alike.

It is asked on every word about an order of a managed strategy, every closed bar (or tick) of what that holds, and
timers of its own. Each time it looks at one position as a whole: what is held, which orders live, what is to be; and
wishes for the difference. So nothing depends on having heard a certain message, and a restart needs what `KeptExits`
says and nothing else. Without policies there is none of this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from tradewind.domain.commands import CancelTimer, FollowCalendar, SetTimer
from tradewind.domain.events import AmendRejected, CancelRejected, OrderAmended, OrderRejected
from tradewind.domain.exits import ExitsPlanned, ExitsState, KeptDay, KeptExits, KeptPlan
from tradewind.domain.fill import Fill
from tradewind.domain.ids import ClientOrderId, InstrumentId, StrategyId, TimerId
from tradewind.domain.money import ZERO, exact
from tradewind.domain.order import OrderType, Purpose, Side
from tradewind.domain.signal import OrderIntent
from tradewind.domain.time import NS_PER_SECOND, Interval
from tradewind.engine.account_exits import lapsed
from tradewind.engine.position_calm import Calm, calm
from tradewind.engine.position_cover import tell_protected
from tradewind.engine.position_entry import default_stop, dressed
from tradewind.engine.position_look import Look
from tradewind.engine.position_targets import filled, refused
from tradewind.risk.exits.early import widened
from tradewind.risk.exits.times import ends

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from tradewind.domain.events import OrderEvent, TimerFired, TradingDay
    from tradewind.domain.market import Bar
    from tradewind.domain.step import Refusal
    from tradewind.engine.account_guard import Guard
    from tradewind.engine.position_hands import Hands
    from tradewind.execution.orders import Order
    from tradewind.risk.exits.plan import ExitPlan
    from tradewind.risk.review import RiskGate

Key = tuple[StrategyId, InstrumentId]

TIMERS_OF_POSITIONS = "/exits/"
"""How the timers of this file begin; those of exits attached to an entry begin with `/exit/`."""
_OURS = frozenset((Purpose.STOP_LOSS, Purpose.PARTIAL_EXIT))


class PositionExits:
    """Policies of the positions of some strategies."""

    def __init__(
        self, plans: Mapping[StrategyId, ExitPlan], hands: Hands, risk: RiskGate, guard: Guard, interval: str
    ) -> None:
        self._plans = plans
        self._hands = hands
        self._risk = risk
        self._guard = guard
        self._interval, self._bar_ns = interval, Interval.parse(interval).ns
        self._look = Look(hands, risk, guard, interval)
        self._held: dict[Key, KeptExits] = {}
        self._planned: dict[ClientOrderId, KeptPlan] = {}
        self._calm: dict[Key, Calm] = {}
        """Which bars need no look; nothing depends on it but the time that they take."""
        self._by_instrument: dict[InstrumentId, list[Key]] = {}
        self._days: dict[str, KeptDay] = {}
        self.hears_ticks = any(plan.trailing is not None and plan.trailing.on_tick for plan in plans.values())
        guard.spares = self.spares

    def state(self) -> ExitsState:
        """Return what is known as plain data."""
        held = (self._held[key] for key in sorted(self._held))
        return ExitsState(tuple(held), tuple(self._planned.values()), tuple(self._days.values()))

    def restore(self, state: ExitsState) -> None:
        """Take over what `state` wrote down; what is not managed any more is left to itself."""
        self._held = {(kept.strategy, kept.instrument): kept for kept in state.held if kept.strategy in self._plans}
        self._planned = {kept.order: kept for kept in state.planned}
        self._days = {day.calendar: day for day in state.days}

    def begin(self) -> None:
        """Follow the calendars, in the first event of a session."""
        calendars = {
            name for plan in self._plans.values() if plan.time is not None
            for name in (plan.time.days, plan.time.weeks) if name
        }  # fmt: skip
        self._hands.words.extend(FollowCalendar(name) for name in sorted(calendars))

    def go(self) -> None:
        """Take up what is held and was not looked after, as trading begins or the books were corrected."""
        self._calm.clear()
        for key, position in self._hands.portfolio.by_name():
            if key[0] not in self._plans:
                continue
            if position.is_flat:
                self._end(key)
            elif key not in self._held or self._held[key].side.sign * position.quantity < 0:
                self._open(key, None)
                self._see(key)
            elif self._held[key].level is None and self._plans[key[0]].entry is not None:
                self._held[key] = self._with_level(self._held[key], None)  # stops were configured since
                self._see(key)

    def go_on(self) -> None:
        """Take up the bars since a session stopped, as far as an early cut looks at them; a hole is told otherwise."""
        hands = self._hands
        for key, kept in self._held.items():
            plan = self._plans[key[0]].early_cut
            if plan is None:
                continue
            count = (hands.view.now - kept.entered_at) // self._bar_ns + 2
            bars = hands.view.bars(kept.instrument, self._interval, count)
            best = widened(plan, kept.reached, bars, side=kept.side, entered_at=kept.entered_at)
            self._held[key] = replace(kept, reached=best)

    def on_gap(self, instrument: InstrumentId) -> None:
        """Take it that bars are missing."""
        for key in self._of(instrument):
            plan, kept = self._plans[key[0]].early_cut, self._held[key]
            if plan is not None and self._hands.view.now <= kept.entered_at + plan.window_ns:
                self._held[key] = replace(kept, is_blind=True)

    # --- what is heard ------------------------------------------------------------------------------

    def heard(self, event: OrderEvent, outcome: object) -> None:
        """Take the venue's word about an order."""
        order = self._hands.orders.by_id.get(event.order)
        if order is None or order.spec.strategy not in self._plans:
            return
        key = order.spec.strategy, order.spec.instrument
        if type(outcome) is Fill:
            self._filled(key, order, outcome)
        kept = self._held.get(key)
        if order.is_closed:
            self._planned.pop(event.order, None)
        if kept is not None:
            self._held[key] = self._answered(kept, event, order)
            self._see(key)

    def on_bar(self, bar: Bar) -> None:
        """Take a closed bar of something that is held."""
        if bar.interval != self._interval or self._hands.view.warming:
            return
        found, drawn = self._by_instrument.get(bar.instrument), self._calm
        for key in found if found is not None else self._of(bar.instrument):
            band = drawn.get(key)
            if band is None or not band.covers(bar):
                self._see(key, exact(bar.close), bar)

    def on_tick(self, instrument: InstrumentId) -> None:
        """Take a new price between bars."""
        last = self._hands.view.last_price(instrument)
        if last is not None and not self._hands.view.warming:
            for key in self._of(instrument):
                trailing = self._plans[key[0]].trailing
                if trailing is not None and trailing.on_tick:
                    self._see(key, exact(last))

    def fired(self, event: TimerFired) -> None:
        """Look at a position whose time has come; other timers are not for here."""
        if not event.timer.startswith(TIMERS_OF_POSITIONS):
            return
        _, _, strategy, instrument = event.timer.split("/", 3)
        key = StrategyId(strategy), InstrumentId(instrument)
        kept = self._held.get(key)
        if kept is not None and not self._hands.view.warming:
            self._held[key] = replace(kept, wake_at=None)
            self._see(key)

    def on_day(self, day: TradingDay) -> None:
        """Take a trading day, or a week; positions that were opened before it end with it."""
        before = self._days.get(day.calendar)
        if before is not None and before.ts_open == day.ts_open:
            return  # who goes on in the middle of a day is told of it again
        ended = (0, 0) if before is None else (before.ts_close, before.week_left)
        self._days[day.calendar] = KeptDay(
            day.calendar, day.ts_open, day.ts_close, day.week_left, day.ts_break, day.ts_resume, *ended
        )
        if not self._hands.view.warming:
            for key in sorted(self._held):
                self._see(key)

    # --- what is wished for -------------------------------------------------------------------------

    def dress(self, intent: OrderIntent) -> OrderIntent | Refusal:
        """Give an entry its stop and its target, or refuse it because of the hour."""
        plan = self._plans.get(intent.strategy)
        if plan is None or self._hands.view.warming or not self._adds(intent):
            return intent
        key = intent.strategy, intent.instrument
        found = dressed(
            self._hands, plan, intent, self._held.get(key), session=self._session(plan), interval=self._interval
        )  # fmt: skip
        if isinstance(found, ExitsPlanned):
            self._hands.words.append(found)
            self.planned(found)
            return replace(intent, stop_loss=None, stop_loss_id=None, take_profit=None, take_profit_id=None)
        return found

    def planned(self, told: ExitsPlanned) -> None:
        """Remember the exits of an entry, which follow its fill."""
        self._planned[told.order] = KeptPlan(told.order, told.stop, told.target)

    def stop_of(self, order: ClientOrderId) -> Decimal | None:
        """Return the stop that will follow an entry's fill; None if it has one with it, or none."""
        planned = self._planned.get(order)
        return None if planned is None else planned.stop

    def refused(self, refusal: Refusal) -> None:
        """Take it that a wish was refused."""
        intent = refusal.intent
        if type(intent) is not OrderIntent or intent.strategy not in self._plans:
            return
        self._planned.pop(intent.id, None)
        key = intent.strategy, intent.instrument
        if key in self._held:
            self._held[key] = refused(self._held[key], intent.purpose, self._hands.view.now)

    def spares(self, order: Order) -> bool:
        """Tell whether a stop was refused that was to rest beside another, which is still there."""
        kept = self._held.get((order.spec.strategy, order.spec.instrument))
        if kept is None or order.was_there or not lapsed(order):
            return False
        covered = sum((self._hands.covers(stop) for stop in self._hands.stops(kept)), ZERO)
        return bool(covered >= self._quantity(kept))

    def _adds(self, intent: OrderIntent) -> bool:
        held = self._hands.portfolio.position(intent.instrument, intent.strategy).quantity
        if intent.reduce_only:
            return False
        if not held or (held > 0) is (intent.side is Side.BUY):
            return True
        return intent.quantity is not None and intent.quantity > abs(held)

    # --- positions come and go ----------------------------------------------------------------------

    def _filled(self, key: Key, order: Order, fill: Fill) -> None:
        position, kept = self._hands.portfolio.position(key[1], key[0]), self._held.get(key)
        if position.is_flat:
            self._end(key)
            return
        if kept is None or kept.side.sign * position.quantity < 0:
            self._open(key, order, fill)
            return
        if order.spec.id == kept.entry:
            kept = replace(kept, original=order.filled, price=order.average_price)
        plan = self._plans[key[0]]
        self._held[key] = kept if plan.partial is None else filled(self._hands, plan.partial, kept, order, fill)

    def _open(self, key: Key, order: Order | None, fill: Fill | None = None) -> None:
        """Begin to manage a position; of one that was there before, its quantity and average are its entry's."""
        self._end(key)
        position = self._hands.portfolio.position(key[1], key[0])
        side = Side.BUY if position.quantity > 0 else Side.SELL
        at = fill.ts_venue if fill is not None else position.opened_at
        kept = KeptExits(
            key[0], key[1], side, None if order is None else order.spec.id,
            self._hands.view.now if at is None else at, abs(position.quantity), price=position.average_price,
        )  # fmt: skip
        plan = None
        if order is not None:
            kept = replace(kept, original=order.filled, price=order.average_price)
            plan = self._planned.get(order.spec.id)
        stops = [stop.spec.trigger for stop in self._hands.stops(kept) if stop.spec.type is not OrderType.TRAILING_STOP]
        triggers = [trigger for trigger in stops if trigger is not None]
        level = max(triggers, key=lambda at: at * side.sign) if triggers else None
        if plan is not None:
            level = plan.stop if level is None else level
            kept = replace(kept, target=plan.target)
        self._held[key] = self._with_level(kept, level)

    def _with_level(self, kept: KeptExits, level: Decimal | None) -> KeptExits:
        """Return a position with its stop, where there is none with that of the policy."""
        entry = self._plans[kept.strategy].entry
        if level is None and entry is not None:
            level = default_stop(self._hands, entry, kept, self._interval)
        return replace(kept, level=level)

    def _end(self, key: Key) -> None:
        """Forget a position that is over, and take back what would have closed it."""
        kept = self._held.pop(key, None)
        self._calm.pop(key, None)
        self._by_instrument.clear()
        if kept is None:
            return
        hands = self._hands
        tell_protected(hands.words, kept, hands.view.now)
        for order in hands.ways_out(kept):
            spec = order.spec
            if spec.parent is None and spec.purpose in _OURS and not spec.netted:
                hands.cancel(order)
        if kept.wake_at is not None:
            hands.words.append(CancelTimer(_timer(key)))

    def _answered(self, kept: KeptExits, event: OrderEvent, order: Order) -> KeptExits:
        """Take an answer about one of its orders: count how often a stop could not be moved; ask nothing at once again.

        The venue may have ended an order whose last word was lost: who asks about it again as soon as it has refused
        does so without end.
        """
        now, kind = self._hands.view.now, type(event)
        if kind is CancelRejected and not order.is_closed:
            kept = kept if order.spec.protects else refused(kept, Purpose.PARTIAL_EXIT, now)
            later = max(kept.retry_at, now + NS_PER_SECOND) if order.spec.protects or kept.leaving else kept.retry_at
            return replace(kept, retry_at=later)
        if order.spec.protects:
            if kind is AmendRejected or (kind is OrderRejected and self.spares(order)):
                tries = kept.failures + 1
                return replace(kept, failures=tries, retry_at=now + (NS_PER_SECOND << (tries - 1)))
            if kind is OrderAmended:
                return replace(kept, failures=0)
        if kind is OrderRejected:
            return refused(kept, order.spec.purpose, now)
        if kind is AmendRejected and not order.is_closed:
            return refused(kept, Purpose.PARTIAL_EXIT, now)
        return kept

    # --- one position -------------------------------------------------------------------------------

    def _of(self, instrument: InstrumentId) -> list[Key]:
        found = self._by_instrument.get(instrument)
        if found is None:  # by name: a restart changes no order
            found = self._by_instrument[instrument] = [key for key in sorted(self._held) if key[1] == instrument]
        return found

    def _see(self, key: Key, price: Decimal | None = None, bar: Bar | None = None) -> None:
        """Look at a position, with a new price if there is one, and be woken when it is to be looked at next."""
        kept, plan = self._held[key], self._plans[key[0]]
        before, words = kept, len(self._hands.words)
        self._calm.pop(key, None)
        held = self._quantity(kept)
        if held <= 0 or self._hands.view.warming or self._risk.without_exits:
            return
        if plan.time is not None and kept.flat_at is None:
            day, week = self._session(plan)
            end = ends(plan.time, day, week, kept.entered_at)
            if end is not None:
                kept = replace(kept, flat_at=end[0], flat_why=end[1])
        kept = self._look(plan, kept, held, price, bar)
        at = self._look.next_time(plan, kept, held)
        if at != kept.wake_at:
            self._hands.words.append(CancelTimer(_timer(key)) if at is None else SetTimer(_timer(key), at))
            kept = replace(kept, wake_at=at)
        self._held[key] = kept
        if bar is not None and kept is before and len(self._hands.words) == words and not self._look.waits:
            band = calm(self._hands, plan, kept, held)
            if band is not None:
                self._calm[key] = band

    def _quantity(self, kept: KeptExits) -> Decimal:
        """Return how much is held that could be sold, on the lot and unsigned."""
        position = self._hands.portfolio.position(kept.instrument, kept.strategy)
        return self._hands.instrument(kept).quantity(position.quantity * kept.side.sign)

    def _session(self, plan: ExitPlan) -> tuple[KeptDay | None, KeptDay | None]:
        if plan.time is None:
            return None, None
        return self._days.get(plan.time.days), self._days.get(plan.time.weeks)


def _timer(key: Key) -> TimerId:
    return TimerId(f"{TIMERS_OF_POSITIONS}{key[0]}/{key[1]}")
