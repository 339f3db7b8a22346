"""What an algorithm forbids itself is refused with a code, and its models of costs are those of the simulated venue."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.strategy.algorithm.stage import Stage, play
from tests.unit.strategy.algorithm.test_schedule import minutes, ns
from tradewind import api
from tradewind.domain.events import OrderFilled
from tradewind.domain.restraint import Restraint, RestraintKind
from tradewind.risk.limits import Limits
from tradewind.testing import bar, bars, instrument

D = Decimal
BTC = "BTCUSDT"


def ordering(setup: Any, *amounts: Any, **options: Any) -> Stage:
    """Run an algorithm that lays controls on itself and places one order a bar."""
    wishes = list(amounts)

    def handle(context: Any, data: Any) -> None:
        if wishes:
            api.order(BTC, wishes.pop(0))

    algorithm = api.TradingAlgorithm(initialize=lambda _: setup(), handle_data=handle)
    return play(algorithm, bars(*[100.0] * (len(amounts) + 2)), **options)


@pytest.mark.parametrize(
    ("setup", "amounts", "refused"),
    [
        (lambda: api.set_max_order_size(max_shares=2), (2, 3), ["order_size"]),
        (lambda: api.set_max_order_size(BTC, max_notional=250), (2, 3), ["order_size"]),
        (lambda: api.set_max_position_size(max_shares=2), (2, 1), ["max_position"]),
        (lambda: api.set_max_order_count(1), (1, 1, -1), ["order_count"]),
        (lambda: api.set_max_leverage("0.005"), (5, 1), ["leverage"]),
        (lambda: api.set_do_not_order_list([BTC]), (1,), ["restricted"]),
        (lambda: api.set_asset_restrictions(api.StaticRestrictions([BTC])), (1,), ["restricted"]),
        (lambda: api.set_min_leverage("0.01", timedelta(0)), (20, -15), ["min_leverage"]),
        (api.set_long_only, (1, -2), ["side_disabled"]),
    ],
)
def test_controls_refuse_with_a_code(setup: Any, amounts: tuple[Any, ...], refused: list[str]) -> None:
    stage = ordering(setup, *amounts, margin=True, limits=Limits(allow_short=True))
    assert stage.refused == refused
    [refusal] = [refusal for step in stage.steps for refusal in step.refusals]
    assert refused == ["restricted"] or (refusal.limit is not None and refusal.value is not None)


def test_controls_are_in_the_journal() -> None:
    stage = ordering(api.set_long_only, 1)
    laid = [notice for step in stage.steps for notice in step.notices if isinstance(notice, Restraint)]
    assert [restraint.kind for restraint in laid] == [RestraintKind.LONG_ONLY]


def test_a_control_that_only_logs_is_not_offered() -> None:
    stage = ordering(lambda: api.set_long_only(on_error="log"), 1)
    assert "on_error='log' is not offered" in stage.failures[0]


def filled(stage: Stage) -> list[OrderFilled]:
    return [step.event for step in stage.steps if isinstance(step.event, OrderFilled)]


@pytest.mark.parametrize(
    ("model", "price"),
    [
        (api.slippage.NoSlippage(), "100.00"),
        (api.slippage.FixedSlippage(spread=0.5), "100.25"),
        (api.slippage.FixedBasisPointsSlippage(10, volume_limit=1), "100.10"),
        (api.slippage.VolumeShareSlippage(volume_limit=1, price_impact=0.1), "110.00"),
    ],
)
def test_slippage_is_that_of_the_model(model: Any, price: str) -> None:
    [fill] = filled(ordering(lambda: api.set_slippage(model), 1))
    assert fill.price == D(price)


@pytest.mark.parametrize(
    ("model", "fee"),
    [
        (api.commission.NoCommission(), "0"),
        (api.commission.PerShare(cost=0.01, min_trade_cost=1), "1"),
        (api.commission.PerTrade(cost=3), "3"),
        (api.commission.PerDollar(cost=0.002), "0.4"),
        (api.commission.PerContract(cost=0.5), "1"),
    ],
)
def test_commission_is_that_of_the_model(model: Any, fee: str) -> None:
    [fill] = filled(ordering(lambda: api.set_commission(model), 2))
    assert fill.fee == D(fee)


def test_a_share_of_the_volume_is_all_that_a_bar_gives() -> None:
    model = api.slippage.FixedBasisPointsSlippage(0, volume_limit=0.25)
    fills = filled(ordering(lambda: api.set_slippage(model), "0.6", 0, 0))
    assert [fill.quantity for fill in fills] == [D("0.25"), D("0.25"), D("0.1")]


def test_costs_are_chosen_in_initialize() -> None:
    algorithm = api.TradingAlgorithm(handle_data=lambda data: api.set_commission(api.commission.PerTrade(1)))
    stage = play(algorithm, bars(100.0))
    assert "belongs in initialize" in stage.failures[0]


def test_orders_end_with_the_session_if_the_policy_says_so() -> None:
    told: list[Any] = []

    def handle(context: Any, data: Any) -> None:
        if not told:
            told.append(api.order(BTC, 1, limit_price=90))

    def cancelled(context: Any, order: Any, reason: str) -> None:
        told.append((api.get_datetime().isoformat(), reason))

    algorithm = api.TradingAlgorithm(
        initialize=lambda _: api.set_cancel_policy(api.EODCancel()), handle_data=handle, on_order_cancel=cancelled
    )
    stage = play(algorithm, minutes("2024-12-24T23:50", 20), start=ns("2024-12-24T23:50"))
    assert told[1:] == [("2024-12-25T00:00:00Z", "cancelled by us")]
    assert any("the session ends" in line for line in stage.logged)


def test_api_4_can_trade_is_false_when_closed_forbidden_or_stale() -> None:
    pytest.importorskip("exchange_calendars", reason="the extra `calendars` is not installed")
    told: list[tuple[str, bool]] = []

    def look(data: Any) -> None:
        told.append((api.get_datetime().isoformat()[11:16], data.can_trade(BTC)))

    def setup(context: Any) -> None:
        api.schedule_function(look, time_rule=api.time_rules.market_open(minutes=5))
        api.schedule_function(look, time_rule=api.time_rules.market_open(minutes=9))
        api.schedule_function(look, time_rule=api.time_rules.market_close(minutes=0))

    events = minutes("2024-11-29T14:30", 6) + minutes("2024-11-29T17:58", 2)
    play(
        api.TradingAlgorithm(initialize=setup, before_trading_start=lambda _, data: look(data)), events,
        start=ns("2024-11-29T13:00"), instruments=[instrument(calendar="XNYS")],
    )  # fmt: skip
    assert told == [("13:45", False), ("14:35", True), ("14:39", False), ("18:00", False)], (
        "closed, open, stale, closed"
    )

    def forbid(context: Any) -> None:
        api.set_do_not_order_list([BTC])

    told.clear()
    play(api.TradingAlgorithm(initialize=forbid, handle_data=look), bars(100.0))
    assert told == [("00:01", False)]


def test_stale_is_what_has_not_been_heard_of_for_two_intervals() -> None:
    told: list[Any] = []
    pair = [instrument(), instrument("ETHUSDT")]
    events = [bar(7.0, of=pair[1].id), *(bar(100.0, number) for number in range(4))]
    algorithm = api.TradingAlgorithm(handle_data=lambda _, data: told.append(data.is_stale([BTC, "ETHUSDT"])))
    play(algorithm, sorted(events, key=lambda event: event.ts_recv), instruments=pair)
    assert [row["ETHUSDT"] for row in told] == [False, False, True, True]
    assert not any(row[BTC] for row in told)
