"""The block `recovery`: what a start goes on from."""

from __future__ import annotations

from typing import Literal

from tradewind.venues.registry.fields import Count, Positive, Settings


class RecoverySettings(Settings):
    """Whether a start resumes an earlier session of the same account and the same strategies."""

    resume: Literal["auto", "always", "never"] = "auto"
    """`auto`: one that was interrupted, with a live market any; `always`: any; `never`: none."""
    history_days: Positive | None = None
    """So many days of recorded history run through the strategies before they go on; null: all since the data begin."""
    checkpoints_kept: Count = 10
    """How many checkpoints a session keeps."""
