"""The models of one simulated venue, put together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from tradewind.domain.account import AccountKind
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.money import ZERO
from tradewind.venues.sim.models import BpsFees, FixedLatency, NoSlippage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from tradewind.domain.instrument import Instrument
    from tradewind.venues.sim.faults import FaultModel
    from tradewind.venues.sim.models import FeeModel, LatencyModel, SlippageModel

MatchOn = Literal["bars", "quotes", "trades", "book"]


@dataclass(frozen=True)
class SimModels:
    """How the venue behaves; the defaults are a cash account, the instruments' own fees, no latency, no slippage."""

    name: str = "sim"
    account: AccountKind = AccountKind.CASH
    fees: FeeModel = field(default_factory=BpsFees)
    slippage: SlippageModel = field(default_factory=NoSlippage)
    latency: LatencyModel = field(default_factory=FixedLatency)
    faults: FaultModel | None = None
    """What goes wrong on the way; None for nothing."""
    touch: bool = False
    """Whether a limit trades when bars or trades only touch it; else the market must go through it."""
    volume_share: Decimal | None = None
    """The largest part of a bar's or a trade's volume that our orders may take; None for all they want."""
    borrow_rate: Decimal = ZERO
    """Interest on what is sold short, a fraction a year."""
    match_on: MatchOn = "bars"
    """The market data that orders meet; with quotes, trades fill resting limits as well."""
    fill_by_size: bool = False
    """Whether a quote fills no more than the size that it shows."""
    queue: bool = True
    """Whether a limit in a book waits behind what was there before it."""
    current_bar_mid: bool = False
    """Whether market and limit orders trade on the bar that was just seen, as in argo: it looks ahead."""
    funding: bool = True
    """Whether funding of perpetuals is paid when the data have its rates."""

    improve: bool = False
    """Whether a limit that rested trades at the open, if the market has jumped over it; else at its own price."""
    slip_limits: bool = False
    """Whether limits pay slippage like all others, even beyond their price: a flat cost of every execution."""
    close_out: bool = True
    """Whether the venue closes a position whose margin is used up."""

    def is_margined(self, instruments: Sequence[Instrument]) -> bool:
        """Tell whether a position can be closed out: on margin, or in contracts."""
        return self.account is AccountKind.MARGIN or any(i.kind is InstrumentKind.PERPETUAL for i in instruments)
