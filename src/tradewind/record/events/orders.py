"""Events of orders: one for each request and for each word of the venue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain import events as ev
from tradewind.domain.commands import AmendOrder, CancelOrder, SubmitOrder
from tradewind.domain.money import plain
from tradewind.record.events.event import Told

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from tradewind.domain.commands import Effect
    from tradewind.domain.ids import ClientOrderId
    from tradewind.domain.order import OrderSpec

KNOWN_MAX = 20_000
"""Orders whose facts are kept for their later words."""
CODES: dict[type, tuple[str, str]] = {
    ev.OrderAccepted: ("acknowledged", "info"),
    ev.OrderTriggered: ("triggered", "info"),
    ev.OrderCancelled: ("cancelled", "info"),
    ev.OrderExpired: ("expired", "info"),
    ev.OrderRejected: ("rejected", "warning"),
    ev.OrderAmended: ("amended", "info"),
    ev.AmendRejected: ("amend_rejected", "warning"),
    ev.CancelRejected: ("cancel_rejected", "warning"),
    ev.OutcomeUnknown: ("outcome_unknown", "warning"),
    ev.OrderFound: ("settled", "info"),
    ev.OrderNotFound: ("settled", "info"),
    ev.LookupFailed: ("lookup_failed", "warning"),
    ev.OrderAdopted: ("adopted", "warning"),
}
"""Of each word of a venue, its code and severity; executions have two codes."""


class OrderTeller:
    """Tells of orders; knows of each what it is for, and how much of it has filled."""

    def __init__(self) -> None:
        self._specs: dict[ClientOrderId, OrderSpec] = {}
        self._filled: dict[ClientOrderId, Decimal] = {}

    def asked(self, effect: Effect) -> Iterator[Told]:
        """Tell of what leaves for the venue."""
        match effect:
            case SubmitOrder():
                for spec in (effect.order, *effect.attached):
                    self._know(spec)
                    yield self._told(spec.id, "submitted", "info", **_terms(spec))
            case CancelOrder():
                yield self._told(effect.order, "cancel_requested", "info")
            case AmendOrder():
                yield self._told(effect.order, "amend_requested", "info")

    def heard(self, event: ev.Event) -> Iterator[Told]:
        """Tell of what a venue has said."""
        if isinstance(event, ev.OrderFilled):
            yield self._executed(event)
        elif isinstance(event, ev.OrderAdopted):
            self._know(event.order)
            yield self._told(event.order.id, "adopted", "warning", **_terms(event.order))
        elif type(event) in CODES and isinstance(event, ev.OrderEvent):
            code, severity = CODES[type(event)]
            reason = getattr(event, "reason", "")
            yield self._told(event.order, code, severity, **({"reason": reason} if reason else {}))

    def _executed(self, event: ev.OrderFilled) -> Told:
        filled = self._filled.get(event.order, event.quantity * 0) + event.quantity
        self._filled[event.order] = filled
        spec = self._specs.get(event.order)
        code = "filled" if spec is not None and filled >= spec.quantity else "partially_filled"
        facts = {"quantity": plain(event.quantity), "price": plain(event.price), "fee": plain(event.fee)}
        return self._told(event.order, code, "info", **facts, fee_asset=event.fee_asset, trade_id=event.trade_id)

    def _know(self, spec: OrderSpec) -> None:
        self._specs[spec.id] = spec
        if len(self._specs) > KNOWN_MAX:
            oldest = next(iter(self._specs))
            del self._specs[oldest]
            self._filled.pop(oldest, None)

    def _told(self, order: ClientOrderId, code: str, severity: str, **data: object) -> Told:
        spec = self._specs.get(order)
        return Told(
            kind="order", code=code, severity=severity, order_id=order, data=data, message=f"{order} {code}",
            strategy=None if spec is None else spec.strategy, instrument=None if spec is None else spec.instrument,
        )  # fmt: skip


def _terms(spec: OrderSpec) -> dict[str, object]:
    terms = {
        "side": spec.side.value, "type": spec.type.value, "quantity": plain(spec.quantity),
        "purpose": spec.purpose.value, "price": None if spec.price is None else plain(spec.price),
        "trigger": None if spec.trigger is None else plain(spec.trigger), "reduce_only": spec.reduce_only or None,
    }  # fmt: skip
    return {name: value for name, value in terms.items() if value is not None}
