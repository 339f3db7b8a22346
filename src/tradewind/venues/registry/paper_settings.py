"""What can be configured at the simulated venue, behind paper and backtest: the models of `venues/sim`."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from tradewind.venues.registry.fault_settings import Faults, NoFaults
from tradewind.venues.registry.fields import (
    Fraction,
    Milliseconds,
    NotNegative,
    Seed,
    Settings,
    Share,
    of_kind,
)


class BpsFees(Settings):
    """Fees as a share of the value, in basis points; a negative one is a rebate."""

    kind: Literal["bps"] = "bps"
    maker_bps: Decimal | None = None
    """Of who rests in the book; null is the instrument's own."""
    taker_bps: Decimal | None = None
    """Of who takes from it; null is the instrument's own."""


class PerShareFees(Settings):
    """Fees by the share."""

    kind: Literal["per_share"]
    rate: NotNegative
    """For each share, in the quote asset."""
    minimum: NotNegative = Decimal(0)
    """At least this much an execution, in the quote asset."""
    maximum: Fraction | None = None
    """At most this fraction of the value."""


class PerContractFees(Settings):
    """Fees by the contract."""

    kind: Literal["per_contract"]
    rate: NotNegative
    """For each contract, in the quote asset."""


class PerOrderFees(Settings):
    """The same for every order, taken with its first execution."""

    kind: Literal["per_order"]
    cost: NotNegative
    """For each order, in the quote asset."""


class NoSlippage(Settings):
    """Fill at the price that the market shows."""

    kind: Literal["none"] = "none"


class BpsSlippage(Settings):
    """Fill takers worse by a fixed share of the price."""

    kind: Literal["fixed_bps"]
    bps: NotNegative
    """How much worse, in basis points."""


class SpreadSlippage(Settings):
    """Fill takers worse by half a constant spread, for data without quotes."""

    kind: Literal["spread"]
    spread: NotNegative
    """Between bid and ask, in the quote asset."""


class VolumeShareSlippage(Settings):
    """Fill takers worse by the square of their share of the bar's volume."""

    kind: Literal["volume_share"]
    volume_limit: Fraction = Decimal("0.025")
    """The share of a bar's volume beyond which it grows no worse."""
    impact: NotNegative = Decimal("0.1")
    """Price move at a share of one, as a fraction of the price."""


OneSlippage = Annotated[NoSlippage | BpsSlippage | SpreadSlippage | VolumeShareSlippage, Field(discriminator="kind")]


class AsymmetricSlippage(Settings):
    """One model for buys, another for sales."""

    kind: Literal["asymmetric"]
    buy: OneSlippage
    """For buys."""
    sell: OneSlippage
    """For sales."""


class NoLatency(Settings):
    """Requests and reports take no time."""

    kind: Literal["none"] = "none"


class FixedLatency(Settings):
    """Requests and reports take the same time always."""

    kind: Literal["fixed"]
    submit_ms: Milliseconds = 0
    """From us to the venue, for a new order."""
    cancel_ms: Milliseconds = 0
    """From us to the venue, for a cancel or an amendment."""
    report_ms: Milliseconds = 0
    """From the venue back to us."""


class RandomLatency(FixedLatency):
    """Times drawn by seed around the fixed ones."""

    kind: Literal["normal", "uniform"]  # type: ignore[assignment]
    jitter: Share = 0.2
    """Standard deviation (normal) or half width (uniform), as a fraction of the time."""
    seed: Seed = 0
    """Same seed, same latencies."""


class FillSettings(Settings):
    """When a resting order fills on bars."""

    limit: Literal["through", "touch"] = "through"
    """`through`: the price must go beyond the limit; `touch`: reaching it is enough."""
    volume_share: Fraction | None = None
    """At most this fraction of a bar's volume is ours; null fills whole."""
    match_on: Literal["auto", "bars", "quotes", "trades", "book"] = "auto"
    """What orders meet: `auto` takes the finest that the data have."""
    model: Literal["next", "current_bar_mid"] = "next"
    """`next`: at the next price after the decision; `current_bar_mid`: argo's, which looks ahead. Backtests only."""
    by_size: bool = False
    """On quotes: fill no more than the size that is quoted."""
    queue: bool = True
    """On a book: wait behind what rested at the price before us."""


class FundingSettings(Settings):
    """Payments between holders of perpetuals."""

    enabled: bool = True
    """Book funding rates when the data have them."""


class BorrowSettings(Settings):
    """What a short sale costs."""

    annual_rate: NotNegative = Decimal(0)
    """Interest a year on what is borrowed, as a fraction."""


Fees = Annotated[BpsFees | PerShareFees | PerContractFees | PerOrderFees, Field(discriminator="kind"), of_kind("bps")]
Slippage = Annotated[
    NoSlippage | BpsSlippage | SpreadSlippage | VolumeShareSlippage | AsymmetricSlippage, Field(discriminator="kind")
]
Latency = Annotated[NoLatency | FixedLatency | RandomLatency, Field(discriminator="kind")]


class PaperSettings(Settings):
    """The simulated venue behind paper and backtest, and its models."""

    balances: dict[str, NotNegative] = Field(default={"USDT": Decimal(100_000)})
    """What the account owns at the start, by asset."""
    account: Literal["cash", "margin"] = "cash"
    """`cash`: what is sold must be owned; `margin`: positions against collateral, shorts possible."""
    fees: Fees = BpsFees()
    """What the venue takes."""
    slippage: Slippage = NoSlippage()
    """How much worse than shown takers fill."""
    latency: Latency = NoLatency()
    """How long requests and reports take."""
    faults: Faults = NoFaults()
    """What goes wrong on the way."""
    fill: FillSettings = FillSettings()
    """When resting orders fill."""
    funding: FundingSettings = FundingSettings()
    """Funding of perpetuals."""
    borrow: BorrowSettings = BorrowSettings()
    """Cost of shorts."""
