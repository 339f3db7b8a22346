"""The figures of spec/signals.md, section 4."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tradewind.domain.trade_signal import SignalFill, SignalRow
from tradewind.strategy.signals.candles import Candle
from tradewind.strategy.signals.prices import average_price, profit_of

TABLE = [
    (50000, 51000, "long", 1.596204, 1.594408),
    (50000, 49000, "long", -2.395804, -2.393608),
    (50000, 49000, "short", 1.603804, 1.605608),
    (50000, 51000, "short", -2.404204, -2.406408),
    (50000, 50000, "long", -0.399800, -0.399600),
    (50000, 45000, "long", -10.379820, -10.369640),
]
TENTH = Decimal("0.001")


def closed(opened: int, left: int, side: str) -> SignalRow:
    sign = 1 if side == "long" else -1
    fills = []
    for is_entry, reached in ((True, Decimal(opened)), (False, Decimal(left))):
        paid = reached * (1 + (sign if is_entry else -sign) * TENTH)
        fills.append(SignalFill(is_entry, paid, Decimal(2), paid * 2 * TENTH, reached, 0))
    return SignalRow(
        "a", side, 50000.0, None, None, None, "", "market", Decimal(2), "B", "x", "s", 1, 1, tuple(fills)
    )  # fmt: skip


@pytest.mark.parametrize(("opened", "left", "side", "percentage", "net"), TABLE)
def test_profit_of_the_page_and_of_the_ledger(opened: int, left: int, side: str, percentage: float, net: float) -> None:
    profit = profit_of(closed(opened, left, side), Decimal(1), Decimal("0.1"))
    assert (round(profit.pnl_percentage, 6), round(profit.net_percentage or 0.0, 6)) == (percentage, net)
    assert (profit.price_open, profit.price_close) == (opened, left)


def test_average_price_is_weighted_with_volume() -> None:
    candles = [Candle(0, 10, 11, 9, 10, 1), Candle(60_000, 11, 12, 10, 11, 2)]
    assert average_price(candles) == pytest.approx(32 / 3)


def test_average_price_without_volume_is_the_mean_of_the_closes_and_of_nothing_there_is_none() -> None:
    assert average_price([Candle(0, 10, 11, 9, 10, 0), Candle(60_000, 11, 12, 10, 12, 0)]) == 11.0
    assert average_price([]) is None
