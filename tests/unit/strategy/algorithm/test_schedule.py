"""Scheduled functions run on the days and at the times that their rules pick, on exchanges and on markets of 24/7."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.unit.strategy.algorithm.stage import play
from tradewind.api import TradingAlgorithm, date_rules, get_datetime, schedule_function, time_rules
from tradewind.domain.market import Bar
from tradewind.domain.time import NS_PER_MINUTE
from tradewind.testing import BTC, instrument

HOUR = 60


def ns(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000_000


def minutes(start: str, count: int, every: int = 1) -> list[Bar]:
    """Bars of `every` minutes, from a time on."""
    length = every * NS_PER_MINUTE
    label = "1d" if every == 24 * HOUR else f"{every}m"
    opens = [ns(start) + number * length for number in range(count)]
    return [Bar(BTC, label, ts, ts + length, ts + length, 100.0, 100.0, 100.0, 100.0, 1.0) for ts in opens]


def run(calendar: str, events: list[Bar], **functions: Any) -> None:
    made = play(
        TradingAlgorithm(**functions), events, start=events[0].ts_open, interval=events[0].interval,
        instruments=[instrument(calendar=calendar)],
    )  # fmt: skip
    assert not made.failures, made.failures


def times(calendar: str, events: list[Bar], *rules: Any, **terms: Any) -> list[str]:
    """Return when a function ran that was scheduled by these rules."""
    called: list[str] = []
    run(
        calendar, events,
        initialize=lambda _: schedule_function(lambda data: called.append(get_datetime().isoformat()), *rules, **terms),
    )  # fmt: skip
    return called


@pytest.fixture
def new_york() -> list[Bar]:
    """The day after Thanksgiving, which closes at 18:00 UTC (13:00 in New York), and the Monday after it."""
    pytest.importorskip("exchange_calendars", reason="the extra `calendars` is not installed")
    return minutes("2024-11-29T14:30", 210) + minutes("2024-12-02T14:30", 390)


def test_api_6_thirty_minutes_before_an_early_close(new_york: list[Bar]) -> None:
    called = times("XNYS", new_york, date_rules.every_day(), time_rules.market_close(minutes=30))
    assert called == ["2024-11-29T17:30:00Z", "2024-12-02T20:30:00Z"]


def test_half_days_can_be_left_out(new_york: list[Bar]) -> None:
    called = times("XNYS", new_york, date_rules.every_day(), time_rules.market_open(hours=1), half_days=False)
    assert called == ["2024-12-02T15:30:00Z"]


def test_a_time_outside_of_a_short_session_is_no_time(new_york: list[Bar]) -> None:
    called = times("XNYS", new_york, date_rules.every_day(), time_rules.market_open(hours=5))
    assert called == ["2024-12-02T19:30:00Z"]


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        (date_rules.week_start(), ["2024-12-02"]),
        (date_rules.week_end(), ["2024-11-29"]),
        (date_rules.month_start(), ["2024-12-02"]),
        (date_rules.month_end(), ["2024-11-29"]),
        (date_rules.month_end(days_offset=1), []),
        (date_rules.week_start(days_offset=3), ["2024-11-29"]),  # Thanksgiving is no trading day
    ],
)
def test_date_rules_count_trading_days(rule: Any, days: list[str], new_york: list[Bar]) -> None:
    assert [ts[:10] for ts in times("XNYS", new_york, rule, time_rules.market_open())] == days


def test_before_trading_start_is_45_minutes_before_the_open(new_york: list[Bar]) -> None:
    called: list[str] = []
    run("XNYS", new_york, before_trading_start=lambda _, __: called.append(get_datetime().isoformat()))
    assert called == ["2024-11-29T14:30:00Z", "2024-12-02T13:45:00Z"], "the first session runs already"


def test_a_market_that_never_closes_has_days_of_utc() -> None:
    events = minutes("2024-12-24T22:00", 60 * 27)
    assert times("24/7", events, date_rules.every_day(), time_rules.market_open(minutes=5)) == [
        "2024-12-25T00:05:00Z", "2024-12-26T00:05:00Z",
    ]  # fmt: skip
    called: list[str] = []
    run("24/7", events, before_trading_start=lambda data: called.append(get_datetime().isoformat()))
    assert called == ["2024-12-24T22:00:00Z", "2024-12-25T00:00:00Z", "2024-12-26T00:00:00Z"]


def test_a_function_runs_with_the_bar_of_its_time_and_after_handle_data() -> None:
    called: list[str] = []
    schedule = lambda _: schedule_function(  # noqa: E731 - one word
        lambda data: called.append("scheduled"), date_rules.every_day(), time_rules.market_open(minutes=2)
    )
    run("24/7", minutes("2024-12-25T00:00", 3), initialize=schedule, handle_data=lambda data: called.append("bar"))
    assert called == ["bar", "bar", "scheduled", "bar"]


def test_a_function_does_not_wait_longer_than_two_seconds_for_its_bar() -> None:
    events = [bar for bar in minutes("2024-12-25T00:00", 10) if bar.ts_open != ns("2024-12-25T00:03")]
    called = times("24/7", events, date_rules.every_day(), time_rules.market_open(minutes=4))
    assert called == ["2024-12-25T00:04:02Z"]


def test_without_a_time_rule_a_function_runs_with_every_bar_of_its_days(new_york: list[Bar]) -> None:
    called = times("XNYS", new_york, date_rules.week_start())
    assert (len(called), called[0], called[-1]) == (390, "2024-12-02T14:31:00Z", "2024-12-02T21:00:00Z")


def test_on_daily_bars_a_function_runs_with_the_bar_of_its_day() -> None:
    events = minutes("2024-12-25T00:00", 8, every=24 * HOUR)
    called = times("24/7", events, date_rules.week_start(), time_rules.market_close(hours=1))
    assert called == ["2024-12-31T00:00:00Z"], "with the bar of Monday the 30th, which closes at midnight"
