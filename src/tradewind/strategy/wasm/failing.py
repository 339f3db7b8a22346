"""How a guest's failures are told: marks as argo has them, and the words for orders that failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.order import Side
from tradewind.domain.signal import OrderIntent
from tradewind.domain.step import GuestFailed, OrderFailed, RefusalCode
from tradewind.domain.time import iso
from tradewind.strategy.wasm.errors import InsufficientHistory

if TYPE_CHECKING:
    from tradewind.domain.ids import ClientOrderId
    from tradewind.domain.market import Bar
    from tradewind.domain.step import Refusal
    from tradewind.strategy.context import Context
    from tradewind.strategy.wasm.errors import GuestError
    from tradewind.strategy.wasm.notes import OrderNote

C = RefusalCode
_FUNDS = {C.INSUFFICIENT_FUNDS, C.REDUCE_ONLY, C.LEVERAGE}
_WORDS = {
    C.ZERO_SIZE: "quantity_below_step",
    C.BELOW_MINIMUM: "invalid_quantity",
    C.ABOVE_MAXIMUM: "invalid_quantity",
    C.INVALID_ORDER: "invalid_order",
    C.UNKNOWN_INSTRUMENT: "unknown_symbol",
}


class Failures:
    """Puts a guest's failures on the chart and into the record."""

    def __init__(self) -> None:
        self._short: list[Bar] = []
        """First and last bar of an unbroken run of bars with too little history."""

    def mark(self, ctx: Context, bar: Bar | None, error: Exception) -> None:
        """Mark a bar on which the guest failed."""
        ctx.mark(
            "Strategy Error", str(error), bar.instrument if bar else None, price=bar.close if bar else None,
            color="red", category="StrategyError", level="error", signal="ABORT",
        )  # fmt: skip

    def refused(self, ctx: Context, bar: Bar, refused: GuestError) -> None:
        """Mark a refusal; of an unbroken run of bars with too little history only the first and the last."""
        if not isinstance(refused.__cause__, InsufficientHistory):
            self.settle(ctx)
            self.mark(ctx, bar, refused)
            return
        if not self._short:
            _mark_short(ctx, bar, str(refused))
        self._short = [*self._short[:1], bar]

    def settle(self, ctx: Context) -> None:
        """Mark the last bar of a run that has ended."""
        if len(self._short) > 1:
            last = self._short[1]
            _mark_short(ctx, last, f"the last of them opened at {iso(last.ts_open)}")
        self._short = []

    def tell(self, ctx: Context, call: str, error: GuestError, number: int) -> None:
        """Say in the record that an instance was lost, and in which call."""
        ctx.say(GuestFailed(ctx.strategy, call, type(error).__name__, ctx.without_secrets(error.message), number))


def failed_order(ctx: Context, refusal: Refusal, note: OrderNote) -> OrderFailed:
    """Return the refusal of a guest's order in the words of the contract."""
    intent = refusal.intent
    assert isinstance(intent, OrderIntent)
    reason = _WORDS.get(refusal.code, "risk_refused")
    if refusal.code in _FUNDS:
        reason = "insufficient_buying_power" if intent.side is Side.BUY else "insufficient_selling_power"
    detail = f"{refusal.code.value}: {refusal.detail}" if refusal.detail else refusal.code.value
    order: ClientOrderId = intent.id
    return OrderFailed(ctx.strategy, order, note.symbol, reason, detail)


def _mark_short(ctx: Context, bar: Bar, message: str) -> None:
    ctx.mark(
        "Insufficient Data", message, bar.instrument, price=bar.close, color="yellow", shape="triangle",
        category="InsufficientData", level="warning", signal="NO_ACTION",
    )  # fmt: skip
