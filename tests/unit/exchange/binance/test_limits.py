"""Weights, order counts and bans, by the exchange's time."""

from __future__ import annotations

import pytest

from tradewind.domain.time import NS_PER_MINUTE, NS_PER_SECOND
from tradewind.exchange.binance.limits import BAN_NS, FORGIVEN, Limits, wait_ms
from tradewind.exchange.binance.refusals import WireError


def refused(limits: Limits, weight: int, now: int) -> WireError:
    with pytest.raises(WireError) as caught:
        limits.spend("here", weight, now)
    return caught.value


def test_weight_is_counted_by_the_minute() -> None:
    limits = Limits(weight_max=10)
    assert limits.spend("here", 6, 0) == 6
    assert limits.spend("here", 4, 1) == 10
    error = refused(limits, 1, 2)
    assert (error.status, error.code) == (429, -1003)
    assert error.data == {"serverTime": 0, "retryAfter": 60_000}
    assert (wait_ms(error, 1.0), wait_ms(error, 60.0)) == (60_000, 1_000), "a client at sixty times the pace waits less"
    assert wait_ms(WireError(-1121, "Invalid symbol."), 1.0) is None
    assert limits.spend("there", 1, 2) == 1
    assert limits.spend("here", 1, NS_PER_MINUTE) == 1


def test_who_goes_on_is_banned_and_longer_each_time() -> None:
    limits = Limits(weight_max=1)
    limits.spend("here", 1, 0)
    for _ in range(FORGIVEN):
        assert refused(limits, 1, 1).status == 429
    assert refused(limits, 1, 1).status == 418
    assert refused(limits, 1, BAN_NS).status == 418
    later = BAN_NS + NS_PER_MINUTE
    assert limits.spend("here", 1, later) == 1
    limits.ban("here", later)
    error = refused(limits, 1, later + BAN_NS + 1)
    assert error.status == 418
    assert "IP banned until" in error.msg


def test_orders_count_until_they_have_filled() -> None:
    limits = Limits(orders_10s_max=2)
    assert limits.order("main", 0) == (1, 1)
    assert limits.order("main", 0) == (2, 2)
    with pytest.raises(WireError, match="Too many new orders; current limit is 2 orders per 10 SECOND"):
        limits.order("main", 1)
    limits.filled("main", 2)
    assert limits.order("main", 3) == (2, 2)
    assert limits.order("main", 11 * NS_PER_SECOND) == (1, 3)
