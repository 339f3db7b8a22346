"""What the direct emergency stop asks a venue for: nothing twice, nothing that is not ours, in the right order."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tradewind.app.control.direct.closer import AGAIN_NS, GRACE_NS, LOOK_NS, Closer
from tradewind.domain import events as ev
from tradewind.domain.account import Balance, VenueOrder, VenuePosition
from tradewind.domain.commands import CancelOrder, QueryOrder, SubmitOrder
from tradewind.domain.ids import Asset, ClientOrderId, VenueOrderId
from tradewind.domain.money import money_context
from tradewind.domain.order import Side
from tradewind.testing import BTC, accepted, cancelled, filled, instrument, rejected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tradewind.domain.commands import Effect

ETH = instrument("ETHUSDT").id


@pytest.fixture(autouse=True)
def _money() -> Iterator[None]:
    with money_context():
        yield


def closer(*, is_margined: bool = False, before: Any = None, **facts: Any) -> Closer:
    return Closer((instrument(**facts), instrument("ETHUSDT")), before, is_margined, "stop_1")


def held(*positions: tuple[Any, str], orders: tuple[VenueOrder, ...] | None = ()) -> ev.AccountSnapshot:
    told = tuple(VenuePosition(name, Decimal(quantity), Decimal(1)) for name, quantity in positions)
    return ev.AccountSnapshot("binance", (), told, 0, 0, orders)


def order(name: str, *, reduce_only: bool = False) -> VenueOrder:
    return VenueOrder(
        ClientOrderId(name), VenueOrderId("v"), BTC, Side.SELL, Decimal(1), Decimal(0), reduce_only=reduce_only
    )  # fmt: skip


def kinds(effects: list[Effect]) -> list[str]:
    return [type(effect).__name__ for effect in effects]


def submitted(effects: list[Effect]) -> list[Any]:
    return [effect.order for effect in effects if isinstance(effect, SubmitOrder)]


def test_in_spot_what_locks_the_coins_goes_first() -> None:
    made = closer()
    there = held((BTC, "1"), orders=(order("a"),))
    assert kinds(made.next(there, 0)) == ["CancelOrder"]
    made.hear(cancelled("a"))
    (close,) = submitted(made.next(held((BTC, "1")), 1))
    assert (close.side, close.quantity, close.reduces_net) == (Side.SELL, Decimal(1), False)


def test_against_collateral_what_protects_stays_until_the_position_is_gone() -> None:
    made = closer(is_margined=True)
    stop, entry = order("stop", reduce_only=True), order("entry")
    effects = made.next(held((BTC, "-2"), orders=(stop, entry)), 0)
    assert [e.order for e in effects if isinstance(e, CancelOrder)] == ["entry"]
    (close,) = submitted(effects)
    assert (close.side, close.quantity, close.reduces_net) == (Side.BUY, Decimal(2), True)
    made.hear(filled(close.id, 2))
    assert [e.order for e in made.next(held(orders=(stop,)), 1) if isinstance(e, CancelOrder)] == ["stop"]


def test_rp_26_4_a_close_without_an_answer_is_looked_up_and_not_sent_again() -> None:
    made = closer()
    (close,) = submitted(made.next(held((BTC, "1")), 0))
    assert not made.next(held((BTC, "1")), 10 * AGAIN_NS), "its answer may still come"
    made.hear(ev.OutcomeUnknown(close.id, "no answer", 0))
    for now in (11, 13):
        assert kinds(made.next(held((BTC, "1")), now * AGAIN_NS)) == [QueryOrder.__name__]
    made.hear(accepted(close.id))
    made.hear(filled(close.id, "0.4"))
    assert not made.next(held((BTC, "0.6")), 14 * AGAIN_NS)
    assert made.left(held()) == [f"not known: what became of {close.id}"]
    made.hear(filled(close.id, "0.6", trade_id="x2"))
    assert made.left(held()) == []


def test_a_close_that_the_venue_does_not_know_yet_may_still_arrive_and_is_not_sent_again() -> None:
    made = closer(before={Asset("BTC"): Decimal(3)})
    (close,) = submitted(made.next(held((BTC, "1")), 0))
    made.hear(ev.OutcomeUnknown(close.id, "no answer", 0))
    for now in range(LOOK_NS, GRACE_NS, LOOK_NS):
        assert kinds(made.next(held((BTC, "1")), now)) == ["QueryOrder"]
        made.hear(ev.OrderNotFound(close.id, 0, 0))
    assert kinds(made.next(held((BTC, "1")), GRACE_NS)) == ["QueryOrder"]
    made.hear(ev.OrderNotFound(close.id, 0, 0))
    (again,) = submitted(made.next(held((BTC, "1")), GRACE_NS))
    assert again.id != close.id


def test_an_execution_that_is_told_twice_ends_no_close() -> None:
    made = closer()
    (close,) = submitted(made.next(held((BTC, "1")), 0))
    for _ in range(2):
        made.hear(filled(close.id, "0.5"))
    assert not made.next(held((BTC, "0.5")), AGAIN_NS), "the other half is still on its way"
    assert len(made.told) == 1


@pytest.mark.parametrize("is_margined", [False, True])
def test_where_nobody_knows_what_is_held_what_protects_stays(*, is_margined: bool) -> None:
    made = closer(is_margined=is_margined)
    there = (order("stop", reduce_only=True), order("entry"))
    effects = made.next(ev.AccountSnapshot("binance", None, None, 0, 0, there), 0)
    assert [each.order for each in effects if isinstance(each, CancelOrder)] == ["entry"]


def test_what_is_refused_is_told_and_tried_again_later_rp_26_3() -> None:
    """RP 26.3: the position is named as what is left, and a stop that protects it stays (as below)."""
    made = closer()
    (close,) = submitted(made.next(held((BTC, "1")), 0))
    made.hear(rejected(close.id))
    assert not made.next(held((BTC, "1")), 1)
    (again,) = submitted(made.next(held((BTC, "1")), AGAIN_NS))
    assert again.id != close.id
    assert list(made.troubles) == [f"{BTC}: a close was refused: no"]
    assert made.left(held((BTC, "1")))[0] == f"held: 1 {BTC}"


def test_a_cancel_is_asked_for_again_only_after_a_while() -> None:
    made = closer()
    there = held(orders=(order("a"),))
    assert kinds(made.next(there, 0)) == ["CancelOrder"]
    assert not made.next(there, AGAIN_NS - 1)
    assert kinds(made.next(there, AGAIN_NS)) == ["CancelOrder"]
    assert made.left(there) == [f"open: a of {BTC}"]


def test_what_the_account_had_before_is_not_sold_and_crumbs_are_left() -> None:
    before = {Asset("BTC"): Decimal(3), Asset("ETH"): Decimal(0)}
    made = closer(before=before)
    owned = (Balance(Asset("BTC"), Decimal("3.5")), Balance(Asset("ETH"), Decimal("0.000001")))
    told = ev.AccountSnapshot("binance", owned, None, 0, 0, ())
    assert made.positions(told) == {BTC: Decimal("0.5")}
    (close,) = submitted(made.next(told, 0))
    assert close.quantity == Decimal("0.5")


@pytest.mark.parametrize("told", [None, ev.AccountSnapshot("binance", None, None, 0, 0, ()), held(orders=None)])
def test_what_is_not_known_is_never_taken_for_flat(told: ev.AccountSnapshot | None) -> None:
    assert closer().left(told)


def test_a_position_leaves_in_orders_that_the_venue_takes() -> None:
    made = closer(quantity_max="4")
    assert [each.quantity for each in submitted(made.next(held((BTC, "10")), 0))] == [4, 4, 2]
    strange = made.next(held((instrument("SOLUSDT").id, "1")), 1)
    assert not strange
    assert "not in engine.symbols" in next(iter(made.troubles))
