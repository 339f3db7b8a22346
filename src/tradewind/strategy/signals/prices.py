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
    return _mean([f for f in fills if f.is_entry], reference=True)


def exit_price(fills: Sequence[SignalFill]) -> Decimal:
    """Return the mean price that the exits reached, before costs; 0 without a fill."""
    return _mean([f for f in fills if not f.is_entry], reference=True)


def profit_of(row: SignalRow, multiplier: Decimal, fee_pct: Decimal) -> SignalProfit:
    """Return what a closed signal came to.

    raw = (c'-o')/o'·100, the other way round for a short, with the prices really filled; the percentage of
    the page is raw - 2·fee%; the net percentage is the ledger's net over the value of the entry.
    """
    entered = [f for f in row.fills if f.is_entry]
    left = [f for f in row.fills if not f.is_entry]
    bought, paid = _mean(entered), _mean(left)
    quantity = _sum([f.quantity for f in entered])
    sign = 1 if row.is_long else -1
    value = (
        sign * multiplier * (_sum([f.quantity * f.price for f in left]) - _sum([f.quantity * f.price for f in entered]))
    )
    net = value - _sum([f.fee for f in row.fills])
    raw = sign * (paid - bought) / bought * 100
    known = not any(f.unpriced for f in row.fills)
    return SignalProfit(
        pnl_percentage=float(raw - 2 * fee_pct),
        price_open=float(_mean(entered, reference=True)),
        price_close=float(_mean(left, reference=True)),
        net=net if known else None,
        net_percentage=float(net / (bought * quantity * multiplier) * 100) if known else None,
    )


def _sum(amounts: list[Decimal]) -> Decimal:
    return amounts[0] if len(amounts) == 1 else sum(amounts, ZERO)


def _mean(fills: Sequence[SignalFill], *, reference: bool = False) -> Decimal:
    """Return the mean price of fills; most are filled at once, and then nothing needs dividing."""
    if len(fills) == 1:
        return fills[0].reference if reference else fills[0].price
    value = quantity = ZERO
    for fill in fills:
        value += fill.quantity * (fill.reference if reference else fill.price)
        quantity += fill.quantity
    return value / quantity if quantity else ZERO
