"""The leverage of each instrument, moved once a closed bar towards what its regime allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.money import FINEST, ONE
from tradewind.risk.sizing.regime import leverage_after

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.regime import Regime


class Leverages:
    """Begins at 1; asking changes nothing."""

    def __init__(self, regime: Callable[[InstrumentId], Regime]) -> None:
        self._regime = regime
        self._of: dict[InstrumentId, Decimal] = {}

    def closed(self, instrument: InstrumentId) -> None:
        """Take a step, as a bar has closed."""
        moved = leverage_after(self.of(instrument), self._regime(instrument))
        self._of[instrument] = moved.quantize(FINEST)

    def of(self, instrument: InstrumentId) -> Decimal:
        """Return the leverage of an instrument."""
        return self._of.get(instrument, ONE)

    def state(self) -> tuple[tuple[InstrumentId, Decimal], ...]:
        """Return all as plain data."""
        return tuple(sorted(self._of.items()))

    def restore(self, kept: tuple[tuple[InstrumentId, Decimal], ...]) -> None:
        """Take over what `state` wrote down."""
        self._of.update(kept)
