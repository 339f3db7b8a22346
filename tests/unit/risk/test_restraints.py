"""Restraints: what a strategy forbids itself is refused, at the limit it still passes, and exits are left alone."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.unit.risk.gate import (
    BUY,
    MARGIN,
    OTHER,
    SELL,
    SHORTS,
    amend,
    contracts,
    resting,
    restrained,
    review,
    sent,
    session,
)
from tradewind.domain.restraint import RestraintKind as K
from tradewind.domain.step import Refusal, RefusalCode
from tradewind.domain.time import NS_PER_DAY
from tradewind.testing import BTC, bar, intent

D = Decimal
C = RefusalCode


def verdict(made: Any, *args: Any, **terms: Any) -> Refusal | None:
    answer = made.risk.review(intent(*args, **terms))
    return answer if isinstance(answer, Refusal) else None


@pytest.mark.parametrize(
    ("kind", "limit", "passes", "fails", "code"),
    [
        (K.MAX_ORDER_SIZE, {"quantity": D(3)}, 3, "3.00001", C.ORDER_SIZE),
        (K.MAX_ORDER_SIZE, {"value": D(300)}, 3, "3.00001", C.ORDER_SIZE),
        (K.MAX_POSITION_SIZE, {"quantity": D(5)}, 3, "3.00001", C.MAX_POSITION),  # 2 are held
        (K.MAX_POSITION_SIZE, {"value": D(500)}, 3, "3.00001", C.MAX_POSITION),
        (K.MAX_LEVERAGE, {"value": D("0.005")}, 3, "3.1", C.LEVERAGE),  # of about 100,000
    ],
)
def test_at_the_limit_it_passes_above_it_is_refused(kind: K, limit: Any, passes: Any, fails: Any, code: C) -> None:
    made = restrained(session(held=2), kind, **limit)
    refusal = verdict(made, BUY, fails)
    assert refusal is not None
    assert refusal.code is code
    assert refusal.limit == next(iter(limit.values()))
    assert refusal.value is not None
    assert refusal.value > refusal.limit
    assert verdict(made, BUY, passes) is None


def test_what_is_pending_counts_as_position() -> None:
    made = restrained(session(), K.MAX_POSITION_SIZE, quantity=D(3))
    sent(made, BUY, 2, order="t-1")
    refusal = verdict(made, BUY, 2, id="t-2")
    assert refusal is not None
    assert (refusal.limit, refusal.value) == (D(3), D(4))


def test_long_only_lets_sell_what_is_held_and_no_more() -> None:
    made = restrained(contracts(held=2), K.LONG_ONLY)
    refusal = verdict(made, SELL, "2.00001")
    assert refusal is not None
    assert (refusal.code, refusal.limit, refusal.value) == (C.SIDE_DISABLED, D(2), D("2.00001"))
    assert verdict(made, SELL, 2) is None
    sent(made, SELL, 2, order="t-2")
    assert verdict(made, SELL, 1, id="t-3") is not None, "what is on its way out cannot be sold again"


def test_orders_are_counted_by_the_utc_day() -> None:
    made = restrained(session(), K.MAX_ORDER_COUNT, quantity=D(2))
    assert [verdict(made, BUY, 1, id=f"t-{n}") is None for n in range(3)] == [True, True, False]
    made.process(bar(100.0, ts_open=NS_PER_DAY, ts_venue=NS_PER_DAY + 60, ts_recv=NS_PER_DAY + 60))
    assert verdict(made, BUY, 1, id="t-4") is None


def test_instruments_that_are_not_named_are_free() -> None:
    assert review(restrained(session(), K.DO_NOT_ORDER, instruments=("binance:ETHUSDT",))) is None
    assert review(restrained(session(), K.DO_NOT_ORDER, instruments=(BTC,))) is C.RESTRICTED


def test_no_restraint_but_the_least_leverage_stands_in_the_way_of_an_exit() -> None:
    made = session(held=2)
    for kind in set(K) - {K.MIN_LEVERAGE}:
        restrained(made, kind, quantity=D(0), value=D(0))
    assert verdict(made, SELL, 2) is None
    assert verdict(made, BUY, 1) is not None
    restrained(made, K.MIN_LEVERAGE, value=D("0.001"))
    refusal = verdict(made, SELL, 2)
    assert refusal is not None
    assert refusal.code is C.MIN_LEVERAGE
    assert verdict(made, SELL, 2, reduce_only=True) is None, "marked as an exit it may"
    assert verdict(made, SELL, "0.5") is None, "what is left is enough"


def test_the_least_leverage_has_a_time_of_grace() -> None:
    made = restrained(session(held=2), K.MIN_LEVERAGE, value=D(1), since=10**18)
    assert verdict(made, SELL, 2) is None


def test_one_strategy_does_not_restrain_another() -> None:
    made = restrained(session(), K.DO_NOT_ORDER)
    assert verdict(made, BUY, 1) is not None
    assert verdict(made, BUY, 1, strategy=OTHER) is None


def test_the_limits_of_the_session_hold_beside_them() -> None:
    made = restrained(session(account=MARGIN, limits=SHORTS), K.MAX_ORDER_SIZE, quantity=D(10**6))
    assert review(made, quantity=10**5) is C.INSUFFICIENT_FUNDS


def test_an_order_cannot_grow_beyond_a_restraint_by_amendment() -> None:
    made = resting(restrained(session(), K.MAX_POSITION_SIZE, quantity=D(3)))
    assert amend(made, quantity=D(3)) is None
    assert amend(made, quantity=D("3.00001")) is C.MAX_POSITION


def test_an_order_that_something_else_refuses_is_not_counted() -> None:
    made = restrained(session(), K.MAX_ORDER_COUNT, quantity=D(1))
    refusal = verdict(made, BUY, 10**9, id="t-1")
    assert refusal is not None
    assert refusal.code is C.INSUFFICIENT_FUNDS
    assert verdict(made, BUY, 1, id="t-2") is None
    assert verdict(made, BUY, 1, id="t-3") is not None
