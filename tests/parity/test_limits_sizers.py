"""Sizers, dynamic risk and correlations of risk-and-positions.md as written sessions in all three ways."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from tests.parity.scripts import ETH, Script, bars, notices, refusals, three_ways
from tests.parity.test_limits import MARGIN, PERPS, QUIET, both, limited, only
from tests.parity.test_limits_more import LEVERED
from tradewind.domain.approval import EntrySized, RiskAdjusted
from tradewind.domain.step import RefusalCode
from tradewind.risk.correlation.config import CorrelationConfig
from tradewind.risk.limits import SizerKind, Sizing
from tradewind.risk.sizing import ranges

if TYPE_CHECKING:
    from tradewind.domain.step import Step

C, D = RefusalCode, Decimal
SURE = {"confidence": 1, "strength": 1}


def sized(steps: list[Step]) -> list[tuple[int, Decimal]]:
    return [(bar, told.size) for bar, told in notices(steps, EntrySized)]


def trades(
    results: tuple[int, int], won: float, lost: float, price: float, length: int = 2
) -> tuple[list[float], dict[int, Any]]:
    """Return prices and acts of round trips of one coin, each over so many bars, wins and losses spread evenly."""
    wins, losses = results
    closes, acts, due = [], {}, 0
    for number in range(wins + losses):
        due += wins
        is_won = due >= wins + losses
        due -= (wins + losses) * is_won
        closes += [price, *[price + (won if is_won else -lost)] * (length - 1)]
        acts[length * number] = lambda ctx: ctx.buy(1)
        acts[length * number + 1] = lambda ctx: ctx.close()
    return closes, acts


def test_rp_3_3_and_lesson_89_kelly_learns_from_closed_trades_in_three_ways() -> None:
    """RP 3.3: 29 trades are .02; 22 wins of 1.5 and 18 losses of 1 are .125, at half of Kelly."""
    closes, acts = trades((22, 18), 1.5, 1.0, 100.0)

    def ask(ctx: Any) -> None:
        ctx.buy(limit=50, **SURE)
        ctx.buy(1)

    acts |= {58: ask, 80: lambda ctx: ctx.buy(**SURE)}
    settings = limited(sizing=Sizing(SizerKind.KELLY, D("0.02")), parameters=only())
    script = Script.of(bars(*closes, 100.0, 100.0), acts, settings=settings)
    found = notices(three_ways(script, account=MARGIN, free=True), EntrySized)
    told = [(bar, told.raw.quantize(D("0.001"))) for bar, told in found if bar in (58, 80)]  # by the lot
    assert told == [(58, D("0.020")), (58, D("0.010")), (80, D("0.125"))]


def test_rp_3_4_the_volatility_target_in_three_ways() -> None:
    """RP 3.4: with the range as wide as ever the percentile is 1: half; before it is known the size passes through."""
    count = ranges.PERCENTILE_BARS + 20
    settings = limited(sizing=Sizing(SizerKind.FIXED_FRACTION, D("0.1"), volatility_target=True), parameters=only())
    acts = {10: lambda ctx: ctx.buy(limit=50), count: lambda ctx: ctx.buy(limit=50)}
    closes = [100.0 + number % 2 for number in range(count + 2)]
    steps = three_ways(Script.of(bars(*closes), acts, settings=settings), account=MARGIN, free=True)
    assert sized(steps) == [(10, D("0.1")), (count, D("0.05"))]


def test_rp_3_5_asking_twice_on_a_bar_changes_nothing_in_three_ways() -> None:
    """RP 3.5: leverage moves with each closed bar."""

    def twice(ctx: Any) -> None:
        ctx.buy(limit=50)
        ctx.buy(limit=50)

    acts: dict[int, Any] = {0: lambda ctx: ctx.tell_regime("up", "low", confidence=1.0, bars=105)}
    acts |= {2: twice, 3: twice}
    settings = limited(sizing=Sizing(SizerKind.FIXED_FRACTION, D("0.1"), leveraged=True), parameters=only())
    found = sized(three_ways(Script.of(bars(*[100.0] * 6), acts, settings=settings), account=MARGIN, free=True))
    assert [bar for bar, _ in found] == [2, 2, 3, 3]
    one, two, three, four = (size for _, size in found)
    assert one == two < three == four


def advised(won: float, lost: float) -> tuple[Decimal, Decimal, Decimal]:
    """Trade 30 wins and 20 losses in 25 days, each over six bars of two hours; return the last advice."""
    closes, acts = trades((30, 20), won, lost, 1_000.0, length=6)
    closes = [1_000.0] * 3 + closes  # so that days end within a trade, and not between two
    acts = {number + 3: act for number, act in acts.items()} | {303: lambda ctx: ctx.buy(1)}
    settings = replace(limited(parameters=only(dynamic=QUIET)), data_interval="2h", interval="2h")
    script = Script.of(bars(*closes, 1_000.0, 1_000.0, interval="2h"), acts, settings=settings, instruments=LEVERED)
    steps = three_ways(script, account=MARGIN, free=True)
    told = notices(steps, RiskAdjusted)[-1][1]
    return told.size, told.stop, told.daily


def test_rp_5_3_and_5_5_good_trades_in_calm_and_in_wild_markets_in_three_ways() -> None:
    """RP 5.3: 1.2, .9, 1.1 in a calm market; RP 5.5: in a wild one the least of those with an opinion, .7."""
    assert advised(5.0, 3.0) == (D("1.2"), D("0.9"), D("1.1"))
    assert advised(75.0, 45.0)[0] == D("0.7")


def test_rp_11_1_and_11_2_a_group_is_held_to_its_cap_in_three_ways() -> None:
    """RP 11.1: .12 and .10 become .15; RP 11.2: nothing that adds comes past it, filled or in flight; nothing is known
    of the pair, so it counts as correlated.
    """
    acts: dict[int, Any] = {
        0: lambda ctx: ctx.buy(12),
        1: lambda ctx: (ctx.buy(100, "ETHUSDT"), ctx.buy(10, "ETHUSDT")),
        2: lambda ctx: ctx.buy(1),
        3: lambda ctx: (ctx.sell(2), ctx.buy(50, "ETHUSDT")),
        4: lambda ctx: ctx.buy(50, "ETHUSDT"),
    }
    settings = limited(parameters=only(correlation=CorrelationConfig()))
    script = Script.of(both(*[100.0] * 7), acts, settings=settings, instruments=PERPS)
    steps = three_ways(script, account=MARGIN, free=True)
    assert [(bar, told.size) for bar, told in notices(steps, EntrySized) if told.instrument == ETH] == [
        (1, D("0.03")), (4, D("0.02")),
    ]  # fmt: skip
    assert [(bar, refused.code) for bar, refused in refusals(steps)] == [
        (1, C.CORRELATED_EXPOSURE), (2, C.CORRELATED_EXPOSURE), (3, C.CORRELATED_EXPOSURE),
    ]  # fmt: skip
