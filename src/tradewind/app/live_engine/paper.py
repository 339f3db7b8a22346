"""The paper broker under its documented names: settings of the simulated venue, and nothing more.

Each model is a way to write a block of `trading.config`, so that a session's record says what it ran with.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tradewind.domain.money import BPS, ZERO, exact

Number = Decimal | float | int | str


class CommissionModel:
    """What an execution costs."""

    def settings(self) -> dict[str, Any]:
        """Return the block `fees`."""
        raise TypeError("a commission model says its settings")


class SlippageModel:
    """How much worse than the market a taker fills."""

    def settings(self) -> dict[str, Any]:
        """Return the block `slippage`."""
        raise TypeError("a slippage model says its settings")


@dataclass(frozen=True)
class PerShareCommission(CommissionModel):
    """So much a share, at least `minimum` an order."""

    rate: Number
    minimum: Number = 0

    def settings(self) -> dict[str, Any]:
        """Return the block `fees`."""
        return {"kind": "per_share", "rate": self.rate, "minimum": self.minimum}


@dataclass(frozen=True)
class PerTradeCommission(CommissionModel):
    """The same for every order."""

    cost: Number

    def settings(self) -> dict[str, Any]:
        """Return the block `fees`."""
        return {"kind": "per_order", "cost": self.cost}


@dataclass(frozen=True)
class CryptoCommission(CommissionModel):
    """A fraction of the value, one for maker and one for taker."""

    maker_rate: Number
    taker_rate: Number

    def settings(self) -> dict[str, Any]:
        """Return the block `fees`."""
        return {"kind": "bps", "maker_bps": exact(self.maker_rate) / BPS, "taker_bps": exact(self.taker_rate) / BPS}


class PerDollarCommission(CryptoCommission):
    """A fraction of the value."""

    def __init__(self, rate: Number) -> None:
        super().__init__(rate, rate)


class NoCommission(CryptoCommission):
    """Nothing."""

    def __init__(self) -> None:
        super().__init__(0, 0)


@dataclass(frozen=True)
class NoSlippage(SlippageModel):
    """Fill at the price that the market shows."""

    def settings(self) -> dict[str, Any]:
        """Return the block `slippage`."""
        return {"kind": "none"}


@dataclass(frozen=True)
class FixedSlippage(SlippageModel):
    """So much of the price, in the quote asset."""

    slippage: Number

    def settings(self) -> dict[str, Any]:
        """Return the block `slippage`."""
        return {"kind": "spread", "spread": 2 * exact(self.slippage)}


@dataclass(frozen=True)
class FixedBasisPointsSlippage(SlippageModel):
    """So many basis points of the price."""

    basis_points: Number

    def settings(self) -> dict[str, Any]:
        """Return the block `slippage`."""
        return {"kind": "fixed_bps", "bps": self.basis_points}


@dataclass(frozen=True)
class VolumeShareSlippage(SlippageModel):
    """Grows with the square of the order's share of the bar's volume."""

    volume_limit: Number = Decimal("0.025")
    impact_factor: Number = Decimal("0.1")

    def settings(self) -> dict[str, Any]:
        """Return the block `slippage`."""
        return {"kind": "volume_share", "volume_limit": self.volume_limit, "impact": self.impact_factor}


@dataclass(frozen=True)
class AsymmetricSlippage(SlippageModel):
    """One model for buys, another for sales."""

    buy_model: SlippageModel
    sell_model: SlippageModel

    def settings(self) -> dict[str, Any]:
        """Return the block `slippage`."""
        return {"kind": "asymmetric", "buy": self.buy_model.settings(), "sell": self.sell_model.settings()}


@dataclass(frozen=True)
class PaperBroker:
    """The simulated venue as a broker; without models it takes the instruments' own fees, and no slippage."""

    starting_cash: Number = Decimal(100_000)
    commission_model: CommissionModel | None = None
    slippage_model: SlippageModel | None = None
    order_latency_ms: float = 100
    latency_jitter_pct: Number = Decimal("0.20")
    volume_limit_pct: Number | None = Decimal("0.025")
    seed: int = 0

    def block(self, base_currency: str) -> dict[str, Any]:
        """Return the block `trading` that means the same."""
        config: dict[str, Any] = {
            "balances": {base_currency: self.starting_cash},
            "latency": self._latency(),
            "fill": {"volume_share": self.volume_limit_pct},
        }
        if self.commission_model is not None:
            config["fees"] = self.commission_model.settings()
        if self.slippage_model is not None:
            config["slippage"] = self.slippage_model.settings()
        return {"provider_type": "paper", "config": config}

    def _latency(self) -> dict[str, Any]:
        if not self.order_latency_ms:
            return {"kind": "none"}
        times = {"submit_ms": self.order_latency_ms, "cancel_ms": self.order_latency_ms}
        if exact(self.latency_jitter_pct) == ZERO:
            return {"kind": "fixed", **times}
        return {"kind": "uniform", **times, "jitter": float(self.latency_jitter_pct), "seed": self.seed}
