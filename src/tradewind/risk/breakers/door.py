"""What the gate asks breakers, without knowing them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tradewind.domain.step import Refusal
    from tradewind.risk.checks import Candidate


class Breakers(Protocol):
    """Asked about each order that opens or adds, and told of each that is let through."""

    def check(self, candidate: Candidate) -> Refusal | None:
        """Return why the order is not let through; None if no breaker stands in its way."""
        ...

    def sized(self, candidate: Candidate) -> Candidate | Refusal:
        """Return an order that opens or adds as large as it may be, or why nothing is left of it."""
        ...

    def passed(self) -> None:
        """Count an order that is let through, one that only reduces too."""
        ...
