from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tradewind.domain.account import AccountKind
from tradewind.domain.commands import CancelTimer, SetTimer
from tradewind.domain.ids import Asset, ClientOrderId, InstrumentId, StrategyId
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.order import OrderType, Purpose, Side, TimeInForce
from tradewind.domain.signal import AmendIntent, CancelIntent, OrderIntent
from tradewind.domain.step import Level, LogLine, Mark, MarkShape, Refusal
from tradewind.risk.limits import Limits
from tradewind.strategy.context import Context
from tradewind.testing import BTC, STRATEGY, accepted, bar, cancelled, engine, filled, instrument, order_spec, script

if TYPE_CHECKING:
    from tradewind.engine.engine import Engine

D = Decimal
ETH = InstrumentId("binance:ETHUSDT")
BUY, SELL = Side.BUY, Side.SELL


class Desk:
    """A context, the engine behind it, and what was said in it."""

    def __init__(self, *, price: float | None = 100.0, held: Any = 0, **options: Any) -> None:
        contexts: list[Context] = []
        defaults: dict[str, Any] = {
            "instruments": [instrument(kind=InstrumentKind.PERPETUAL, lot="0.001"), instrument("ETHUSDT")],
            "account": AccountKind.MARGIN, "limits": Limits(allow_short=True),
        }  # fmt: skip
        self.engine: Engine = engine(script(on_start=contexts.append), **{**defaults, **options})
        self.ctx = contexts[0]
        if price is not None:
            self.engine.process(bar(price))
        if held:
            held = D(held)
            self.engine.orders.submit(order_spec(BUY if held > 0 else SELL, abs(held), id="held"))
            self.engine.process(filled("held", abs(held), 100, ts=self.engine.view.now))

    def said(self) -> list[Any]:
        words = list(self.engine.words)
        self.engine.words.clear()
        return words

    def order(self) -> OrderIntent:
        [word] = self.said()
        assert isinstance(word, OrderIntent)
        return word

    def rest(self, side: Side, quantity: Any, order: str = "r", **terms: Any) -> None:
        self.engine.orders.submit(order_spec(side, quantity, id=order, **terms))
        self.engine.process(accepted(order, ts=self.engine.view.now))


# --- prices and quantities --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("side", "limit", "stop", "profit"), [("buy", "99.12", "101.13", "120.13"), ("sell", "99.13", "101.13", "120.12")]
)
def test_prices_are_rounded_away_from_the_market(side: str, limit: str, stop: str, profit: str) -> None:
    desk = Desk()
    desk.ctx.submit(side, 1, limit=99.125, stop=101.129, take_profit=120.125, stop_loss=90.001)
    order = desk.order()
    assert [str(x) for x in (order.price, order.trigger, order.take_profit, order.stop_loss)] == [
        limit, stop, profit, "90.00",
    ]  # fmt: skip


@pytest.mark.parametrize("quantity", [1.2349, "1.2349", D("1.2349"), 1.2345])
def test_quantities_are_rounded_down_to_the_lot(quantity: Any) -> None:
    desk = Desk()
    desk.ctx.buy(quantity)
    assert str(desk.order().quantity) == "1.234"


@pytest.mark.parametrize(
    ("terms", "kind"),
    [
        ({}, OrderType.MARKET), ({"limit": 99}, OrderType.LIMIT), ({"stop": 101}, OrderType.STOP),
        ({"limit": 99, "stop": 101}, OrderType.STOP_LIMIT), ({"trail_amount": 5}, OrderType.TRAILING_STOP),
        ({"trail_fraction": "0.05"}, OrderType.TRAILING_STOP), ({"limit": 0}, OrderType.LIMIT),
    ],
)  # fmt: skip
def test_the_terms_say_what_kind_of_order_it_is(terms: dict, kind: OrderType) -> None:
    desk = Desk()
    desk.ctx.buy(1, **terms)
    assert desk.order().type is kind


def test_the_rest_of_the_terms_go_through() -> None:
    desk = Desk()
    given = desk.ctx.sell(None, "ETHUSDT", tif="gtd", expire_at=9, post_only=True, oco="x", tag="t", limit=5)
    order = desk.order()
    assert order.id == given
    assert (order.side, order.quantity, order.instrument) == (SELL, None, ETH)
    assert (order.tif, order.expire_at, order.post_only, order.tag) == (TimeInForce.GTD, 9, True, "t")
    assert (order.oco, order.purpose) == ("s/x", Purpose.ENTRY)
    desk.ctx.sell(1, reduce_only=True)
    assert desk.order().purpose is Purpose.EXIT


def test_a_bracket_names_its_exits() -> None:
    desk = Desk()
    entry = desk.ctx.bracket(BUY, 1, stop_loss=90, take_profit=120)
    order = desk.order()
    assert order.id == entry
    assert len({order.id, order.stop_loss_id, order.take_profit_id, None}) == 4
    desk.ctx.buy(1)
    order = desk.order()
    assert (order.stop_loss_id, order.take_profit_id) == (None, None)


# --- targets ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("held", "target", "side", "quantity"),
    [
        (0, 1, BUY, "1.000"),
        (1, 3, BUY, "2.000"),
        (1, 0, SELL, "1.000"),
        (2, -1, SELL, "3.000"),
        (-1, -3, SELL, "2.000"),
        (1, "1.0004", None, ""),
    ],
)
def test_a_target_orders_what_is_missing(held: Any, target: Any, side: Side | None, quantity: str) -> None:
    desk = Desk(held=held)
    assert (desk.ctx.target_quantity(target) is None) is (side is None)
    if side is not None:
        order = desk.order()
        assert (order.side, str(order.quantity)) == (side, quantity)


@pytest.mark.parametrize(
    ("held", "target", "terms", "ordered"),
    [
        (0, "0.04", {}, False),  # below the smallest quantity
        (1, "1.09", {}, False),  # 0.09 at 100 are worth 9
        (1, "1.10", {}, True),
        (1, "1.10", {"limit": 99}, False),
        (1, "1.10", {"stop": 101}, True),
        (1, "0.95", {}, True),  # a sale of what is held may be of any value
        (1, "0.96", {}, False),
        ("0.02", "-0.04", {}, False),  # 0.06 turn it over
    ],
)
def test_what_is_missing_below_the_minimum_is_nothing_to_do(held: Any, target: str, terms: Any, ordered: bool) -> None:
    facts = instrument(kind=InstrumentKind.PERPETUAL, lot="0.001", quantity_min="0.05", notional_min=10)
    desk = Desk(held=held, instruments=[facts])
    assert (desk.ctx.target_quantity(target, **terms) is not None) is ordered
    if ordered:
        assert not isinstance(desk.engine.risk.review(desk.order()), Refusal)


def test_a_position_below_the_minimum_cannot_be_closed() -> None:
    desk = Desk(held="0.02", instruments=[instrument(lot="0.001", quantity_min="0.05")])
    assert desk.ctx.close() is None


def test_a_target_repeated_does_not_pile_up() -> None:
    desk = Desk()
    assert desk.ctx.target_quantity(2) is not None
    assert desk.ctx.target_quantity(2) is None
    desk.rest(BUY, 1, limit := "a", type=OrderType.LIMIT, price=99)
    assert desk.ctx.target_quantity(3) is None
    desk.engine.process(cancelled(limit, ts=desk.engine.view.now))
    assert desk.ctx.target_quantity(3) is not None


def test_an_order_that_the_session_sizes_leaves_no_target_to_reckon() -> None:
    desk = Desk(held=1)
    desk.ctx.buy()
    with pytest.raises(ValueError, match="has no quantity yet"):
        desk.ctx.target_quantity(2)
    with pytest.raises(ValueError, match="has no quantity yet"):
        desk.ctx.close()
    assert desk.ctx.target_quantity(1, "ETHUSDT") is not None
    desk.said()
    assert desk.ctx.target_quantity(2) is not None


def test_of_orders_that_cancel_each_other_one_counts() -> None:
    desk = Desk()
    desk.ctx.buy(2, limit=90, oco="entry")
    desk.ctx.buy(3, stop=110, oco="entry")
    assert desk.ctx.committed() == 3
    assert desk.ctx.target_quantity(3) is None
    desk.ctx.sell(1, stop=80, oco="entry")
    assert desk.ctx.committed() == 2
    desk.said()
    desk.rest(BUY, 2, "a", type=OrderType.LIMIT, price=90, oco="s/entry")
    desk.rest(BUY, 2, "b", type=OrderType.STOP, trigger=110, oco="s/entry")
    assert desk.ctx.target_quantity(2) is None


def test_exits_that_rest_do_not_count_against_a_target() -> None:
    desk = Desk(held=2)
    desk.rest(SELL, 2, "a", type=OrderType.LIMIT, price=120, reduce_only=True)
    desk.rest(SELL, 2, "b", type=OrderType.STOP, trigger=90, parent="held", reduce_only=True)
    desk.ctx.sell(2, limit=130, reduce_only=True)
    assert desk.ctx.target_quantity(2) is None
    desk.rest(SELL, 1, "c", reduce_only=True)
    assert desk.ctx.target_quantity(1) is None


def test_targets_of_other_instruments_and_strategies_do_not_mix() -> None:
    desk = Desk()
    desk.ctx.buy(1, "ETHUSDT")
    desk.engine.words.append(OrderIntent(ClientOrderId("x"), StrategyId("s2"), BTC, BUY, D(1)))
    assert desk.ctx.committed() == 0
    assert desk.ctx.target_quantity(1) is not None


def test_value_and_fraction_are_reckoned_at_the_last_price() -> None:
    desk = Desk()
    desk.ctx.target_value(-333)
    order = desk.order()
    assert (order.side, str(order.quantity)) == (SELL, "3.330")
    desk.ctx.target_fraction("0.5")
    assert desk.order().quantity == 500


def test_without_a_price_or_an_equity_there_is_no_target() -> None:
    desk = Desk(price=None)
    assert desk.ctx.target_value(100) is None
    desk.engine.portfolio.position(BTC)
    odd = Desk(instruments=[instrument("XEUR", quote="EUR", kind=InstrumentKind.PERPETUAL)], price=None)
    odd.engine.portfolio.totals[InstrumentId("binance:XEUR")].apply(D(1), D(1), 0)
    assert odd.ctx.target_fraction(1) is None


# --- closing ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("held", "side"), [(2, SELL), (-2, BUY)])
def test_close_is_a_reduce_only_market_order_for_all_that_is_held(held: int, side: Side) -> None:
    desk = Desk(held=held)
    desk.ctx.close(tag="out")
    order = desk.order()
    assert (order.side, order.type, order.reduce_only, order.tag) == (side, OrderType.MARKET, True, "out")
    assert order.quantity == 2


def test_close_twice_is_close_once() -> None:
    desk = Desk(held=2)
    assert desk.ctx.close() is not None
    assert desk.ctx.close() is None
    assert Desk().ctx.close() is None


def test_close_takes_what_is_not_on_its_way_yet_and_no_more_than_is_held() -> None:
    desk = Desk(held=2)
    desk.rest(SELL, "0.5")
    desk.ctx.close()
    assert desk.order().quantity == D("1.5")
    desk = Desk(held=2)
    desk.rest(BUY, 1, type=OrderType.LIMIT, price=90)
    desk.ctx.close()
    assert desk.order().quantity == 2


def test_dust_is_not_closed() -> None:
    desk = Desk(held=D("0.0004"))
    assert desk.ctx.close() is None
    assert desk.said() == []


# --- orders, timers, words --------------------------------------------------------------------------


def test_cancel_and_cancel_all() -> None:
    desk = Desk()
    desk.rest(BUY, 1, "a")
    desk.rest(BUY, 1, "b", instrument=ETH)
    desk.rest(BUY, 1, "c", strategy="other")
    desk.ctx.cancel(ClientOrderId("z"))
    desk.ctx.cancel_all("ETHUSDT")
    desk.ctx.cancel_all()
    assert desk.said() == [CancelIntent(STRATEGY, ClientOrderId(name)) for name in ("z", "b", "a", "b")]


def test_amend_rounds_like_submit() -> None:
    desk = Desk()
    for side, name in ((BUY, "a"), (SELL, "b")):
        desk.rest(side, 1, name, type=OrderType.LIMIT, price=100)
    for name in "ab":
        desk.ctx.amend(ClientOrderId(name), quantity="2.0009", limit=99.125, stop=101.126)
    desk.ctx.amend(ClientOrderId("z"), limit=1)
    assert desk.said() == [
        AmendIntent(STRATEGY, ClientOrderId("a"), D("2.000"), D("99.12"), D("101.13")),
        AmendIntent(STRATEGY, ClientOrderId("b"), D("2.000"), D("99.13"), D("101.13")),
        AmendIntent(STRATEGY, ClientOrderId("z"), None, D(1)),
    ]


def test_timers_are_the_strategys_own() -> None:
    desk = Desk()
    now = desk.ctx.now
    desk.ctx.set_timer("t", after=5)
    desk.ctx.set_timer("t", at=now + 9)
    desk.ctx.set_timer("t", at=0)
    desk.ctx.cancel_timer("t")
    assert [word.at - now for word in desk.engine.words[:3]] == [5, 9, 0]
    assert {word.timer for word in desk.engine.words} == {"s/t"}
    assert [type(word) for word in desk.said()] == [SetTimer] * 3 + [CancelTimer]


@pytest.mark.parametrize("when", [{}, {"at": 1, "after": 1}])
def test_a_timer_needs_one_time(when: dict) -> None:
    with pytest.raises(ValueError, match="either"):
        Desk().ctx.set_timer("t", **when)


def test_a_name_with_a_slash_would_lose_its_timers() -> None:
    desk = Desk()
    with pytest.raises(AssertionError, match="slash"):
        Context(StrategyId("a/b"), desk.engine.view, [BTC], "1m", words=[], next_id=desk.engine.ids.next)


def test_logs_and_marks() -> None:
    desk = Desk()
    desk.ctx.log("hello", "warning")
    desk.ctx.mark("here", shape="square")
    desk.ctx.mark("there", "why", "ETHUSDT", price=5.0, color="red", category="c", level="error")
    assert desk.said() == [
        LogLine(STRATEGY, Level.WARNING, "hello"),
        Mark(STRATEGY, BTC, "here", "", 100.0, shape=MarkShape.SQUARE),
        Mark(STRATEGY, ETH, "there", "why", 5.0, "red", category="c", level=Level.ERROR),
    ]


def test_series_are_asked_for_at_the_start_alone() -> None:
    desk = Desk(price=None)
    with pytest.raises(ValueError, match="on_start"):
        desk.ctx.subscribe("1h")

    def subscribe(ctx: Context) -> None:
        ctx.subscribe("1h")
        assert ctx.subscriptions == {(BTC, "1m"), (BTC, "1h")}

    assert engine(script(on_start=subscribe)).roster.held == set()


# --- the window -------------------------------------------------------------------------------------


def test_the_window_shows_the_session() -> None:
    desk = Desk(held=2)
    ctx = desk.ctx
    assert (ctx.symbols, ctx.interval, ctx.strategy) == (("BTCUSDT", "ETHUSDT"), "1m", STRATEGY)
    assert [ctx.id_of(name) for name in (None, "ETHUSDT", ETH)] == [BTC, ETH, ETH]
    assert (ctx.price(), ctx.price("ETHUSDT")) == (100.0, None)
    assert ctx.history() == [100.0]
    assert ctx.history("volume", 1, interval="1h") == []
    assert [b.close for b in ctx.bars()] == [100.0]
    assert ctx.position().quantity == 2
    assert ctx.position("ETHUSDT").is_flat
    assert [str(ctx.cash()), str(ctx.cash(Asset("BTC"))), str(ctx.equity)] == ["100000", "0", "100000.0"]
    desk.rest(BUY, 1, "a")
    assert [order.spec.id for order in ctx.open_orders()] == ["a"]
    assert list(ctx.open_orders("ETHUSDT")) == []
    known = ctx.order(ClientOrderId("a"))
    assert known is not None
    assert known.filled == 0
    assert ctx.order(ClientOrderId("z")) is None
    assert ctx.instrument("ETHUSDT").symbol == "ETHUSDT"
    assert ctx.now == desk.engine.view.now


def test_an_unknown_symbol_names_those_that_there_are() -> None:
    with pytest.raises(KeyError, match="'XRP'; it has BTCUSDT, ETHUSDT"):
        Desk().ctx.price("XRP")
