"""Which entries wait until somebody confirms them, and how long."""

from __future__ import annotations

from decimal import Decimal

from tradewind.domain.ids import StrategyId
from tradewind.domain.message import Message
from tradewind.domain.time import TimeNs


class Confirmation(Message, frozen=True, gc=False):
    """Plain data, part of the journal's header. What only reduces a position never waits."""

    above: Decimal | None = None
    """Entries worth more than this wait, in the quote asset; None for none by their worth."""
    strategies: tuple[StrategyId, ...] = ()
    """All entries of these wait."""
    within_ns: TimeNs = 0
    """After so long without an answer an entry is refused."""
    unattended_ns: TimeNs | None = None
    """Where nobody can answer: after so long an entry counts as confirmed. None in a session that somebody attends."""

    def asks(self, strategy: StrategyId, value: Decimal) -> bool:
        """Tell whether an entry of this worth waits."""
        return strategy in self.strategies or (self.above is not None and value > self.above)

    @property
    def wait_ns(self) -> TimeNs:
        """How long an entry waits at the most."""
        return self.within_ns if self.unattended_ns is None else self.unattended_ns
