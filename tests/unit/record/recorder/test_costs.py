"""Costs of a session as its pages tell them: also where no order is behind them, and never a guess."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tests.unit.record.recorder.test_recorder import Recorded
from tests.unit.record.session_steps import Script, bar
from tradewind.domain import events as ev
from tradewind.domain.ids import Asset, TradeId
from tradewind.domain.order import Side

if TYPE_CHECKING:
    from pathlib import Path


def test_what_has_no_price_is_unknown_and_is_said_once(tmp_path: Path) -> None:
    """Costs and deposits in a coin that nobody has a price for yet are not costs and deposits of nothing."""
    script, coin = Script(), Asset("DOGE")
    for _ in range(2):
        script.take(ev.FundingPaid(bar(0, 1.0).instrument, Decimal("-2.5"), coin, script.now, script.now))
        script.take(ev.BorrowCharged(bar(0, 1.0).instrument, Decimal("0.5"), coin, script.now, script.now))
    script.take(ev.FundingPaid(bar(0, 1.0).instrument, Decimal(0), coin, script.now, script.now))
    recorded = Recorded(tmp_path / "costs").all(script.steps)
    assert recorded.stats().trade_pnl.realized_pnl is None
    assert recorded.stats().cumulative.total_fees == 0
    assert [note.partition(" ")[0] for note in recorded.recorder.notes] == ["funding", "interest"]

    script = Script()
    script.take(ev.BalanceTransferred("binance", coin, Decimal(1000), script.now))
    script.take(ev.BalanceTransferred("binance", Asset("USDT"), Decimal(1000), script.now))
    recorded = Recorded(tmp_path / "transfers").all(script.steps)
    assert recorded.stats().trade_pnl.realized_pnl == 0
    assert recorded.recorder.notes == [
        "transfers could not be valued in USDT for want of a price: what they add up to is not known"
    ]


def test_a_liquidation_without_a_position_costs_its_fee(tmp_path: Path) -> None:
    script = Script()
    name, now = bar(0, 1.0).instrument, script.now
    script.take(
        ev.PositionLiquidated(
            name, TradeId("L"), Side.SELL, Decimal(2), Decimal(60), Decimal(3), Asset("USDT"), now, now
        )
    )
    stats = Recorded(tmp_path).all(script.steps).stats()
    assert (stats.total_fees, stats.trade_pnl.realized_pnl, stats.cumulative.turnover) == (
        Decimal(3), Decimal(-3), Decimal(0),
    )  # fmt: skip
