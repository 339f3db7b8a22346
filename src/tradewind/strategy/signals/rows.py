"""From a plan that keeps all rules to the row that is kept of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.money import as_float
from tradewind.domain.time import NS_PER_MS
from tradewind.domain.trade_signal import SignalRow

if TYPE_CHECKING:
    from tradewind.domain.time import TimeNs
    from tradewind.strategy.signals.exactness import Checked
    from tradewind.strategy.signals.plan import Plan


def row_of(plan: Plan, checked: Checked, names: tuple[str, str, str, str], when: TimeNs) -> SignalRow:
    """Return the row of a new signal; `names` are its counted id, strategy, exchange and symbol."""
    counted, strategy, exchange, symbol = names
    return SignalRow(
        id=plan.id or counted,
        position=plan.position,
        price_open=checked.reference,
        price_take_profit=None if checked.target is None else as_float(checked.target, plan.price_take_profit),
        price_stop_loss=None if checked.stop is None else as_float(checked.stop, plan.price_stop_loss),
        minute_estimated_time=plan.minute_estimated_time,
        note=plan.note or "",
        entry=checked.entry,
        quantity=checked.quantity,
        symbol=symbol,
        exchange_name=exchange,
        strategy_name=strategy,
        timestamp=int(plan.timestamp) if plan.timestamp is not None else when // NS_PER_MS,
        price_limit=float(checked.price) if checked.entry in ("now", "limit") else None,
    )
