"""What stands in the way of orders whatever they are: pauses, halts, modes, and what is not known of the account.

Each is laid and taken back by name: an operator's, a guard's or a breaker's. Reductions pass wherever an order can be
sent at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.checkpoint import RiskState
from tradewind.domain.order import OrderType, Purpose
from tradewind.domain.step import Refusal, RefusalCode

if TYPE_CHECKING:
    from tradewind.domain.breakers import BreakersState
    from tradewind.domain.ids import InstrumentId, StrategyId
    from tradewind.ports import View
    from tradewind.risk.breakers.door import Breakers
    from tradewind.risk.checks import Candidate

C = RefusalCode
_ENGINES_OWN = frozenset(Purpose) - {Purpose.ENTRY, Purpose.EXIT, Purpose.SCALE_IN}
"""What no strategy can wish for, and no pause or halt holds up."""
_ALWAYS = frozenset((Purpose.SHUTDOWN, Purpose.OPERATOR, Purpose.PROTECTION, Purpose.BREAKER))
"""Of that, what goes out even where orders may only be taken back; exits of policies wait for the journal."""


class Holds:
    """All that may hold orders up; the first three rows of spec/risk-and-positions.md, section 1."""

    def __init__(self, view: View) -> None:
        self._view = view
        self.paused = False
        self.stopping = False
        self.without_exits = False
        """The session ends with all orders taken back, exits too: none is put back."""
        self.warming = False
        """While history is run through the strategies, their orders are held back."""
        self.halted: set[StrategyId | None] = set()
        self.is_ready = True
        """False before the account has been compared with the venue's: nothing is sent, exits only when it lasts."""
        self.close_only: dict[str, str] = {}
        """Why exposure may only fall, by who says so; whoever says so takes it back."""
        self.cancel_only: dict[str, str] = {}
        """Why orders may only be taken back, likewise."""
        self.disputed: set[InstrumentId] = set()
        """Instruments of which our books differ from the venue's, and the operator is to decide: they may reduce."""
        self.unguarded: set[InstrumentId] = set()
        """Instruments whose stops the venue has refused, or whose price was beyond belief (`engine/fill_prices.py`).

        They may reduce until an operator resumes.
        """
        self.breakers: Breakers | None = None
        """What stops new risk by limits of its own; None in a session that has none."""
        self.breakers_kept: BreakersState | None = None
        """What the breakers of the session before kept, in one that has none: it is kept for the next."""

    def resume(self) -> None:
        """Take back a pause and all halts; the engine sets those of held strategies again."""
        self.paused = False
        self.halted.clear()
        self.disputed = set()
        self.unguarded.clear()

    def held(self) -> RiskState:
        """Return what holds orders up as plain data."""
        return RiskState(
            self.paused,
            tuple(sorted(self.halted, key=lambda name: name or "")),
            tuple(sorted(self.disputed)),
            close_only=tuple(sorted(self.close_only.items())),
            cancel_only=tuple(sorted(self.cancel_only.items())),
            unguarded=tuple(sorted(self.unguarded)),
            without_exits=self.without_exits,
        )

    def hold(self, state: RiskState) -> None:
        """Take over what `held` wrote down."""
        self.paused = state.paused
        self.halted.update(state.halted)
        self.disputed = set(state.disputed)
        self.close_only.update(state.close_only)
        self.cancel_only.update(state.cancel_only)
        self.unguarded.update(state.unguarded)
        self.without_exits = state.without_exits

    def check_holds(self, candidate: Candidate) -> Refusal | None:
        """Refuse what is held up; what the engine itself closes, nothing holds up."""
        intent = candidate.intent
        freed = _ALWAYS if self.cancel_only else _ENGINES_OWN
        if not candidate.adds and intent.reduce_only and intent.purpose in freed:
            return None
        if self.warming:
            return Refusal(intent, C.WARMING_UP)
        if not self.is_ready and (candidate.adds or not self.close_only):
            return Refusal(intent, C.NOT_READY, detail="the account has not been compared with the venue's yet")
        if self.paused:
            return Refusal(intent, C.PAUSED)
        if self.cancel_only:
            return Refusal(intent, C.CANCEL_ONLY, detail="; ".join(self.cancel_only.values()))
        if self.without_exits and (intent.has_exits or intent.type is not OrderType.MARKET):
            return Refusal(intent, C.STOPPING, detail="all orders are taken back: none may be left behind")
        return self._check_increase(candidate) if candidate.adds else None

    def _check_increase(self, candidate: Candidate) -> Refusal | None:
        """Refuse new exposure where it may only fall."""
        intent = candidate.intent
        if self.stopping:
            return Refusal(intent, C.STOPPING)
        if None in self.halted or intent.strategy in self.halted:
            return Refusal(intent, C.HALTED)
        if self.close_only:
            return Refusal(intent, C.CLOSE_ONLY, detail="; ".join(self.close_only.values()))
        if self.disputed and intent.instrument in self.disputed:
            return Refusal(intent, C.DISCREPANCY, detail="our books differ from the venue's")
        if self.unguarded and intent.instrument in self.unguarded:
            return Refusal(
                intent,
                C.CLOSE_ONLY,
                detail="the venue refuses stops of this instrument, or has filled far from its price",
            )
        if self._view.has_unknown(intent.instrument):
            return Refusal(intent, C.OUTCOME_UNKNOWN, detail="an order of this instrument has no answer yet")
        return None if self.breakers is None else self.breakers.check(candidate)
