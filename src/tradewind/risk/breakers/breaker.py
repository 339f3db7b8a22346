"""One breaker: where it stands, why, and what follows from it. The table alone moves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.breakers import BreakerAction, BreakerChanged, BreakerState, KeptBreaker
from tradewind.domain.step import RefusalCode
from tradewind.risk.breakers.states import Signal, after

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from tradewind.domain.time import TimeNs

S, G, A = BreakerState, Signal, BreakerAction
STRICTNESS = {action: place for place, action in enumerate(BreakerAction)}


class Breaker:
    """One breaker. `latches` says that only an operator lets it go, `is_dry` that it only tells."""

    def __init__(  # noqa: PLR0913 - what tells one from another
        self,
        name: str,
        code: RefusalCode = RefusalCode.BREAKER,
        action: BreakerAction = A.CANCEL,
        *,
        latches: bool = False,
        cool_ns: TimeNs = 0,
        is_dry: bool = False,
        can_reset: bool = True,
    ) -> None:
        self.name = name
        self.code = code
        self.action = action
        self.latches = latches
        self.cool_ns = cool_ns
        self.is_dry = is_dry
        self.can_reset = can_reset
        """Whether an operator can reset it when it was tripped by its limit; else it comes back with the next day."""
        self.moved: Callable[[], None] = lambda: None
        """Called whenever it stands elsewhere: whoever keeps which are open need not ask all of them at every order."""
        self._state = S.CLOSED
        self.since: TimeNs = 0
        self.reason = self.operator = ""
        self.limit: Decimal | None = None
        self.value: Decimal | None = None
        self.until: TimeNs | None = None
        self.asked = 0

    @property
    def state(self) -> BreakerState:
        """Where it stands."""
        return self._state

    @state.setter
    def state(self, state: BreakerState) -> None:
        self._state = state
        self.moved()

    @property
    def is_open(self) -> bool:
        """Tell whether it is not closed."""
        return self.state is not S.CLOSED

    @property
    def holds(self) -> bool:
        """Tell whether it holds entries back."""
        return self.state is not S.CLOSED and not self.is_dry

    @property
    def awaits_limit(self) -> bool:
        """Tell whether reaching its limit would trip it now."""
        return self.state is not S.TRIPPED and self.state is not S.LATCHED

    def breach(
        self, now: TimeNs, reason: str, limit: Decimal | None, value: Decimal | None, until: TimeNs | None = None
    ) -> BreakerChanged | None:
        """Trip it, as its limit is reached; None if it had tripped before."""
        if not self.awaits_limit:
            return None
        self.limit, self.value = limit, value
        return self.move(G.BROKEN if self.latches else G.BREACHED, now, reason, until=until)

    def clear(self, now: TimeNs, reason: str) -> BreakerChanged | None:
        """Let it cool down, as what tripped it is over; without a cool-down it is closed at once."""
        if self.state is not S.TRIPPED:
            return None
        was = self.state
        changed = self.move(G.CLEARED, now, reason, until=now + self.cool_ns)
        return changed if self.cool_ns else self.move(G.COOLED, now, reason, was=was)

    def move(  # noqa: PLR0913 - what a change tells
        self,
        signal: Signal,
        now: TimeNs,
        reason: str,
        *,
        operator: str = "",
        until: TimeNs | None = None,
        was: BreakerState | None = None,
    ) -> BreakerChanged | None:
        """Follow the table; None, and nothing changes, if the signal means nothing to the state."""
        to = after(self.state, signal)
        if to is None:
            return None
        was, self.state = was or self.state, to
        self.since, self.reason, self.operator, self.until = now, reason, operator, until
        if to is S.CLOSED:
            self.limit = self.value = self.until = None
            self.asked = 0
        return BreakerChanged(
            self.name, to, was, self.action, reason, self.limit, self.value, operator, self.until, is_dry=self.is_dry
        )

    def kept(self) -> KeptBreaker:
        """Return it as plain data."""
        return KeptBreaker(
            self.name, self.state, self.since, self.reason, self.limit, self.value, self.operator, self.until,
            self.asked,
        )  # fmt: skip

    def restore(self, kept: KeptBreaker) -> None:
        """Take over what `kept` wrote down."""
        self.state, self.since, self.reason = kept.state, kept.since, kept.reason
        self.limit, self.value, self.operator = kept.limit, kept.value, kept.operator
        self.until, self.asked = kept.until, kept.asked
