"""Orders and transactions as an algorithm's hooks are told of them: read only, as they were at that moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tradewind.domain.fill import Fill
    from tradewind.domain.ids import ClientOrderId
    from tradewind.domain.order import OrderSpec
    from tradewind.domain.signal import OrderIntent
    from tradewind.domain.time import TimeNs
    from tradewind.ports import OrderView
    from tradewind.strategy.algorithm.assets import Security


class AlgorithmOrder:
    """An order: `amount` and `filled` in units of the asset, negative for sales; prices None where it has none."""

    __slots__ = ("amount", "asset", "filled", "id", "limit", "reason", "spec", "status", "stop")

    def __init__(self, order: OrderView, asset: Security, status: str = "", reason: str = "") -> None:
        spec = order.spec
        self._describe(spec, asset, spec.side.sign * float(spec.quantity))
        self.filled = spec.side.sign * float(order.filled)
        self.status = status or ("open" if not order.is_closed else "filled" if self.is_filled else "ended")
        """`open`, `filled`, `cancelled`, `expired`, `rejected`; `ended` when it ended before it was asked about."""
        self.reason = reason

    def _describe(self, spec: OrderSpec | OrderIntent, asset: Security, amount: float) -> None:
        self.spec = spec
        """All terms, exact."""
        self.asset = asset
        self.id: ClientOrderId = spec.id
        self.amount = amount
        self.limit = None if spec.price is None else float(spec.price)
        self.stop = None if spec.trigger is None else float(spec.trigger)

    @property
    def sid(self) -> Security:
        """The asset, by its older name."""
        return self.asset

    @property
    def open_amount(self) -> float:
        """What may still be executed."""
        return self.amount - self.filled if self.status == "open" else 0.0

    @property
    def is_filled(self) -> bool:
        """Whether all of it was executed."""
        return self.filled == self.amount

    @classmethod
    def refused(cls, intent: OrderIntent, asset: Security, reason: str) -> AlgorithmOrder:
        """Describe an order that was never sent."""
        self = cls.__new__(cls)
        self._describe(intent, asset, intent.side.sign * float(intent.quantity or 0))
        self.filled, self.status, self.reason = 0.0, "rejected", reason
        return self


class Transaction:
    """One execution: `amount` negative for sales; `commission` what it cost (negative: a rebate)."""

    __slots__ = ("amount", "asset", "commission", "dt", "fill", "order_id", "price")

    def __init__(self, fill: Fill, asset: Security) -> None:
        self.fill = fill
        """All facts, exact."""
        self.asset = asset
        self.order_id = fill.order
        self.amount = fill.side.sign * float(fill.quantity)
        self.price = float(fill.price)
        self.commission = float(fill.fee)
        self.dt: TimeNs = fill.ts_venue

    @property
    def sid(self) -> Security:
        """The asset, by its older name."""
        return self.asset
