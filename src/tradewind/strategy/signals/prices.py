"""Average price and profit, by the formulas of spec/signals.md, section 4."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.money import ZERO
from tradewind.domain.time import NS_PER_MINUTE
from tradewind.domain.trade_signal import SignalProfit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from tradewind.domain.trade_signal import SignalFill, SignalRow
    from tradewind.strategy.signals.candles import Candle

AVERAGED = 5
"""Closed one-minute candles that an average price is taken of."""
STALE_NS = 2 * NS_PER_MINUTE
"""An average of candles older than this is no price."""


def average_price(candles: Sequence[Candle]) -> float | None:
    """Return the mean of typical prices weighted with volume, of the closes without any; None without candles."""
    if not candles:
        return None
    value = volume = closes = 0.0
    for candle in candles:
        value += (candle.high + candle.low + candle.close) / 3.0 * candle.volume
        volume += candle.volume
        closes += candle.close
    return value / volume if volume > 0.0 else closes / len(candles)


def entry_price(fills: Sequence[SignalFill]) -> Decimal:
    """Return the mean price that the entry reached, before costs; 0 without a fill."""
    return _mean(fills, is_entry=True, reference=True)


def exit_price(fills: Sequence[SignalFill]) -> Decimal:
    """Return the mean price that the exits reached, before costs; 0 without a fill."""
    return _mean(fills, is_entry=False, reference=True)


def profit_of(row: SignalRow, multiplier: Decimal, fee_pct: Decimal) -> SignalProfit:
    """Return what a closed signal came to.

    raw = (c'-o')/o'·100, the other way round for a short, with the prices really filled; the percentage of
    the page is raw - 2·fee%; the net percentage is the ledger's net over the value of the entry.
    """
    bought, paid = _mean(row.fills, is_entry=True), _mean(row.fills, is_entry=False)
    quantity = sum((f.quantity for f in row.fills if f.is_entry), ZERO)
    sign = 1 if row.is_long else -1
    value = sum((_signed(f, sign) * f.price for f in row.fills), ZERO) * multiplier
    net = value - sum((f.fee for f in row.fills), ZERO)
    raw = sign * (paid - bought) / bought * 100
    return SignalProfit(
        pnl_percentage=float(raw - 2 * fee_pct),
        price_open=float(entry_price(row.fills)),
        price_close=float(exit_price(row.fills)),
        net=net,
        net_percentage=float(net / (bought * quantity * multiplier) * 100),
    )


def _signed(fill: SignalFill, sign: int) -> Decimal:
    """Return what a fill brings in, in base units sold."""
    return fill.quantity * (-sign if fill.is_entry else sign)


def _mean(fills: Sequence[SignalFill], *, is_entry: bool, reference: bool = False) -> Decimal:
    value = quantity = ZERO
    for fill in fills:
        if fill.is_entry is is_entry:
            value += fill.quantity * (fill.reference if reference else fill.price)
            quantity += fill.quantity
    return value / quantity if quantity else ZERO
