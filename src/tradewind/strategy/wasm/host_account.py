"""Calls about what the strategy has: positions, account, fills. They move between outer calls, never within one."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.money import ONE, ZERO, exact
from tradewind.strategy.wasm import plans
from tradewind.strategy.wasm.host_market import time_of
from tradewind.strategy.wasm.messages_trading import AccountInfo, GuestPosition, Positions, Trades

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.domain.ids import Asset
    from tradewind.strategy.context import Context
    from tradewind.strategy.wasm.book import GuestBook
    from tradewind.strategy.wasm.notes import OrderNotes
    from tradewind.strategy.wasm.scene import Scene

_LATEST = 1 << 63
UNKNOWN = Decimal("NaN")
"""What has no price: it makes every sum that it enters unknown, and guests get it as NaN."""


class AccountCalls:
    """Answers from the strategy's own book."""

    def __init__(self, scene: Scene, book: GuestBook, notes: OrderNotes) -> None:
        self._scene = scene
        self._book = book
        self._notes = notes

    def functions(self) -> dict[str, Callable[[bytes], bytes]]:
        """Return the calls by name."""
        return {
            "get_positions": self.get_positions,
            "get_position": self.get_position,
            "get_account_info": self.get_account_info,
            "get_trades": self.get_trades,
        }

    def get_positions(self, request: bytes) -> bytes:
        """Return the open positions."""
        self._scene.reader.read(plans.EMPTY, request)
        ctx = self._scene.session()
        open_ones = [s.symbol for s in self._scene.series.values() if not ctx.position(s.instrument).is_flat]
        return plans.POSITIONS.encode(Positions([self._book.position(ctx, symbol) for symbol in open_ones]))

    def get_position(self, request: bytes) -> bytes:
        """Return the position in a symbol, a flat one too."""
        symbol = self._scene.reader.text(request)
        ctx = self._scene.session()
        if symbol not in self._scene.series:
            return plans.POSITION.encode(GuestPosition(symbol))
        return plans.POSITION.encode(self._book.position(ctx, symbol))

    def get_account_info(self, request: bytes) -> bytes:
        """Return cash, equity, what can be spent, and what was gained; in the first instrument's quote asset.

        What has no price in that asset makes its sums NaN.
        """
        self._scene.reader.read(plans.EMPTY, request)
        ctx = self._scene.session()
        cash, value, unrealized, margin = ctx.cash(), ZERO, ZERO, ZERO
        realized = fees = 0.0
        for series in self._scene.series.values():
            instrument, position = ctx.instrument(series.instrument), ctx.position(series.instrument)
            rate, flow = _rate(ctx, instrument.quote), self._book.flows.get(series.symbol)
            if flow is not None:
                realized += flow.realized * float(rate)
                fees += (flow.in_fee + flow.out_fee) * float(rate)
            if position.is_flat:
                continue
            last = ctx.price(series.instrument)
            price = UNKNOWN if last is None else exact(last)
            worth, profit = instrument.notional(position.quantity, price) * rate, position.unrealized(price) * rate
            unrealized += profit
            value += profit if instrument.kind is InstrumentKind.PERPETUAL else worth
            if ctx.is_margined(series.instrument):
                margin += abs(worth) * instrument.margin_initial
        info = AccountInfo(
            float(cash), float(cash + value), float(ctx.free_cash() - margin), realized, float(unrealized), fees,
            float(margin),
        )  # fmt: skip
        return plans.ACCOUNT_INFO.encode(info)

    def get_trades(self, request: bytes) -> bytes:
        """Return fills, oldest first; with a limit the newest so many."""
        asked = self._scene.reader.read(plans.GET_TRADES, request)
        start, end = time_of(asked.start_time, -_LATEST), time_of(asked.end_time, _LATEST)
        found = [
            trade
            for ts, trade in self._book.trades
            if start <= ts <= end and (not asked.symbol or trade.symbol == asked.symbol)
        ]
        return plans.TRADES.encode(Trades(found[-asked.limit :] if asked.limit > 0 else found))


def _rate(ctx: Context, asset: Asset) -> Decimal:
    """Return what an asset is worth in the first instrument's quote asset; NaN if a price is missing."""
    quote = ctx.instrument().quote
    if asset == quote:
        return ONE
    worth, unit = ctx.value_of(asset), ctx.value_of(quote)
    return worth / unit if worth is not None and unit else UNKNOWN
