"""Dynamic risk: section 5, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.risk.entries import BTC, TRADER, D, Marked, desk, enter, only, size, told, wish
from tradewind.domain.approval import RiskAdjusted
from tradewind.domain.checkpoint import KeptTrade
from tradewind.domain.units import FractionOfEquity
from tradewind.risk.dynamic import advice as a
from tradewind.risk.dynamic.config import DynamicRiskConfig
from tradewind.risk.results import Results, Tally

if TYPE_CHECKING:
    from decimal import Decimal

CONFIG = DynamicRiskConfig()
QUIET = DynamicRiskConfig(concentration_enabled=False)


def tally(profits: list[Decimal]) -> Tally:
    won, lost = (sum((net * sign for net in profits if net * sign > 0), D(0)) for sign in (1, -1))
    return Tally(len(profits), sum(net > 0 for net in profits), won, lost)


def daily(swing: float, count: int = 31) -> list[float]:
    """Return daily closes whose log returns deviate by about this much."""
    closes = [100.0]
    for number in range(count - 1):
        closes.append(closes[-1] * (1 + (swing if number % 2 else -swing)))
    return closes


@pytest.mark.parametrize(
    ("equity", "factor", "stop"),
    [(9_501, 1, 1), (9_500, "0.8", 1), (9_001, "0.8", 1), (9_000, "0.6", "1.2"), (8_500, "0.4", "1.4")],
)
def test_rp_5_1_tiers_of_drawdown(equity: int, factor: Any, stop: Any) -> None:
    """RP 5.1: P 10,000 and no rise off the trough: .8 at 9,500, .6 at 9,000, .4 at 8,500, 1 at 9,501."""
    said = a.of_drawdown(CONFIG, D(equity), D(10_000), D(equity)) or a.NEUTRAL
    assert said[:3] == (D(factor), D(stop), D(factor))


@pytest.mark.parametrize(("equity", "factor"), [(8_300, "0.4"), (8_364, "0.6"), (8_610, "0.8"), (9_501, 1)])
def test_rp_5_2_a_rise_off_the_trough_gives_tiers_back(equity: int, factor: Any) -> None:
    """RP 5.2: P 10,000, T 8,200: .4 at 8,300, .6 at 8,364, .8 at 8,610, 1 at 9,501."""
    said = a.of_drawdown(CONFIG, D(equity), D(10_000), D(8_200)) or a.NEUTRAL
    assert said.size == D(factor)


def test_rp_5_3_neutral_advice_does_not_hold_good_advice_down() -> None:
    """RP 5.3: win rate .6, profit factor 2.5, 50 trades, volatility .005: 1.2 / .9 / 1.1."""
    profits = [D(5)] * 30 + [D(-3)] * 20  # 150 won, 60 lost
    said = a.combined(
        (a.of_performance(CONFIG, tally(profits)), a.of_volatility(CONFIG, daily(0.005)), None), may_increase=True
    )
    assert said[:3] == (D("1.2"), D("0.9"), D("1.1"))
    held = a.combined((a.of_performance(CONFIG, tally(profits)), None), may_increase=False)
    assert held[:3] == a.NEUTRAL[:3]


def test_rp_5_4_bad_performance_counts_from_ten_trades_on() -> None:
    """RP 5.4: win rate .3 and profit factor .5: with 10 trades .6 / 1.2 / .7, with 9 it abstains."""
    profits = [D(7)] * 3 + [D(-6)] * 7
    said = a.of_performance(CONFIG, tally(profits))
    assert said is not None
    assert said[:3] == (D("0.6"), D("1.2"), D("0.7"))
    assert a.of_performance(CONFIG, tally(profits[:9])) is None


def test_rp_5_5_the_least_of_those_with_an_opinion() -> None:
    """RP 5.5: good performance 1.2 with high volatility .7 is .7."""
    good, wild = a.of_score(D("0.8")), a.of_volatility(CONFIG, daily(0.04))
    assert a.combined((good, wild), may_increase=True).size == D("0.7")


def test_volatility_needs_twenty_returns_and_lies_strictly_beyond_its_bounds() -> None:
    assert a.of_volatility(CONFIG, daily(0.04, 20)) is None
    assert a.of_volatility(CONFIG, daily(0.04, 21)) is not None
    assert a.of_volatility(CONFIG, daily(0.02)) is None


def test_concentration_is_the_first_that_matches() -> None:
    def said(*held: str) -> Any:
        found = a.of_concentration(CONFIG, FractionOfEquity(D("0.10")), [FractionOfEquity(D(each)) for each in held])
        return None if found is None else found.size

    assert said() is None
    assert said("0.10") is None
    assert said("0.16") == D("0.625")
    assert said("0.5") == D("0.5")
    assert said(*["0.05"] * 5) is None
    assert said("0.21", *["0.01"] * 4) == D("0.9")


def test_rp_5_6_a_wider_stop_risks_no_more() -> None:
    """RP 5.6: k = 2 with stop .05: the order's stop is .06, and what is at risk is not above the cap."""
    parameters = only(dynamic=QUIET, stop_loss=D("0.05"), max_risk_per_trade=D("0.006"))
    made = desk(parameters, marks=Marked(peak=11_200))
    verdict: Any = made.risk.review(wish("1"))
    spec, (stop,) = verdict
    assert stop.trigger == D(94)
    assert spec.quantity * (100 - stop.trigger) == 60  # .006 of 10,000
    assert told(made).factors == (("dynamic_risk", D("0.6")),)
    assert told(made).bound == "max_risk_per_trade"


def test_rp_5_7_a_restart_changes_no_factor() -> None:
    """RP 5.7: trades and what the account was worth go through a restart; the same is said again."""
    parameters = only(dynamic=QUIET)
    made = desk(parameters, marks=Marked(peak=11_200))
    again = desk(parameters, marks=Marked(peak=11_200))
    again.risk.restore(made.risk.state())
    assert size(made, "0.1") == size(again, "0.1") == D("0.06")


def test_a_change_of_the_factors_is_told_once() -> None:
    made = desk(only(dynamic=QUIET), marks=Marked(peak=11_200))
    size(made, "0.1")
    size(made, "0.1")
    (adjusted,) = [word for word in made.words if isinstance(word, RiskAdjusted)]
    assert (adjusted.instrument, adjusted.size, adjusted.was_size, adjusted.reason) == (
        BTC, D("0.6"), D(1), "drawdown, tier 2",
    )  # fmt: skip


def test_the_risk_of_the_day_is_never_multiplied_above_its_limit() -> None:
    made = desk(only(dynamic=QUIET, max_daily_risk=D("0.01"), stop_loss=D("0.05")), marks=Marked(baseline=10_000))
    assert made.risk.facts is not None
    made.risk.facts.closes[BTC] = daily(0.005)
    assert size(made, "1") == D("0.22222")  # .01 over a stop of .05 x .9
    assert dict(told(made).factors) == {"dynamic_risk": D("1.3")}


def test_in_a_drawdown_the_risk_of_the_day_is_less() -> None:
    parameters = only(dynamic=QUIET, max_daily_risk=D("0.01"), stop_loss=D("0.05"))
    made = desk(parameters, marks=Marked(peak=10_600, baseline=10_000))
    assert size(made, "1") == D("0.16")  # .008 over .05
    assert enter(made, "0.1") == D("0.08")


def test_the_tally_is_that_of_the_window_whatever_has_been_forgotten() -> None:
    results, nets = Results(), [D(number % 7 - 3) for number in range(1_200)]
    for number, net in enumerate(nets):
        results._keep(KeptTrade(TRADER, number, net))
        if number % 50 == 0:
            assert results.tally(number - 80) == tally(nets[max(0, number - 79) : number + 1])
    assert results.tally(1_199) == Tally()
