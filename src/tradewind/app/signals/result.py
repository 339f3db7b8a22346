"""What consumers of a signal strategy are given: one object for each step of a signal's life."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.time import NS_PER_MS
from tradewind.domain.trade_signal import SignalMoved, SignalProfit, SignalRow

if TYPE_CHECKING:
    from tradewind.domain.time import TimeNs


class SignalResult(msgspec.Struct, frozen=True, kw_only=True):
    """A step of a signal's life; `ts` and `close_timestamp` are milliseconds UTC, `signal` is None when idle."""

    action: str
    """`idle`, `scheduled`, `waiting` (to enter), `opened`, `active`, `closed`, `cancelled`, or `open` (at the end)."""
    signal: SignalRow | None
    current_price: float | None
    strategy_name: str
    exchange_name: str
    symbol: str
    event_id: str
    ts: int
    close_reason: str = ""
    close_timestamp: int | None = None
    pnl: SignalProfit | None = None
    unrealized_percentage: float | None = None
    """For `open`: what it would come to at the current price, after costs."""


def result_of(moved: SignalMoved) -> SignalResult:
    """Return what a consumer is given for a step of a signal."""
    row, closed = moved.row, moved.action == "closed"
    return SignalResult(
        action=moved.action,
        signal=row,
        current_price=moved.price,
        strategy_name=row.strategy_name,
        exchange_name=row.exchange_name,
        symbol=row.symbol,
        event_id=moved.event_id,
        ts=moved.ts // NS_PER_MS,
        close_reason=moved.reason,
        close_timestamp=moved.ts // NS_PER_MS if closed else None,
        pnl=moved.profit,
    )


def watched(names: tuple[str, str, str], row: SignalRow | None, price: float | None, when: TimeNs) -> SignalResult:
    """Return the result of a tick on which nothing moved; `names` are strategy, exchange and symbol."""
    action = "idle" if row is None else "active" if row.fills else "waiting"
    strategy, exchange, symbol = names
    return SignalResult(
        action=action,
        signal=row,
        current_price=price,
        strategy_name=strategy,
        exchange_name=exchange,
        symbol=symbol,
        event_id=f"{symbol if row is None else row.id}:{action}:{when // NS_PER_MS}",
        ts=when // NS_PER_MS,
    )
