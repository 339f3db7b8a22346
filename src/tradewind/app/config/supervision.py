"""The block `supervision`: when what a session stands on is not to be trusted, and what is done about it."""

from __future__ import annotations

from decimal import Decimal

from tradewind.venues.registry.fields import NotNegative, Seconds, Settings


class SupervisionSettings(Settings):
    """Guards around a live session."""

    close_only_after_seconds: Seconds = 1800
    """When a link to the venue has been down for so long, exposure may only fall until it is up."""
    disk_free_min_mb: NotNegative = Decimal(200)
    """With less room where the journal is written, orders may only be taken back."""
    journal_reserve_mb: NotNegative = Decimal(8)
    """Room that is kept for the journal beside it, for the last commits on a full disk."""
    clock_jump_seconds: Seconds = 2
    """When the machine's clock is moved by more, orders may only be taken back."""
    clock_settle_seconds: Seconds = 300
    """A clock that was moved is believed again when it is back, or after so long where it is."""
    hang_seconds: Seconds = 30
    """A loop that has not turned for so long hangs: where is told, and its lease is renewed no more."""
    end_when_hung: bool = False
    """Whether the process is then ended, with exit code 1, for whoever starts it again."""
