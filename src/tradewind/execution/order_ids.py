"""The ids of a session's orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tradewind.domain.ids import ClientOrderId


class OrderIds:
    """Counts client order ids: a prefix that names the session, and a number."""

    __slots__ = ("count", "prefix")

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.count = 0
        """How many there ever were."""

    def next(self) -> ClientOrderId:
        """Return the next id: up to 32 characters of `[A-Za-z0-9-]`, which every venue takes."""
        self.count += 1
        return f"{self.prefix}-{self.count:06}"  # type: ignore[return-value] # to call the type is 0.1 us
