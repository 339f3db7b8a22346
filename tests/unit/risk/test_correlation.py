"""What moves together counts as one: section 11."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.risk.entries import BTC, ETH, SELL, SOL, D, desk, enter, only, send, size
from tests.unit.risk.gate import BUY, C
from tradewind.domain.money import money_context
from tradewind.domain.units import FractionOfEquity
from tradewind.risk.correlation import groups
from tradewind.risk.correlation.config import CorrelationConfig
from tradewind.risk.correlation.pairs import Matrix, correlation
from tradewind.testing import bar

if TYPE_CHECKING:
    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.market import Bar

CONFIG = CorrelationConfig()
HOUR = 3_600 * 10**9
DATA = Path(os.environ.get("TRADEWIND_DATA", Path(__file__).resolve().parents[4] / "shared" / "data"))


def fractions(*values: str) -> list[FractionOfEquity]:
    return [FractionOfEquity(D(value)) for value in values]


def measured(made: Any, **values: float | None) -> Any:
    """Have the pairs of BTC with others measured as said, and not again."""
    matrix = made.risk.facts.matrix
    matrix.measured_at = made.view.now
    names = {"eth": ETH, "sol": SOL}
    matrix.values = {tuple(sorted((BTC, names[name]))): value for name, value in values.items()}
    matrix.values.setdefault(tuple(sorted((ETH, SOL))), 0.0)
    return made


@pytest.mark.parametrize(
    ("held", "candidate", "factor", "total"),
    [
        ("0.12", "0.10", "0.3", "0.15"), ("0.15", "0.10", 0, "0.15"), ("0.20", "0.10", 0, "0.20"),
        ("0.30", "0.20", 0, "0.30"), ("0.05", "0.10", 1, "0.15"), ("-0.10", "0.20", 1, "0.10"),
        ("-0.10", "0.30", "0.8333", "0.15"),
    ],
)  # fmt: skip
def test_rp_11_1_and_lesson_101_the_table(held: str, candidate: str, factor: Any, total: str) -> None:
    """RP 11.1: each row, by its factor and by the total afterwards."""
    cap, before, wanted = fractions("0.15", held, candidate)
    found = groups.factor(cap, before, wanted)
    assert found.quantize(D("0.0001")) == D(factor)
    assert before.value + wanted.value * found == D(total)


def test_rp_11_1_and_lesson_101_the_table_through_the_gate() -> None:
    """RP 11.1: held .12 and candidate .10 become .15; at .15 the next one is refused."""
    made = measured(desk(only(correlation=CONFIG)), eth=0.9)
    enter(made, "0.12", order="a")
    assert enter(made, "0.10", of=ETH, order="b") == D("0.03")
    assert size(made, "0.10", of=ETH) is C.CORRELATED_EXPOSURE
    assert size(made, "0.10", of=SOL) is C.CORRELATED_EXPOSURE  # not measured with BTC: unknown, and so correlated


SIDES = st.sampled_from((BUY, SELL))
NAMES = st.sampled_from((BTC, ETH, SOL))


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(NAMES, SIDES, st.integers(1, 300), st.booleans()), min_size=1, max_size=8),
    st.tuples(*[st.sampled_from((-0.9, -0.3, 0.3, 0.9, None))] * 3),
)
def test_rp_11_2_no_increase_leaves_a_group_above_the_cap(wanted: Any, pairs: Any) -> None:
    """RP 11.2: for any positions and any sequence of candidates, filled or in flight."""
    with money_context():
        made = desk(only(correlation=CONFIG))
        matrix: Any = made.risk.facts.matrix  # type: ignore[union-attr]
        matrix.measured_at = made.view.now
        matrix.values = dict(zip(((BTC, ETH), (BTC, SOL), (ETH, SOL)), pairs, strict=True))
        for number, (name, side, thousandths, fills) in enumerate(wanted):
            held, coming = made.view.position(name).quantity * side.sign, made.view.pending(name, side)
            closes = max(D(0), -held - coming)
            act = enter if fills else send
            got = act(made, D(thousandths) / 1000, of=name, side=side, order=f"o{number}")
            if isinstance(got, D) and got * 100 > closes:
                assert _at_worst(made, name, side) <= 15


def _at_worst(made: Any, name: InstrumentId, side: Any) -> Any:
    """Return what the group holds in the direction of an entry, if all that adds to it fills, in units of 100 USDT."""
    there = [n for n in (BTC, ETH, SOL) if made.view.position(n).quantity or list(made.view.open_orders(n))]
    group = groups.signs(CONFIG, name, there, made.risk.facts.matrix.between)
    total = D(0)
    for member, sign in group.items():
        total += made.view.position(member).quantity * side.sign * sign
        total += made.view.pending(member, side if sign > 0 else side.opposite)
    return total


def test_rp_11_3_direction_counts() -> None:
    """RP 11.3: beside a long BTC of .12 a short ETH at .9 stays .10; a short of something at -.9 becomes .03."""
    made = measured(desk(only(correlation=CONFIG)), eth=0.9, sol=-0.9)
    enter(made, "0.12", order="a")
    assert size(made, "0.10", of=ETH, side=SELL) == D("0.10")
    assert size(made, "0.10", of=SOL, side=SELL) == D("0.03")
    assert size(made, "0.10", of=ETH) == D("0.03")
    assert size(made, "0.10", of=SOL) == D("0.10")


def june(symbol: str, of: InstrumentId) -> list[Bar]:
    """Return the hours of June 2025, each with the close of the hour before as its open."""
    (path,) = (DATA / "bars").glob(f"binance_spot_{symbol}_1h_*.parquet")
    begin, end = datetime(2025, 6, 1, tzinfo=UTC), datetime(2025, 7, 1, tzinfo=UTC)
    month = pl.scan_parquet(path).filter(pl.col("timestamp").is_between(begin, end, closed="left"))
    rows = month.select(pl.col("timestamp").dt.epoch("ms"), pl.col("close").cast(pl.Float64)).collect().iter_rows()
    return [bar(close, ms // 3_600_000, of=of, interval="1h") for ms, close in rows]


@pytest.mark.skipif(not (DATA / "bars").is_dir(), reason="no market data: set TRADEWIND_DATA")
def test_rp_11_4_bitcoin_and_ether_in_june_2025() -> None:
    """RP 11.4: 720 bars, correlation .8052."""
    both = june("BTCUSDT", BTC), june("ETHUSDT", ETH)
    assert [len(each) for each in both] == [720, 720]
    matrix = Matrix(CONFIG, HOUR)
    for one, other in zip(*both, strict=True):
        matrix.take(one)
        matrix.take(other)
    matrix.update(both[0][-1].ts_recv)
    found = matrix.between(BTC, ETH)
    assert found is not None
    assert round(found, 4) == 0.8052


def test_rp_11_5_too_few_returns_are_unknown_and_so_correlated() -> None:
    """RP 11.5: 19 common returns: the pair is unknown, hence correlated; 20 are enough."""
    one = {number: float(number % 3) for number in range(30)}
    assert correlation(dict(list(one.items())[:19]), one, 20) is None
    assert correlation(dict(list(one.items())[:20]), one, 20) == pytest.approx(1.0)
    assert groups.signs(CONFIG, BTC, [BTC, ETH], lambda *_: None) == {BTC: 1, ETH: 1}
    apart = CorrelationConfig(unknown_correlated=False)
    assert groups.signs(apart, BTC, [BTC, ETH], lambda *_: None) == {BTC: 1}


def test_groups_are_connected_pairs_and_a_contradiction_counts_as_the_same_direction() -> None:
    values = {(BTC, ETH): 0.8, (ETH, SOL): -0.8, (BTC, SOL): 0.0}
    assert groups.signs(CONFIG, BTC, [BTC, ETH, SOL], lambda *pair: values[tuple(sorted(pair))]) == {
        BTC: 1, ETH: 1, SOL: -1,
    }  # fmt: skip
    values[BTC, SOL] = 0.8
    found = groups.signs(CONFIG, BTC, [BTC, ETH, SOL], lambda *pair: values[tuple(sorted(pair))])
    assert found == {BTC: 1, ETH: 1, SOL: 1}


def test_pairs_are_measured_every_so_often_from_bars_that_close_on_the_hour() -> None:
    matrix = Matrix(CONFIG, HOUR // 4)
    for number in range(4 * 30):
        close = 100.0 + number % 7 + number % 5
        matrix.take(bar(close, number, interval="15m"))
        matrix.take(bar(2 * close, number, of=ETH, interval="15m"))
    assert matrix.samples(BTC, ETH) == 29
    assert matrix.update(30 * HOUR)
    assert matrix.between(ETH, BTC) == pytest.approx(1.0)
    assert not matrix.update(31 * HOUR - 1)
    assert matrix.update(31 * HOUR)
