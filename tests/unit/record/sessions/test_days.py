"""The day of a time, in the session's time zone."""

from __future__ import annotations

import pytest

from tests.unit.record.session_steps import OCT_1
from tradewind.domain.errors import ConfigError
from tradewind.domain.time import NS_PER_DAY, NS_PER_HOUR
from tradewind.record.sessions.days import Days


def test_utc_by_default() -> None:
    days = Days()
    assert days.of(OCT_1) == "2025-10-01"
    assert days.of(OCT_1 - 1) == "2025-09-30"
    assert days.of(OCT_1 + NS_PER_DAY - 1) == "2025-10-01"
    assert days.of(OCT_1 + NS_PER_DAY) == "2025-10-02"


@pytest.mark.parametrize(
    ("zone", "midnight_utc_hours"), [("Europe/Berlin", -2), ("America/New_York", 4), ("Asia/Kolkata", -5.5)]
)
def test_elsewhere(zone: str, midnight_utc_hours: float) -> None:
    midnight = OCT_1 + int(midnight_utc_hours * NS_PER_HOUR)
    days = Days(zone)
    assert days.of(midnight) == "2025-10-01"
    assert days.of(midnight - 1) == "2025-09-30"


def test_a_day_of_25_hours() -> None:
    """Clocks in Berlin go back on 2025-10-26 at 03:00 summer time."""
    days = Days("Europe/Berlin")
    begin = OCT_1 + 25 * NS_PER_DAY - 2 * NS_PER_HOUR
    assert days.of(begin) == days.of(begin + 25 * NS_PER_HOUR - 1) == "2025-10-26"
    assert days.of(begin - 1) == "2025-10-25"
    assert days.of(begin + 25 * NS_PER_HOUR) == "2025-10-27"


def test_back_and_forth() -> None:
    days = Days()
    assert [days.of(OCT_1 + n * NS_PER_DAY)[-2:] for n in (1, 0, 1, 5, 0)] == ["02", "01", "02", "06", "01"]


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "../etc/passwd", ""])
def test_a_zone_that_does_not_exist(zone: str) -> None:
    with pytest.raises(ConfigError, match="no such time zone"):
        Days(zone)
