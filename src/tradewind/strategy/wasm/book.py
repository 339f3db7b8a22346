"""A strategy's own fills, added up as guests want to see them: what came in, what went out, what each trade brought."""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.ids import symbol_of
from tradewind.domain.time import NS_PER_SECOND
from tradewind.strategy.wasm.messages import Timestamp
from tradewind.strategy.wasm.messages_trading import GuestPosition, Reason, TradeRecord

if TYPE_CHECKING:
    from tradewind.domain.fill import Fill
    from tradewind.strategy.context import Context
    from tradewind.strategy.wasm.notes import OrderNote

TRADES_MAX = 10_000
"""So many of the newest fills can be asked for."""


def stamp(ts: int) -> Timestamp:
    """Return a time as a message."""
    seconds, nanos = divmod(ts, NS_PER_SECOND)
    return Timestamp(seconds, nanos)


class Flow(msgspec.Struct):
    """What came in and went out of one symbol: opening fills and closing ones. Fees in the quote asset."""

    in_quantity: float = 0.0
    out_quantity: float = 0.0
    in_amount: float = 0.0
    out_amount: float = 0.0
    in_fee: float = 0.0
    out_fee: float = 0.0
    realized: float = 0.0
    held: float = 0.0
    seen: float = 0.0
    """The realised profit of the session's own position that has been counted."""


class GuestBook:
    """Fills and their sums; durable, so that a restart does not forget them."""

    def __init__(self) -> None:
        self.flows: dict[str, Flow] = {}
        self.trades: deque[tuple[int, TradeRecord]] = deque(maxlen=TRADES_MAX)
        """Fills with their times, oldest first."""
        self.count = 0
        """How many there ever were."""

    def clear(self) -> None:
        """Forget all."""
        self.flows.clear()
        self.trades.clear()
        self.count = 0

    def take(self, ctx: Context, fill: Fill, note: OrderNote | None) -> None:
        """Count a fill; the session's own position has it already."""
        symbol = symbol_of(fill.instrument)
        flow = self.flows.setdefault(symbol, Flow())
        quantity, price = float(fill.quantity), float(fill.price)
        closing = min(quantity, abs(flow.held)) if flow.held * fill.side.sign < 0 else 0.0
        fee, multiplier = self._fee(ctx, fill), float(ctx.instrument(fill.instrument).multiplier)
        share = closing / quantity if quantity else 0.0
        flow.in_quantity += quantity - closing
        flow.out_quantity += closing
        flow.in_amount += (quantity - closing) * price * multiplier
        flow.out_amount += closing * price * multiplier
        flow.in_fee += fee * (1 - share)
        flow.out_fee += fee * share
        position = ctx.position(fill.instrument)
        realized = float(position.realized)
        profit, flow.seen = realized - flow.seen, realized
        flow.realized += profit
        flow.held = float(position.quantity)
        self.count += 1
        self.trades.append((fill.ts_venue, _record(fill, symbol, fee, (profit, flow.realized), note)))

    def position(self, ctx: Context, symbol: str) -> GuestPosition:
        """Return what is held of a symbol, and its flow."""
        flow = self.flows.get(symbol, Flow())
        held = ctx.position(symbol)
        flat = held.is_flat
        return GuestPosition(
            symbol, 0.0 if flat else float(held.quantity), flow.in_quantity, flow.out_quantity, flow.in_amount,
            flow.out_amount, flow.in_fee, flow.out_fee,
            None if flat or held.opened_at is None else stamp(held.opened_at), ctx.strategy,
        )  # fmt: skip

    def _fee(self, ctx: Context, fill: Fill) -> float:
        """Return a fee in the quote asset; NaN for one in an asset without a price."""
        instrument = ctx.instrument(fill.instrument)
        if fill.fee_asset == instrument.quote:
            return float(fill.fee)
        if fill.fee_asset == instrument.base:
            return float(fill.fee * fill.price)
        worth, quote = ctx.value_of(fill.fee_asset), ctx.value_of(instrument.quote)
        return float(fill.fee * worth / quote) if worth is not None and quote else math.nan


def _record(fill: Fill, symbol: str, fee: float, profits: tuple[float, float], note: OrderNote | None) -> TradeRecord:
    trade = TradeRecord(
        order_id=fill.order, symbol=symbol, side=int(fill.side.sign < 0), quantity=float(fill.quantity),
        price=float(fill.price), executed_at=stamp(fill.ts_venue), fee=fee, pnl=profits[0],
        strategy_name=fill.strategy, cumulative_pnl=profits[1],
    )  # fmt: skip
    if note is not None:
        trade.side, trade.position_type = note.side, note.position_type
        trade.strategy_name = note.strategy_name or trade.strategy_name
        trade.reason = Reason(note.reason, note.message) if note.reason or note.message else None
    return trade
