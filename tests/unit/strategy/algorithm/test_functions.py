"""Styles, history, assets, records: what an algorithm may say and ask, besides plain orders."""

from __future__ import annotations

import math
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.unit.strategy.algorithm.stage import Stage, play
from tests.unit.strategy.algorithm.test_schedule import minutes, ns
from tradewind import api
from tradewind.domain.commands import SubmitOrder
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.order import OrderType, TimeInForce
from tradewind.domain.step import Recorded
from tradewind.strategy.algorithm.portfolio import AlgorithmAccount
from tradewind.testing import bar, bars, instrument

D = Decimal
BTC = "BTCUSDT"


def sent(stage: Stage) -> list[SubmitOrder]:
    return [effect for step in stage.steps for effect in step.effects if isinstance(effect, SubmitOrder)]


def once(*words: Any, closes: tuple[float, ...] = (100.0, 100.0, 100.0), **options: Any) -> Stage:
    """Run an algorithm that says something on its first bar."""
    waiting = [list(words)]

    def handle(context: Any, data: Any) -> None:
        for word in waiting.pop() if waiting else ():
            word()

    stage = play(api.TradingAlgorithm(handle_data=handle), bars(*closes), **options)
    assert not stage.failures, stage.failures
    return stage


@pytest.mark.parametrize(
    ("style", "terms"),
    [
        (api.MarketOrder(), {"type": OrderType.MARKET, "tif": TimeInForce.GTC}),
        (api.LimitOrder(99, post_only=True), {"type": OrderType.LIMIT, "price": D(99), "post_only": True}),
        (api.StopOrder(101.5), {"type": OrderType.STOP, "trigger": D("101.5")}),
        (api.StopLimitOrder(102, 101), {"type": OrderType.STOP_LIMIT, "price": D(102), "trigger": D(101)}),
        (api.TrailingStopOrder(trail_percent=0.05), {"type": OrderType.TRAILING_STOP, "trail_fraction": D("0.05")}),
        (api.TrailingStopOrder(trail_amount=2), {"type": OrderType.TRAILING_STOP, "trail_amount": D(2)}),
        (api.LimitOrder(99, time_in_force="day", tag="x"), {"tif": TimeInForce.DAY, "tag": "x"}),
        (api.LimitOrder(99, time_in_force="GTD", expire_at=10**15), {"tif": TimeInForce.GTD, "expire_at": 10**15}),
    ],
)
def test_styles_are_terms_of_orders(style: Any, terms: dict[str, Any]) -> None:
    [effect] = sent(once(lambda: api.order(BTC, 1, style=style)))
    assert {name: getattr(effect.order, name) for name in terms} == terms


def test_a_bracket_has_its_exits_attached() -> None:
    [effect] = sent(once(lambda: api.order(BTC, 1, style=api.BracketOrder(api.LimitOrder(99), 95, 105))))
    assert effect.order.price == 99
    assert [(exit_.trigger, exit_.price) for exit_ in effect.attached] == [(95, None), (None, 105)]


def test_one_of_several_cancels_the_others() -> None:
    style = api.OCOOrder(api.LimitOrder(98), api.StopOrder(103))
    told: list[Any] = []

    def handle(data: Any) -> None:
        if not told:
            told.append(api.order(BTC, 1, style=style))

    algorithm = api.TradingAlgorithm(
        handle_data=handle,
        on_order_cancel=lambda order, reason: told.append((order.stop, order.limit)),
    )
    play(algorithm, bars(100.0, 100.0, 97.0, 97.0))
    assert told[1:] == [(103.0, None)]


@pytest.mark.parametrize(
    "word",
    [
        lambda: api.order(BTC, 1, limit_price=99, style=api.MarketOrder()),
        api.TrailingStopOrder,
        lambda: api.BracketOrder(api.MarketOrder()),
        lambda: api.OCOOrder(api.MarketOrder()),
        lambda: api.date_rules.week_start(days_offset=9),
        lambda: api.time_rules.market_open(hours=13),
    ],
)
def test_what_contradicts_itself_is_an_error(word: Any) -> None:
    stage = play(api.TradingAlgorithm(handle_data=lambda data: word()), bars(100.0))
    assert stage.failures[0].startswith("ValueError")


def test_values_and_shares_of_the_equity() -> None:
    stage = once(
        lambda: api.order_value(BTC, 250),
        lambda: api.order_percent(BTC, 0.01),
        lambda: api.order_target_value(BTC, 2_000),
        lambda: api.order_target_percent(BTC, "0.05"),
        lambda: api.batch_market_order({BTC: 3}),
    )
    assert [effect.order.quantity for effect in sent(stage)] == [D("2.5"), D(10), D("7.5"), D(30), D(3)]


@pytest.mark.parametrize("name", ["attach_pipeline", "pipeline_output", "fetch_csv"])
def test_what_is_left_out_raises_by_name(name: str) -> None:
    stage = play(api.TradingAlgorithm(initialize=lambda _: getattr(api, name)("x")), bars(100.0))
    assert f"{name} is not offered" in stage.failures[0]


def test_history_is_an_array_of_floats_or_a_frame() -> None:
    told: list[Any] = []

    def handle(context: Any, data: Any) -> None:
        closes = data.history(BTC, "price", 3, "1m")
        told.append((list(closes), closes.mean(), closes[-2:].max(), data.history(BTC, "close", 9, "minute")[-1]))
        told.append(data.history([BTC], ["open", "close"], 2, "1m").rows())
        with pytest.raises(
            AttributeError, match=r"no 'iloc': this is an array of floats, oldest first; \[-1\] is the last"
        ):
            _ = closes.iloc
        assert np.asarray(closes).tolist() == list(closes)
        told.append(data.history(BTC, ["high", "volume"], 1, "1m").columns)

    stage = play(api.TradingAlgorithm(handle_data=handle), bars(1.0, 2.0, 3.0, 4.0))
    assert not stage.failures, stage.failures
    assert told[9] == ([2.0, 3.0, 4.0], 3.0, 4.0, 4.0)
    assert told[10] == [(120 * 10**9, 2.0, 3.0, BTC), (180 * 10**9, 3.0, 4.0, BTC)]
    assert told[11] == ["ts", "high", "volume"]


def test_history_of_days_ends_with_the_day_so_far() -> None:
    told: list[Any] = []
    events = minutes("2024-12-24T23:58", 5)
    events = [bar(100.0 + n, ts_open=e.ts_open, ts_venue=e.ts_venue, ts_recv=e.ts_recv) for n, e in enumerate(events)]
    algorithm = api.TradingAlgorithm(handle_data=lambda data: told.append(list(data.history(BTC, "close", 3, "1d"))))
    stage = play(algorithm, events, start=ns("2024-12-24T23:58"))
    assert not stage.failures, stage.failures
    assert told == [[100.0], [101.0], [101.0, 102.0], [101.0, 103.0], [101.0, 104.0]]


def test_history_of_bars_that_nobody_asked_for_is_an_error() -> None:
    stage = play(api.TradingAlgorithm(handle_data=lambda data: data.history(BTC, "close", 3, "7m")), bars(1.0))
    assert "no bars of '7m' here; there are: 1d, 1m" in stage.failures[0]


def test_assets_have_many_names() -> None:
    told: list[Any] = []
    perpetual = instrument("BTCUSD", quote="USD", kind=InstrumentKind.PERPETUAL)

    def look(context: Any) -> None:
        told.extend([api.symbol("btc/usdt"), api.sid(0), api.symbol("binance:BTCUSDT"), api.symbols(BTC)[0]])
        told.append(api.symbol("BTC/USDT").exchange)
        told.extend([api.future_symbol("BTCUSD"), api.continuous_future("BTC"), context.algorithm_data()])

    class Looking(api.TradingAlgorithm):
        def initialize(self, context: Any) -> None:
            look(context)

        def algorithm_data(self) -> Any:
            return self._data.current_chain("BTCUSD")

    stage = play(Looking(), [], instruments=[instrument(), perpetual])
    assert not stage.failures, stage.failures
    assert told == [BTC, BTC, BTC, BTC, "binance", "BTCUSD", "BTCUSD", ["BTCUSD"]]
    for wrong in (lambda: api.symbol("XYZ"), lambda: api.sid(7), lambda: api.future_symbol(BTC)):
        assert "KeyError" in play(api.TradingAlgorithm(initialize=lambda _, w=wrong: w()), []).failures[0]


def test_time_and_environment_tell_the_same_in_every_mode() -> None:
    told: list[Any] = []

    def handle(data: Any) -> None:
        now = api.get_datetime()
        told.append((now.year, now.month, now.day, now.hour, now.minute, now.second, now.weekday(), str(now)))
        told.append((api.get_environment(), api.get_environment("arena"), api.get_environment("capital_base")))

    play(api.TradingAlgorithm(handle_data=handle), minutes("2024-12-25T13:04", 1), start=ns("2024-12-25T13:04"))
    assert told[0] == (2024, 12, 25, 13, 5, 0, 2, "2024-12-25T13:05:00Z")
    assert told[1] == ("tradewind", "live", 100_000.0)


def test_records_are_in_the_journal() -> None:
    stage = once(lambda: api.record("a", 1, b=D("2.5"), c="text"))
    [kept] = [notice for step in stage.steps for notice in step.notices if isinstance(notice, Recorded)]
    assert kept.values == (("a", 1.0), ("b", 2.5), ("c", "text"))


def test_the_books_are_floats_and_what_cannot_be_valued_is_nan() -> None:
    told: list[Any] = []

    def handle(context: Any, data: Any) -> None:
        books, account = context.portfolio, context.account
        if not told:
            api.order(BTC, 2)
        held = books.positions[BTC]
        told.append((books.cash, books.portfolio_value, books.positions_value, books.pnl, books.returns))
        told.append((held.amount, held.cost_basis, held.last_sale_price, len(books.positions), BTC in books.positions))
        told.append((account.leverage, account.net_leverage, account.buying_power, account.cushion))

    stage = play(api.TradingAlgorithm(handle_data=handle), bars(100.0, 110.0), cash=1_000)
    assert not stage.failures, stage.failures
    assert told[:3] == [(1_000.0, 1_000.0, 0.0, 0.0, 0.0), (0.0, 0.0, 100.0, 0, False), (0.0, 0.0, 1_000.0, 1.0)]
    assert told[3] == (800.0, 1_020.0, 220.0, 20.0, 0.02)
    assert told[4] == (2.0, 100.0, 110.0, 1, True)
    assert told[5] == (220 / 1_020, 220 / 1_020, 800.0, 800 / 1_020)
    values: list[float] = []
    play(api.TradingAlgorithm(initialize=lambda context: values.append(context.portfolio.positions[BTC].value)), [])
    assert math.isnan(values[0])


def test_of_an_equity_of_nothing_there_is_no_multiple() -> None:
    broke: Any = SimpleNamespace(
        portfolio_value=0.0, positions_value=-5.0, positions={BTC: SimpleNamespace(value=-5.0)}
    )
    account = AlgorithmAccount(SimpleNamespace(buying_power=D(0)), broke)  # type: ignore[arg-type] # all that it asks
    assert [math.isnan(value) for value in (account.leverage, account.net_leverage, account.cushion)] == [True] * 3


def test_plain_data_on_the_context_is_the_state_and_the_rest_is_named_once() -> None:
    def handle(context: Any, data: Any) -> None:
        context.n = getattr(context, "n", 0) + 1
        context.odd = object()
        context.kept = {"a": [1, 2.5, None]}
        if context.n == 2:
            del context.kept

    algorithm = api.TradingAlgorithm(handle_data=handle)
    stage = play(algorithm, bars(1.0, 2.0))
    assert algorithm.ctx.state == {"n": 2}
    assert [line for line in stage.logged if "odd" in line] == [
        "context.odd is no plain data (object): it is not kept beyond this run"
    ]


def test_what_is_set_to_what_it_was_is_still_in_the_state() -> None:
    """Nothing is written down again, unless the state has lost it meanwhile, or has another kind of the same value."""
    seen: list[Any] = []

    def handle(context: Any, data: Any) -> None:
        context.flag = True
        changed = set(context._state.changed)
        context.flag = True
        seen.append(changed == set(context._state.changed))
        context.flag = 1
        seen.append(type(context._state["flag"]))
        context._state.pop("flag")
        context.flag = 1
        seen.append(context._state["flag"])

    play(api.TradingAlgorithm(handle_data=handle), bars(1.0))
    assert seen == [True, int, 1]
