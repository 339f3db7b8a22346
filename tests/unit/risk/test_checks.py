from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.risk.gate import (
    BUY,
    LIMIT,
    MARGIN,
    OTHER,
    SELL,
    SHORTS,
    STOP,
    C,
    D,
    contracts,
    review,
    sent,
    session,
    told,
)
from tradewind.domain import events as ev
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.order import OrderType, Side, TimeInForce
from tradewind.domain.step import Refusal
from tradewind.domain.time import NS_PER_MINUTE
from tradewind.risk.limits import Limits
from tradewind.testing import (
    accepted,
    bar,
    engine,
    filled,
    instrument,
    intent,
    script,
    started,
)

if TYPE_CHECKING:
    from tradewind.domain.step import RefusalCode

# --- the form of an order ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "terms",
    [
        {"type": LIMIT}, {"type": OrderType.STOP_LIMIT, "trigger": 101}, {"price": 100}, {"type": STOP, "price": 100},
        {"type": STOP}, {"type": OrderType.STOP_LIMIT, "price": 101}, {"type": OrderType.TRAILING_STOP},
        {"type": OrderType.TRAILING_STOP, "trail_amount": 1, "trail_fraction": "0.1"},
        {"type": OrderType.TRAILING_STOP, "trail_amount": 0}, {"type": OrderType.TRAILING_STOP, "trail_fraction": 0},
        {"type": OrderType.TRAILING_STOP, "trail_fraction": 1}, {"post_only": True},
        {"type": LIMIT, "price": 99, "post_only": True, "tif": TimeInForce.IOC},
        {"type": LIMIT, "price": 99, "post_only": True, "tif": TimeInForce.FOK}, {"tif": TimeInForce.GTD},
        {"expire_at": 5}, {"type": LIMIT, "price": "99.001"}, {"type": LIMIT, "price": 0},
        {"type": LIMIT, "price": -5}, {"type": STOP, "trigger": "101.005"}, {"stop_loss": "90.001"},
        {"take_profit": "120.001"}, {"stop_loss": 100}, {"stop_loss": 101}, {"take_profit": 100}, {"take_profit": 99},
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_invalid(terms: dict) -> None:
    assert review(session(), **terms) is C.INVALID_ORDER


def test_exits_of_a_short_lie_on_the_other_side() -> None:
    made = contracts()
    assert review(made, SELL, stop_loss=110, take_profit=90) is None
    assert review(made, SELL, stop_loss=90) is C.INVALID_ORDER
    assert review(made, SELL, take_profit=110) is C.INVALID_ORDER


def test_exits_cannot_be_attached_to_an_exit() -> None:
    assert review(session(held=1), SELL, reduce_only=True, stop_loss=110) is C.INVALID_ORDER


@pytest.mark.parametrize(
    "terms",
    [
        {"type": LIMIT, "price": 99, "post_only": True},
        {"type": STOP, "trigger": 101},
        {"type": OrderType.STOP_LIMIT, "trigger": 101, "price": 102},
        {"type": OrderType.TRAILING_STOP, "trail_fraction": "0.05"},
        {"tif": TimeInForce.GTD, "expire_at": 10**18},
    ],
)
def test_what_is_whole_passes(terms: dict) -> None:
    assert review(session(), **terms) is None


@pytest.mark.parametrize(
    ("facts", "quantity", "wanted"),
    [
        ({"quantity_min": "1"}, 1, None), ({"quantity_min": "1"}, "0.99999", C.BELOW_MINIMUM),
        ({"quantity_max": "1"}, 1, None), ({"quantity_max": "1"}, "1.00001", C.ABOVE_MAXIMUM),
        ({"notional_min": "100"}, 1, None), ({"notional_min": "100"}, "0.99999", C.BELOW_MINIMUM),
    ],
)  # fmt: skip
def test_the_instruments_bounds_are_inclusive(facts: dict, quantity: Any, wanted: RefusalCode | None) -> None:
    assert review(session(instruments=[instrument(**facts)]), quantity=quantity) is wanted


def test_a_reduction_may_be_worth_less_than_the_minimum() -> None:
    made = session(instruments=[instrument(notional_min="1000")], held=1)
    assert review(made, SELL) is None


# --- limits: exactly the limit passes, and what is in flight counts --------------------------------


@pytest.mark.parametrize(
    ("limits", "code_above"),
    [
        (Limits(order_value_max=D(300)), C.ORDER_VALUE),
        (Limits(position_quantity_max=D(3)), C.MAX_POSITION),
        (Limits(position_value_max=D(300)), C.MAX_POSITION),
        (Limits(leverage_max=D("0.003")), C.LEVERAGE),
    ],
)
def test_a_limit_is_met_by_more_than_it(limits: Limits, code_above: RefusalCode) -> None:
    made = session(limits=limits)
    assert review(made, quantity=3) is None
    assert review(made, quantity="3.00001") is code_above


@pytest.mark.parametrize(
    "limits", [Limits(position_quantity_max=D(2)), Limits(position_value_max=D(200)), Limits(leverage_max=D("0.002"))]
)
def test_of_four_intents_in_one_turn_each_sees_the_ones_before(limits: Limits) -> None:
    seen: list[RefusalCode] = []

    def four(ctx: Any, _: Any) -> None:
        for _ in range(4):
            ctx.buy(1)

    made = engine(script(on_bar=four, on_refusal=lambda _, refusal: seen.append(refusal.code)), limits=limits)
    step = made.process(bar(100))
    assert len(step.effects) == 2
    assert [r.code for r in step.refusals] == seen == [C.LEVERAGE if limits.leverage_max else C.MAX_POSITION] * 2


def test_four_intents_at_full_cash_are_one_order() -> None:
    made = engine(script(on_bar=lambda ctx, _: [ctx.buy(900) for _ in range(4)]))
    step = made.process(bar(100))
    assert (len(step.effects), [r.code for r in step.refusals]) == (1, [C.INSUFFICIENT_FUNDS] * 3)


def test_the_limit_of_a_position_is_the_accounts_not_the_strategys() -> None:
    made = session(held=2, limits=Limits(position_quantity_max=D(3)))
    assert review(made, strategy=OTHER, quantity=1) is None
    assert review(made, strategy=OTHER, quantity=2) is C.MAX_POSITION


@pytest.mark.parametrize(
    ("side", "price", "wanted"),
    [
        (BUY, "110", None), (BUY, "110.01", C.PRICE_COLLAR), (BUY, "1", None),
        (SELL, "90", None), (SELL, "89.99", C.PRICE_COLLAR), (SELL, "900", None),
    ],
)  # fmt: skip
def test_the_collar_is_on_the_losing_side(side: Side, price: str, wanted: RefusalCode | None) -> None:
    assert review(contracts(), side, type=LIMIT, price=price) is wanted


def test_without_a_collar_there_is_none() -> None:
    assert review(session(limits=Limits(price_collar=None)), type=LIMIT, price=500) is None
    assert review(session(price=None, limits=Limits(price_collar=None)), type=LIMIT, price=500) is None


def test_a_collar_without_a_last_price_lets_nothing_in_and_everything_out() -> None:
    assert review(session(price=None), type=LIMIT, price=500) is C.NO_PRICE


def test_the_collar_stands_a_price_below_the_tick() -> None:
    made = session(price=0.001, instruments=[instrument(tick="0.01")])
    assert review(made, type=LIMIT, price="0.01") is C.PRICE_COLLAR


def test_order_rate_is_a_window_of_a_minute() -> None:
    made = session(limits=Limits(orders_per_minute_max=2))
    begin = made.view.now
    for at, wanted in (
        (0, None),
        (5, None),
        (9, C.ORDER_RATE),
        (NS_PER_MINUTE - 1, C.ORDER_RATE),
        (NS_PER_MINUTE, None),
    ):
        made.view.now = begin + at
        assert review(made) is wanted


def test_reductions_are_counted_and_never_refused_for_their_rate() -> None:
    made = session(held=1, limits=Limits(orders_per_minute_max=1))
    assert [review(made, SELL, id=str(n)) for n in range(3)] == [None] * 3
    assert review(made, BUY) is C.ORDER_RATE


# --- funds ------------------------------------------------------------------------------------------


def test_funds_count_fees_and_exactly_all_passes() -> None:
    free = session(instruments=[instrument()], start=started(USDT="100.1"))
    assert review(free, quantity=1) is None
    assert review(session(start=started(USDT="100.09")), quantity=1) is C.INSUFFICIENT_FUNDS


def test_in_cash_nothing_is_sold_that_is_not_held() -> None:
    made = session(held=1)
    assert review(made, SELL, "1.00001") is C.INSUFFICIENT_FUNDS
    assert review(made, SELL, strategy=OTHER) is C.INSUFFICIENT_FUNDS
    sent(made, SELL, "0.4", order="a", type=LIMIT, price=120)
    assert review(made, SELL, "0.6") is None
    assert review(made, SELL, "0.60001") is C.INSUFFICIENT_FUNDS


def test_cash_in_spot_is_never_short_whatever_the_limits_say() -> None:
    assert review(session(limits=SHORTS), SELL) is C.INSUFFICIENT_FUNDS


@pytest.mark.parametrize("kind", [InstrumentKind.SPOT, InstrumentKind.PERPETUAL, InstrumentKind.EQUITY])
def test_shorts_must_be_allowed(kind: InstrumentKind) -> None:
    listed = [instrument(kind=kind)]
    assert review(session(account=MARGIN, instruments=listed), SELL) is C.INSUFFICIENT_FUNDS
    assert review(session(account=MARGIN, instruments=listed, limits=SHORTS), SELL) is None


def test_contracts_need_initial_margin_and_fees() -> None:
    made = contracts(start=started(USDT="10.1"))
    assert review(made, quantity=1) is None
    assert review(made, quantity="1.01") is C.INSUFFICIENT_FUNDS


def test_without_a_price_the_margin_is_unknown() -> None:
    assert review(contracts(start=started(USDT=1_000, XYZ=1))) is C.SIZER_INPUT_MISSING
    assert review(session(limits=Limits(leverage_max=D(1)), start=started(USDT=1, XYZ=1))) is C.SIZER_INPUT_MISSING


def test_no_lack_of_funds_keeps_a_short_from_being_covered() -> None:
    made = contracts(instruments=[instrument(kind=InstrumentKind.EQUITY)], held=-5)
    made.process(ev.BalanceTransferred("x", made.settings.base, D(-100_400), made.view.now))
    assert review(made, BUY, 5) is None
    assert review(made, BUY, 6) is C.INSUFFICIENT_FUNDS


def test_coins_of_the_opening_are_nobodys_and_cannot_be_sold() -> None:
    made = session(start=started(USDT=100, BTC=5))
    verdict = made.risk.review(intent(SELL, 1))
    assert isinstance(verdict, Refusal)
    assert verdict.code is C.INSUFFICIENT_FUNDS
    assert (verdict.limit, verdict.value) == (D(0), D(1))
    assert made.view.equity() == 100 + 5 * 100


def test_a_close_on_its_way_may_come_before_the_order_that_turns_the_position() -> None:
    """Short 1, its close of 0.6 in flight: bought 3 more, the account would stand at 2.6."""
    made = contracts(held=-1, limits=Limits(allow_short=True, position_quantity_max=D("2.4")))
    assert review(made, BUY, 3, id="t-9") is None
    sent(made, BUY, "0.6", order="close", reduce_only=True)
    assert review(made, BUY, 3, id="t-9") is C.MAX_POSITION
    assert review(made, BUY, "2.8", id="t-9") is None


def test_an_exit_at_rest_may_come_before_the_order_that_turns_the_position() -> None:
    """Short 1, a stop of 1 at rest: it may fire first, and then 3 more would be 3."""
    made = contracts(held=-1, limits=Limits(allow_short=True, position_quantity_max=D("2.4")))
    assert review(made, BUY, 3, id="t-9") is None
    sent(made, BUY, 1, order="stop", reduce_only=True, type=STOP, trigger=110)
    assert review(made, BUY, 3, id="t-9") is C.MAX_POSITION
    assert review(made, BUY, "2.4", id="t-9") is None


def test_an_order_at_rest_that_turns_the_position_counts_whole() -> None:
    """Short 0.2 of 0.4: two entries of 0.3 at rest, then an exit of 0.2 that is let through, may come to 0.6."""
    made = contracts(held=D("-0.2"), limits=Limits(allow_short=True, position_quantity_max=D("0.4")))
    sent(made, BUY, "0.3", order="first", type=LIMIT, price=99)
    refusal = made.risk.review(intent(BUY, "0.3", id="t-9", type=LIMIT, price=99))
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.limit, refusal.value) == (C.MAX_POSITION, D("0.4"), D("0.6"))
    assert "enter on that fill" in refusal.detail
    assert review(made, BUY, "0.1", id="t-9", type=LIMIT, price=99) is None
    assert review(made, BUY, "0.2", id="t-9", type=LIMIT, price=99, reduce_only=True) is None


def test_a_market_order_turns_a_position_from_limit_to_limit() -> None:
    made = contracts(held=D("-0.4"), limits=Limits(allow_short=True, position_quantity_max=D("0.4")))
    assert review(made, BUY, "0.8") is None
    assert review(made, BUY, "0.8", type=STOP, trigger=101) is C.MAX_POSITION
    assert review(made, BUY, "0.80001") is C.MAX_POSITION


def test_an_entry_at_rest_counts_whole_against_the_limit_of_its_strategy_too() -> None:
    made = contracts(held=-2, limits=Limits(allow_short=True, strategy_value_max=D(400)))
    assert review(made, BUY, 5, type=LIMIT, price=100) is C.STRATEGY_POSITION
    assert review(made, BUY, 4, type=LIMIT, price=100) is None
    assert review(made, BUY, 6) is None


def test_an_exit_waits_for_a_market_order_that_could_otherwise_come_on_top_of_an_entry() -> None:
    """Short 4, an entry of 2 at rest, 3 at the market on their way: four exits of 1, filled first, would make it 5."""
    made = contracts(held=-1, limits=Limits(allow_short=True, position_quantity_max=D(4)))
    sent(made, BUY, 2, order="rests", type=LIMIT, price=99)
    sent(made, BUY, 3, order="now")
    sent(made, SELL, 3, order="more", type=LIMIT, price=101)
    told(made, accepted("more", made.view.now), filled("more", 3, 101, ts=made.view.now, trade_id="x9"))
    sent(made, BUY, 1, order="exit-1", type=LIMIT, price=99, reduce_only=True)
    sent(made, BUY, 1, order="exit-2", type=LIMIT, price=99, reduce_only=True)
    sent(made, BUY, 1, order="exit-3", type=LIMIT, price=99, reduce_only=True)
    refusal = made.risk.review(intent(BUY, 1, id="t-9", type=LIMIT, price=99, reduce_only=True))
    assert isinstance(refusal, Refusal)
    assert refusal.code is C.REDUCE_ONLY
    assert "on its way" in refusal.detail
