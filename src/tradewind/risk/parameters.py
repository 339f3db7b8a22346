"""What may be risked, as fractions of the equity: the table of spec/risk-and-positions.md, section 2.

`RiskParameters()` is that table with its defaults. None means that there is no such limit.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tradewind.domain.message import Message
from tradewind.risk.correlation.config import CorrelationConfig
from tradewind.risk.dynamic.config import DynamicRiskConfig
from tradewind.risk.governor import GovernorConfig
from tradewind.risk.macro import MacroConfig

if TYPE_CHECKING:
    from collections.abc import Iterator

_FRACTIONS = (
    "base_risk_per_trade", "max_risk_per_trade", "max_position_size", "max_total_exposure", "max_daily_risk",
    "max_correlated_risk", "max_drawdown", "stop_loss", "min_stop", "max_stop", "min_fraction",
    "max_fraction", "max_filled_price_deviation",
)  # fmt: skip
_ORDERED = (
    ("base_risk_per_trade", "max_risk_per_trade"),
    ("min_fraction", "max_fraction"),
    ("min_fraction", "max_position_size"),
    ("min_stop", "stop_loss"),
    ("stop_loss", "max_stop"),
    ("min_stop", "max_stop"),
)
"""Pairs of which the first may not be above the second."""


class RiskParameters(Message, frozen=True, gc=False):
    """The limits of entries, in fractions (.05 is five per cent). A limit is met when a value exceeds it."""

    base_risk_per_trade: Decimal | None = Decimal("0.02")
    """Equity lost if the stop is hit; what `atr_risk` sizes by."""
    max_risk_per_trade: Decimal | None = Decimal("0.03")
    max_position_size: Decimal | None = Decimal("0.10")
    """Value of a position over equity."""
    max_total_exposure: Decimal | None = Decimal("0.50")
    """Sum of the values of all positions, open and in flight, over equity."""
    max_daily_risk: Decimal | None = Decimal("0.06")
    """Net loss of the day and what all positions lose from entry to stop, over the equity of the day's start."""
    max_correlated_risk: Decimal | None = Decimal("0.10")
    max_drawdown: Decimal | None = Decimal("0.20")
    max_concurrent_positions: int | None = 3
    max_leverage: Decimal | None = Decimal("3.0")
    stop_loss: Decimal | None = Decimal("0.05")
    """Distance of the stop of an entry that names none; None refuses such an entry where a stop is asked for."""
    min_stop: Decimal | None = Decimal("0.01")
    max_stop: Decimal | None = Decimal("0.20")
    atr_period: int = 14
    position_size_atr_multiplier: Decimal = Decimal("1.0")
    min_fraction: Decimal | None = Decimal("0.001")
    """A smaller entry is refused, not raised."""
    max_fraction: Decimal | None = None
    """The largest position of one strategy, over equity."""
    one_entry: bool = True
    """Whether a strategy opens a position in an instrument once; adding to it says that it does."""
    dynamic: DynamicRiskConfig | None = DynamicRiskConfig()
    correlation: CorrelationConfig | None = CorrelationConfig()
    governor: GovernorConfig | None = None
    macro: MacroConfig | None = None
    max_filled_price_deviation: Decimal | None = Decimal("0.05")
    """How far from its reference price an execution is told of; from half of it on the instrument may only reduce."""
    stop_limit_seconds: int | None = 5
    """So long after its trigger a stop with a limit that has not filled is taken back, and closed at the market."""

    def faults(self) -> list[str]:
        """Return all that is wrong with them, each with the name of the parameter; none if nothing is."""
        return [
            *_single(self),
            *(
                f"{low} {a} is above {high} {b}"
                for low, high in _ORDERED
                if (a := getattr(self, low)) is not None and (b := getattr(self, high)) is not None and a > b
            ),
            *(() if self.dynamic is None else (f"dynamic: {each}" for each in self.dynamic.faults(self.max_drawdown))),
            *(() if self.correlation is None else (f"correlation: {each}" for each in self.correlation.faults())),
        ]


NO_PARAMETERS = RiskParameters(
    **dict.fromkeys((*_FRACTIONS, "max_concurrent_positions", "max_leverage", "stop_limit_seconds")),  # type: ignore[arg-type]
    one_entry=False,
    dynamic=None,
    correlation=None,
)
"""No limit at all: what a session has that asks for none."""


def _single(parameters: RiskParameters) -> Iterator[str]:
    for name in (*_FRACTIONS, "max_leverage", "position_size_atr_multiplier"):
        value = getattr(parameters, name)
        if value is None:
            continue
        if not value.is_finite() or value <= 0:
            yield f"{name} {value} is not a finite number above 0"
        elif value > 1 and name in _FRACTIONS:
            yield f"{name} {value} is above 1: .05 is five per cent"
    for name in ("max_concurrent_positions", "atr_period", "stop_limit_seconds"):
        count = getattr(parameters, name)
        if count is not None and count < 1:
            yield f"{name} {count} is below 1"
