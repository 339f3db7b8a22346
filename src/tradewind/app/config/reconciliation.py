"""The block `reconciliation`: how we find out what the venue has, and what is done about it."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import model_validator

from tradewind.domain.reconciliation import Mode, Strangers
from tradewind.domain.time import NS_PER_SECOND
from tradewind.execution.comparison import Reconciliation
from tradewind.execution.inquiry import Patience
from tradewind.venues.registry.fields import Fraction, Seconds, Settings, mistake

OUTSIDE_SECONDS = 300
"""The time between two comparisons with a venue outside this process."""


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
    interval_seconds: Seconds | Literal["auto", "never"] = "auto"
    """The time between two comparisons, or `never`; `auto`: 300 if the venue is outside this process, else never."""
    cash_tolerance: Fraction = Decimal("0.01")
    """Up to this fraction of an asset's amount a difference is none."""
    in_flight_grace_seconds: Seconds = 10
    """How long a request may be under way and explain a difference."""
    confirm_after_seconds: Seconds = 5
    """A difference is certain when it is still the same after this time."""
    fill_fraction: Fraction = Decimal("0.05")
    """With such comparisons, one follows each fill of more than this fraction of equity; 0 for none."""
    external: Literal["report", "adopt"] = "report"
    """What somebody else orders, trades and holds on the account: tell, or take into our books as `external`."""
    orphans: Literal["adopt", "cancel"] = "adopt"
    """An order at the venue that has our prefix and that we do not know: take it over, or take it back."""
    close_only_after_seconds: Seconds = 1800
    """When the venue has not told its account for so long, exposure may only fall."""

    @model_validator(mode="after")
    def _grows(self) -> ReconciliationSettings:
        if self.ask_longest_seconds < self.ask_after_seconds:
            raise mistake("ask_longest_seconds is less than ask_after_seconds", "ask_longest_seconds")
        return self

    def rounds(self, *, outside: bool = False) -> Reconciliation:
        """Return the engine's settings of the comparison.

        With `outside` the venue has an account of its own: orders wait for the first comparison, and there are rounds
        unless they are switched off. The account of a venue in this process is what the opening says, and no word of it
        can be lost unless faults are asked for.
        """
        seconds = self.interval_seconds
        if isinstance(seconds, str):
            seconds = OUTSIDE_SECONDS if outside and seconds == "auto" else 0
        return Reconciliation(
            Mode(self.strategy),
            int(seconds * NS_PER_SECOND),
            self.cash_tolerance,
            int(self.in_flight_grace_seconds * NS_PER_SECOND),
            int(self.confirm_after_seconds * NS_PER_SECOND),
            holds_at_start=outside,
            fill_fraction=self.fill_fraction,
            external=Strangers(self.external),
            orphans=Strangers(self.orphans),
            outage_ns=int(self.close_only_after_seconds * NS_PER_SECOND),
        )

    def patience(self) -> Patience:
        """Return the engine's settings."""
        return Patience(
            int(self.ask_after_seconds * NS_PER_SECOND),
            int(self.ask_longest_seconds * NS_PER_SECOND),
            int(self.grace_seconds * NS_PER_SECOND),
        )
