"""The five rules of exits, and what of them the reference had wrong (spec/signals.md, sections 6 and 13)."""

from __future__ import annotations

import pytest

from tests.unit.app.signals.market import Market, Script, both, define, plan, told

STOPPED = ("closed", 12, "stop_loss", -2.395804)


def test_10_a_trade_ends_by_time_at_the_open_of_its_minute() -> None:
    define(
        Market(price=lambda n: 50_000 + 2 * n), Script({10: plan(minute_estimated_time=30, price_take_profit=52000)})
    )
    results = both()
    assert told(results) == [("scheduled", 10), ("opened", 10), ("closed", 40, "time_expired", -0.280088)]
    assert results[2].pnl is not None
    assert (results[2].pnl.price_open, results[2].pnl.price_close) == (50020, 50080)


def test_4_a_wick_opens_a_resting_limit() -> None:
    define(
        Market(changes={20: (50000, 50000, 49400, 50000)}), Script({10: plan(price_open=49500, price_stop_loss=48000)})
    )
    results = both()
    assert told(results)[:2] == [("scheduled", 10), ("opened", 21)]
    assert results[1].signal is not None
    assert float(results[1].signal.fills[0].reference) == 49500


def test_5_a_gap_is_booked_at_its_price() -> None:
    define(Market(changes=dict.fromkeys(range(11, 100), (45000,))), Script({10: plan()}))
    assert told(both())[-1] == ("closed", 11, "stop_loss", -10.379820)


def test_7_a_wick_of_a_minute_stops() -> None:
    define(Market(changes={20: (50000, 50000, 48000, 50000)}), Script({10: plan()}))
    assert told(both())[-1] == ("closed", 21, "stop_loss", -2.395804)


def test_8_the_first_bar_after_the_fill_counts() -> None:
    define(Market(changes={10: (50000, 50000, 48900, 50000)}), Script({10: plan()}))
    assert told(both())[-1] == ("closed", 11, "stop_loss", -2.395804)


def test_9_a_limit_and_its_stop_in_one_bar_are_a_loss() -> None:
    define(
        Market(changes={20: (50000, 50000, 47900, 48100)}), Script({10: plan(price_open=49500, price_stop_loss=48000)})
    )
    assert told(both()) == [("scheduled", 10), ("opened", 21), ("closed", 21, "stop_loss", -3.424049)]


def test_11_an_entry_above_the_market_fills_at_the_market() -> None:
    define(Market(), Script({10: plan(price_open=50500, price_take_profit=52000)}))
    opened = both()[1]
    assert opened.signal is not None
    assert float(opened.signal.fills[0].reference) == 50000


def test_16_a_missing_minute_is_no_error() -> None:
    changes = dict.fromkeys(range(20, 100), (48500.0,))
    define(Market(changes=changes, missing=range(18, 23)), Script({10: plan()}))
    assert told(both())[-1][:3] == ("closed", 23, "stop_loss")


@pytest.mark.parametrize(
    ("bar", "expected"),
    [
        ((48500, 48600, 48400, 48500), ("stop_loss", 48500, 30)),
        ((51500, 51600, 51400, 51500), ("take_profit", 51500, 30)),
        ((50000, 52000, 48000, 50000), ("stop_loss", 49000, 31)),
        ((50000, 51000, 49500, 50000), ("take_profit", 51000, 31)),
    ],
)
def test_first_match_wins(bar: tuple[float, ...], expected: tuple[str, float, int]) -> None:
    define(Market(changes={30: bar}), Script({10: plan()}))
    closed = both()[-1]
    assert closed.pnl is not None
    assert (closed.close_reason, closed.pnl.price_close, told([closed])[0][1]) == expected


def test_price_levels_come_before_time() -> None:
    define(Market(changes={20: (48500,)}), Script({10: plan(minute_estimated_time=10)}))
    assert told(both())[-1][:3] == ("closed", 20, "stop_loss")


def test_a_missing_minute_at_the_time_limit_ends_it_at_the_next_open() -> None:
    define(Market(missing=range(17, 25)), Script({10: plan(minute_estimated_time=10)}))
    assert told(both())[-1][:3] == ("closed", 25, "time_expired")
