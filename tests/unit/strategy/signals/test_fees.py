"""Fees of signals in the quote asset, in the base, in a third one: valued at its price, and never taken for nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tradewind.app.signals.report import report_of
from tradewind.domain.ids import Asset, InstrumentId, StrategyId
from tradewind.domain.trade_signal import SignalFill, SignalMoved, SignalRow, told
from tradewind.strategy.signals.key import Key
from tradewind.strategy.signals.prices import profit_of
from tradewind.testing import fill, instrument

D = Decimal


class Worths:
    """What assets are worth, as a context tells it."""

    def __init__(self, **worths: str) -> None:
        self.worths = {name: D(value) for name, value in worths.items()}

    def value_of(self, asset: Asset) -> Decimal | None:
        return self.worths.get(asset)


@pytest.mark.parametrize(
    ("asset", "worths", "fee", "unpriced"),
    [
        ("USDT", {}, "0.5", ""),
        ("BTC", {}, "25000", ""),
        ("BNB", {"BNB": "300", "USDT": "1"}, "150", ""),
        ("BNB", {"BNB": "300", "USDT": "0.5"}, "300", ""),
        ("BNB", {"USDT": "1"}, "0", "0.5 BNB"),
    ],
)
def test_a_fee_is_valued_in_the_quote_asset(asset: str, worths: dict[str, str], fee: str, unpriced: str) -> None:
    key = Key("BTCUSDT", instrument(), D("0.1"), lambda *_: None)
    done = fill(price="50000", fee="0.5", fee_asset=asset)
    assert key._fee(Worths(**worths), done) == (D(fee), unpriced)  # type: ignore[arg-type]


def test_what_cannot_be_valued_makes_the_net_unknown_and_not_better() -> None:
    fills = (
        SignalFill(True, D(100), D(1), D("0.1"), D(100), 0),
        SignalFill(False, D(110), D(1), D(0), D(110), 60 * 10**9, "0.01 BNB"),
    )
    row = SignalRow("a", "long", 100.0, 110.0, 90.0, 60, "", "now", D(1), "BTCUSDT", "x", "s", 0, 0, fills)
    profit = profit_of(row, D(1), D("0.1"))
    assert (profit.net, profit.net_percentage) == (None, None)
    assert profit.pnl_percentage == pytest.approx(9.8)
    moved = SignalMoved(StrategyId("s"), InstrumentId("x:BTCUSDT"), "closed", row, 0, 110.0, "take_profit", profit)
    for live in (True, False):
        report = report_of("s", [moved], now=0, live=live, costs="")
        assert "| 0.1 + 0.01 BNB | N/A |" in report
        assert "1 with a fee whose worth is not known" in report
    assert "net n/a" in told(moved)[2]
