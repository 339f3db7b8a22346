"""The running sums of one period, a day or a session: what `stats.yaml` tells of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.money import ZERO, money_context
from tradewind.domain.time import NS_PER_SECOND
from tradewind.record.stats.drawdown import Drawdown
from tradewind.record.stats.kept import KeptDrawdown, KeptTally
from tradewind.record.stats.live import Period, TradeHoldingTime, TradePnl, TradeResult

if TYPE_CHECKING:
    from decimal import Decimal


class Tally:
    """The running sums of one period."""

    __slots__ = (
        "drawdown", "fees", "held_max_ns", "held_min_ns", "held_ns", "is_drawdown_known", "losing", "loss", "profit",
        "realized", "refusals", "total", "turnover", "unrealized", "unvalued", "winning",
    )  # fmt: skip

    def __init__(self, unrealized: Decimal | None) -> None:
        self.total = self.winning = self.losing = self.unvalued = 0
        self.refusals: dict[str, int] = {}
        self.realized: Decimal | None = ZERO
        self.fees: Decimal | None = ZERO
        self.turnover: Decimal | None = ZERO
        self.loss = self.profit = ZERO
        self.unrealized = unrealized
        self.held_ns = self.held_min_ns = self.held_max_ns = 0
        self.drawdown = Drawdown()
        self.is_drawdown_known = True

    def kept(self) -> KeptTally:
        """Return it as plain data."""
        plain = {name: getattr(self, name) for name in self.__slots__ if name != "drawdown"}
        return KeptTally(**plain, drawdown=KeptDrawdown(**{n: getattr(self.drawdown, n) for n in Drawdown.__slots__}))

    @classmethod
    def of(cls, kept: KeptTally) -> Tally:
        """Return the tally that `kept` wrote down."""
        tally = cls(kept.unrealized)
        for name in cls.__slots__:
            if name != "drawdown":
                setattr(tally, name, getattr(kept, name))
        for name in Drawdown.__slots__:
            setattr(tally.drawdown, name, getattr(kept.drawdown, name))
        return tally

    def count(self, net: Decimal | None, held_ns: int) -> None:
        """Count a round trip; None is a profit that nobody knows."""
        self.held_min_ns = min(self.held_min_ns, held_ns) if self.total else held_ns
        self.held_max_ns = max(self.held_max_ns, held_ns)
        self.held_ns += held_ns
        self.total += 1
        if net is None:
            self.unvalued += 1
            return
        self.winning += net > 0
        self.losing += net < 0
        self.loss = min(self.loss, net)
        self.profit = max(self.profit, net)

    def period(self) -> Period:
        """Return the figures as they stand."""
        valued = self.total - self.unvalued
        result = TradeResult(
            number_of_trades=self.total,
            number_of_winning_trades=self.winning,
            number_of_losing_trades=self.losing,
            win_rate=self.winning / valued if valued else None,
            max_drawdown=self.drawdown.worst if self.is_drawdown_known and self.drawdown.peak is not None else None,
            number_of_unvalued_trades=self.unvalued,
        )
        return Period(
            number_of_trades=self.total,
            realized_pnl=self.realized,
            win_rate=result.win_rate,
            trade_result=result,
            trade_pnl=self._pnl(),
            trade_holding_time=self._holding(),
            total_fees=self.fees,
            turnover=self.turnover,
            refusals=dict(self.refusals),
        )

    def _pnl(self) -> TradePnl:
        with money_context():
            total = plus(self.realized, self.unrealized)
        return TradePnl(
            realized_pnl=self.realized,
            unrealized_pnl=self.unrealized,
            total_pnl=total,
            maximum_loss=self.loss,
            maximum_profit=self.profit,
        )

    def _holding(self) -> TradeHoldingTime:
        if not self.total:
            return TradeHoldingTime(min=None, max=None, avg=None)
        return TradeHoldingTime(
            min=self.held_min_ns / NS_PER_SECOND,
            max=self.held_max_ns / NS_PER_SECOND,
            avg=self.held_ns / self.total / NS_PER_SECOND,
        )


def plus(total: Decimal | None, amount: Decimal | None) -> Decimal | None:
    """Add an amount; what is not known makes the sum unknown."""
    return None if total is None or amount is None else total + amount
