from __future__ import annotations

from decimal import Decimal

import pytest

from tradewind.domain.fill import Fill
from tradewind.domain.ids import InstrumentId, instrument_id, symbol_of, venue_of
from tradewind.domain.order import OrderType, Side
from tradewind.domain.trip import RoundTrip
from tradewind.testing import BTC, STRATEGY, fill, intent, order_spec

D = Decimal


def test_sides() -> None:
    assert [(side.sign, side.opposite) for side in Side] == [(1, Side.SELL), (-1, Side.BUY)]


@pytest.mark.parametrize(
    ("terms", "rests"),
    [
        ({}, False),
        ({"reduce_only": True}, False),
        ({"reduce_only": True, "type": OrderType.LIMIT, "price": 1}, True),
        ({"type": OrderType.LIMIT, "price": 1}, False),
    ],
)
def test_exits_that_rest_are_told_apart(terms: dict, rests: bool) -> None:
    assert order_spec(**terms).is_resting_exit is rests
    assert intent(**terms).is_resting_exit is rests


def test_an_attached_exit_rests() -> None:
    assert order_spec(parent="t-0").is_resting_exit


def test_ids_are_put_together_and_taken_apart() -> None:
    assert instrument_id("binance", "BTCUSDT") == BTC
    assert (venue_of(BTC), symbol_of(BTC)) == ("binance", "BTCUSDT")
    assert symbol_of(InstrumentId("x:A:B")) == "A:B"


def test_a_trips_net_is_after_all_costs() -> None:
    trip = RoundTrip(STRATEGY, BTC, Side.BUY, D(1), D(1), D(9), 0, 1, gross=D(8), fees=D(1), funding=D(2), borrow=D(3))
    assert trip.net == 2
    assert isinstance(fill(), Fill)
