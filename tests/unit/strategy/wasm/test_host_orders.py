from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.strategy.wasm.modules import run
from tests.unit.strategy.wasm.puppet import Puppet, puppet
from tradewind.domain.account import AccountKind
from tradewind.domain.commands import CancelOrder, SubmitOrder
from tradewind.domain.step import Mark, OrderFailed
from tradewind.risk.limits import Limits
from tradewind.strategy.wasm.enums import OrderStatus
from tradewind.strategy.wasm.messages_trading import ExecuteOrder, Leg, Reason
from tradewind.testing import accepted, bar, cancelled, engine, filled, rejected, started

if TYPE_CHECKING:
    from tests.unit.strategy.wasm.conftest import Load

S = "BTCUSDT"
NOTHING = lambda host: None  # noqa: E731 - a bar on which nothing is done


@pytest.fixture
def kind() -> str:
    """What calls mean does not depend on how the guest is called."""
    return "fast"


@pytest.fixture
def play(load: Load, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Make an engine of a guest that does one play a bar: `play(first, second, start=…)`."""
    return lambda *plays, **options: engine(puppet(load, monkeypatch, *plays), **options)


def failures(step: Any) -> list[str]:
    return [notice.reason for notice in step.notices if isinstance(notice, OrderFailed)]


def test_an_order_has_the_hosts_id_and_the_guests_name_for_it(play: Any) -> None:
    seen: dict[str, Any] = {}

    def first(host: Puppet) -> None:
        host("place_order", "mine", S, quantity=0.5, reason=Reason("why", "because"), strategy_name="label")
        seen["now"] = host("get_open_orders").orders
        seen["status"] = host("get_order_status", "mine").number

    def second(host: Puppet) -> None:
        seen["later"] = host("get_open_orders").orders
        seen["by id"] = host("get_order_status", seen["later"][0].id).number

    made = play(first, second)
    (submit,) = run(made, [bar()])[0].effects
    assert isinstance(submit, SubmitOrder)
    run(made, [accepted(submit.order.id, made.view.now), bar(number=1)])
    (now,), (later,) = seen["now"], seen["later"]
    assert now.id == later.id == submit.order.id
    assert (later.symbol, later.quantity, later.strategy_name) == (S, 0.5, "label")
    assert later.reason == Reason("why", "because")
    assert submit.order.tag == "why"
    assert seen["status"] == seen["by id"] == OrderStatus.PENDING


@pytest.mark.parametrize(
    ("word", "status"),
    [
        (lambda o, ts: filled(o, "0.5", ts=ts), OrderStatus.FILLED),
        (lambda o, ts: filled(o, "0.2", ts=ts), OrderStatus.PENDING),
        (cancelled, OrderStatus.CANCELLED),
        (rejected, OrderStatus.REJECTED),
    ],
    ids=["filled", "filled in part", "cancelled", "rejected"],
)
def test_what_became_of_an_order(play: Any, word: Any, status: OrderStatus) -> None:
    seen = []
    made = play(
        lambda host: host("place_order", "mine", S, quantity=0.5),
        lambda host: seen.append(host("get_order_status", "mine").number),
    )
    (submit,) = run(made, [bar()])[0].effects
    run(made, [word(submit.order.id, made.view.now), bar(number=1)])
    assert seen == [status]


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        ({"quantity": 1000.0}, "insufficient_buying_power"),
        ({"quantity": 1.0, "side": 1}, "insufficient_selling_power"),
        ({"quantity": 0.0}, "invalid_quantity"),
        ({"quantity": 1.0, "order_type": 1}, "invalid_price"),
        ({"quantity": 1.0, "order_type": 1, "price": 1e-9}, "invalid_price"),
        ({"quantity": 1e-9}, "quantity_below_step"),
        ({"quantity": 1e300}, "invalid_quantity"),
        ({"quantity": 1.0, "symbol": "NOPE"}, "unknown_symbol"),
        ({"quantity": 1.0, "symbol": ""}, "unknown_symbol"),
        ({"quantity": 1.0, "position_type": 1}, "insufficient_selling_power"),
        ({"quantity": 1.0, "order_type": 1, "price": 150.0}, "risk_refused"),
    ],
)
def test_a_bad_order_fails_with_a_reason_and_never_traps(play: Any, order: dict[str, Any], reason: str) -> None:
    seen = []

    def first(host: Puppet) -> None:
        host("place_order", **{"id": "bad", "symbol": S, **order})

    made = play(first, lambda host: seen.append(host("get_order_status", "bad").number), start=started(USDT=1000))
    (step, _) = run(made, [bar(), bar(number=1)])
    assert failures(step) == [reason]
    assert seen == [OrderStatus.FAILED]
    assert not step.effects


def test_the_price_of_a_market_order_is_ignored(play: Any) -> None:
    made = play(lambda host: host("place_order", symbol=S, quantity=1.0, price=-5.0))
    (submit,) = run(made, [bar()])[0].effects
    assert submit.order.price is None


@pytest.mark.parametrize(("side", "price"), [(0, "99.99"), (1, "100.00")])
def test_a_limit_price_is_rounded_away_from_the_market(play: Any, side: int, price: str) -> None:
    """And a quantity down to the step."""

    def second(host: Puppet) -> None:
        host("place_order", symbol=S, quantity=0.123456789, side=side, order_type=1, price=99.999)

    made = play(lambda host: host("place_order", symbol=S, quantity=1.0), second)
    (submit,) = run(made, [bar()])[0].effects
    run(made, [filled(submit.order.id, 1, ts=made.view.now)])
    (order,) = run(made, [bar(number=1)])[0].effects
    assert (str(order.order.price), str(order.order.quantity)) == (price, "0.12345")


def test_orders_of_one_call_leave_in_order_and_one_that_fails_stops_none(play: Any) -> None:
    orders = [ExecuteOrder(symbol=S, quantity=q) for q in (1.0, -1.0, 2.0)]
    (step,) = run(play(lambda host: host("place_multiple_orders", orders)), [bar()])
    assert [str(effect.order.quantity) for effect in step.effects] == ["1.00000", "2.00000"]
    assert failures(step) == ["invalid_quantity"]


@pytest.mark.parametrize(
    ("side", "position_type", "sent"), [(0, 0, "buy"), (1, 0, "sell"), (0, 1, "sell"), (1, 1, "buy")]
)
def test_the_four_sides_of_an_account_that_can_be_short(play: Any, side: int, position_type: int, sent: str) -> None:
    """(BUY, LONG) and (BUY, SHORT) open, the other two close and never turn a position round."""
    opening = {0: 0, 1: 1}[position_type]

    def first(host: Puppet) -> None:
        host("place_order", symbol=S, quantity=2.0, position_type=opening)

    def second(host: Puppet) -> None:
        host("place_order", symbol=S, quantity=1.0, side=side, position_type=position_type)

    made = play(first, second, account=AccountKind.MARGIN, limits=Limits(allow_short=True))
    (submit,) = run(made, [bar()])[0].effects
    run(made, [filled(submit.order.id, 2, ts=made.view.now)])
    (order,) = run(made, [bar(number=1)])[0].effects
    assert order.order.side.value == sent
    assert order.order.reduce_only == bool(side)


def test_cancelling(play: Any) -> None:
    """An unknown order is no matter, one of this very call is withdrawn, all means this strategy's."""

    def first(host: Puppet) -> None:
        host("place_order", "a", S, quantity=1.0, order_type=1, price=99.0)
        host("place_order", "b", S, quantity=1.0, order_type=1, price=98.0)
        host("cancel_order", "b")
        host("cancel_order", "nobody")
        assert host("get_order_status", "b").number == OrderStatus.CANCELLED

    made = play(first, lambda host: host("cancel_order", "a"), lambda host: host("cancel_all_orders"))
    (submit,) = run(made, [bar()])[0].effects
    assert str(submit.order.price) == "99.00"
    run(made, [accepted(submit.order.id, made.view.now)])
    (cancel,) = run(made, [bar(number=1)])[0].effects
    assert cancel == CancelOrder(submit.order.id, submit.order.instrument)
    assert len(run(made, [bar(number=2)])[0].effects) <= 1


def test_legs_without_a_price_are_told_of_once(play: Any) -> None:
    def both(host: Puppet) -> None:
        host("place_order", symbol=S, quantity=1.0, take_profit=Leg(S), stop_loss=Leg(S))

    steps = run(play(both), [bar(), bar(number=1)])
    assert [len(step.effects) for step in steps] == [1, 1]
    marks = [notice for step in steps for notice in step.notices if isinstance(notice, Mark)]
    assert [(mark.title, mark.level.value) for mark in marks] == [("Exits not placed", "warning")]


def test_an_unknown_order_has_no_status(play: Any) -> None:
    (step,) = run(play(lambda host: host("get_order_status", "nobody")), [bar()])
    (mark,) = step.notices
    assert isinstance(mark, Mark)
    assert mark.title == "Strategy Error"
    assert "nobody" in mark.message
