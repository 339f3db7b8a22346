"""What can be configured to go wrong at the simulated venue: `venues/sim/faults.py`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from tradewind.venues.registry.fields import Milliseconds, Seed, Settings, Share, mistake, of_kind


class NoFaults(Settings):
    """Every request arrives and is answered."""

    kind: Literal["none"] = "none"


class RandomFaults(Settings):
    """Requests and answers get lost, drawn by seed; the fractions of the first three add up to 1 at the most."""

    kind: Literal["random"]
    lost: Share = 0.0
    """Fraction of the requests that never arrive."""
    unanswered: Share = 0.0
    """Fraction of the requests that arrive, and nothing is heard of the order until the venue is asked."""
    late: Share = 0.0
    """Fraction of the requests that arrive late, after others."""
    failed_lookup: Share = 0.0
    """Fraction of the questions about orders that come to nothing."""
    lost_word: Share = 0.0
    """Fraction of the words about orders that never reach us, and only a comparison of the books finds out."""
    timeout_ms: Milliseconds = 5_000
    """How long we wait for an answer before the outcome is unknown."""
    late_ms: Milliseconds = 10_000
    """How late a late request is at the most."""
    seed: Seed = 0
    """Same seed, same faults."""

    @model_validator(mode="after")
    def _one_fate_each(self) -> RandomFaults:
        if self.lost + self.unanswered + self.late > 1.0:
            raise mistake("lost, unanswered and late add up to more than 1", "lost")
        return self


Faults = Annotated[NoFaults | RandomFaults, Field(discriminator="kind"), of_kind("random")]
