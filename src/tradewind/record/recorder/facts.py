"""What a step brought to a session's books: facts that become rows, statistics and reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.fill import Fill
    from tradewind.domain.ids import Asset
    from tradewind.domain.order import OrderSpec
    from tradewind.domain.time import TimeNs
    from tradewind.domain.trip import RoundTrip
    from tradewind.execution.orders import Order


class Placed:
    """What an order itself does not know: when it was placed, on which side of the market, and the last reason told."""

    __slots__ = ("position_type", "reason", "seq", "ts", "updated_at")

    def __init__(self, ts: TimeNs, seq: int, position_type: str) -> None:
        self.ts = self.updated_at = ts
        self.seq = seq
        self.position_type = position_type
        self.reason = ""


class OrderMoved(NamedTuple):
    """An order was placed, or is not as it was."""

    order: Order
    placed: Placed


class Executed(NamedTuple):
    """A fill was booked. `profit` is what it realised, in the quote asset, before fees; None means "no price known"."""

    fill: Fill
    spec: OrderSpec | None
    placed: Placed | None
    position_type: str
    profit: Decimal
    pnl_asset: Asset
    notional_base: Decimal | None
    profit_base: Decimal | None
    fee_base: Decimal | None


class TripClosed(NamedTuple):
    """A round trip ended; its money is in the base currency."""

    trip: RoundTrip


class CostPaid(NamedTuple):
    """Funding, interest, or a fee of no execution, in the base currency; negative was received, None is not known."""

    kind: str
    amount: Decimal | None


class Transferred(NamedTuple):
    """A deposit or a withdrawal (negative), in the base currency; None means "no price known"."""

    amount: Decimal | None


class Valued(NamedTuple):
    """What the account is worth now."""

    equity: Decimal
    unrealized: Decimal | None


Fact = OrderMoved | Executed | TripClosed | CostPaid | Transferred | Valued
