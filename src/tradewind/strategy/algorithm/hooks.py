"""What becomes of an algorithm's orders, told in its own words, in every mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain import events as ev
from tradewind.domain.signal import OrderIntent
from tradewind.strategy.algorithm.days import AlgorithmDays
from tradewind.strategy.algorithm.records import AlgorithmOrder, Transaction

if TYPE_CHECKING:
    from tradewind.domain.events import LinkChanged, OrderEvent
    from tradewind.domain.fill import Fill
    from tradewind.domain.step import Refusal
    from tradewind.strategy.context import Context


class AlgorithmHooks(AlgorithmDays):
    """Turns the engine's hooks into those of the algorithm API; a function that is not there is not called."""

    def on_fill(self, ctx: Context, fill: Fill) -> None:
        """Tell an execution; one by which the venue closes a position has no order of ours, and is a message."""
        call, order = self._calls.get("on_order_fill"), ctx.order(fill.order)
        if order is None:
            self._tell_message(fill)
        elif call is not None:
            asset = self._assets.by_instrument[fill.instrument]
            self._run(call, AlgorithmOrder(order, asset), Transaction(fill, asset))

    def on_order(self, ctx: Context, event: OrderEvent) -> None:
        """Tell what else the venue said of an order."""
        match event:
            case ev.OrderRejected():
                self._tell_end(ctx, "on_order_reject", event, "rejected")
            case ev.OrderCancelled():
                self._tell_end(ctx, "on_order_cancel", event, "cancelled")
            case ev.OrderExpired():
                self._tell_end(ctx, "on_order_cancel", event, "expired")
            case ev.CancelRejected() | ev.AmendRejected() | ev.OutcomeUnknown() | ev.OrderNotFound():
                self._tell_message(event)
            case _:
                pass

    def _tell_end(
        self, ctx: Context, hook: str, event: ev.OrderRejected | ev.OrderCancelled | ev.OrderExpired, status: str
    ) -> None:
        call, order = self._calls.get(hook), ctx.order(event.order)
        if call is not None and order is not None:
            asset = self._assets.by_instrument[order.spec.instrument]
            self._run(call, AlgorithmOrder(order, asset, status, event.reason), event.reason)

    def on_refusal(self, ctx: Context, refusal: Refusal) -> None:  # noqa: ARG002 - a hook
        """Tell what risk did not let through."""
        call, intent = self._calls.get("on_order_reject"), refusal.intent
        if not isinstance(intent, OrderIntent):
            self._tell_message(refusal)
        elif call is not None:
            reason = f"{refusal.code.value}: {refusal.detail}" if refusal.detail else refusal.code.value
            asset = self._assets.by_instrument[intent.instrument]
            self._run(call, AlgorithmOrder.refused(intent, asset, reason), reason)

    def on_link(self, ctx: Context, link: LinkChanged) -> None:  # noqa: ARG002 - a hook
        """Tell of a connection."""
        self._tell_message(link)

    def _tell_message(self, message: object) -> None:
        call = self._calls.get("on_broker_message")
        if call is not None:
            self._run(call, message)
