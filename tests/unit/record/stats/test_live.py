from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
import yaml

from tests.unit.record.stats_session import trip
from tradewind.domain.errors import DataValidationError
from tradewind.domain.time import NS_PER_DAY, NS_PER_HOUR, NS_PER_SECOND, day_number
from tradewind.record.stats.accumulator import StatsAccumulator
from tradewind.record.stats.live import Heading, LiveTradeStats, StrategyInfo, exact_text, from_yaml, to_yaml

FRIDAY = day_number(2025, 10, 3) * NS_PER_DAY
HEADING = Heading(
    id="run_1",
    date="2025-10-03",
    session_start=FRIDAY + 9 * NS_PER_HOUR,
    last_updated=FRIDAY + 14 * NS_PER_HOUR,
    symbols=("BTCUSDT", "ETHUSDT"),
    folder="./data/live-trading/2025-10-03/run_1",
    strategy=StrategyInfo(id="com.example.strategy.momentum", version="1.0.0", name="Momentum Strategy"),
)


def document() -> LiveTradeStats:
    live = StatsAccumulator()
    ts = FRIDAY + 10 * NS_PER_HOUR
    live.on_fill(ts, Decimal("1000.00"), Decimal("0.00000001"), Decimal("1250.75"))
    live.on_trip(trip("350.00", opened_at=ts - 120 * NS_PER_SECOND, closed_at=ts))
    live.on_trip(trip("-125.50", opened_at=ts - 3600 * NS_PER_SECOND, closed_at=ts))
    live.on_equity(ts, 1000.0, Decimal("150.25"))
    live.on_equity(ts + 1, 955.0, Decimal("150.25"))
    return live.stats(HEADING)


def test_the_document_has_the_fields_of_the_format_in_their_order() -> None:
    tree = yaml.safe_load(to_yaml(document()))
    assert list(tree) == [
        "id", "date", "session_start", "last_updated", "symbols", "trade_result", "trade_pnl", "trade_holding_time",
        "total_fees", "orders_file_path", "trades_file_path", "marks_file_path", "logs_file_path",
        "market_data_file_path", "strategy", "daily", "cumulative",
    ]  # fmt: skip
    assert tree["session_start"] == "2025-10-03T09:00:00Z"
    assert tree["trade_result"] == {
        "number_of_trades": 2,
        "number_of_winning_trades": 1,
        "number_of_losing_trades": 1,
        "win_rate": 0.5,
        "max_drawdown": 0.045,
        "number_of_unvalued_trades": 0,
    }
    assert tree["trade_holding_time"] == {"min": 120, "max": 3600, "avg": 1860}
    assert tree["orders_file_path"] == "./data/live-trading/2025-10-03/run_1/orders.parquet"
    assert tree["daily"]["number_of_trades"] == tree["cumulative"]["trade_result"]["number_of_trades"] == 2


def test_money_is_written_exactly() -> None:
    text = to_yaml(document())
    assert "  realized_pnl: 1250.74999999\n" in text
    assert "  total_pnl: 1400.99999999\n" in text
    assert "total_fees: 0.00000001\n" in text
    assert "  maximum_loss: -125.5\n" in text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("1E+3", "1000"),
        ("1E-18", "0.000000000000000001"),
        ("-0.00", "0"),
        ("123456789012345678.123456789012345678", "123456789012345678.123456789012345678"),
        ("0.3333333333333333333333333", "0.333333333333333333"),
    ],
)
def test_plain_numbers(amount: str, text: str) -> None:
    assert exact_text(Decimal(amount)) == text
    assert Decimal(yaml.load(f"x: {text}", Loader=yaml.BaseLoader)["x"]) == Decimal(text)


def test_reading_gives_back_what_was_written() -> None:
    assert from_yaml(to_yaml(document())) == document()


def test_a_session_without_trades_says_null_and_comes_back() -> None:
    empty = StatsAccumulator().stats(HEADING)
    tree = yaml.safe_load(to_yaml(empty))
    assert tree["trade_result"]["win_rate"] is None
    assert tree["trade_holding_time"] == {"min": None, "max": None, "avg": None}
    assert tree["trade_pnl"]["maximum_loss"] == 0
    assert from_yaml(to_yaml(empty)) == empty


def test_awkward_names_come_back() -> None:
    strategy = StrategyInfo(id="null", version="1.0", name="yes: & 'no' \u2014 1e5")
    stats = StatsAccumulator().stats(msgspec.structs.replace(HEADING, strategy=strategy))
    assert from_yaml(to_yaml(stats)).strategy == strategy


@pytest.mark.parametrize("text", ["", "id: run_1", "{", "trade_pnl: [1]"])
def test_what_is_no_document_is_refused(text: str) -> None:
    with pytest.raises(DataValidationError, match=r"not a stats\.yaml"):
        from_yaml(text)
