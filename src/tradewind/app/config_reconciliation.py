"""The block `reconciliation`: how we find out what the venue has, and what is done about it."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import model_validator

from tradewind.domain.reconciliation import Mode
from tradewind.domain.time import NS_PER_SECOND
from tradewind.execution.comparison import Reconciliation
from tradewind.execution.inquiry import Patience
from tradewind.venues.registry.fields import Fraction, Seconds, Settings, mistake


class ReconciliationSettings(Settings):
    """Our books and the venue's."""

    ask_after_seconds: Seconds = 1
    """After a request without an answer, the time to the first question about it; doubled after each."""
    ask_longest_seconds: Seconds = 30
    """The longest time between two questions."""
    grace_seconds: Seconds = 30
    """How long a request may be under way before the venue's "no such order" is believed."""
    strategy: Literal["warn_only", "auto_adjust", "halt_on_mismatch", "manual_approval"] = "warn_only"
    """About a certain difference between our books and the venue's: tell, follow the venue, halt, or only reduce."""
    interval_seconds: Seconds | None = None
    """The time between two comparisons; null for none."""
    cash_tolerance: Fraction = Decimal("0.01")
    """Up to this fraction of an asset's amount a difference is none."""
    in_flight_grace_seconds: Seconds = 10
    """How long a request may be under way and explain a difference."""
    confirm_after_seconds: Seconds = 5
    """A difference is certain when it is still the same after this time."""

    @model_validator(mode="after")
    def _grows(self) -> ReconciliationSettings:
        if self.ask_longest_seconds < self.ask_after_seconds:
            raise mistake("ask_longest_seconds is less than ask_after_seconds", "ask_longest_seconds")
        return self

    def rounds(self) -> Reconciliation:
        """Return the engine's settings of the comparison."""
        return Reconciliation(
            Mode(self.strategy),
            int((self.interval_seconds or 0) * NS_PER_SECOND),
            self.cash_tolerance,
            int(self.in_flight_grace_seconds * NS_PER_SECOND),
            int(self.confirm_after_seconds * NS_PER_SECOND),
        )

    def patience(self) -> Patience:
        """Return the engine's settings."""
        return Patience(
            int(self.ask_after_seconds * NS_PER_SECOND),
            int(self.ask_longest_seconds * NS_PER_SECOND),
            int(self.grace_seconds * NS_PER_SECOND),
        )
