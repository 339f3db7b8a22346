"""The block `reconciliation`: how we find out what the venue has, and what is done about it."""

from __future__ import annotations

from pydantic import model_validator

from tradewind.domain.time import NS_PER_SECOND
from tradewind.execution.inquiry import Patience
from tradewind.venues.registry.fields import Seconds, Settings, mistake


class ReconciliationSettings(Settings):
    """Our books and the venue's."""

    ask_after_seconds: Seconds = 1
    """After a request without an answer, the time to the first question about it; doubled after each."""
    ask_longest_seconds: Seconds = 30
    """The longest time between two questions."""
    grace_seconds: Seconds = 30
    """How long a request may be under way before the venue's "no such order" is believed."""

    @model_validator(mode="after")
    def _grows(self) -> ReconciliationSettings:
        if self.ask_longest_seconds < self.ask_after_seconds:
            raise mistake("ask_longest_seconds is less than ask_after_seconds", "ask_longest_seconds")
        return self

    def patience(self) -> Patience:
        """Return the engine's settings."""
        return Patience(
            int(self.ask_after_seconds * NS_PER_SECOND),
            int(self.ask_longest_seconds * NS_PER_SECOND),
            int(self.grace_seconds * NS_PER_SECOND),
        )
