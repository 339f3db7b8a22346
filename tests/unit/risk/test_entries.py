"""The limits of entries: every one at, below and above its bound, and the lines of section 1 and 2."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from tests.unit.risk.entries import BTC, ETH, SELL, SOL, TRADER, D, Marked, desk, enter, only, send, size, told, wish
from tests.unit.risk.gate import BUY, C
from tradewind.domain.ids import ClientOrderId
from tradewind.domain.order import OrderType, Purpose
from tradewind.domain.regime import Regime, Trend, Volatility
from tradewind.domain.signal import AmendIntent
from tradewind.domain.step import Refusal
from tradewind.risk.correlation.config import CorrelationConfig
from tradewind.risk.dynamic.config import DynamicRiskConfig
from tradewind.risk.governor import GovernorConfig
from tradewind.risk.macro import MacroConfig, MacroEvent, MacroWindows
from tradewind.risk.parameters import RiskParameters
from tradewind.testing import bar, filled

UNMEASURED = CorrelationConfig()
"""Nothing is measured in these sessions, and unknown pairs count as correlated."""


# --- every code of the table has its test -----------------------------------------------------------


def lost(amount: Any) -> Any:
    """Return a session that has lost so much today and is flat."""
    made = desk(only(max_daily_risk=D("0.06"), stop_loss=D("0.05")), marks=Marked(baseline=10_000))
    enter(made, "0.5", order="a")
    send(made, "0.5", order="b", side=SELL, reduce_only=True)
    made.process(filled("b", 50, 100 - D(amount) / 50, ts=made.view.now, trade_id="out"))
    for order in made.orders.open():
        made.orders.living.pop(order.spec.id)
    return made


def around(event: int) -> MacroConfig:
    return MacroConfig((MacroEvent("CPI", "CPI", event),))


ENTRY_CODES: dict[Any, Any] = {
    C.MACRO_EVENT: lambda: size(desk(only(macro=around(60_000_000_000))), "0.1"),
    C.TOO_MANY_POSITIONS: lambda: size(desk(only(max_concurrent_positions=0)), "0.1"),
    C.NO_STOP: lambda: size(desk(only(max_stop=D("0.2"))), "0.1"),
    C.STOP_DISTANCE: lambda: size(desk(only(max_stop=D("0.2"))), "0.1", stop_loss=D("79.99"), stop_loss_id="t-2"),
    C.ORDER_QUANTITY: lambda: size(desk(only(), order_quantity_max=D(9)), "0.1"),
    C.GROSS_EXPOSURE: lambda: size(desk(only(), gross_value_max=D(999)), "0.1"),
    C.NET_EXPOSURE: lambda: size(desk(only(), net_value_max=D(999)), "0.1"),
    C.STRATEGY_POSITION: lambda: size(desk(only(), strategy_value_max=D(999)), "0.1"),
    C.STALE_DATA: lambda: size(later(desk(only(), data_age_max_ns=1)), "0.1"),
    C.DAILY_RISK: lambda: size(lost(600), "0.1"),
}


def later(made: Any) -> Any:
    made.view.now += 2
    return made


@pytest.mark.parametrize("wanted", ENTRY_CODES, ids=lambda wanted: wanted.value)
def test_rp_1_4_every_code_of_the_table_is_produced(wanted: Any) -> None:
    """RP 1.4: each code in the table is produced by one test; here those of entries."""
    assert ENTRY_CODES[wanted]() is wanted


CAPS: dict[Any, tuple[RiskParameters, Any, Any]] = {
    C.MAX_FRACTION: (only(max_fraction=D("0.1")), "0.1", ()),
    C.MAX_POSITION_SIZE: (only(max_position_size=D("0.1")), "0.1", ()),
    C.MAX_RISK_PER_TRADE: (only(max_risk_per_trade=D("0.01"), stop_loss=D("0.05")), "0.2", ()),
    C.DAILY_RISK: (only(max_daily_risk=D("0.01"), stop_loss=D("0.05")), "0.2", ()),
    C.CORRELATED_EXPOSURE: (only(correlation=UNMEASURED), "0.15", ()),
    C.TOTAL_EXPOSURE: (only(max_total_exposure=D("0.5")), "0.5", ()),
    C.GOVERNOR: (only(governor=GovernorConfig()), "0.15", ()),
}


@pytest.mark.parametrize("name", CAPS, ids=lambda name: name.value)
def test_an_entry_is_cut_to_exactly_the_room_that_a_cap_leaves(name: Any) -> None:
    """RP 1.4: below the bound and at it an entry is left as it is, above it it is cut to it, as is told."""
    parameters, bound, _ = CAPS[name]
    for wanted, becomes, bound_by in (
        (D(bound) - D("0.001"), D(bound) - D("0.001"), ""),
        (D(bound), D(bound), ""),
        (D(bound) + D("0.001"), D(bound), name.value),
    ):
        made = desk(parameters)
        assert size(made, wanted) == becomes
        assert told(made).bound == bound_by
        assert (name.value, D(bound)) in told(made).caps


@pytest.mark.parametrize(
    "name", [name for name in CAPS if name is not C.MAX_RISK_PER_TRADE], ids=lambda name: name.value
)
def test_where_a_cap_leaves_no_room_an_entry_is_refused_in_its_name(name: Any) -> None:
    """RP 1.4: no size is 0 without a code."""
    parameters, bound, _ = CAPS[name]
    made = desk(parameters)
    assert enter(made, bound, order="a") == D(bound)
    verdict = made.risk.review(wish("0.001", order="b"))
    assert isinstance(verdict, Refusal)
    assert verdict.code is name
    assert verdict.limit is not None
    assert verdict.value is not None
    assert verdict.value > verdict.limit


# --- section 1 --------------------------------------------------------------------------------------


def test_rp_1_1_four_intents_for_one_symbol_in_one_turn_are_one_order() -> None:
    """RP 1.1: four long intents for one symbol: one order, three `duplicate`; what is in flight counts."""
    made = desk(RiskParameters())
    answers = [send(made, "0.05", order=f"t-{number}") for number in range(4)]
    assert answers == [D("0.05"), C.DUPLICATE, C.DUPLICATE, C.DUPLICATE]


def test_an_entry_that_says_that_it_adds_is_no_duplicate() -> None:
    made = desk(RiskParameters())
    enter(made, "0.05", order="a")
    assert size(made, "0.05") is C.DUPLICATE
    assert size(made, "0.02", purpose=Purpose.SCALE_IN) == D("0.02")


def test_a_reversal_is_no_duplicate_and_only_its_opening_part_is_cut() -> None:
    made = desk(only(one_entry=True, max_position_size=D("0.1")))
    enter(made, "0.08", order="a")
    assert size(made, "0.28", side=SELL) == D("0.18")


def test_rp_1_3_factors_come_first_and_caps_last() -> None:
    """RP 1.3: candidate .10, dynamic factor .4, correlated room .03 gives .03; the other way round gives .012."""
    parameters = only(one_entry=False, correlation=UNMEASURED, dynamic=DynamicRiskConfig(concentration_enabled=False))
    made = desk(parameters, marks=Marked(peak=D(10_000) / D("0.8")))
    enter(made, "0.3", order="a")  # times .4: .12 of the .15
    made.words.clear()
    assert size(made, "0.10", of=ETH) == D("0.03")
    said = told(made)
    assert (said.raw, said.factors, said.caps) == (
        D("0.10"), (("dynamic_risk", D("0.4")),), (("correlated_exposure", D("0.03")),),
    )  # fmt: skip
    assert (said.bound, said.size) == ("correlated_exposure", D("0.03"))


def test_rp_1_5_nothing_holds_up_what_reduces() -> None:
    """RP 1.5: with halt, close-only and every limit reached, stops, closes and partial exits still go out."""
    made = desk(RiskParameters(macro=around(60_000_000_000)))
    made.risk._entries, kept = None, made.risk._entries
    enter(made, "0.5", order="a")
    made.risk._entries = kept
    made.risk.halted.add(None)
    made.risk.close_only["breaker"] = "daily loss"
    assert size(made, "0.1", side=BUY) is C.HALTED
    for purpose, kind in (
        (Purpose.EXIT, {}),
        (Purpose.OPERATOR, {}),
        (Purpose.PROTECTION, {"type": OrderType.STOP, "trigger": 90}),
    ):
        assert size(made, "0.1", side=SELL, reduce_only=True, purpose=purpose, **kind) == D("0.1")


def test_rp_1_4_positions_are_counted_with_those_in_flight() -> None:
    """RP 1.4: below the most there may be one more, at it not; a second entry into one of them is none more."""
    made = desk(only(max_concurrent_positions=2))
    assert send(made, "0.1", order="a") == D("0.1")
    assert send(made, "0.1", order="b", of=ETH) == D("0.1")
    assert size(made, "0.1", of=SOL) is C.TOO_MANY_POSITIONS
    assert size(made, "0.1", of=ETH) == D("0.1")


@pytest.mark.parametrize(
    ("at", "answer"),
    [
        ("99.01", C.STOP_DISTANCE),
        ("99", D("0.1")),
        ("80", D("0.1")),
        ("79.99", C.STOP_DISTANCE),
        ("101", C.INVALID_ORDER),
    ],
)
def test_rp_1_4_a_stop_lies_neither_too_near_nor_too_far(at: str, answer: Any) -> None:
    """RP 1.4: distances of exactly .01 and .20 pass."""
    made = desk(only(min_stop=D("0.01"), max_stop=D("0.20")))
    assert size(made, "0.1", stop_loss=at, stop_loss_id="t-2") == answer


def test_an_entry_without_a_stop_is_given_the_default_one() -> None:
    made = desk(only(stop_loss=D("0.05")))
    verdict = made.risk.review(wish("0.1"))
    assert not isinstance(verdict, Refusal)
    (stop,) = verdict[1]
    assert (stop.trigger, stop.reduce_only, stop.type, stop.parent) == (D(95), True, OrderType.STOP, "t-1")


def test_the_smallest_entry_is_refused_and_not_raised() -> None:
    made = desk(only(min_fraction=D("0.001")))
    assert size(made, "0.001") == D("0.001")
    assert size(made, "0.00099") is C.BELOW_MINIMUM


# --- section 2 --------------------------------------------------------------------------------------


def test_rp_2_1_the_risk_of_the_day_is_loss_and_stake() -> None:
    """RP 2.1: three positions of .10 with stop .05 use .015; a loss of 550 leaves .005, so .10; 600 nothing."""
    made = desk(only(max_daily_risk=D("0.06"), stop_loss=D("0.05")), marks=Marked(baseline=10_000))
    for number, name in enumerate((BTC, ETH, SOL)):
        enter(made, "0.1", order=f"h{number}", of=name)
    assert size(made, "2") == D("0.9")  # (.06 - .015) / .05
    made = lost(550)
    size(made, "0.2")
    assert told(made).size == D("0.1")
    assert size(lost(600), "0.001") is C.DAILY_RISK


def test_rp_2_2_the_risk_of_the_day_begins_anew_at_its_end() -> None:
    """RP 2.2: the budget resets at the day end, in a session that goes on."""
    made = lost(600)
    made.view.now = 24 * 3600 * 10**9
    assert size(made, "0.2") == D("0.2")


def test_rp_2_3_a_stop_on_the_side_of_profit_uses_no_risk_of_the_day() -> None:
    """RP 2.3: a position whose stop lies beyond entry uses none."""
    made = desk(only(max_daily_risk=D("0.06")), marks=Marked(baseline=10_000))
    enter(made, "0.5", order="a", stop_loss="95", stop_loss_id="a-s")
    assert size(made, "5", stop_loss="95", stop_loss_id="t-2", of=ETH) == D("0.7")
    (stop,) = [order for order in made.orders.open() if order.spec.id == "a-s"]
    stop.spec = replace(stop.spec, trigger=D("101"))
    assert size(made, "5", stop_loss="95", stop_loss_id="t-2", of=ETH) == D("1.2")


def test_the_defaults_are_right_and_all_that_is_wrong_comes_at_once() -> None:
    """RP 2: refused at load, all violations at once."""
    assert RiskParameters().faults() == []
    wrong = RiskParameters(
        base_risk_per_trade=D("0.05"), max_position_size=D("1.5"), min_fraction=D(0), max_stop=D("nan"), min_stop=None,
        max_total_exposure=D("-0.1"), max_concurrent_positions=0, stop_loss=None,
        dynamic=DynamicRiskConfig((D("0.15"), D("0.15"), D("0.45")), risk_reduction_factors=(D(1),)),
    )  # fmt: skip
    faults = " / ".join(wrong.faults())
    for name in (
        "base_risk_per_trade 0.05 is above max_risk_per_trade", "max_position_size 1.5 is above 1", "min_fraction 0",
        "max_stop NaN", "max_total_exposure -0.1", "max_concurrent_positions 0", "each above the one before",
        "different length", "0.45 can never act: they reach max_drawdown 0.20",
    ):  # fmt: skip
        assert name in faults


# --- sections 13 and 14 -----------------------------------------------------------------------------

RANGE_LOW = Regime(Trend.RANGE, Volatility.LOW)


def governed(gross: Any, regime: Regime | None) -> Any:
    made = desk(only(governor=GovernorConfig()))
    assert made.risk.facts is not None
    made.risk.facts.regimes = dict.fromkeys((BTC, ETH), Regime(Trend.UP, Volatility.LOW))
    enter(made, gross, order="a")
    made.risk.facts.regimes = {} if regime is None else {ETH: regime}
    return made


def test_rp_13_1_the_governor_leaves_room_by_regime() -> None:
    """RP 13.1: range/low, gross .25, candidate .10 gives .05."""
    assert size(governed("0.25", RANGE_LOW), "0.10", of=ETH) == D("0.05")


def test_rp_13_2_at_the_cap_an_entry_is_refused() -> None:
    """RP 13.2: gross .30 is refused."""
    assert size(governed("0.30", RANGE_LOW), "0.10", of=ETH) is C.GOVERNOR


def test_rp_13_3_an_unknown_regime_has_a_cap_of_its_own() -> None:
    """RP 13.3: regime unknown, gross .10, candidate .10 gives .05."""
    assert size(governed("0.10", None), "0.10", of=ETH) == D("0.05")


def test_rp_13_4_caps_are_fractions_of_the_equity_and_not_of_cash() -> None:
    """RP 13.4: with all cash in a coin, room is reckoned from what the account is worth."""
    made = desk(only(governor=GovernorConfig()), prices=(100, 100, 100))
    enter(made, "0.1", order="a")
    made.process(bar(150, 1))  # .1 has become .15 of 10,500
    assert made.view.equity() == 10_500
    verdict = made.risk.review(wish("0.10", of=ETH))
    assert not isinstance(verdict, Refusal)
    room = D("0.15") * 10_500 - 1_500
    assert verdict[0].quantity == (room / 100).quantize(D("0.001"), "ROUND_DOWN")


AT = 1_786_537_800 * 10**9
"""2026-08-12 12:30:00 UTC."""


@pytest.mark.parametrize(
    ("seconds", "free"), [(-12 * 3600 - 1, True), (-12 * 3600, False), (6 * 3600, False), (6 * 3600 + 1, True)]
)
def test_rp_14_1_the_window_of_a_macro_event_has_both_its_ends(seconds: int, free: bool) -> None:
    """RP 14.1: CPI 2026-08-12 12:30, 12/6: 00:30:00 refused, 18:30:00 refused, 18:30:01 free."""
    made = desk(only(macro=around(AT)))
    made.view.now = AT + seconds * 10**9
    assert size(made, "0.1") == (D("0.1") if free else C.MACRO_EVENT)


def test_rp_14_2_exits_run_inside_a_macro_window() -> None:
    """RP 14.2: exits run inside."""
    made = desk(only(macro=around(AT)))
    enter(made, "0.1", order="a")
    made.view.now = AT
    assert size(made, "0.1", side=SELL, reduce_only=True) == D("0.1")
    assert size(made, "0.1") is C.MACRO_EVENT


def test_inside_a_macro_window_half_of_the_governors_cap_is_left() -> None:
    """RP 14: governor cap x .5; entries are refused anyway, so it is the cap itself that is asked."""
    macro, governor = around(AT), GovernorConfig()
    assert governor.cap(RANGE_LOW, MacroWindows(macro).factor(AT)).value == D("0.15")
    assert governor.cap(RANGE_LOW, MacroWindows(macro).factor(AT + 7 * 3600 * 10**9)).value == D("0.30")


def test_lesson_150_a_macro_calendar_that_knows_of_nothing_to_come_says_so_and_blocks_if_it_is_to() -> None:
    """RP 14: a warning each day; `on_stale: block` refuses."""
    made = desk(only(macro=MacroConfig(valid_until=1)))
    assert size(made, "0.1") == D("0.1")
    assert size(made, "0.1") == D("0.1")
    assert sum(type(word).__name__ == "RiskWarned" for word in made.words) == 1
    assert size(desk(only(macro=MacroConfig(blocks_when_stale=True))), "0.1") is C.MACRO_EVENT


def test_what_adds_to_a_position_is_covered_by_the_stop_of_the_position() -> None:
    made = desk(only(stop_loss=D("0.05"), max_risk_per_trade=D("0.01")))
    enter(made, "0.1", order="a", stop_loss="90", stop_loss_id="a-s")
    verdict = made.risk.review(wish("0.2", purpose=Purpose.SCALE_IN))
    assert not isinstance(verdict, Refusal)
    assert verdict[1] == ()
    assert (told(made).stop, told(made).size, told(made).bound) == (D("0.1"), D("0.1"), "max_risk_per_trade")


def test_a_stop_that_follows_the_fill_counts_as_one_that_comes_with_the_entry() -> None:
    made = desk(only(max_stop=D("0.2"), max_daily_risk=D("0.06")), marks=Marked(baseline=10_000))
    assert made.risk.facts is not None
    assert size(made, "0.1") is C.NO_STOP
    made.risk.facts.planned = lambda _: D(90)
    assert send(made, "0.1", order="a") == D("0.1")
    assert told(made).stop == D("0.1")
    assert size(made, "1", order="b", of=ETH) == D("0.5")  # (.06 - .01) / .1


@pytest.mark.parametrize(
    ("limit", "code", "most"),
    [
        ({"max_position_size": D("0.2")}, C.MAX_POSITION_SIZE, 20),
        ({"max_risk_per_trade": D("0.01"), "stop_loss": D("0.05")}, C.MAX_RISK_PER_TRADE, 20),
        ({"max_daily_risk": D("0.01"), "stop_loss": D("0.05")}, C.DAILY_RISK, 20),
    ],
)
def test_rp_1_4_an_amendment_does_not_get_past_a_cap(limit: Any, code: Any, most: int) -> None:
    """RP 1.4: an order that grows to exactly the cap passes, beyond it the amendment is refused and not cut."""
    made = desk(only(**limit))
    assert send(made, "0.1", order="a", type=OrderType.LIMIT, price=100) == D("0.1")
    beyond = made.risk.review_amend(AmendIntent(TRADER, ClientOrderId("a"), quantity=most + D("0.001")))
    assert beyond is not None
    assert beyond.code is code
    assert made.risk.review_amend(AmendIntent(TRADER, ClientOrderId("a"), quantity=D(most))) is None
