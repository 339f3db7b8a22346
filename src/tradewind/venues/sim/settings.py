"""The models of one simulated venue, put together."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from tradewind.domain.account import AccountKind
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.money import ZERO
from tradewind.venues.sim.models import BpsFees, FixedLatency, NoSlippage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tradewind.domain.instrument import Instrument
    from tradewind.venues.sim.models import FeeModel, LatencyModel, SlippageModel


@dataclass(frozen=True)
class SimModels:
    """How the venue behaves; the defaults are a cash account, the instruments' own fees, no latency, no slippage."""

    name: str = "sim"
    account: AccountKind = AccountKind.CASH
    fees: FeeModel = field(default_factory=BpsFees)
    slippage: SlippageModel = field(default_factory=NoSlippage)
    latency: LatencyModel = field(default_factory=FixedLatency)
    touch: bool = False
    """Whether a limit trades when the market only touches it; else the market must go through it."""
    volume_share: Decimal | None = None
    """The largest part of a bar's volume that our orders may take; None for all they want."""
    borrow_rate: Decimal = ZERO
    """Interest on what is sold short, a fraction a year."""

    def is_margined(self, instruments: Sequence[Instrument]) -> bool:
        """Tell whether a position can be closed out: on margin, or in contracts."""
        return self.account is AccountKind.MARGIN or any(i.kind is InstrumentKind.PERPETUAL for i in instruments)
