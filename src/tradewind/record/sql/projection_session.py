"""The row of the session itself: what it is, and what it has come to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tradewind.domain.control import StopRequested
from tradewind.record.recorder.facts import CostPaid, Executed, Transferred, TripClosed, Valued
from tradewind.record.sessions.days import Days
from tradewind.record.sql.changes import stored
from tradewind.record.stats.accumulator import StatsAccumulator

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.step import Step
    from tradewind.domain.time import TimeNs
    from tradewind.record.journal.header import SessionHeader
    from tradewind.record.recorder.facts import Fact
    from tradewind.record.sql.changes import Changes, Row


class SessionRow:
    """Follows one session as a whole; its figures are those of `stats.yaml`, by the same reckoning."""

    def __init__(self, header: SessionHeader, changes: Changes) -> None:
        self._facts = _facts(header)
        self._changes = changes
        self._stats = StatsAccumulator(Days(header.timezone).of)
        self._started: TimeNs | None = None
        self._now: TimeNs = 0
        self._seq = 0
        self.is_stopping = False
        """Whether it was told to end; what follows is its end."""
        self._initial: Decimal | None = None
        self._worth: Decimal | None = None

    def see(self, step: Step) -> None:
        """Take note of a step's time."""
        self._seq, self._now = step.seq, step.event.ts_recv
        if self._started is None:
            self._started = self._now
        if type(step.event) is StopRequested:
            self.is_stopping = True

    def tell(self, ts: TimeNs, fact: Fact) -> None:
        """Take what a step brought."""
        match fact:
            case Valued():
                self._worth = fact.equity
                if self._initial is None:
                    self._initial = fact.equity
                self._stats.on_equity(ts, float(fact.equity), fact.unrealized)
            case Executed():
                self._stats.on_fill(ts, fact.notional_base, fact.fee_base, fact.profit_base)
            case TripClosed():
                self._stats.on_trip(fact.trip)
            case CostPaid() if fact.kind == "fees":
                self._stats.on_fee(ts, fact.amount)
            case CostPaid():
                self._stats.on_cost(ts, fact.amount)
            case Transferred():
                self._stats.on_transfer(fact.amount)

    def refresh(self) -> None:
        """Put the row as it stands; none before the session has begun."""
        if self._started is None:
            return
        total = self._stats.total()
        figures: Row = {
            "start_time": self._started,
            "end_time": self._now if self.is_stopping else None,
            "is_active": not self.is_stopping,
            "initial_balance": stored(self._initial),
            "final_balance": stored(self._worth) if self.is_stopping else None,
            "total_pnl": stored(total.trade_pnl.total_pnl),
            "total_trades": total.number_of_trades,
            "win_rate": total.win_rate,
            "max_drawdown": total.trade_result.max_drawdown,
        }
        self._changes.put("trading_sessions", (), {**self._facts, **figures}, self._seq)


def _facts(header: SessionHeader) -> Row:
    venues = dict.fromkeys(instrument.venue for instrument in header.instruments)
    return {
        "session_name": header.session_id,
        "parent": header.parent,
        "created": header.created,
        "mode": header.mode,
        "venue": ", ".join(venues),
        "base_currency": header.engine.base,
        "strategy_name": ", ".join(strategy.name for strategy in header.strategies),
        "strategy_config": json.dumps({s.id: json.loads(s.parameters) for s in header.strategies}),
        "symbols": ", ".join(instrument.symbol for instrument in header.instruments),
        "timeframe": header.engine.interval,
        "timezone": header.timezone,
        "config_hash": header.config_hash,
        "code_version": header.code_version,
    }
