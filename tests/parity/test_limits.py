"""What the gate refuses and cuts down, it does at the same bar in a backtest, on paper and at an exchange."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from tests.parity.scripts import BTC, ETH, Script, bars, notices, refusals, spot, three_ways
from tradewind.domain.account import AccountKind
from tradewind.domain.approval import EntrySized, RiskAdjusted
from tradewind.domain.commands import SubmitOrder
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.step import RefusalCode
from tradewind.engine.settings import EngineSettings
from tradewind.risk.correlation.config import CorrelationConfig
from tradewind.risk.dynamic.config import DynamicRiskConfig
from tradewind.risk.governor import GovernorConfig
from tradewind.risk.limits import Limits, SizerKind, Sizing
from tradewind.risk.macro import MacroConfig, MacroEvent
from tradewind.risk.parameters import NO_PARAMETERS, RiskParameters

if TYPE_CHECKING:
    from tradewind.domain.step import Step

C, D = RefusalCode, Decimal
MARGIN = AccountKind.MARGIN
QUIET = DynamicRiskConfig(concentration_enabled=False)
PERPS = tuple(spot(name, kind=InstrumentKind.PERPETUAL) for name in ("BTCUSDT", "ETHUSDT"))
FLAT = (100.0,) * 6


def limited(**limits: Any) -> EngineSettings:
    return EngineSettings(data_interval="1m", account=MARGIN, limits=Limits(**({"allow_short": True} | limits)))


def only(**parameters: Any) -> RiskParameters:
    return replace(NO_PARAMETERS, **parameters)


def both(*closes: float, ether: float = 10.0) -> tuple[Any, ...]:
    """Return bars of both instruments, in the order of their times."""
    events = (*bars(*closes, of=ETH), *bars(*closes))
    return tuple(sorted((replace(e, close=ether, open=ether, high=ether, low=ether) if e.instrument == ETH else e
                         for e in events), key=lambda e: e.ts_recv))  # fmt: skip


def played(acts: Any, *closes: float, **limits: Any) -> list[Step]:
    """Play acts at bars of bitcoin, with ether at 10, through all three ways."""
    return three_ways(
        Script.of(both(*(closes or FLAT)), acts, settings=limited(**limits), instruments=PERPS),
        account=MARGIN,
        free=True,
    )


def codes(steps: list[Step]) -> list[tuple[int, RefusalCode]]:
    return [(at, refused.code) for at, refused in refusals(steps)]


def sizes(steps: list[Step]) -> list[tuple[int, Decimal]]:
    return [(at, told.size) for at, told in notices(steps, EntrySized)]


def ordered(steps: list[Step]) -> list[Decimal]:
    return [e.order.quantity for step in steps for e in step.effects if isinstance(e, SubmitOrder)]


# --- limits of one order, and of the account ---------------------------------------------------------


def test_an_order_above_the_largest_value_is_refused_at_its_bar() -> None:
    """RP 1.4: `order_value`, `order_quantity`, at the bound and above it."""
    acts = {0: lambda ctx: ctx.buy(10), 1: lambda ctx: ctx.buy("10.001"), 2: lambda ctx: ctx.sell(10)}
    assert codes(played(acts, order_value_max=D(1000))) == [(1, C.ORDER_VALUE)]
    assert codes(played(acts, order_quantity_max=D(10))) == [(1, C.ORDER_QUANTITY)]


def test_sums_of_positions_are_held() -> None:
    """RP 1.4: `gross_exposure`, `net_exposure`, `strategy_position`; a short against a long is gross and not net."""
    acts = {
        0: lambda ctx: ctx.buy(10), 1: lambda ctx: ctx.sell(50, "ETHUSDT"),
        2: lambda ctx: (ctx.buy("5.001"), ctx.buy(5)),
    }  # fmt: skip
    assert codes(played(acts, gross_value_max=D(2000))) == [(2, C.GROSS_EXPOSURE)]
    assert codes(played(acts, net_value_max=D(1500))) == [(2, C.NET_EXPOSURE)]
    assert codes(played(acts, strategy_value_max=D(1500))) == [(2, C.STRATEGY_POSITION)]


def test_rates_of_orders_and_amendments_hold_back_what_adds() -> None:
    """RP 1.4: `order_rate`, `amend_rate`; what only reduces passes, and after a minute the window is free again."""

    def amends(ctx: Any) -> None:
        (order,) = [each for each in ctx.open_orders() if each.spec.price]
        ctx.amend(order.spec.id, quantity=3)
        ctx.amend(order.spec.id, quantity=4)
        ctx.amend(order.spec.id, quantity=1)

    acts = {0: lambda ctx: ctx.buy(2, limit=90), 1: amends, 2: lambda ctx: (ctx.buy(1), ctx.buy(1), ctx.buy(1))}
    steps = played(acts, amends_per_minute_max=1, orders_per_minute_max=2)
    assert codes(steps) == [(1, C.AMEND_RATE), (2, C.ORDER_RATE)]


def test_an_order_that_would_meet_one_of_ours_is_refused() -> None:
    """RP 1.4: `self_cross`: at the price of the resting one, and not below it."""
    acts = {
        0: lambda ctx: ctx.sell(1, limit=101),
        1: lambda ctx: (ctx.buy(1, limit=101), ctx.buy(1, limit="100.99"), ctx.buy(1)),
    }
    assert codes(played(acts, self_cross=False)) == [(1, C.SELF_CROSS)]


def test_a_stale_stream_holds_back_its_own_instrument_alone() -> None:
    """RP 1.4: `stale_data`: a price of exactly the age passes; the other instrument trades on; exits pass."""
    late = (*bars(10.0, 10.0, of=ETH), *bars(*FLAT))
    acts = {
        3: lambda ctx: (ctx.buy(1), ctx.buy(1, "ETHUSDT")), 4: lambda ctx: (ctx.buy(1), ctx.buy(1, "ETHUSDT")),
        5: lambda ctx: ctx.close("ETHUSDT"),
    }  # fmt: skip
    script = Script.of(
        tuple(sorted(late, key=lambda each: each.ts_recv)), acts,
        settings=limited(data_age_max_ns=120 * 10**9), instruments=PERPS,
    )  # fmt: skip
    steps = three_ways(script, account=MARGIN, free=True)
    assert [(at, refused.code, refused.limit, refused.value) for at, refused in refusals(steps)] == [
        (4, C.STALE_DATA, D(120), D(180))
    ]


# --- limits of entries -------------------------------------------------------------------------------


def test_rp_1_1_four_intents_in_one_turn_are_one_order() -> None:
    """RP 1.1: one order, three `duplicate`."""
    steps = played({1: lambda ctx: [ctx.buy(5) for _ in range(4)]}, parameters=RiskParameters())
    assert codes(steps) == [(1, C.DUPLICATE)] * 3
    assert ordered(steps) == [D(5)]


def test_rp_1_2_a_stop_that_takes_the_day_over_its_limit_and_the_next_entry() -> None:
    """RP 1.2: the loss of the stop counts for the entry of the very next event."""
    acts = {0: lambda ctx: ctx.buy(100), 2: lambda ctx: ctx.buy(1), 3: lambda ctx: ctx.buy(1)}
    steps = played(acts, 100, 100, 94, 94, 94, 94, parameters=only(max_daily_risk=D("0.05"), stop_loss=D("0.05")))
    assert sizes(steps) == [(0, D(1))]
    assert codes(steps) == [(2, C.DAILY_RISK), (3, C.DAILY_RISK)]
    (_, refused), _ = refusals(steps)
    assert refused.limit == D("0.05")
    assert refused.value is not None
    assert refused.value > D("0.05")


def test_rp_1_3_factors_first_and_caps_last() -> None:
    """RP 1.3: in a drawdown of .21 candidate .10 times .4 is held to the room of .03; the other way round gives .012.

    RP 5.1: that drawdown is of the third tier.
    """
    acts = {
        0: lambda ctx: ctx.sell(15), 3: lambda ctx: ctx.close(), 4: lambda ctx: ctx.buy(D("0.3") * 7_900 / 240),
        5: lambda ctx: ctx.buy(79, "ETHUSDT"),
    }  # fmt: skip
    parameters = only(dynamic=QUIET, correlation=CorrelationConfig())
    steps = played(acts, 100, 170, 240, 240, 240, 240, parameters=parameters)
    first, second, third = (told for _, told in notices(steps, EntrySized))
    assert [told.factors for told in (first, second, third)] == [
        (("dynamic_risk", D(1)),), (("dynamic_risk", D("0.4")),), (("dynamic_risk", D("0.4")),),
    ]  # fmt: skip
    assert abs(third.size - D("0.03")) < D("0.0001")
    assert third.bound == "correlated_exposure"
    assert [told.was_size for _, told in notices(steps, RiskAdjusted)] == [D(1)] * 2


def test_rp_1_5_exits_go_out_in_a_macro_window_and_past_every_limit() -> None:
    """RP 1.5 and RP 14.2: entries are refused, closes and resting exits are not."""
    macro = MacroConfig((MacroEvent("CPI", "CPI", bars(*FLAT)[2].ts_recv, D(0), D(1)),))
    acts = {
        1: lambda ctx: ctx.buy(10), 2: lambda ctx: ctx.buy(1),
        3: lambda ctx: ctx.sell(5, stop=90, reduce_only=True), 4: lambda ctx: ctx.close(),
    }  # fmt: skip
    steps = played(acts, parameters=only(macro=macro, max_total_exposure=D("0.1")))
    assert codes(steps) == [(2, C.MACRO_EVENT)]
    assert ordered(steps) == [D(10), D(5), D(10)]


def test_rp_2_1_the_risk_of_the_day_is_shared_by_all_positions() -> None:
    """RP 2.1: two positions of .10 with stop .05 use .01; of .012 the third entry has .002 left, so .04."""
    acts = {
        0: lambda ctx: ctx.buy(10), 1: lambda ctx: ctx.buy(100, "ETHUSDT"), 2: lambda ctx: ctx.buy(10, scale_in=True),
        3: lambda ctx: ctx.buy(1, scale_in=True),
    }  # fmt: skip
    steps = played(acts, parameters=only(max_daily_risk=D("0.012"), stop_loss=D("0.05"), one_entry=True))
    assert sizes(steps) == [(0, D("0.1")), (1, D("0.1")), (2, D("0.04"))]
    assert codes(steps) == [(3, C.DAILY_RISK)]


def test_lesson_100_a_tenth_of_the_equity_with_a_stop_at_five_per_cent_uses_half_a_per_cent_of_the_day() -> None:
    """The budget of .06 is of what can be lost, not of what is held: of it .055 is left, which is 1.1 at that stop."""
    acts = {
        0: lambda ctx: ctx.buy(10),
        1: lambda ctx: ctx.buy(1_500, "ETHUSDT"),
        2: lambda ctx: ctx.buy(1, scale_in=True),
    }
    steps = played(acts, parameters=only(max_daily_risk=D("0.06"), stop_loss=D("0.05"), one_entry=True))
    assert sizes(steps) == [(0, D("0.1")), (1, D("1.1"))]
    assert codes(steps) == [(2, C.DAILY_RISK)]


def test_lesson_89_thirty_wins_change_the_next_size() -> None:
    """The Kelly sizer has no opinion of 29 round trips and sizes by .02; after thirty that won it is at its cap."""
    acts: dict[int, Any] = dict.fromkeys(range(0, 62, 2), lambda ctx: ctx.buy(confidence=1, strength=1))
    acts |= dict.fromkeys(range(1, 60, 2), lambda ctx: ctx.close())
    steps = played(acts, *(100.0 + at % 2 for at in range(64)), sizing=Sizing(SizerKind.KELLY, D("0.02")))
    bought = ordered(steps)[::2]
    assert len(bought) == 31
    assert all(D("2") <= each < D("2.1") for each in bought[:30])
    assert D("20") < bought[30] < D("20.3"), "a fifth of the equity, of 10,000 and what was won"


def test_rp_3_2_a_sizer_is_asked_where_no_quantity_is_named() -> None:
    """RP 3.2: confidence .6 and strength .5 of .2 are .06 of the equity; without confidence the input is missing."""
    acts = {
        0: lambda ctx: ctx.buy(confidence=0.6, strength=0.5), 1: lambda ctx: ctx.buy(symbol="ETHUSDT"),
        2: lambda ctx: ctx.buy(symbol="ETHUSDT", confidence=0.29, strength=1),
    }  # fmt: skip
    steps = played(acts, sizing=Sizing(SizerKind.CONFIDENCE_WEIGHTED, D("0.2")))
    assert ordered(steps) == [D(6)]
    assert codes(steps) == [(1, C.SIZER_INPUT_MISSING), (2, C.ZERO_SIZE)]


def test_rp_5_6_in_a_drawdown_the_stop_is_wider() -> None:
    """RP 5.6 and RP 5.1: at a drawdown of .11 a stop at .05 is placed at .06, and .6 of the size is left."""
    steps = played(
        {0: lambda ctx: ctx.sell(100, stop_loss=119), 3: lambda ctx: ctx.buy(89, "ETHUSDT")},
        100, 105, 111, 111, 111, 111, parameters=only(dynamic=QUIET, stop_loss=D("0.05"), max_stop=D("0.20")),
    )  # fmt: skip
    last = [told for _, told in notices(steps, EntrySized)][-1]
    assert (last.factors, last.raw, last.size, last.stop) == (
        (("dynamic_risk", D("0.6")),), D("0.1"), D("0.06"), D("0.06"),
    )  # fmt: skip
    submitted = [effect for step in steps for effect in step.effects if isinstance(effect, SubmitOrder)]
    assert [spec.trigger for spec in submitted[-1].attached] == [D("9.4")]


def test_rp_11_3_a_short_beside_a_long_that_moves_the_same_way_is_no_increase() -> None:
    """RP 11.3: unknown pairs count as correlated: a short of ether beside a long of bitcoin keeps its size."""
    acts = {0: lambda ctx: ctx.buy(12), 1: lambda ctx: ctx.sell(100, "ETHUSDT"), 2: lambda ctx: ctx.buy(20)}
    steps = played(acts, parameters=only(correlation=CorrelationConfig()))
    assert sizes(steps) == [(0, D("0.12")), (1, D("0.1")), (2, D("0.13"))]


def test_rp_13_1_the_governor_goes_by_what_a_strategy_says_of_the_market() -> None:
    """RP 13.1 and RP 13.2 and RP 13.3: unknown .15, range/low .30, and at the cap a refusal."""
    acts = {
        0: lambda ctx: ctx.buy(25), 1: lambda ctx: ctx.tell_regime("range", "low", symbol="ETHUSDT"),
        2: lambda ctx: ctx.buy(250, "ETHUSDT"), 3: lambda ctx: ctx.buy(10, "ETHUSDT"),
    }  # fmt: skip
    steps = played(acts, parameters=only(governor=GovernorConfig()))
    assert sizes(steps) == [(0, D("0.15")), (2, D("0.15"))]
    assert codes(steps) == [(3, C.GOVERNOR)]


def test_the_standard_limits_hold_a_greedy_strategy() -> None:
    """RP 2: with all defaults an entry of everything becomes .10 of the equity, with a stop at .05."""
    steps = played({0: lambda ctx: ctx.buy(90), 2: lambda ctx: ctx.buy(900, "ETHUSDT")}, parameters=RiskParameters())
    assert sizes(steps) == [(0, D("0.1")), (2, D("0.05"))]
    (first, second) = (e for step in steps for e in step.effects if isinstance(e, SubmitOrder))
    assert [spec.trigger for spec in (*first.attached, *second.attached)] == [D(95), D("9.5")]
    assert first.order.instrument == BTC


def test_entries_wait_for_the_session_of_their_exchange() -> None:
    """RP 1.4: `session_closed` until New York opens at 14:30 UTC on 15 November 2023, by an event at the edge."""
    hours = bars(*(100.0,) * 6, first=986)
    script = Script.of(
        hours, {number: lambda ctx: ctx.buy(1) for number in range(6)},
        settings=limited(in_session_only=True), instruments=(spot(calendar="XNYS"),),
    )  # fmt: skip
    steps = three_ways(script, account=MARGIN, free=True)
    assert codes(steps) == [(986, C.SESSION_CLOSED), (987, C.SESSION_CLOSED), (988, C.SESSION_CLOSED)]
    assert ordered(steps) == [D(1)] * 3


def test_rp_2_2_and_lesson_100_the_budget_of_the_day_begins_anew_at_midnight() -> None:
    """RP 2.2: the session begins at 22:00 UTC; what was lost before midnight holds entries back until then."""
    acts = {0: lambda ctx: ctx.buy(100), 118: lambda ctx: ctx.buy(1), 119: lambda ctx: ctx.buy(1)}
    closes = (100.0, 100.0, *(94.0,) * 119)
    steps = played(acts, *closes, parameters=only(max_daily_risk=D("0.05"), stop_loss=D("0.05")))
    assert codes(steps) == [(118, C.DAILY_RISK)]
    assert [at for at, _ in sizes(steps)] == [0, 119]


def test_rp_2_3_a_stop_on_the_side_of_profit_has_nothing_at_stake() -> None:
    """RP 2.3: with its stop beyond the entry, a position leaves the risk of the day to others."""
    acts = {
        0: lambda ctx: ctx.buy(10, stop_loss=95), 3: lambda ctx: ctx.buy(100, "ETHUSDT", stop_loss=9),
        4: lambda ctx: ctx.amend(next(o.spec.id for o in ctx.open_orders("BTCUSDT") if o.spec.protects), stop=101),
        5: lambda ctx: ctx.buy(100, "ETHUSDT", stop_loss=9),
    }  # fmt: skip
    steps = played(acts, 100, 100, 104, 104, 104, 104, parameters=only(max_daily_risk=D("0.01")))
    first, before, after = sizes(steps)
    assert (first[1], before[0], after[0]) == (D("0.1"), 3, 5)
    assert before[1] < D("0.06") < after[1] + before[1]


def test_rp_3_1_a_move_of_one_range_costs_the_risk() -> None:
    """RP 3.1: with a mean true range of .01 of the price, .02 at risk is 2.0 raw, and .10 after the cap."""
    closes = (100.0, *(101.0, 100.0) * 8)
    steps = played(
        {15: lambda ctx: ctx.buy()}, *closes, parameters=only(max_position_size=D("0.10")),
        sizing=Sizing(SizerKind.ATR_RISK, D("0.02")),
    )  # fmt: skip
    (told,) = [told for _, told in notices(steps, EntrySized)]
    assert abs(told.raw - 2) < D("0.03")
    assert (told.size, told.bound) == (D("0.10"), "max_position_size")
