"""The settings of the correlation engine."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tradewind.domain.message import Message

if TYPE_CHECKING:
    from collections.abc import Iterator


class CorrelationConfig(Message, frozen=True, gc=False):
    """How pairs are measured, and how much of a group may be held; fractions of the equity."""

    correlation_window_days: int = 30
    correlation_threshold: float = 0.7
    """A pair counts from this absolute correlation on."""
    max_correlated_exposure: Decimal = Decimal("0.15")
    """Signed exposure of a group over equity."""
    correlation_update_frequency_hours: int = 1
    sample_min_size: int = 20
    """With fewer returns in common a pair is unknown."""
    unknown_correlated: bool = True
    """Whether an unknown pair counts as correlated, in the same direction."""

    def faults(self) -> Iterator[str]:
        """Yield all that is wrong with them."""
        if not 0 < self.correlation_threshold <= 1:
            yield f"correlation_threshold {self.correlation_threshold} is not above 0 and at most 1"
        cap = self.max_correlated_exposure
        if not cap.is_finite() or not 0 < cap <= 1:
            yield f"max_correlated_exposure {cap} is not above 0 and at most 1"
        for name in ("correlation_window_days", "correlation_update_frequency_hours", "sample_min_size"):
            if getattr(self, name) < 1:
                yield f"{name} {getattr(self, name)} is below 1"
