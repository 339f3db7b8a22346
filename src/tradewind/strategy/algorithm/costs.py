"""Models of costs by the names that Zipline's users know; the simulated venue has the models themselves."""

# ruff: noqa: N801 - the names that people write

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tradewind.domain.money import exact

if TYPE_CHECKING:
    from tradewind.strategy.terms import Number

BPS_PER_UNIT = Decimal(10_000)


class CostModel:
    """A model of the simulated venue: which part of it, which kind, and its figures."""

    part = ""

    def __init__(self, kind: str, *figures: Number, volume_limit: Number | None = None) -> None:
        self.kind = kind
        self.figures = tuple(exact(figure) for figure in figures)
        self.volume_limit = None if volume_limit is None else exact(volume_limit)


class SlippageModel(CostModel):
    """How much worse than the market an order fills, and how much of a bar's volume it may take."""

    part = "slippage"


class CommissionModel(CostModel):
    """What an execution costs."""

    part = "commission"


class slippage:
    """Models for `set_slippage`."""

    class NoSlippage(SlippageModel):
        """The market's price, and all that is wanted."""

        def __init__(self) -> None:
            super().__init__("none")

    class FixedSlippage(SlippageModel):
        """Half of a constant spread, in price units."""

        def __init__(self, spread: Number = 0.0) -> None:
            super().__init__("spread", spread)

    class FixedBasisPointsSlippage(SlippageModel):
        """So many basis points, and at most a share of the bar's volume."""

        def __init__(self, basis_points: Number = 5.0, volume_limit: Number = 0.1) -> None:
            super().__init__("bps", basis_points, volume_limit=volume_limit)

    class VolumeShareSlippage(SlippageModel):
        """Impact that grows with the square of our share of the bar's volume, which is limited."""

        def __init__(self, volume_limit: Number = 0.025, price_impact: Number = 0.1) -> None:
            super().__init__("volume_share", volume_limit, price_impact, volume_limit=volume_limit)


class commission:
    """Models for `set_commission`."""

    class NoCommission(CommissionModel):
        """Nothing."""

        def __init__(self) -> None:
            super().__init__("bps", 0)

    class PerShare(CommissionModel):
        """So much a unit, at least so much an order."""

        def __init__(self, cost: Number = 0.001, min_trade_cost: Number = 0.0) -> None:
            super().__init__("per_share", cost, min_trade_cost)

    class PerTrade(CommissionModel):
        """So much an order."""

        def __init__(self, cost: Number = 0.0) -> None:
            super().__init__("per_order", cost)

    class PerDollar(CommissionModel):
        """A fraction of the value."""

        def __init__(self, cost: Number = 0.0015) -> None:
            super().__init__("bps", exact(cost) * BPS_PER_UNIT)

    class PerContract(CommissionModel):
        """So much a contract."""

        def __init__(self, cost: Number) -> None:
            super().__init__("per_contract", cost)
