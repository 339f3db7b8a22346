"""Average price and profit, by the formulas of spec/signals.md, section 4."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.money import ZERO
from tradewind.domain.time import NS_PER_MINUTE, NS_PER_MS
from tradewind.domain.trade_signal import SignalProfit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from tradewind.domain.time import TimeNs
    from tradewind.domain.trade_signal import SignalFill, SignalRow
    from tradewind.strategy.signals.candles import Candle

AVERAGED = 5
"""Closed one-minute candles that an average price is taken of."""
STALE_NS = 2 * NS_PER_MINUTE
"""An average of candles older than this is no price."""


def average_price(candles: Sequence[Candle]) -> float | None:
    """Return the mean of typical prices weighted with volume, of the closes without any; None without candles."""
    return average_of(*zip(*((c.high, c.low, c.close, c.volume) for c in candles), strict=True)) if candles else None


def average_of(
    highs: Sequence[float], lows: Sequence[float], closes: Sequence[float], volumes: Sequence[float]
) -> float:
    """Return the average price of candles in columns; there must be one."""
    value = volume = total = 0.0
    for high, low, close, traded in zip(highs, lows, closes, volumes, strict=True):
        value += (high + low + close) / 3.0 * traded
        volume += traded
        total += close
    return value / volume if volume > 0.0 else total / len(closes)


def average_when(candles: Sequence[Candle], when: TimeNs) -> float | None:
    """Return the average price of candles at a time; None without any, or if they are stale."""
    if not candles or candles[-1].timestamp * NS_PER_MS + NS_PER_MINUTE + STALE_NS < when:
        return None
    return average_price(candles)


def entry_price(fills: Sequence[SignalFill]) -> Decimal:
    """Return the mean price that the entry reached, before costs; 0 without a fill."""
    return _totals([f for f in fills if f.is_entry])[0]


def profit_of(row: SignalRow, multiplier: Decimal, fee_pct: Decimal) -> SignalProfit:
    """Return what a closed signal came to.

    raw = (c'-o')/o'·100, the other way round for a short, with the prices really filled; the percentage of
    the page is raw - 2·fee%; the net percentage is the ledger's net over the value of the entry.
    """
    entered = [f for f in row.fills if f.is_entry]
    left = [f for f in row.fills if not f.is_entry]
    (opened, bought, cost), (closed, paid, proceeds) = _totals(entered), _totals(left)
    sign = 1 if row.is_long else -1
    known = not any(f.unpriced for f in row.fills)
    net = sign * multiplier * (proceeds - cost) - sum([f.fee for f in row.fills], ZERO)
    return SignalProfit(
        float(sign * (paid - bought) / bought * 100 - 2 * fee_pct),
        float(opened),
        float(closed),
        net if known else None,
        float(net / (cost * multiplier) * 100) if known else None,
    )


def _totals(fills: Sequence[SignalFill]) -> tuple[Decimal, Decimal, Decimal]:
    """Return the mean price reached, the mean price filled, the value; most are one fill: nothing needs dividing."""
    if len(fills) == 1:
        (fill,) = fills
        return fill.reference, fill.price, fill.quantity * fill.price
    quantity = sum((f.quantity for f in fills), ZERO)
    reached = sum((f.quantity * f.reference for f in fills), ZERO)
    value = sum((f.quantity * f.price for f in fills), ZERO)
    return (reached / quantity, value / quantity, value) if quantity else (ZERO, ZERO, ZERO)
