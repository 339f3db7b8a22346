from __future__ import annotations

from typing import Any

import pytest

from tests.unit.risk.gate import (
    BUY,
    LIMIT,
    OTHER,
    SELL,
    STOP,
    C,
    D,
    amend,
    broken,
    closing,
    code,
    contracts,
    disputed,
    dress,
    resting,
    restrained,
    review,
    sent,
    session,
    stopping,
    told,
    unknown,
    unready,
)
from tests.unit.risk.test_entries import CAPS, ENTRY_CODES
from tradewind.domain import events as ev
from tradewind.domain.control import Degraded, Halted, Paused, Resumed
from tradewind.domain.ids import ClientOrderId, InstrumentId, StrategyId
from tradewind.domain.order import OrderType, Purpose, Side
from tradewind.domain.restraint import RestraintKind as K
from tradewind.domain.signal import AmendIntent, CancelIntent
from tradewind.domain.step import Refusal, RefusalCode
from tradewind.risk.breakers.settings import AccountLimits, DrawdownGuard, Window
from tradewind.risk.exits.plan import EntryPlan, ExitPlan, PartialPlan, StrategyPlan, TimePlan
from tradewind.risk.limits import Limits
from tradewind.testing import (
    STRATEGY,
    bar,
    filled,
    instrument,
    intent,
    order_spec,
    rejected,
    started,
)

AGAINST = PartialPlan(against=True)


def by(**policies: Any) -> tuple[StrategyPlan]:
    return (StrategyPlan(STRATEGY, ExitPlan(**policies)),)


# --- every code has its test ------------------------------------------------------------------------

EVERY: dict[RefusalCode, Any] = {
    C.WARMING_UP: lambda: review(session(start=started(warming=True))),
    C.PAUSED: lambda: review(told(session(), Paused(10**15))),
    C.STOPPING: lambda: review(stopping(session())),
    C.HALTED: lambda: review(told(session(), Halted(10**15))),
    C.OUTCOME_UNKNOWN: lambda: review(unknown(session())),
    C.DISCREPANCY: lambda: review(disputed(session())),
    C.NOT_READY: lambda: review(unready(session())),
    C.CLOSE_ONLY: lambda: review(closing(session())),
    C.CANCEL_ONLY: lambda: review(told(session(), Degraded(10**15, "disk", "full", cancel_only=True))),
    C.NO_PRICE: lambda: review(session(price=None)),
    C.UNKNOWN_INSTRUMENT: lambda: review(session(), instrument="x:Y"),
    C.UNKNOWN_ORDER: lambda: code(session().risk.review_cancel(CancelIntent(STRATEGY, ClientOrderId("t-9")))),
    C.NOT_AMENDABLE: lambda: amend(resting(session(), type=OrderType.MARKET, price=None), quantity=D(2)),
    C.INVALID_ORDER: lambda: review(session(), price="100", type=OrderType.MARKET),
    C.SIZER_INPUT_MISSING: lambda: review(session(start=started(USDT=1, XYZ=1)), quantity=None),
    C.ZERO_SIZE: lambda: review(session(), quantity="0.000009"),
    C.BELOW_MINIMUM: lambda: review(session(instruments=[instrument(quantity_min="2")])),
    C.ABOVE_MAXIMUM: lambda: review(session(instruments=[instrument(quantity_max="0.5")])),
    C.ORDER_VALUE: lambda: review(session(limits=Limits(order_value_max=D(99)))),
    C.MAX_POSITION: lambda: review(session(limits=Limits(position_quantity_max=D("0.9")))),
    C.PRICE_COLLAR: lambda: review(session(), type=LIMIT, price="110.01"),
    C.ORDER_RATE: lambda: review(session(limits=Limits(orders_per_minute_max=0))),
    C.INSUFFICIENT_FUNDS: lambda: review(session(), quantity=1_000),
    C.LEVERAGE: lambda: review(session(limits=Limits(leverage_max=D("0.0009")))),
    C.REDUCE_ONLY: lambda: review(session(), reduce_only=True),
    C.SIDE_DISABLED: lambda: review(restrained(contracts(), K.LONG_ONLY), SELL),
    C.RESTRICTED: lambda: review(restrained(session(), K.DO_NOT_ORDER)),
    C.ORDER_SIZE: lambda: review(restrained(session(), K.MAX_ORDER_SIZE, quantity=D("0.5"))),
    C.ORDER_COUNT: lambda: review(restrained(session(), K.MAX_ORDER_COUNT, quantity=D(0))),
    C.DAILY_LOSS: lambda: review(broken(95.0, account=AccountLimits())),
    C.BREAKER_DRAWDOWN: lambda: review(broken(70.0, account=AccountLimits(daily_loss=D(1)))),
    C.MAX_DRAWDOWN: lambda: review(broken(60.0, max_drawdown=DrawdownGuard())),
    C.BREAKER: lambda: review(told(broken(100.0, error_rate=Window(0)), rejected("held", 10**15))),
    C.MIN_LEVERAGE: lambda: review(restrained(session(held=2), K.MIN_LEVERAGE, value=D("0.0015")), SELL),
    C.SESSION_CLOSED: lambda: review(
        session(instruments=[instrument(calendar="XNYS")], limits=Limits(in_session_only=True))
    ),
    C.SELF_CROSS: lambda: review(resting(session(limits=Limits(self_cross=False), held=1), SELL, price=100)),
    C.AMEND_RATE: lambda: amend(resting(session(limits=Limits(amends_per_minute_max=0))), quantity=D(2)),
}


def test_no_code_is_forgotten() -> None:
    elsewhere = {C.DUPLICATE, C.UNCONFIRMED}  # tests/unit/engine/test_confirming.py has the latter
    assert EVERY.keys() | ENTRY_CODES.keys() | CAPS.keys() | elsewhere == set(C)


@pytest.mark.parametrize("wanted", EVERY, ids=lambda wanted: wanted.value)
def test_every_code_is_produced(wanted: RefusalCode) -> None:
    assert EVERY[wanted]() is wanted


def test_policies_of_positions_refuse_on_the_way_to_the_gate() -> None:
    assert dress(session(exits=by(time=TimePlan(no_overnight=True, days="24/7")))) is C.SESSION_CLOSED
    assert dress(session(held=1, exits=by(partial=AGAINST)), purpose=Purpose.SCALE_IN, tag="scale_in 1") is C.NO_STOP
    heavy = session(held=900, exits=by(partial=AGAINST, entry=EntryPlan()))
    assert dress(heavy, purpose=Purpose.SCALE_IN, tag="scale_in 1") is C.MAX_RISK_PER_TRADE


def test_a_refusal_leaves_no_row_and_no_count() -> None:
    made = session(limits=Limits(orders_per_minute_max=1))
    assert review(made, quantity=1_000) is C.INSUFFICIENT_FUNDS
    assert made.orders.open() == []
    assert review(made) is None


# --- what is approved -------------------------------------------------------------------------------


def test_an_approved_intent_becomes_an_order_with_its_exits() -> None:
    wish = intent(
        quantity="0.123456", stop_loss=90, take_profit=120, stop_loss_id="t-2", take_profit_id="t-3", tag="x", oco="s/o"
    )
    verdict = session().risk.review(wish)
    assert not isinstance(verdict, Refusal)
    spec, (stop, target) = verdict
    assert (spec.id, str(spec.quantity), spec.tag, spec.oco, spec.purpose) == (
        "t-1",
        "0.12345",
        "x",
        "s/o",
        Purpose.ENTRY,
    )
    assert (stop.id, stop.type, stop.trigger, stop.purpose) == ("t-2", STOP, D(90), Purpose.STOP_LOSS)
    assert (target.id, target.type, target.price, target.purpose) == ("t-3", LIMIT, D(120), Purpose.TAKE_PROFIT)
    for child in (stop, target):
        assert (child.side, child.quantity, child.parent, child.reduce_only) == (SELL, spec.quantity, "t-1", True)
        assert child.oco == "t-1/exit"


# --- the state of the session -----------------------------------------------------------------------


def test_a_pause_holds_everything_but_cancels() -> None:
    made = told(resting(session(held=1)), Paused(10**15))
    assert review(made, SELL, id="t-2", reduce_only=True) is C.PAUSED
    assert amend(made, quantity=D("0.5")) is C.PAUSED
    assert made.risk.review_cancel(CancelIntent(STRATEGY, ClientOrderId("t-1"))) is None
    assert review(told(made, Resumed(10**15)), id="t-3") is None


@pytest.mark.parametrize("who", [None, STRATEGY])
def test_a_halt_lets_reductions_and_cancels_pass(who: StrategyId | None) -> None:
    made = told(resting(session(held=1)), Halted(10**15, strategy=who))
    assert review(made, id="t-2") is C.HALTED
    assert review(made, SELL, id="t-2") is None
    assert review(made, SELL, id="t-2", reduce_only=True) is None
    assert amend(made, quantity=D("0.5")) is None
    assert amend(made, quantity=D(2)) is C.HALTED
    assert amend(made, price=D("99.5")) is C.HALTED
    assert made.risk.review_cancel(CancelIntent(STRATEGY, ClientOrderId("t-1"))) is None


def test_a_halt_of_one_strategy_is_no_halt_of_another() -> None:
    made = told(session(), Halted(10**15, strategy=OTHER))
    assert review(made) is None
    assert review(made, strategy=OTHER) is C.HALTED


def test_the_engines_own_closes_pass_a_stop_and_a_pause() -> None:
    made = stopping(told(session(held=1), Paused(10**15)))
    assert review(made, SELL, reduce_only=True, purpose=Purpose.SHUTDOWN) is None
    assert review(made, SELL, reduce_only=True, tag="shutdown") is C.PAUSED
    assert review(made, BUY, purpose=Purpose.SHUTDOWN) is C.PAUSED
    assert review(made, BUY, reduce_only=True, purpose=Purpose.SHUTDOWN) is C.REDUCE_ONLY


def test_an_unknown_outcome_holds_entries_in_its_instrument_alone() -> None:
    made = unknown(session(held=1, instruments=[instrument(), instrument("ETHUSDT")]))
    made.process(bar(10, 0, of=InstrumentId("binance:ETHUSDT"), ts_recv=made.view.now))
    assert review(made) is C.OUTCOME_UNKNOWN
    assert review(made, instrument="binance:ETHUSDT") is None
    assert review(made, SELL) is None


# --- reductions -------------------------------------------------------------------------------------


def test_two_sales_of_the_whole_in_one_turn_are_not_two_reductions() -> None:
    made = contracts(held=1, limits=Limits(allow_short=True, position_quantity_max=D(0)))
    sent(made, SELL, 1, order="a")
    assert review(made, SELL, 1) is C.MAX_POSITION
    assert review(told(made, Halted(10**15)), SELL, 1) is C.HALTED


def test_a_sale_beside_a_market_exit_in_flight_is_no_reduction() -> None:
    made = session(held=1)
    sent(made, SELL, 1, order="a", reduce_only=True)
    assert review(made, SELL, 1) is C.INSUFFICIENT_FUNDS
    assert review(made, SELL, 1, reduce_only=True) is C.REDUCE_ONLY


def test_exits_that_rest_are_alternatives() -> None:
    made = session(held=1)
    sent(made, SELL, 1, order="a", reduce_only=True, type=LIMIT, price=120)
    sent(made, SELL, 1, order="b", reduce_only=True, type=STOP, trigger=90)
    assert review(made, SELL, 1, reduce_only=True) is None
    assert review(made, SELL, 1) is None


@pytest.mark.parametrize(
    ("side", "quantity", "wanted"), [(SELL, 2, None), (SELL, "2.1", C.REDUCE_ONLY), (BUY, 1, C.REDUCE_ONLY)]
)
def test_reduce_only_needs_something_to_reduce(side: Side, quantity: Any, wanted: RefusalCode | None) -> None:
    assert review(contracts(held=2), side, quantity, reduce_only=True) is wanted


def test_reductions_meet_no_limit() -> None:
    tight = Limits(
        order_value_max=D(0), position_quantity_max=D(0), leverage_max=D(0), price_collar=D(0), allow_short=True
    )
    assert review(contracts(held=2, limits=tight), SELL, 2, type=LIMIT, price=50) is None


# --- amendments -------------------------------------------------------------------------------------


def test_amending_what_is_not_there_is_refused() -> None:
    made = resting(session())
    assert amend(session()) is C.UNKNOWN_ORDER
    assert amend(made, OTHER, quantity=D(1)) is C.UNKNOWN_ORDER
    told(made, ev.OrderCancelled(ClientOrderId("t-1"), "", 10**15, 10**15))
    assert amend(made, quantity=D(1)) is C.UNKNOWN_ORDER
    assert code(made.risk.review_cancel(CancelIntent(STRATEGY, ClientOrderId("t-1")))) is C.UNKNOWN_ORDER
    assert code(made.risk.review_cancel(CancelIntent(OTHER, ClientOrderId("t-1")))) is C.UNKNOWN_ORDER


def test_an_order_is_not_amended_below_what_has_filled() -> None:
    made = told(resting(session()), filled(quantity="0.4", ts=10**15))
    assert amend(made, quantity=D("0.4")) is C.NOT_AMENDABLE
    assert amend(made, quantity=D("0.5")) is None


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({"price": D("99.005")}, C.INVALID_ORDER), ({"price": D(0)}, C.INVALID_ORDER),
        ({"price": D(-1)}, C.INVALID_ORDER), ({"price": D("110.01")}, C.PRICE_COLLAR), ({"price": D(110)}, None),
        ({"quantity": D("0.000001")}, C.ZERO_SIZE), ({"quantity": D(3)}, C.ORDER_VALUE),
        ({"price": D(105), "quantity": D(2)}, C.ORDER_VALUE), ({"quantity": D(2)}, None),
    ],
)  # fmt: skip
def test_an_amended_order_meets_the_gate_like_a_new_one(values: dict, wanted: RefusalCode | None) -> None:
    assert amend(resting(session(limits=Limits(order_value_max=D(200)))), **values) is wanted


def test_what_an_order_grows_by_counts_beside_it() -> None:
    assert amend(resting(session(limits=Limits(position_quantity_max=D(3)))), quantity=D(3)) is None
    assert amend(resting(session(limits=Limits(position_quantity_max=D(3)))), quantity=D("3.1")) is C.MAX_POSITION
    assert amend(resting(session(), quantity=900), quantity=D(1_010)) is C.INSUFFICIENT_FUNDS
    assert amend(resting(session(limits=Limits(orders_per_minute_max=0))), quantity=D(2)) is C.ORDER_RATE


def test_what_an_order_grows_dearer_by_counts_beside_it() -> None:
    assert amend(resting(session(limits=Limits(position_value_max=D(105)))), price=D(105)) is None
    assert amend(resting(session(limits=Limits(position_value_max=D(105)))), price=D(106)) is C.MAX_POSITION
    assert amend(resting(session(), quantity=1_000), price=D(109)) is C.INSUFFICIENT_FUNDS
    assert amend(resting(session(), quantity=1_000), price=D(98)) is None
    assert amend(resting(session(limits=Limits(orders_per_minute_max=0))), price=D(105)) is None


def test_an_amendment_that_is_not_answered_counts_as_made() -> None:
    made = resting(session(limits=Limits(position_quantity_max=D(3))))
    made.orders.amend(AmendIntent(STRATEGY, ClientOrderId("t-1"), D(3)))
    assert amend(made, quantity=D(3)) is None
    assert review(made) is C.MAX_POSITION
    dear = resting(session(), quantity=900)
    dear.orders.amend(AmendIntent(STRATEGY, ClientOrderId("t-1"), price=D(110)))
    assert review(dear, quantity=50) is C.INSUFFICIENT_FUNDS


def test_an_exit_that_does_not_grow_is_always_amended() -> None:
    made = session()
    exits: Any = {"type": STOP, "price": None, "trigger": 90, "reduce_only": True}
    made.orders.submit(order_spec(quantity=5, id="entry"), (order_spec(SELL, 5, id="t-1", parent="entry", **exits),))
    assert amend(made, trigger=D(91)) is None, "asleep"
    told(made, filled("entry", 2, 100, ts=made.view.now))
    assert amend(made, trigger=D(92)) is None, "its entry has filled in part"
    assert amend(made, quantity=D(2)) is None
    assert amend(made, quantity=D(6)) is C.REDUCE_ONLY


def test_a_sale_does_not_grow_beyond_what_is_held() -> None:
    made = resting(session(held=1), SELL, "0.9", price=120)
    assert amend(made, quantity=D(1)) is None
    assert amend(made, quantity=D("1.5")) is C.INSUFFICIENT_FUNDS


def test_an_exit_is_amended_within_the_position() -> None:
    made = resting(session(held=1), SELL, "0.5", price=120, reduce_only=True)
    assert amend(made, quantity=D(1), price=D(130)) is None
    assert amend(made, quantity=D(2)) is C.REDUCE_ONLY


def test_amending_needs_a_price_to_reckon_with() -> None:
    trailing: Any = {"type": OrderType.TRAILING_STOP, "price": None, "trail_fraction": "0.1"}
    assert amend(resting(session(price=None), **trailing), quantity=D(2)) is C.NO_PRICE
