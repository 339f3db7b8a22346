"""What the gate tells of entries is in the session's log."""

from __future__ import annotations

from decimal import Decimal

from tests.unit.record.session_steps import BTC, HEADER, MOMENTUM
from tradewind.domain.approval import (
    CorrelationsMeasured,
    EntrySized,
    Measured,
    RegimeTold,
    RiskAdjusted,
    RiskWarned,
)
from tradewind.domain.ids import ClientOrderId, InstrumentId
from tradewind.domain.regime import Regime, Trend, Volatility
from tradewind.record.recorder.rows import Rows


def test_what_is_told_of_entries_is_in_the_log() -> None:
    regime = Regime(Trend.RANGE, Volatility.LOW)
    measured = (Measured(BTC, InstrumentId("x:Y"), None, 3), Measured(BTC, InstrumentId("x:Z"), 0.5, 30))
    one = Decimal(1)
    told = [
        Rows(HEADER).log(1, 2, notice)[1:3]
        for notice in (
            EntrySized(MOMENTUM, BTC, ClientOrderId("t-1"), Decimal("0.5"), (("dynamic_risk", Decimal("0.4")),), (),
                       "max_position_size", Decimal("0.1")),
            RiskAdjusted(BTC, Decimal("0.4"), Decimal("1.4"), Decimal("0.4"), "drawdown, tier 3", one, one, one),
            RegimeTold(MOMENTUM, BTC, regime),
            CorrelationsMeasured(measured, 30),
            RiskWarned("macro_calendar", "out of date"),
        )
    ]  # fmt: skip
    assert told == [
        ("debug", "0.5 of the equity x0.4 dynamic_risk: 0.1, held by max_position_size"),
        ("info", "dynamic risk: size x0.4, stop x1.4, day x0.4 (drawdown, tier 3)"),
        ("info", "the market is said to be range, volatility low"),
        ("debug", "1 of 2 correlations are known"),
        ("warning", "macro_calendar: out of date"),
    ]
