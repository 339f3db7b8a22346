"""The algorithm style: its functions are called with the documented arguments, and its words reach the venue."""

from __future__ import annotations

from decimal import Decimal
from types import ModuleType
from typing import Any

import pytest

from tests.unit.strategy.algorithm.stage import play
from tradewind.api import TradingAlgorithm, get_datetime, order, record, symbol
from tradewind.domain.commands import SubmitOrder
from tradewind.domain.errors import StrategyExecutionError, StrategyLoadError
from tradewind.domain.ids import InstrumentId
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.time import NS_PER_MINUTE, NS_PER_MS
from tradewind.strategy.algorithm.algorithm import algorithm_of
from tradewind.testing import bar, bars, instrument

D = Decimal
ETH = InstrumentId("binance:ETHUSDT")
PAIR = [instrument(), instrument("ETHUSDT")]


class WithContext(TradingAlgorithm):
    def initialize(self, context: Any) -> None:
        context.seen = []

    def handle_data(self, context: Any, data: Any) -> None:
        context.seen.append(data.current(self.symbol("BTC/USDT"), "close"))


class WithoutContext(TradingAlgorithm):
    def initialize(self) -> None:
        self.seen: list[float] = []

    def handle_data(self, data: Any) -> None:
        self.seen.append(data.current("BTCUSDT", "close"))


class Mixed(TradingAlgorithm):
    """As on the first page of the documents: one without, one with."""

    def initialize(self) -> None:
        self.symbol = self.symbol("BTC/USDT")  # type: ignore[method-assign,assignment]
        self.seen: list[float] = []

    def handle_data(self, context: Any, data: Any) -> None:
        self.seen.append(data.current(self.symbol, "close"))
        context.said = True


def initialize(context: Any) -> None:
    context.seen = []


def handle_data(context: Any, data: Any) -> None:
    context.seen.append(data.current(symbol("BTCUSDT"), "price"))


def module_of(**members: Any) -> ModuleType:
    module = ModuleType("of_functions")
    vars(module).update(members)
    return module


@pytest.mark.parametrize(
    "make",
    [
        WithContext,
        WithoutContext,
        Mixed,
        lambda: TradingAlgorithm(initialize=initialize, handle_data=handle_data),
        lambda: algorithm_of(module_of(initialize=initialize, handle_data=handle_data)),
    ],
)
def test_api_1_both_signatures_class_and_functions(make: Any) -> None:
    algorithm = make()
    assert not play(algorithm, bars(100.0, 101.0, 102.0)).failures
    seen = algorithm.context.seen if "seen" in vars(algorithm.context) else algorithm.seen
    assert seen == [100.0, 101.0, 102.0]


def test_mw_03_a_function_with_other_arguments_is_told_when_it_is_made() -> None:
    with pytest.raises(StrategyLoadError, match=r"handle_data takes \(context, data\) or \(data\), not 3"):
        TradingAlgorithm(handle_data=lambda _a, _b, _c: None)


def test_api_2_mw_09_fractions_reach_the_venue() -> None:
    algorithm = TradingAlgorithm(handle_data=lambda context, _: order(symbol("BTCUSDT"), 0.00123))
    stage = play(algorithm, bars(100.0))
    [sent] = [effect for step in stage.steps for effect in step.effects if isinstance(effect, SubmitOrder)]
    assert sent.order.quantity == D("0.00123")


def test_amounts_go_down_to_the_lot_and_nothing_is_no_order() -> None:
    placed: list[Any] = []

    def handle(context: Any, data: Any) -> None:
        placed.extend(order("BTCUSDT", amount) for amount in ("0.000019", D("0.000009"), 0, 2))

    stage = play(TradingAlgorithm(handle_data=handle), bars(100.0))
    sent = [e.order.quantity for s in stage.steps for e in s.effects if isinstance(e, SubmitOrder)]
    assert sent == [D("0.00001"), D(2)]
    assert [known is None for known in placed] == [False, True, True, False]


def test_api_3_current_answers_for_the_asset_that_is_asked_about() -> None:
    seen: list[Any] = []

    def handle(context: Any, data: Any) -> None:
        seen.append((data.current("BTCUSDT", "close"), data.current("ETHUSDT", "close")))
        seen.append(data.current(["BTCUSDT", "ETHUSDT"], "price"))

    play(TradingAlgorithm(handle_data=handle), [bar(100.0), bar(7.0, of=ETH)], instruments=PAIR)
    assert seen == [(100.0, 7.0), {"BTCUSDT": 100.0, "ETHUSDT": 7.0}]


def test_api_7_bars_800_ms_apart_give_one_call() -> None:
    called: list[int] = []

    def handle(context: Any, data: Any) -> None:
        called.append(get_datetime())

    late = NS_PER_MINUTE + 800 * NS_PER_MS
    events = [bar(100.0), bar(7.0, of=ETH, ts_recv=late), bar(101.0, 1), bar(7.1, 1, of=ETH)]
    play(TradingAlgorithm(handle_data=handle), events, instruments=PAIR)
    assert called == [late, 2 * NS_PER_MINUTE]


def test_a_bar_that_does_not_come_is_waited_for_two_seconds() -> None:
    called: list[Any] = []

    def handle(context: Any, data: Any) -> None:
        called.append((get_datetime(), data.current("ETHUSDT", "close")))

    events = [bar(100.0), bar(7.0, of=ETH), bar(101.0, 1), bar(102.0, 2), bar(7.2, 2, of=ETH)]
    play(TradingAlgorithm(handle_data=handle), events, instruments=PAIR)
    assert [ts for ts, _ in called] == [NS_PER_MINUTE, 2 * NS_PER_MINUTE + 2_000 * NS_PER_MS, 3 * NS_PER_MINUTE]
    assert [str(close) for _, close in called] == ["7.0", "nan", "7.2"]


def test_an_order_in_initialize_is_an_error() -> None:
    stage = play(TradingAlgorithm(initialize=lambda context: order("BTCUSDT", 1)), bars(100.0))
    assert "StrategyInitializationError" in stage.failures[0]


def test_functions_outside_of_an_algorithm_say_so() -> None:
    with pytest.raises(StrategyExecutionError, match="for an algorithm's functions"):
        order("BTCUSDT", 1)


def test_targets_repeated_on_every_bar_do_not_pile_up() -> None:
    def handle(context: Any, data: Any) -> None:
        context.order_target("BTCUSDT", 2)
        context.order_target("BTCUSDT", 2)
        context.held = context.portfolio.positions["BTCUSDT"].amount

    algorithm = TradingAlgorithm(handle_data=handle)
    play(algorithm, bars(*[100.0] * 5))
    assert algorithm.context.held == 2.0


def test_api_5_a_liquidation_is_a_message_as_it_has_no_order_of_ours() -> None:
    told: list[Any] = []

    class Held(TradingAlgorithm):
        def handle_data(self, context: Any, data: Any) -> None:
            if not context.portfolio.positions["BTCUSDT"].amount and not told:
                order("BTCUSDT", 1)

        def on_order_fill(self, context: Any, order: Any, transaction: Any) -> None:
            told.append(("fill", transaction.amount))

        def on_broker_message(self, message: Any) -> None:
            told.append(("closed", str(message.quantity), message.side.value))

    contract = instrument(kind=InstrumentKind.PERPETUAL, margin_initial="0.1", margin_maintenance="0.05")
    stage = play(Held(), bars(100.0, 100.0, 80.0), cash=12, margin=True, instruments=[contract])
    assert not stage.failures, stage.failures
    assert told == [("fill", 1.0), ("closed", "1.00000", "sell")]


def test_api_5_hooks_hear_of_orders_and_analyze_looks_back() -> None:
    told: list[Any] = []

    class Hooked(TradingAlgorithm):
        def handle_data(self, context: Any, data: Any) -> None:
            record(close=data.current("BTCUSDT", "close"))
            if not told:
                order("BTCUSDT", 1)
                order("BTCUSDT", 1, limit_price=99)
                order("BTCUSDT", 10_000)
            elif context.portfolio.positions["BTCUSDT"].amount:
                for working in self.get_open_orders("BTCUSDT"):
                    self.cancel_order(working)

        def on_order_fill(self, context: Any, order: Any, transaction: Any) -> None:
            told.append(("fill", order.amount, order.status, transaction.price, transaction.amount))

        def on_order_cancel(self, order: Any, reason: str) -> None:
            told.append(("cancel", order.limit, order.status, reason))

        def on_order_reject(self, context: Any, order: Any, reason: str) -> None:
            told.append(("reject", order.amount, order.status, reason.partition(":")[0]))

        def analyze(self, context: Any, perf: Any) -> None:
            told.append(("analyze", perf["portfolio_value"].to_list(), perf["close"].to_list()))

    assert not play(Hooked(), bars(*[100.0] * 4)).failures
    assert told == [
        ("reject", 10_000.0, "rejected", "insufficient_funds"),
        ("fill", 1.0, "filled", 100.0, 1.0),
        ("cancel", 99.0, "cancelled", "cancelled by us"),
        ("analyze", [100_000.0], [100.0]),
    ]
