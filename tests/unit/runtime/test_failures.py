"""Lesson 1 and spec/risk-and-positions.md 26: outages are waited out, other errors are counted, what no waiting mends
stops at once."""

from __future__ import annotations

import socket

import pytest

from tests.house.modules import descendants
from tradewind.domain import errors
from tradewind.domain.errors import TradewindError
from tradewind.runtime.failures import KINDS, Failures, Kind, kind_of

DOWN, REFUSED = errors.VenueUnavailable("away"), errors.VenueRefused("no")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (errors.VenueUnavailable(""), Kind.VENUE_DOWN),
        (errors.VenueMaintenance(""), Kind.VENUE_DOWN),
        (errors.VenueTimeout("", left=True), Kind.TRANSIENT),
        (errors.RateLimited("", retry_after_ns=1), Kind.TRANSIENT),
        (ConnectionResetError(), Kind.TRANSIENT),
        (socket.gaierror(), Kind.TRANSIENT),
        (TimeoutError(), Kind.TRANSIENT),
        (errors.LeaseUnreachable(""), Kind.TRANSIENT),
        (errors.VenueAuthError(""), Kind.PERMANENT),
        (errors.LeaseLost(""), Kind.PERMANENT),
        (errors.JournalError(""), Kind.PERMANENT),
        (errors.VenueRefused(""), Kind.REFUSED),
        (errors.VenueProtocolError(""), Kind.REFUSED),
        (errors.QueueFull(""), Kind.OURS),
        (ZeroDivisionError(), Kind.OURS),
        (AssertionError(), Kind.PERMANENT),
        (KeyboardInterrupt(), Kind.PERMANENT),
    ],
)
def test_each_error_has_its_kind(error: BaseException, kind: Kind) -> None:
    assert kind_of(error) is kind


def test_every_error_of_ours_has_a_kind() -> None:
    for error in descendants(TradewindError):
        assert next(base for base in error.__mro__ if base in KINDS) is not Exception


def test_lesson_1_the_nth_wait_is_n_intervals_and_at_most_half_a_minute_and_never_ends() -> None:
    failures = Failures(interval_seconds=2)
    assert [failures.failed(DOWN) for _ in range(20)] == [*range(2, 31, 2), 30, 30, 30, 30, 30]
    assert {failures.failed(DOWN) for _ in range(10_000)} == {30}


def test_what_works_again_is_counted_anew() -> None:
    failures = Failures(interval_seconds=2)
    for _ in range(9):
        failures.failed(REFUSED)
    failures.worked()
    assert failures.failed(REFUSED) == 2


def test_the_tenth_in_a_row_that_is_no_outage_is_raised() -> None:
    failures = Failures()
    for _ in range(9):
        failures.failed(REFUSED)
    with pytest.raises(errors.VenueRefused):
        failures.failed(REFUSED)


def test_an_outage_between_begins_the_row_anew() -> None:
    failures = Failures(interval_seconds=0.1)
    waits = [failures.failed(error) for _ in range(5) for error in (*[REFUSED] * 9, DOWN)]
    assert waits == pytest.approx([number / 10 for number in range(1, 51)]), "what is waited grows all the same"
    for _ in range(9):
        failures.failed(REFUSED)
    with pytest.raises(errors.VenueRefused):
        failures.failed(REFUSED)


def test_what_no_waiting_mends_is_raised_at_once() -> None:
    with pytest.raises(errors.VenueAuthError):
        Failures().failed(errors.VenueAuthError("wrong key"))


def test_a_rate_limit_says_itself_how_long() -> None:
    limited = errors.RateLimited("slow down", retry_after_ns=90 * 10**9)
    assert Failures().failed(limited) == 90
