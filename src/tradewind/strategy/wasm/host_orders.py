"""Calls about orders: wishes that risk judges when the call is over, one after the other.

A wish that is merely bad is no trap: it is FAILED, with a reason, in the record. A guest never learns the host's
id of an order from placing it, but may give it a name of its own.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tradewind.domain.money import exact, floor_to
from tradewind.domain.order import Side
from tradewind.domain.step import OrderFailed
from tradewind.strategy.wasm import plans
from tradewind.strategy.wasm.enums import GuestOrderType, OrderStatus, PositionType, PurchaseType
from tradewind.strategy.wasm.errors import OrderNotFound
from tradewind.strategy.wasm.keeping import keep_note
from tradewind.strategy.wasm.messages import Number
from tradewind.strategy.wasm.messages_trading import OpenOrder, OpenOrders, Reason
from tradewind.strategy.wasm.notes import OrderNote, noted

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.domain.ids import ClientOrderId
    from tradewind.strategy.wasm.messages_trading import ExecuteOrder
    from tradewind.strategy.wasm.notes import OrderNotes
    from tradewind.strategy.wasm.scene import Scene, Series

AMOUNT_MAX = 1e18
"""Amounts have 18 digits before the point at the most."""
ORDERS_CALL_MAX = 1_000
"""Wishes of one outer call; a guest that has more is in a loop."""


class OrderCalls:
    """Turns wishes of the guest into intents of its strategy."""

    def __init__(self, scene: Scene, notes: OrderNotes) -> None:
        self._scene = scene
        self._notes = notes
        self._placed: dict[ClientOrderId, tuple[OrderNote, float]] = {}
        """The orders of this call, and the prices they asked for."""
        self.warned_of_legs = False
        self.wishes = 0

    def functions(self) -> dict[str, Callable[[bytes], bytes]]:
        """Return the calls by name."""
        return {
            "place_order": self.place_order,
            "place_multiple_orders": self.place_multiple_orders,
            "cancel_order": self.cancel_order,
            "cancel_all_orders": self.cancel_all_orders,
            "get_order_status": self.get_order_status,
            "get_open_orders": self.get_open_orders,
        }

    def begin(self) -> None:
        """Begin an outer call."""
        self._placed.clear()
        self.wishes = 0

    def end(self) -> None:
        """Remember the orders of a call that went well."""
        if not self._scene.is_rehearsal:
            for order, (note, _) in self._placed.items():
                keep_note(self._scene.session(), order, note, self._notes.add(order, note))

    # --- wishes -------------------------------------------------------------------------------------

    def place_order(self, request: bytes) -> bytes:
        """Take a wish for one order."""
        self._place(self._scene.reader.read(plans.EXECUTE_ORDER, request))
        return b""

    def place_multiple_orders(self, request: bytes) -> bytes:
        """Take wishes one after the other; one that fails stops none of the others."""
        for order in self._scene.reader.read(plans.PLACE_MULTIPLE, request).orders:
            self._place(order)
        return b""

    def _place(self, order: ExecuteOrder) -> None:
        self.wishes += 1
        if self._scene.is_rehearsal or self.wishes > ORDERS_CALL_MAX:
            return
        ctx, series = self._scene.session(), self._scene.series.get(order.symbol)
        reason = order.reason or Reason()
        note = OrderNote(
            order.symbol, order.side, order.position_type, reason.reason, reason.message, order.strategy_name,
            quantity_asked=order.quantity, alias=order.id,
        )  # fmt: skip
        failure, detail = self._objection(order, series)
        if failure or series is None:
            note.status = OrderStatus.FAILED
            made = ctx.next_id()
            ctx.say(OrderFailed(ctx.strategy, made, order.symbol, failure, detail))
        else:
            made = self._submit(order, series, reason.reason)
        self._placed[made] = note, order.price
        if (order.take_profit or order.stop_loss) and not self.warned_of_legs:
            self.warned_of_legs = True
            ctx.mark(
                "Exits not placed", "take_profit and stop_loss of an order have no price, so they are left out",
                order.symbol if series else None, category="Order", level="warning", color="yellow",
            )  # fmt: skip

    def _submit(self, order: ExecuteOrder, series: Series, tag: str) -> ClientOrderId:
        ctx = self._scene.session()
        opens = order.side == PurchaseType.BUY
        shorts = order.position_type == PositionType.SHORT
        return ctx.submit(
            Side.SELL if opens == shorts else Side.BUY,
            order.quantity,
            series.instrument,
            limit=order.price if order.order_type == GuestOrderType.LIMIT else None,
            reduce_only=not opens and ctx.may_short(series.instrument),
            tag=tag[:256],
        )

    def _objection(self, order: ExecuteOrder, series: Series | None) -> tuple[str, str]:
        """Say why a wish cannot even be asked of risk, as (reason, detail); two empty strings if it can."""
        numbers = (order.side, PurchaseType), (order.order_type, GuestOrderType), (order.position_type, PositionType)
        for number, kind in numbers:
            if not 0 <= number < len(kind):
                return "invalid_order", f"{kind.__name__} has no {number}"
        if series is None:
            return "unknown_symbol", f"this session does not trade {order.symbol!r}"
        if not 0.0 < order.quantity <= AMOUNT_MAX:  # NaN is neither
            return "invalid_quantity", f"quantity {order.quantity}"
        if order.order_type == GuestOrderType.LIMIT and not 0.0 < order.price <= AMOUNT_MAX:
            return "invalid_price", f"price {order.price}"
        ctx = self._scene.session()
        instrument = ctx.instrument(series.instrument)
        if not floor_to(exact(order.quantity), instrument.lot):
            return "quantity_below_step", f"quantity {order.quantity}, step {instrument.lot}"
        if order.order_type == GuestOrderType.LIMIT and order.price < float(instrument.tick):
            return "invalid_price", f"price {order.price}, tick {instrument.tick}"
        if order.position_type == PositionType.SHORT and not ctx.may_short(series.instrument):
            return "insufficient_selling_power", "this account cannot be short"
        return "", ""

    def cancel_order(self, request: bytes) -> bytes:
        """Take an order back; an unknown or ended one is no matter."""
        found = self._find(self._scene.reader.text(request))
        if found is not None and not self._scene.is_rehearsal:
            ctx = self._scene.session()
            order = ctx.order(found[0])
            if found[0] in self._placed:
                ctx.withdraw(found[0])
                self._placed[found[0]][0].status = OrderStatus.CANCELLED
            elif order is not None and not order.is_closed:
                ctx.cancel(found[0])
        return b""

    def cancel_all_orders(self, request: bytes) -> bytes:
        """Take back all orders of the strategy."""
        self._scene.reader.read(plans.EMPTY, request)
        if not self._scene.is_rehearsal:
            ctx = self._scene.session()
            ctx.cancel_all()
            for order, (note, _) in self._placed.items():
                if note.status == OrderStatus.PENDING:
                    ctx.withdraw(order)
                    note.status = OrderStatus.CANCELLED
        return b""

    # --- questions ----------------------------------------------------------------------------------

    def get_order_status(self, request: bytes) -> bytes:
        """Return what became of an order; refuse for one that is not known."""
        found = self._find(name := self._scene.reader.text(request))
        if found is None:
            raise OrderNotFound(f"no order {name!r}")
        return plans.NUMBER.encode(Number(int(found[1].status)))

    def get_open_orders(self, request: bytes) -> bytes:
        """Return the orders that have not ended, those of this very call last."""
        self._scene.reader.read(plans.EMPTY, request)
        ctx = self._scene.session()
        orders = []
        for order in ctx.open_orders():
            note = self._notes.get(order.spec.id)
            opened = OpenOrder(
                id=order.spec.id, symbol=order.spec.instrument.partition(":")[2],
                side=int(order.spec.side is Side.SELL), order_type=int(order.spec.price is not None),
                quantity=float(order.spec.quantity), price=float(order.spec.price or 0), strategy_name=ctx.strategy,
            )  # fmt: skip
            orders.append(opened if note is None else noted(opened, note))
        for made, (note, price) in self._placed.items():
            if note.status == OrderStatus.PENDING:
                priced = 0.0 if math.isnan(price) else price
                orders.append(noted(OpenOrder(made, note.symbol, quantity=note.quantity_asked, price=priced), note))
        return plans.OPEN_ORDERS.encode(OpenOrders(orders))

    def _find(self, name: str) -> tuple[ClientOrderId, OrderNote] | None:
        for made, (note, _) in reversed(self._placed.items()):
            if name and name in (made, note.alias):
                return made, note
        return self._notes.find(name)
