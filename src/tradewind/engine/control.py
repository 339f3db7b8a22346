"""How a session begins, how strategies are held and let go on, and how it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tradewind.domain import events as ev
from tradewind.domain.commands import CancelTimer, SetTimer
from tradewind.domain.control import (
    CancelAllRequested,
    CancelRequested,
    CloseOnlySet,
    Degraded,
    EmergencyStopped,
    FlattenRequested,
    Halted,
    LimitTightened,
    Paused,
    Restored,
    Resumed,
    StopRequested,
)
from tradewind.domain.ids import EXTERNAL, TimerId
from tradewind.domain.order import Purpose
from tradewind.domain.signal import CancelIntent
from tradewind.domain.step import DecisionIgnored, NothingHeld
from tradewind.domain.swapping import StrategySwapRequested
from tradewind.engine.breaker_words import without_breakers
from tradewind.engine.checkpoint import catch_up, restore
from tradewind.engine.emergency import all_orders, way_out
from tradewind.engine.risk_feed import calendars
from tradewind.engine.shutdown import closes, entries_of, last_wishes
from tradewind.engine.swapping import Swaps

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.domain.checkpoint import EngineState
    from tradewind.domain.ids import StrategyId
    from tradewind.domain.time import TimeNs
    from tradewind.engine.engine import Engine


PAUSE_OVER = TimerId("/pause/over")
"""The timer that ends a pause."""
BY_OPERATOR = "operator"
"""The cause of a close-only that the operator has set."""


class Control:
    """Takes the words of the operator, and of those who begin and end a session."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._is_anew = True
        self.swaps = Swaps(engine)

    def routes(self) -> dict[type, Callable[[Any], object]]:
        """Return who takes an event of each kind."""
        risk = self._engine.risk
        return {
            ev.SessionStarted: self._on_start,
            ev.WarmupEnded: self._on_warm,
            ev.StrategyHalted: lambda event: self._hold(event.strategy),
            Paused: self._on_paused,
            Resumed: self._on_resumed,
            Halted: lambda event: risk.halted.add(event.strategy),
            StopRequested: self._on_stop,
            CancelRequested: self._on_cancel,
            FlattenRequested: self._on_flatten,
            CloseOnlySet: self._on_close_only,
            CancelAllRequested: self._on_cancel_all,
            EmergencyStopped: self._on_emergency,
            LimitTightened: self._on_limit,
            Degraded: self._on_degraded,
            Restored: self._on_restored,
            StrategySwapRequested: self.swaps.on_request,
            **without_breakers(self._engine),
        }

    def let_go(self, strategy: StrategyId) -> None:
        """Refuse what a held strategy still wants, take back its entries that rest, and look the hooks up anew."""
        engine = self._engine
        engine.risk.halted.add(strategy)
        engine.words.extend(entries_of(strategy, engine.orders))
        engine.lanes.close()

    def pause_over(self) -> None:
        """Let all trade again whom only a pause held back: its time is over."""
        self._engine.risk.paused = False

    def _on_paused(self, event: Paused) -> None:
        engine = self._engine
        engine.risk.paused = True
        if event.for_ns:
            engine.words.append(SetTimer(PAUSE_OVER, event.ts_recv + event.for_ns))
        elif PAUSE_OVER in engine.timers:
            engine.words.append(CancelTimer(PAUSE_OVER))

    def _on_start(self, event: ev.SessionStarted) -> None:
        """Begin, or go on from another session: strategies set themselves up, then what they kept is laid over it."""
        engine, restored = self._engine, event.restored
        if engine.exits is not None:
            engine.exits.begin()
        if restored is None:
            engine.portfolio.book_opening(event)
        else:
            restore(engine, restored, series=not event.warming)
            engine.recalled = restored if event.warming else None
            engine.account.was_away(event.ts_recv - restored.ts)
            engine.risk.without_exits = False  # the session before was ending, and this one begins
        self._is_anew = restored is None
        self._warm(event.ts_recv, warming=event.warming)
        engine.lanes.make(engine.roster.start())
        engine.words.extend(calendars(engine))
        if restored is not None:
            if not event.warming:
                self._set_timers(restored, event.ts_recv)
            engine.roster.restore(restored.strategies)

    def _on_warm(self, event: ev.WarmupEnded) -> None:
        """Let orders go; of a session that goes on, history has left nothing but what is not kept: indicators."""
        engine, recalled = self._engine, self._engine.recalled
        self._warm(event.ts_recv, warming=False)
        if recalled is None:
            return
        engine.recalled = None
        catch_up(engine, recalled)
        if engine.exits is not None:
            engine.exits.go_on()
        kept = {timer.timer for timer in recalled.timers}
        engine.words += (CancelTimer(timer) for timer in engine.timers if timer not in kept)
        self._set_timers(recalled, event.ts_recv)
        engine.roster.restore(engine.memory.state(engine.roster.held), exactly=True)
        for strategy in sorted(engine.roster.held):  # who failed in between could not take anything back
            engine.words.extend(entries_of(strategy, engine.orders))

    def _set_timers(self, restored: EngineState, ts: TimeNs) -> None:
        """Set the timers of the session before, over those of the start; what has come due since comes now, once."""
        self._engine.words += (SetTimer(kept.timer, max(kept.at, ts)) for kept in restored.timers)

    def _warm(self, ts: TimeNs, *, warming: bool) -> None:
        """Hold orders back while history comes; the venue is asked for its account when it is over."""
        engine = self._engine
        engine.risk.warming = engine.view.warming = warming
        engine.began = ts
        if not warming:
            engine.account.begin(ts, anew=self._is_anew)
            if engine.exits is not None:
                engine.exits.go()

    def _on_stop(self, event: StopRequested) -> None:
        engine = self._engine
        engine.roster.stop()
        engine.words.extend(last_wishes(event, engine.orders, engine.portfolio, engine.ids))
        engine.risk.stopping = True
        engine.risk.without_exits = event.cancel == "all"

    def _on_cancel(self, event: CancelRequested) -> None:
        """Take an order back in its owner's name; one that nobody knows is refused like any."""
        order = self._engine.orders.by_id.get(event.order)
        owner = EXTERNAL if order is None else order.spec.strategy
        self._engine.words.append(CancelIntent(owner, event.order))

    def _on_flatten(self, event: FlattenRequested) -> None:
        """Close what an owner holds, after taking back its orders that would open more."""
        engine = self._engine
        for order in engine.orders.open(event.instrument, event.strategy):
            if not order.spec.reduce_only:
                engine.words.append(CancelIntent(event.strategy, order.spec.id))
        wishes = list(closes(event.strategy, event.instrument, engine.portfolio, engine.ids, Purpose.OPERATOR))
        engine.words.extend(wishes or [NothingHeld(event.strategy, event.instrument)])

    def _on_close_only(self, event: CloseOnlySet) -> None:
        self._engine.risk.close_only[BY_OPERATOR] = event.reason or "the operator wants exposure to fall only"

    def _on_cancel_all(self, event: CancelAllRequested) -> None:
        entries = event.which == "entries"
        self._engine.words.extend(all_orders(self._engine.orders, event.only, event.strategy, entries=entries))

    def _on_limit(self, event: LimitTightened) -> None:
        why = self._engine.risk.tighten(event.limit, event.value)
        if why:
            self._engine.words.append(DecisionIgnored("set", event.limit, why))

    def _on_emergency(self, event: EmergencyStopped) -> None:  # noqa: ARG002 - it says all by its kind
        engine = self._engine
        engine.risk.halted.add(None)
        engine.words.extend(all_orders(engine.orders))
        engine.words.extend(way_out(engine.orders, engine.portfolio, engine.ids))

    def _hold(self, strategy: StrategyId) -> None:
        self._engine.roster.hold(strategy)
        self.let_go(strategy)

    def _on_degraded(self, event: Degraded) -> None:
        risk = self._engine.risk
        risk.close_only.pop(event.cause, None)
        risk.cancel_only.pop(event.cause, None)
        (risk.cancel_only if event.cancel_only else risk.close_only)[event.cause] = event.reason or event.cause

    def _on_restored(self, event: Restored) -> None:
        self._engine.risk.close_only.pop(event.cause, None)
        self._engine.risk.cancel_only.pop(event.cause, None)

    def _on_resumed(self, event: Resumed) -> None:
        """Let all trade again but those that are held; or one, held or halted, that the operator names."""
        engine = self._engine
        if event.strategy is None:
            if PAUSE_OVER in engine.timers:
                engine.words.append(CancelTimer(PAUSE_OVER))
            engine.risk.close_only.pop(BY_OPERATOR, None)
            engine.risk.resume()
            engine.risk.halted.update(engine.roster.held)
            return
        engine.risk.halted.discard(event.strategy)
        engine.roster.release(event.strategy)
        engine.lanes.close()
