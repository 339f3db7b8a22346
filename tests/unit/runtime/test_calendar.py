"""Trading days end when they end: midnight, closes, early closes, holidays."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.unit.strategy.algorithm.stage import play
from tradewind import Strategy
from tradewind.domain.errors import ConfigError
from tradewind.domain.events import TradingDay
from tradewind.record.market_data.sample import sample_instrument
from tradewind.runtime.calendar import AlwaysOpen, ExchangeDays, calendar_of, code_of, days_of
from tradewind.testing import bar, script

if TYPE_CHECKING:
    from tradewind import Context

SAMPLE = sample_instrument("BTCUSDT")


def ns(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000_000


def test_a_market_that_never_closes_has_a_day_that_ends_at_midnight() -> None:
    days = AlwaysOpen()
    assert days.day_end(ns("2024-12-25T13:00")) == ns("2024-12-26T00:00")
    assert days.day_end(ns("2024-12-26T00:00")) == ns("2024-12-27T00:00"), "strictly after"


def test_a_day_may_end_at_another_hour() -> None:
    assert AlwaysOpen(17 * 3600 * 10**9).day_end(ns("2024-06-01T16:00")) == ns("2024-06-01T17:00")


@pytest.mark.parametrize(
    ("at", "end"),
    [
        ("2025-03-07T15:00", "2025-03-07T21:00"),
        ("2025-03-10T15:00", "2025-03-10T20:00"),  # summer time began on the 9th
        ("2024-11-29T15:00", "2024-11-29T18:00"),  # the day after Thanksgiving closes early
        ("2025-07-03T15:00", "2025-07-03T17:00"),
        ("2025-12-25T15:00", "2025-12-26T21:00"),  # no session at Christmas
        ("2025-03-07T21:00", "2025-03-10T20:00"),  # at the close itself: the next one
    ],
)
def test_new_york_closes(at: str, end: str) -> None:
    pytest.importorskip("exchange_calendars", reason="the extra `calendars` is not installed")
    assert ExchangeDays("XNYS").day_end(ns(at)) == ns(end)


def test_an_unknown_calendar_is_told() -> None:
    pytest.importorskip("exchange_calendars", reason="the extra `calendars` is not installed")
    with pytest.raises(ConfigError, match="XXXX"):
        calendar_of([msgspec.structs.replace(SAMPLE, calendar="XXXX")])


def test_a_session_has_one_calendar() -> None:
    with pytest.raises(ConfigError, match="one calendar"):
        calendar_of([SAMPLE, msgspec.structs.replace(SAMPLE, calendar="XNYS")])


def days(name: str, at: str, count: int) -> list[TradingDay]:
    return list(islice(days_of(name, ns(at)), count))


def test_days_of_24_7_begin_at_midnight_also_at_christmas() -> None:
    found = days("24/7", "2024-12-24T13:00", 9)
    assert [day.date for day in found[:3]] == ["2024-12-24", "2024-12-25", "2024-12-26"]
    assert [day.ts_recv for day in found[:2]] == [ns("2024-12-24T13:00"), ns("2024-12-25T00:00")]
    assert [(day.week_day, day.week_left) for day in found[4:7]] == [(5, 1), (6, 0), (0, 6)]
    assert [(day.month_day, day.month_left) for day in found[6:9]] == [(29, 1), (30, 0), (0, 30)]
    assert days("CRYPTO", "2024-12-24T13:00", 1)[0].ts_close == ns("2024-12-25T00:00")


def test_days_of_an_exchange_are_told_before_they_open() -> None:
    pytest.importorskip("exchange_calendars", reason="the extra `calendars` is not installed")
    thursday, friday, monday = days("NYSE", "2024-11-27T15:00", 3)
    assert (thursday.date, thursday.ts_recv) == ("2024-11-27", ns("2024-11-27T15:00")), "it runs already"
    assert (friday.date, friday.ts_recv, friday.is_early) == ("2024-11-29", ns("2024-11-29T13:45"), True)
    assert (friday.week_day, friday.week_left, friday.month_left) == (3, 0, 0)
    assert (monday.ts_open, monday.ts_close) == (ns("2024-12-02T14:30"), ns("2024-12-02T21:00"))
    assert (monday.week_day, monday.month_day) == (0, 0)


def test_an_exchange_may_pause_for_lunch() -> None:
    pytest.importorskip("exchange_calendars", reason="the extra `calendars` is not installed")
    [day] = days("XJPX", "2024-11-05T00:00", 1)
    open_at = [hour for hour in range(8) if day.is_open(ns(f"2024-11-05T0{hour}:45"))]
    assert open_at == [0, 1, 3, 4, 5], "a break from 02:30 to 03:30, and from that day on open till 06:30"


def test_the_loop_tells_days_to_those_who_ask_and_to_nobody_else() -> None:
    told: list[str] = []

    class Follower(Strategy):
        def on_start(self, ctx: Context) -> None:
            ctx.follow_days()

        def on_day(self, ctx: Context, day: TradingDay) -> None:
            told.append(day.date)

    stage = play(Follower(), [bar(100.0), bar(101.0, 24 * 60)])
    assert told == ["1970-01-01", "1970-01-02"]
    assert [type(step.event).__name__ for step in stage.steps].count("TradingDay") == 2
    stage = play(script(on_day=lambda ctx, day: told.append("not asked for")), [bar(100.0)])
    assert len(told) == 2
    assert not any(isinstance(step.event, TradingDay) for step in stage.steps)


def test_days_are_asked_for_at_the_start() -> None:
    stage = play(script(on_bar=lambda ctx, _: ctx.follow_days()), [bar(100.0)])
    assert "follow the calendar 24/7 in on_start" in stage.failures[0]


def test_a_calendar_is_known_by_the_names_that_people_use() -> None:
    assert [code_of(name) for name in ("crypto", "NYSE", "XNYS", "24/7")] == ["24/7", "XNYS", "XNYS", "24/7"]
    assert isinstance(calendar_of([SAMPLE, msgspec.structs.replace(SAMPLE, calendar="CRYPTO")]), AlwaysOpen)
