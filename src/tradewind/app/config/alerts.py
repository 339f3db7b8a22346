"""The block `alerts`: who is told when something happens and nobody looks."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from tradewind.venues.registry.fields import Count, Seconds, Settings


class AlertsSettings(Settings):
    """Messages to people; a channel is an address of Apprise: `mailto://…`, `slack://…`, `tgram://…`, `jsons://…`."""

    urls: tuple[SecretStr, ...] = ()
    """Where alerts go; each of them must take a message. Without any there are no alerts."""
    backup_urls: tuple[SecretStr, ...] = ()
    """Where they go when one of `urls` has not taken them."""
    severity: Literal["info", "warning", "error", "critical"] = "warning"
    """From which severity on."""
    quiet_seconds: Seconds = 300.0
    """The same thing is not said again for so long."""
    again_seconds: Seconds = 1_800.0
    """What is at least an error and is not over is said again so often."""
    hourly_max: Count = 10
    """Of one kind so many an hour; of the rest the count."""
    journal_slow_seconds: Seconds = 5.0
    """A commit of the journal that takes longer is an alert."""
    silent_seconds: Seconds = 10.0
    """A loop that has not turned for so long is an alert."""
    close_seconds: Annotated[float, Field(gt=0, le=120)] = 10.0
    """How long the end of a session waits for alerts that are still on their way."""
    required: bool = True
    """Whether a session that cannot deliver its first message is refused, and real money without any channel."""
