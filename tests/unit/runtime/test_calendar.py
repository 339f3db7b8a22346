"""Trading days end when they end: midnight, closes, early closes, holidays."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from tradewind.domain.errors import ConfigError
from tradewind.record.data_sample import sample_instrument
from tradewind.runtime.calendar import AlwaysOpen, ExchangeDays, calendar_of

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
