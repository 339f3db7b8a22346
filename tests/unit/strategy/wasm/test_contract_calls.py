"""The contract on what calls mean (section 8), reckoned by hand where an indicator could only agree with itself."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.strategy.wasm.modules import run
from tests.unit.strategy.wasm.puppet import Puppet, puppet
from tradewind.domain.commands import CancelOrder, SubmitOrder
from tradewind.domain.step import Mark, OrderFailed
from tradewind.domain.time import NS_PER_DAY
from tradewind.strategy.wasm.enums import IndicatorType, OrderStatus, SignalType
from tradewind.strategy.wasm.errors import GuestTrap, UnsupportedCall
from tradewind.strategy.wasm.messages import GuestMark
from tradewind.strategy.wasm.messages_trading import ExecuteOrder
from tradewind.testing import accepted, bar, engine, started

if TYPE_CHECKING:
    from tests.unit.strategy.wasm.conftest import Load

S = "BTCUSDT"


@pytest.fixture
def kind() -> str:
    return "fast"


@pytest.fixture
def play(load: Load, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Make an engine of a guest that does one play a bar."""
    return lambda *plays, **options: engine(puppet(load, monkeypatch, *plays), **options)


def answered(play: Any, events: list[Any], ask: Any, **options: Any) -> Any:
    """Return what the last bar's question was answered."""
    answers: list[Any] = []
    run(play(lambda host: answers.append(ask(host)), **options), events)
    return answers[-1]


# --- indicators --------------------------------------------------------------------------------------


def ema(values: list[float], period: int) -> list[float]:
    """Reckon from the mean of the first on; as long as the values that there are from then on."""
    found = [math.fsum(values[:period]) / period]
    for value in values[period:]:
        found.append(found[-1] + (value - found[-1]) * 2 / (period + 1))
    return found


CLOSES = [100 + 8 * math.sin(n / 6) + 3 * math.sin(n / 2.3) + n / 20 for n in range(120)]
WAVE = [bar(close, n, open=close, high=close + 1.5 + n % 3, low=close - 0.5 - n % 4) for n, close in enumerate(CLOSES)]


def macd(closes: list[float], fast: int = 12, slow: int = 26, smooth: int = 9) -> dict[str, float]:
    lines = [f - s for f, s in zip(ema(closes, fast)[slow - fast :], ema(closes, slow), strict=True)]
    signal = ema(lines, smooth)[-1]
    return {"macd": lines[-1], "signal": signal, "histogram": lines[-1] - signal}


def true_range(period: int) -> float:
    """Reckon Wilder's average of the true range; the first bar has none."""
    ranges = [max(b.high, a.close) - min(b.low, a.close) for a, b in pairwise(WAVE)]
    average = math.fsum(ranges[:period]) / period
    for each in ranges[period:]:
        average = (average * (period - 1) + each) / period
    return average


def bands() -> dict[str, float]:
    last = CLOSES[-20:]
    mean = math.fsum(last) / 20
    spread = 2 * math.sqrt(math.fsum((x - mean) ** 2 for x in last) / 20)
    return {"upper": mean + spread, "middle": mean, "lower": mean - spread}


def williams() -> dict[str, float]:
    high, low = max(b.high for b in WAVE[-14:]), min(b.low for b in WAVE[-14:])
    return {"wr": (high - CLOSES[-1]) / (high - low) * -100}


def psy() -> dict[str, float]:
    return {"psy": 100 * sum(b > a for a, b in zip(CLOSES[-13:-1], CLOSES[-12:], strict=True)) / 12}


def waddah() -> dict[str, float]:
    values, extent = macd(CLOSES, 20, 40, 9), true_range(14)
    return {**values, "atr": extent, "trend": values["macd"] * 150, "explosion": extent * 150}


@pytest.mark.parametrize(
    ("indicator", "expected", "signal"),
    [
        (IndicatorType.MACD, macd(CLOSES), {1: SignalType.BUY_LONG, -1: SignalType.SELL_SHORT}),
        (IndicatorType.ATR, {"atr": true_range(14)}, SignalType.NO_ACTION),
        (IndicatorType.BOLLINGER_BANDS, bands(), None),
        (IndicatorType.WILLIAMS_R, williams(), None),
        (IndicatorType.PSY, psy(), None),
        (IndicatorType.WADDAH_ATTAR, waddah(), {1: SignalType.BUY_LONG, -1: SignalType.SELL_SHORT}),
    ],
    ids=lambda given: given.name if isinstance(given, IndicatorType) else "",
)
def test_8_2_formulas_by_hand(play: Any, indicator: IndicatorType, expected: dict[str, float], signal: Any) -> None:
    answer = answered(play, WAVE, lambda host: host("get_signal", indicator))
    assert json.loads(answer.raw_value) == pytest.approx(expected, rel=1e-9)
    if isinstance(signal, dict):
        assert answer.type == signal[1 if expected["macd"] > 0 else -1]
    elif signal is not None:
        assert answer.type == signal


@pytest.mark.parametrize(
    ("indicator", "closes", "signal"),
    [
        (IndicatorType.BOLLINGER_BANDS, [100.0] * 19 + [80.0], SignalType.BUY_LONG),
        (IndicatorType.BOLLINGER_BANDS, [100.0] * 19 + [120.0], SignalType.SELL_LONG),
        (IndicatorType.WILLIAMS_R, [100.0 - n for n in range(14)], SignalType.BUY_LONG),
        (IndicatorType.WILLIAMS_R, [100.0 + n for n in range(14)], SignalType.SELL_SHORT),
        (IndicatorType.PSY, [100.0 - n for n in range(13)], SignalType.BUY_LONG),
        (IndicatorType.PSY, [100.0 + n for n in range(13)], SignalType.SELL_SHORT),
        (IndicatorType.RSI, [100.0 + n for n in range(15)], SignalType.SELL_SHORT),
        (IndicatorType.MA, [100.0] * 20, SignalType.NO_ACTION),
    ],
)
def test_8_2_what_a_value_suggests(play: Any, indicator: IndicatorType, closes: list[float], signal: Any) -> None:
    events = [bar(close, n) for n, close in enumerate(closes)]
    assert (
        answered(play, events, lambda host: host("get_signal", indicator) if host.bar is events[-1] else None).type
        == signal
    )


# --- bars --------------------------------------------------------------------------------------------


def test_8_1_weeks_begin_on_monday_and_months_are_those_of_the_calendar(play: Any) -> None:
    first = int(datetime(2024, 1, 3, tzinfo=UTC).timestamp()) * 10**9 // NS_PER_DAY
    events = [bar(100.0 + n, first + n, interval="1d") for n in range(90)]  # from Wednesday, 3 January, to 1 April

    def opened(interval: int) -> list[str]:
        answer = answered(play, events, lambda host: host("get_range", S, interval=interval), interval="1d")
        return [datetime.fromtimestamp(d.time.seconds, tz=UTC).strftime("%a %d %b") for d in answer.data]

    weeks, months = opened(10), opened(11)
    assert (weeks[0], weeks[-1], len(weeks)) == ("Mon 08 Jan", "Mon 25 Mar", 12), "complete ones alone"
    assert months == ["Thu 01 Feb", "Fri 01 Mar"]
    assert len(opened(0)) == 90, "an interval below the bars' own returns the bars"


# --- orders ------------------------------------------------------------------------------------------


def test_8_3_each_order_of_a_call_is_judged_as_if_those_before_it_had_filled(play: Any) -> None:
    """As argo fills them. By our own model they have not filled yet, and no sale of what is still to come leaves."""
    orders = [ExecuteOrder(symbol=S, quantity=q, side=side) for q, side in ((1, 0), (1000, 0), (1, 1), (100, 1))]

    def sent(*, at_once: bool) -> list[tuple[str, Decimal]]:
        made = play(lambda host: host("place_multiple_orders", orders), start=started(USDT=3900), fills_at_once=at_once)
        (step,) = run(made, [bar(100.0)])
        failed = [n.reason for n in step.notices if isinstance(n, OrderFailed)]
        assert {"insufficient_buying_power", "insufficient_selling_power"} == set(failed)
        return [(e.order.side.value, e.order.quantity) for e in step.effects if isinstance(e, SubmitOrder)]

    assert sent(at_once=True) == [("buy", Decimal(1)), ("sell", Decimal(1))]
    assert sent(at_once=False) == [("buy", Decimal(1))]


def test_4_3_what_was_ordered_before_a_refusal_stands(play: Any) -> None:
    def ordered(host: Puppet) -> None:
        host("place_order", symbol=S, quantity=1.0)
        host("set_cache", "k", "v")
        host("get_order_status", "nobody")

    seen = []
    made = play(ordered, lambda host: seen.append(host("get_cache", "k").text))
    steps = run(made, [bar(), bar(number=1)])
    assert [len(step.effects) for step in steps] == [1, 0]
    assert seen == ["v"]


def test_4_a_guest_in_quarantine_has_no_entry_at_the_venue(play: Any) -> None:
    """And is called no more."""

    def breaks(_: Puppet) -> None:
        raise GuestTrap("unreachable", kind="unreachable")

    called: list[int] = []
    made = play(
        lambda host: host("place_order", symbol=S, quantity=1.0, order_type=1, price=99.0), *[breaks] * 6, called.append
    )
    (submit,) = run(made, [bar()])[0].effects
    run(made, [accepted(submit.order.id, made.view.now)])
    steps = run(made, [bar(100.0, n) for n in range(1, 9)])
    assert [effect for step in steps for effect in step.effects] == [
        CancelOrder(submit.order.id, submit.order.instrument)
    ]
    assert made.roster.held == {"s"}
    assert not called


def test_8_3_a_name_that_is_used_again_means_the_newest_order(play: Any) -> None:
    seen = []

    def again(host: Puppet) -> None:
        host("place_order", "mine", S, quantity=-1.0)
        seen.append(host("get_order_status", "mine").number)

    run(play(lambda host: host("place_order", "mine", S, quantity=1.0), again), [bar(), bar(number=1)])
    assert seen == [OrderStatus.FAILED]


# --- marks and the cache -----------------------------------------------------------------------------


def test_8_4_all_eight_kinds_of_signal_are_kept_with_a_mark(play: Any) -> None:
    marks = [GuestMark(title=kind.name, signal_type=kind) for kind in SignalType]
    (step,) = run(play(lambda host: [host("mark", None, mark) for mark in marks]), [bar()])
    assert [n.signal for n in step.notices if isinstance(n, Mark)] == [kind.name for kind in SignalType]
    assert len(marks) == 8


def test_8_4_the_newest_ten_thousand_marks_are_told_oldest_first(play: Any) -> None:
    def many(host: Puppet) -> None:
        for n in range(900):
            host("mark", None, GuestMark(title=f"{host.bar.close:g}/{n}"))

    events = [bar(float(n), n) for n in range(1, 13)]
    titles: list[str] = []
    made = play(*[many] * 12, lambda host: titles.extend(mark.title for mark in host("get_markers").markers))
    run(made, [*events, bar(13.0, 13)])
    assert (len(titles), titles[0], titles[-1]) == (10_000, "1/800", "12/899")


def test_8_4_the_cache_holds_16_mib_of_bytes(play: Any) -> None:
    def fill(host: Puppet) -> None:
        host("set_cache", "k", "ü" * (8 << 20))

    refused = []

    def ask(host: Puppet) -> None:
        try:
            fill(host)
        except UnsupportedCall as error:
            refused.append(str(error))
            raise

    run(play(ask), [bar()])
    assert refused == ["the cache of a strategy holds 16777216 bytes"]
