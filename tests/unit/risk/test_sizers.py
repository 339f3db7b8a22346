"""The sizers of section 3, each by its formula, and what they say when an input is absent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.risk.entries import BTC, D, desk, only, size
from tests.unit.risk.gate import C
from tradewind.domain.approval import RegimeTold, RiskWarned
from tradewind.domain.checkpoint import KeptTrade
from tradewind.domain.regime import Regime, Trend, Volatility
from tradewind.domain.units import FractionOfEquity
from tradewind.risk.limits import Sizing
from tradewind.risk.sizing import kelly, ranges
from tradewind.risk.sizing import regime as r
from tradewind.risk.sizing.settings import SizerKind as S
from tradewind.risk.sizing.sizers import Asked, Sized, Unsized, leveraged, size_of, volatility_factor
from tradewind.testing import STRATEGY, bar, engine, fill, instrument, intent, script, started

if TYPE_CHECKING:
    from decimal import Decimal

SURE: dict[str, Any] = {"confidence": D("0.6"), "strength": D("0.5")}
BULL = Regime(Trend.UP, Volatility.LOW, 0.8, 20)
BEAR = Regime(Trend.DOWN, Volatility.HIGH, 0.4, 20)


def sized(kind: S, value: Any, **terms: Any) -> Sized:
    settings = {name: terms.pop(name) for name in list(terms) if name in Sizing.__struct_fields__}
    return size_of(Asked(Sizing(kind, D(value), **settings), **terms))


def fraction(kind: S, value: Any, **terms: Any) -> Decimal:
    found = sized(kind, value, **terms)
    assert isinstance(found, FractionOfEquity)
    return found.value


def code(kind: S, value: Any, **terms: Any) -> tuple[Any, str]:
    found = sized(kind, value, **terms)
    assert isinstance(found, Unsized)
    return found.code, found.detail


def trades(wins: int, losses: int, *, won: Any = "1.5", lost: Any = 1) -> tuple[Decimal, ...]:
    return (D(won),) * wins + (-D(lost),) * losses


def test_rp_3_1_a_move_of_one_range_costs_the_risk_and_caps_hold_the_rest() -> None:
    """RP 3.1: equity 10,000, price 50,000, ATR 500, `atr_risk`: raw 2.0, after caps .10, quantity .02."""
    parameters, sizing = only(max_position_size=D("0.10"), atr_period=14), Sizing(S.ATR_RISK, D("0.02"))
    made = desk(parameters, prices=(50_000, 100, 100), sizing=sizing)
    for number in range(1, 16):
        made.process(bar(50_000, number, high=50_250, low=49_750))
    verdict: Any = made.risk.review(intent(quantity=None))
    assert verdict[0].quantity == D("0.02")
    told = made.words[-1]
    assert (told.raw, told.size, told.bound) == (2, D("0.10"), "max_position_size")


def test_a_range_of_next_to_nothing_counts_as_a_hundredth_of_the_price() -> None:
    assert fraction(S.ATR_RISK, "0.02", price=D(100), atr=D("0.0999")) == 2
    assert fraction(S.ATR_RISK, "0.02", price=D(100), atr=D("0.1")) == 20
    assert code(S.ATR_RISK, "0.02", price=D(100)) == (C.SIZER_INPUT_MISSING, "atr_risk needs atr")


@pytest.mark.parametrize(("regime", "times"), [(BULL, "1.5"), (BEAR, "0.6"), (Regime(Trend.RANGE, Volatility.LOW), 1)])
def test_atr_risk_risks_more_in_a_trend_and_less_in_wild_markets(regime: Regime, times: Any) -> None:
    assert fraction(S.ATR_RISK, "0.02", price=D(100), atr=D(1), regime=regime) == 2 * D(times)
    assert fraction(
        S.ATR_RISK, "0.02", price=D(100), atr=D(1), regime=BULL, risk_max=FractionOfEquity(D("0.025"))
    ) == D("2.5")
    assert fraction(S.ATR_RISK, "0.02", price=D(100), atr=D(1), daily_left=FractionOfEquity(D("0.01"))) == 1


def test_rp_3_2_confidence_weighted() -> None:
    """RP 3.2: f .2, c .6, s .5, m 1 gives .06; c .29 is `zero_size: confidence`; no confidence is a missing input."""
    assert fraction(S.CONFIDENCE_WEIGHTED, "0.2", **SURE) == D("0.06")
    assert fraction(S.CONFIDENCE_WEIGHTED, "0.2", confidence=D("0.3"), strength=D("0.5")) == D("0.03")
    which, detail = code(S.CONFIDENCE_WEIGHTED, "0.2", confidence=D("0.29"), strength=D("0.5"))
    assert which is C.ZERO_SIZE
    assert detail.startswith("confidence")
    assert code(S.CONFIDENCE_WEIGHTED, "0.2", strength=D("0.5"))[0] is C.SIZER_INPUT_MISSING


def test_rp_3_2_the_codes_come_out_of_the_gate() -> None:
    """RP 3.2: an intent that says how sure it is comes out as large; one that does not is refused."""
    made = desk(only(), sizing=Sizing(S.CONFIDENCE_WEIGHTED, D("0.2")))
    verdict: Any = made.risk.review(intent(quantity=None, **SURE))
    assert verdict[0].quantity == 6
    refused: Any = made.risk.review(intent(quantity=None))
    assert (refused.code, refused.detail) == (
        C.SIZER_INPUT_MISSING, "confidence_weighted needs confidence and strength"
    )  # fmt: skip


def test_rp_3_3_kelly() -> None:
    """RP 3.3: p .55, b 1.5 gives k .25, so .125 x ...; 29 trades are .02; p .40 with b 1.0 is half believed."""
    edge = kelly.edge_of(trades(11, 9))
    assert edge == kelly.Edge(D("0.55"), D("1.5"))
    assert kelly.kelly(edge) == D("0.25")
    assert kelly.belief(edge) == 1
    full = {"confidence": D(1), "strength": D(1)}
    assert fraction(S.KELLY, "0.02", profits=trades(22, 18), **full) == D("0.125")
    assert fraction(S.KELLY, "0.02", profits=trades(22, 18), **SURE) == D("0.125") * D("0.6") * D("0.5")
    assert fraction(S.KELLY, "0.02", profits=trades(15, 14), **full) == D("0.02")
    assert fraction(S.KELLY, "0.02", profits=trades(15, 15, won=3), **full) == D(1) / 3 * D("0.5")
    assert kelly.belief(kelly.Edge(D("0.40"), D(1))) == D("0.5")
    assert kelly.edge_of(trades(30, 0)) == kelly.Edge(D(1), D("1.5"))


def test_kelly_is_zero_without_a_win_and_never_above_its_cap() -> None:
    full = {"confidence": D(1), "strength": D(1)}
    assert code(S.KELLY, "0.02", profits=trades(0, 30), **full)[0] is C.ZERO_SIZE
    assert code(S.KELLY, "0.02", profits=trades(6, 24), **full) == (C.ZERO_SIZE, "kelly: no edge")
    assert fraction(S.KELLY, "0.02", profits=trades(30, 0), kelly_fraction=D(1), **full) == D("0.20")
    last = trades(0, 50) + trades(60, 40)
    assert fraction(S.KELLY, "0.02", profits=last, **full) == fraction(S.KELLY, "0.02", profits=last[-100:], **full)


def test_kelly_is_fed_by_the_portfolio_also_after_a_restart() -> None:
    """RP 3: each closed trade reaches the sizer."""
    made = desk(only(), sizing=Sizing(S.KELLY, D("0.02")))
    made.portfolio.book_fill(fill(quantity=1, price=100))
    made.portfolio.book_fill(fill(quantity=1, price=90, side=intent().side.opposite, trade_id="x2", ts=5))
    assert made.risk.facts is not None
    assert list(made.risk.facts.results.trades) == [KeptTrade(STRATEGY, 5, D(-10))]
    again = desk(only(), sizing=Sizing(S.KELLY, D("0.02")))
    again.risk.restore(made.risk.state())
    assert again.risk.facts is not None
    assert again.risk.facts.results.of(STRATEGY) == (D(-10),)


def test_rp_3_4_the_volatility_target() -> None:
    """RP 3.4: percentile .8 is x .625, .05 is x 1.5."""
    assert volatility_factor(D("0.8")) == D("0.625")
    assert volatility_factor(D("0.05")) == D("1.5")
    assert volatility_factor(D(1)) == D("0.5")
    bars = [bar(100.0, number, high=100.5, low=99.5) for number in range(ranges.PERCENTILE_BARS + 1)]
    assert ranges.percentile(bars[:-1], 1) is None
    assert ranges.percentile(bars, 1) == 1.0
    wilder = [bar(100.0, n, high=100.5 + (n % 4), low=99.5) for n in range(ranges.PERCENTILE_BARS + 1)]
    assert ranges.percentile(wilder, 1) == 0.25


def test_where_the_percentile_is_unknown_the_size_passes_through_and_that_is_told_once() -> None:
    """RP 3: percentile unknown passes through, one warning."""
    made = desk(only(), sizing=Sizing(S.FIXED_FRACTION, D("0.1"), volatility_target=True))
    for _ in range(3):
        verdict: Any = made.risk.review(intent(quantity=None))
        assert verdict[0].quantity == 10
    assert sum(isinstance(word, RiskWarned) for word in made.words) == 1


def test_rp_3_5_asking_twice_on_a_bar_changes_nothing() -> None:
    """RP 3.5: leverage moves with each closed bar and not with each call."""
    made = desk(only(), sizing=Sizing(S.FIXED_FRACTION, D("0.1"), leveraged=True))
    made.risk.hear(RegimeTold(STRATEGY, BTC, Regime(Trend.UP, Volatility.LOW, 1.0, 105)))
    sizes = []
    for number in range(1, 4):
        made.process(bar(100.0, number))
        verdicts: list[Any] = [made.risk.review(intent(quantity=None)) for _ in range(2)]
        assert verdicts[0] == verdicts[1]
        sizes.append(verdicts[0][0].quantity)
    assert sizes == [D("12.25"), D("14.162"), D("15.788")]
    assert leveraged(FractionOfEquity(D("0.3")), D(2)).value == D("0.50")


def test_a_size_scales_with_the_regime_as_the_table_says() -> None:
    """RP 3: m is .8 at high volatility, .7 in a bear market (.6), .9 in a range, 1.2 in a sure bull; floored."""
    usual: dict[str, Any] = {"bear": D("0.7"), "floor": D("0.1"), "rises": True}
    assert r.multiplier(Regime(), **usual) == 1
    assert r.multiplier(BULL, **usual) == D("1.2")
    assert r.multiplier(BULL, **(usual | {"rises": False})) == 1
    assert r.multiplier(BEAR, **usual) == D("0.8") * D("0.7") * D("0.8")
    assert r.multiplier(BEAR, **usual, by_confidence=True) == D("0.8") * D("0.7") * D("0.8") * D("0.5")
    assert r.multiplier(BEAR, **(usual | {"floor": D("0.5")})) == D("0.5")
    assert r.multiplier(Regime(Trend.RANGE, Volatility.LOW), **usual) == D("0.9")
    full = {"confidence": D(1), "strength": D(1)}
    assert fraction(S.REGIME_ADAPTIVE, "0.03", regime=Regime(Trend.UP, Volatility.LOW, 1.0), **full) == D("0.054")
    assert fraction(S.REGIME_ADAPTIVE, "0.03", regime=Regime(Trend.DOWN, Volatility.HIGH, 1.0), **full) == D("0.006")
    assert fraction(S.REGIME_ADAPTIVE, "0.03", **full) == D("0.03") * D("0.5") * D("0.3")


def test_conviction_grows_with_time() -> None:
    assert r.conviction(Regime(Trend.UP, Volatility.LOW, 1.0, 1)) == D("0.2")
    assert r.conviction(Regime(Trend.UP, Volatility.LOW, 1.0, 105)) == 1
    assert r.conviction(Regime(Trend.UP, Volatility.LOW, 0.5, 5)) == D("0.5") * D(
        repr(0.5 + 0.5 * 1 / 6.672425341971495)
    )
    assert r.leverage_target(Regime(Trend.DOWN, Volatility.HIGH, 1.0, 105)) == 0
    assert r.leverage_target(Regime()) == 1


def test_the_plain_sizers_cost_and_need_nothing() -> None:
    made = engine(script(), instruments=[instrument()], start=started(USDT=10_000))
    assert made.risk.facts is None
    made.process(bar(100))
    verdict: Any = made.risk.review(intent(quantity=None))
    assert verdict[0].quantity == 10
    assert size(desk(only()), "0.1") == D("0.1")
