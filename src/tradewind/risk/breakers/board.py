"""All breakers of a session together: what they make of the account's equity, and whether an entry passes them."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tradewind.domain.breakers import BreakersState, BreakerState, BreakerWarned, EquityAnchored, KeptWarning
from tradewind.domain.money import ONE, plain
from tradewind.domain.step import Refusal, RefusalCode
from tradewind.domain.time import NEVER
from tradewind.risk.breakers.breaker import STRICTNESS
from tradewind.risk.breakers.conduct import Conduct
from tradewind.risk.breakers.limits import edges, equity_limits, figure, ladders
from tradewind.risk.breakers.roll import breakers_of
from tradewind.risk.breakers.worth import Worth

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from tradewind.domain.breakers import BreakerChanged, KeptBreaker, KeptReduction
    from tradewind.domain.time import TimeNs
    from tradewind.risk.breakers.breaker import Breaker
    from tradewind.risk.breakers.limits import EquityLimit, Ladder
    from tradewind.risk.breakers.settings import BreakerSettings
    from tradewind.risk.checks import Candidate

S, C = BreakerState, RefusalCode
INFINITE = float("inf")
NEAR = 1e-8
"""As a part of equity: floats cannot tell what lies nearer to an edge."""


class EquityState(enum.Enum):
    """What is known of the account's equity (spec/risk-and-positions.md 0)."""

    KNOWN = "known"
    DEGRADED = "degraded"
    """A price is too old, or equity has not moved for too long: nothing trips, nothing clears, no day begins."""
    UNKNOWN = "unknown"


class Board:
    """The breakers of a session. `tell` takes each notice, `act` each breaker that has tripped."""

    def __init__(
        self, settings: BreakerSettings, tell: Callable[[object], None], act: Callable[[Breaker], None]
    ) -> None:
        days = 0 if settings.drawdown is None else settings.drawdown.lookback_days
        self.worth = Worth(
            day_end_ns=settings.day_end_ns, lookback_days=days, keeps_trough=settings.keeps_trough,
            calendar=settings.day_calendar,
        )  # fmt: skip
        self.equity_state = EquityState.UNKNOWN
        self.breakers = breakers_of(settings)
        self.opened: tuple[Breaker, ...] = ()
        """Those that are not closed; found anew when one moves, as every order and every fill asks for them."""
        for breaker in self.breakers.values():
            breaker.moved = self._moved
        self.limits = equity_limits(settings)
        self.conduct = Conduct(settings, self)
        self._ladders = ladders(settings)
        self._edges = edges([*self.limits, *(level.limit for ladder in self._ladders for level in ladder.levels)])
        self._warned: dict[str, KeptWarning] = {}
        self._others: tuple[KeptBreaker, ...] = ()
        """What is kept of breakers that this session has not: it is for those that have."""
        self.reducing: tuple[KeptReduction, ...] = ()
        """What a breaker has asked to be reduced and is not yet."""
        self._day = settings.daily_loss
        self._tell = tell
        self._act = act

    # --- what moves them -----------------------------------------------------------------------------

    def take(self, changed: BreakerChanged | None) -> bool:
        """Tell of a change, and act if it has tripped a breaker; False if there was none."""
        if changed is None:
            return False
        breaker = self.breakers[changed.breaker]
        self._tell(changed)
        if changed.state in (S.TRIPPED, S.LATCHED) and breaker.holds:
            self._act(breaker)
        return True

    def value(self, equity: Decimal, now: TimeNs) -> None:
        """Judge by an equity that is known."""
        worth, peak = self.worth, self.worth.peak
        begun, is_first = worth.take(equity, now), peak is None
        if not begun and peak is not None and equity > peak and self._is_calm(equity):
            return
        if begun == "day":
            for limit in self.limits:
                if limit.ends_with_day:
                    self.take(self.breakers[limit.breaker].clear(now, "a new day has begun"))
        if begun or is_first:
            self.anchored(begun or "reset")
        for limit in self.limits:
            self.judge(limit, equity, now)
        for ladder in self._ladders:
            self._warn(ladder, equity, now)

    def _is_calm(self, equity: Decimal) -> bool:
        """Tell whether equity above its peak can change nothing: nothing has tripped, nothing was warned of."""
        baseline = self.worth.baseline
        if self._warned or baseline is None or equity <= baseline:
            return False
        return not self.opened

    def judge(self, limit: EquityLimit, equity: Decimal, now: TimeNs) -> None:
        """Trip a breaker whose limit is reached, or let one go whose limit is left behind."""
        breaker, worth = self.breakers[limit.breaker], self.worth
        floor, ceiling = limit.floor(worth), limit.ceiling(worth)
        if floor is not None and equity <= floor:
            if breaker.awaits_limit:
                most, value = limit.figures(worth, equity)
                until = worth.day_until if limit.ends_with_day and worth.day_until != NEVER else None
                reason = f"equity is {plain(figure(equity))}, and {plain(figure(floor))} trips it"
                self.take(breaker.breach(now, reason, most, value, until))
        elif ceiling is not None and equity >= ceiling and breaker.state is S.TRIPPED:
            self.take(breaker.clear(now, f"equity is {plain(figure(equity))}, and {plain(figure(ceiling))} clears it"))

    def anchored(self, reason: str) -> None:
        """Tell what losses are reckoned from."""
        peak, baseline = self.worth.peak, self.worth.baseline
        if peak is not None and baseline is not None:
            self._tell(EquityAnchored(reason, peak, baseline))

    def _warn(self, ladder: Ladder, equity: Decimal, now: TimeNs) -> None:
        """Tell of the worst level that is reached: when it is a worse one, and again while it lasts."""
        reached = 0
        for place, level in enumerate(ladder.levels, start=1):
            floor = level.limit.floor(self.worth)
            if floor is not None and equity <= floor:
                reached = place
        told = self._warned.get(ladder.breaker)
        if not reached:
            self._warned.pop(ladder.breaker, None)
        elif told is None or reached > told.level or now >= told.told + ladder.repeat_ns:
            name, limit = ladder.levels[reached - 1]
            self._tell(BreakerWarned(ladder.breaker, name, *limit.figures(self.worth, equity)))
            self._warned[ladder.breaker] = KeptWarning(ladder.breaker, reached, now)
        elif reached < told.level:
            self._warned[ladder.breaker] = replace(told, level=reached)

    @property
    def next_warning(self) -> TimeNs:
        """When a warning is due to be told again."""
        repeats = {ladder.breaker: ladder.repeat_ns for ladder in self._ladders}
        return min((kept.told + repeats[kept.breaker] for kept in self._warned.values()), default=NEVER)

    def band(self) -> tuple[float, float]:
        """Return between which equities nothing that was judged changes, both not included; neither if any may.

        In floats, as it is asked often: whoever uses it leaves a margin.
        """
        worth = self.worth
        if self.equity_state is not EquityState.KNOWN:
            return INFINITE, -INFINITE  # it was not judged: whatever is heard next may let it be
        if worth.equity is None or worth.peak is None or worth.baseline is None:
            return INFINITE, -INFINITE
        equity, low, high, best = float(worth.equity), -INFINITE, float(worth.peak), worth.high
        bases = float(worth.baseline), high, 0.0 if best is None else float(best)
        for base, scale, shift in self._edges:
            edge = bases[base] * scale - shift
            if abs(edge - equity) <= NEAR * equity:  # it changes on both sides of where it is
                return INFINITE, -INFINITE
            if edge < equity:
                low = max(low, edge)
            else:
                high = min(high, edge)
        if worth.trough is not None and worth.trough <= worth.equity:
            low = max(low, float(worth.trough))
        of_day = worth.high_of_day
        return low, high if of_day is None or of_day < worth.equity else min(high, float(of_day))

    # --- what they hold back -------------------------------------------------------------------------

    def _moved(self) -> None:
        self.opened = tuple(breaker for breaker in self.breakers.values() if breaker.state is not S.CLOSED)

    @property
    def holding(self) -> list[Breaker]:
        """The breakers that hold entries back, the strictest first."""
        found = [breaker for breaker in self.opened if breaker.holds]
        return sorted(found, key=lambda breaker: -STRICTNESS[breaker.action])

    def refusal(self, candidate: Candidate) -> Refusal | None:
        """Return why an order that opens or adds is not let through; None if no breaker stands in its way."""
        if self.limits and self.worth.peak is None:
            return candidate.refuse(C.MAX_DRAWDOWN, detail="not armed: equity has not been known yet")
        for breaker in self.opened:
            if breaker.holds:
                return candidate.refuse(breaker.code, breaker.limit, breaker.value, told(breaker))
        return None

    @property
    def factor(self) -> Decimal:
        """What opening orders are sized by: less than 1 from the caution level of a daily loss on."""
        day, worth = self._day, self.worth
        if day is None or day.caution is None or worth.baseline is None or worth.equity is None:
            return ONE
        return day.factor if worth.baseline - worth.equity >= day.caution else ONE

    # --- what is kept --------------------------------------------------------------------------------

    def state(self, now: TimeNs) -> BreakersState:
        """Return all that is kept now, as plain data."""
        conduct = self.conduct
        return BreakersState(
            (*(breaker.kept() for breaker in self.breakers.values() if breaker.is_open), *self._others),
            self.worth.state(),
            tuple(self._warned.values()),
            *conduct.state(now),
            self.reducing,
            self.conduct.began,
        )

    def restore(self, state: BreakersState) -> None:
        """Take over what `state` wrote down, of the breakers that this session has."""
        for breaker in self.breakers.values():
            breaker.state = S.CLOSED
        self._others = tuple(kept for kept in state.breakers if kept.breaker not in self.breakers)
        for kept in state.breakers:
            if kept.breaker in self.breakers:
                self.breakers[kept.breaker].restore(kept)
        self.worth.restore(state.worth)
        ladders = {ladder.breaker for ladder in self._ladders}
        self._warned = {kept.breaker: kept for kept in state.warned if kept.breaker in ladders}
        self.conduct.restore(state)
        self.reducing = state.reducing


def told(breaker: Breaker) -> str:
    """Say which breaker stands where, and why."""
    return f"breaker {breaker.name} is {breaker.state.value}: {breaker.reason}"
