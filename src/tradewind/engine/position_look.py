"""One look at a position: where its stop is to be, whether it is to be left, and what follows for its orders.

The order in which policies are asked is that of spec/risk-and-positions.md, section 10: the protective stop (breakeven
and trailing are that stop), target, partial exit, time exit, early cut; additions come last, and only if nothing
else is under way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from tradewind.domain.exits import StopMoved
from tradewind.domain.time import NS_PER_SECOND
from tradewind.engine import position_leave as leaving
from tradewind.engine import position_targets as targets
from tradewind.engine.position_cover import cover, watch
from tradewind.risk.exits.atr import mean_true_range
from tradewind.risk.exits.early import is_cut, widened
from tradewind.risk.exits.stops import is_reached
from tradewind.risk.exits.times import due, next_exit_time
from tradewind.risk.exits.trailing import Trail, follow

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.exits import KeptExits
    from tradewind.domain.market import Bar
    from tradewind.domain.time import TimeNs
    from tradewind.engine.account_guard import Guard
    from tradewind.engine.position_hands import Hands
    from tradewind.risk.exits.plan import EarlyCutPlan, ExitPlan, TrailingPlan
    from tradewind.risk.review import RiskGate

FAILURES_MAX = 3
"""So many times in a row the venue may refuse to move a stop; then the position is closed."""
BARE_MAX_NS = 30 * NS_PER_SECOND
"""So long the venue may have no stop for a position that is to have one, and is not being closed; then it is."""


class Look:
    """Looks at positions, one at a time."""

    def __init__(self, hands: Hands, risk: RiskGate, guard: Guard, interval: str) -> None:
        self._hands = hands
        self._risk = risk
        self._guard = guard
        self._interval = interval
        self.waits = False
        """Whether the last look has left a stop where it was because a move would have been too small, or too soon."""

    def __call__(
        self, plan: ExitPlan, kept: KeptExits, held: Decimal, price: Decimal | None, bar: Bar | None
    ) -> KeptExits:
        """Return what is known of the position now; what is to be done about it is wished for."""
        self.waits = False
        if price is not None and plan.trailing is not None and not (kept.leaving and not leaving.is_partial(kept)):
            kept = self._trail(plan.trailing, kept, price)
        if price is not None and kept.target is not None and is_reached(kept.target, kept.side.opposite, price):
            kept = leaving.begin(self._hands, kept, leaving.TARGET)
        if bar is not None and plan.early_cut is not None:
            best = widened(plan.early_cut, kept.reached, (bar,), side=kept.side, entered_at=kept.entered_at)
            kept = kept if best == kept.reached else replace(kept, reached=best)
        why = self._why(plan, kept, is_bar=bar is not None)
        if why:
            kept = leaving.begin(self._hands, kept, why)
        if plan.partial is not None:
            kept = targets.tend(self._hands, plan.partial, kept, held, price)
        kept = self._carry_out(plan, kept, held)
        if price is not None and plan.partial is not None:
            kept = targets.add(self._hands, plan.partial, kept, price)
        return self._time_out(plan, watch(self._hands, kept, held))

    def next_time(self, plan: ExitPlan, kept: KeptExits, held: Decimal) -> TimeNs | None:
        """Return when a position is to be looked at next, whatever happens; None if nothing is due by time."""
        now, times = self._hands.view.now, []
        if kept.leaving:
            times.append(leaving.next_look(self._hands, kept, held))
        elif plan.time is not None:
            at = next_exit_time(plan.time, kept.entered_at, kept.flat_at, now)
            times += [] if at is None else [at]
        times += [kept.retry_at, kept.targets_after]
        if kept.bare_since is not None:
            times.append(_bare_until(kept, kept.bare_since))
        if self._hands.entry_lives(kept) and plan.entry is not None and plan.entry.fill_timeout_ns:
            times.append(kept.entered_at + plan.entry.fill_timeout_ns)
        return min((at for at in times if at > now), default=None)

    def _why(self, plan: ExitPlan, kept: KeptExits, *, is_bar: bool) -> str:
        """Return why a position must be left, by time or by failure; the empty string if it need not."""
        now = self._hands.view.now
        if kept.failures >= FAILURES_MAX:
            self._risk.unguarded.add(kept.instrument)
            return leaving.REFUSED
        is_bare = kept.bare_since is not None and now >= _bare_until(kept, kept.bare_since)
        if is_bare and not kept.leaving and not self._is_guarded(kept):
            self._risk.unguarded.add(kept.instrument)
            return leaving.UNPROTECTED
        if plan.time is not None:
            why = due(plan.time, kept.entered_at, kept.flat_at, kept.flat_why, now)
            if why:
                return why
        is_early = is_bar and plan.early_cut is not None and self._is_early(plan.early_cut, kept)
        return leaving.EARLY_CUT if is_early else ""

    def _trail(self, plan: TrailingPlan, kept: KeptExits, price: Decimal) -> KeptExits:
        """Move the stop after a price; one that the price has already passed is an exit."""
        hands, now = self._hands, self._hands.view.now
        before = Trail(kept.level, kept.best, kept.trails, kept.even, kept.moved_at)
        entry = hands.portfolio.position(kept.instrument, kept.strategy).average_price
        trail = follow(
            plan, before, side=kept.side, entry=entry, price=price,
            atr=self.atr(kept.instrument, plan.atr_period) if plan.atr is not None else None,
            instrument=hands.instrument(kept), now=now,
        )  # fmt: skip
        self.waits = trail.waits
        if trail == before:
            return kept
        kept = replace(kept, best=trail.best, trails=trail.trails, even=trail.even, moved_at=trail.moved_at)
        if not trail.why or trail.level is None:
            return kept
        if is_reached(trail.level, kept.side, price):
            return leaving.begin(hands, kept, leaving.STOP)
        hands.words.append(StopMoved(kept.strategy, kept.instrument, trail.level, kept.level, trail.why))
        return replace(kept, level=trail.level)

    def atr(self, instrument: str, period: int) -> float | None:
        """Return the mean true range of the session's closed bars, None if there are too few."""
        return mean_true_range(self._hands.view.bars(instrument, self._interval, period + 1), period)  # type: ignore[arg-type] # an id

    def _is_early(self, plan: EarlyCutPlan, kept: KeptExits) -> bool:
        entry = self._hands.portfolio.position(kept.instrument, kept.strategy).average_price
        return not kept.is_blind and is_cut(
            plan, kept.reached, side=kept.side, entry=entry, entered_at=kept.entered_at, now=self._hands.view.now
        )

    def _carry_out(self, plan: ExitPlan, kept: KeptExits, held: Decimal) -> KeptExits:
        """Go on with an exit that is under way, and keep the stops as they are to be."""
        hands, covers = self._hands, True
        if kept.leaving:
            quantity = held
            if leaving.is_partial(kept):
                assert plan.partial is not None, "a part is closed by its policy alone"
                quantity = targets.part_left(hands, plan.partial, kept, held)
            if quantity:
                kept, covers = leaving.go_on(hands, kept, quantity, held)
                kept = leaving.warn(hands, kept, held)
            else:
                kept = replace(kept, leaving="", retry_at=0, leaving_since=hands.view.now)
        if covers:
            why = cover(hands, kept, held, guarded=self._is_guarded(kept))
            if why and not kept.leaving:
                kept, _ = leaving.go_on(hands, leaving.begin(hands, kept, why), held, held)
        return kept

    def _time_out(self, plan: ExitPlan, kept: KeptExits) -> KeptExits:
        """Take the rest of an entry back that has filled in part and takes too long."""
        hands = self._hands
        if plan.entry is None or not plan.entry.fill_timeout_ns or not hands.entry_lives(kept) or kept.entry is None:
            return kept
        if hands.view.now >= max(kept.entered_at + plan.entry.fill_timeout_ns, kept.targets_after):
            hands.cancel(hands.orders.by_id[kept.entry])
        return kept

    def _is_guarded(self, kept: KeptExits) -> bool:
        return self._guard.looks_after(kept.strategy, kept.instrument)


def _bare_until(kept: KeptExits, since: TimeNs) -> TimeNs:
    """Return how long a gap may last; while a part is being closed the stop that locks it has to be away."""
    return max(since, kept.leaving_since) + BARE_MAX_NS
