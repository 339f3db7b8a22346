"""What a guest may ask: bars, indicators, account, cache, marks. Never anything that has not closed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.strategy.wasm.modules import run
from tests.unit.strategy.wasm.puppet import Puppet, puppet
from tradewind.domain.ids import InstrumentId
from tradewind.domain.step import LogLine, Mark
from tradewind.domain.time import NS_PER_MINUTE, NS_PER_SECOND
from tradewind.strategy.context import Context
from tradewind.strategy.indicators import ATR, EMA, RSI, SMA
from tradewind.strategy.wasm.enums import IndicatorType, SignalType
from tradewind.strategy.wasm.errors import (
    CallRefused,
    DataNotFound,
    InsufficientHistory,
    InvalidIndicatorConfig,
    SqlError,
    UnsupportedCall,
    UnsupportedIndicator,
)
from tradewind.strategy.wasm.gojson import number
from tradewind.strategy.wasm.messages import GuestMark, MarketData, Timestamp
from tradewind.testing import bar, engine, filled, instrument, started

if TYPE_CHECKING:
    from tests.unit.strategy.wasm.conftest import Load

ETH = InstrumentId("binance:ETHUSDT")
S = "BTCUSDT"


def minute(n: int) -> Timestamp:
    return Timestamp(n * 60)


def opens(answer: Any) -> list[int]:
    return [data.time.seconds // 60 for data in answer.data]


@pytest.fixture
def kind() -> str:
    return "fast"


@pytest.fixture
def ask(load: Load, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Ask after some bars: `ask(bars, lambda host: host("count"))` returns what the last bar's play returned."""

    def asked(events: list[Any], play: Any, **options: Any) -> Any:
        answers: list[Any] = []

        def played(host: Puppet) -> None:
            try:
                answers.append(play(host))
            except CallRefused as refusal:
                answers.append(refusal)
                raise

        steps = run(engine(puppet(load, monkeypatch, played), **options), events)
        asked.steps = steps  # type: ignore[attr-defined]
        return answers[-1]

    return asked


BARS = [bar(100.0 + n % 7, n, open=100.0, high=110.0, low=90.0, volume=2.0) for n in range(130)]


def test_a_range_has_both_its_ends_and_nothing_that_is_to_come(ask: Any) -> None:
    assert opens(ask(BARS, lambda host: host("get_range", S, minute(3), minute(6)))) == [3, 4, 5, 6]
    assert opens(ask(BARS, lambda host: host("get_range", S, minute(127), minute(999)))) == [127, 128, 129]
    assert opens(ask(BARS, lambda host: host("get_range", S)))[0] == 0
    assert opens(ask(BARS, lambda host: host("get_range", "NOPE"))) == []


def test_a_range_of_longer_bars_has_complete_ones_only(ask: Any) -> None:
    hours = ask(BARS[10:], lambda host: host("get_range", S, interval=4))
    assert opens(hours) == [60]
    (hour,) = hours.data
    assert (hour.open, hour.high, hour.low, hour.close, hour.volume) == (100.0, 110.0, 90.0, BARS[119].close, 120.0)
    assert opens(ask(BARS, lambda host: host("get_range", S, interval=1)))[-1] == 125
    assert len(ask(BARS, lambda host: host("get_range", S, interval=99)).data) == 130


def test_a_range_of_all_symbols_is_ordered_by_time_and_symbol(ask: Any) -> None:
    events = [bar(5.0, n, of=of) for n in range(3) for of in (ETH, BARS[0].instrument)]
    answer = ask(events, lambda host: host("get_range"), instruments=[instrument(), instrument("ETHUSDT")])
    assert [(d.time and d.time.seconds // 60, d.symbol) for d in answer.data] == [
        (n, symbol) for n in range(3) for symbol in ("BTCUSDT", "ETHUSDT")
    ]


def test_the_last_bar_and_how_many(ask: Any) -> None:
    last = ask(BARS, lambda host: host("read_last_data", S))
    assert last == MarketData(S, 110.0, 90.0, 100.0, BARS[-1].close, 2.0, minute(129))
    assert ask(BARS, lambda host: host("count")).number == 130
    assert ask(BARS, lambda host: host("count", minute(3), minute(6))).number == 4
    assert isinstance(ask(BARS, lambda host: host("read_last_data", "NOPE")), DataNotFound)


def test_kept_history_is_bounded_by_the_session(ask: Any) -> None:
    assert ask(BARS, lambda host: host("count"), history_bars=50).number == 50


def test_sql_sees_the_bars_up_to_now_and_no_query_makes_the_guest_worse(ask: Any) -> None:
    rows = ask(BARS, lambda host: host("execute_sql", "SELECT count(*) AS n FROM market_data")).results
    assert rows[0].fields == {"n": str(ask(BARS, lambda host: host("count")).number)}
    assert isinstance(ask(BARS, lambda host: host("execute_sql", "DROP TABLE market_data")), SqlError)


# --- indicators --------------------------------------------------------------------------------------


def wave(count: int) -> list[Any]:
    """Bars of a price that goes up and down, the way of a walk."""
    price, found = 100.0, []
    for n in range(count):
        price *= 1 + ((n * 7919) % 101 - 50) / 5000
        found.append(
            bar(
                round(price, 2),
                n,
                open=round(price * 1.001, 2),
                high=round(price * 1.01, 2),
                low=round(price * 0.99, 2),
            )
        )
    return found


def value(host: Puppet, kind: IndicatorType, config: str = "", at: int | None = None) -> dict[str, float]:
    if config:
        host("configure_indicator", kind, config)
    data = None if at is None else MarketData(S, time=minute(at))
    answer = host("get_signal", kind, data)
    assert (answer.name, answer.symbol, answer.indicator_type) == (kind.name.lower(), S, kind)
    values: dict[str, float] = json.loads(answer.raw_value)
    return values


@pytest.mark.parametrize(
    ("kind_of", "made", "name"),
    [
        (IndicatorType.RSI, RSI(14), "rsi"),
        (IndicatorType.EMA, EMA(20), "ema"),
        (IndicatorType.MA, SMA(20), "ma"),
        (IndicatorType.ATR, ATR(14), "atr"),
    ],
)
def test_indicators_are_the_engines_own(ask: Any, kind_of: IndicatorType, made: Any, name: str) -> None:
    events = wave(200)
    for event in events:
        made.update(event if made.takes == "bar" else event.close)
    assert ask(events, lambda host: value(host, kind_of)) == {name: pytest.approx(made.value, rel=1e-12)}


@pytest.mark.parametrize(
    "kind_of",
    [
        k
        for k in IndicatorType
        if k.name not in {"STOCHASTIC_OSCILLATOR", "ADX", "CCI", "AO", "TREND_STRENGTH", "RANGE_FILTER"}
    ],
)
def test_a_value_of_the_past_is_what_it_was_then(ask: Any, kind_of: IndicatorType) -> None:
    """Incremental values and values reckoned anew from kept bars agree, and the future is clamped to now."""
    events = wave(160)
    then = ask(events[:120], lambda host: value(host, kind_of))
    again = ask(events, lambda host: value(host, kind_of, at=119))
    later = ask(events[:120], lambda host: value(host, kind_of, at=500))
    assert then == pytest.approx(again, rel=1e-9)
    assert then == pytest.approx(later, rel=1e-9)


def test_an_incremental_value_follows_bars_on_which_nobody_asks(ask: Any) -> None:
    events = wave(90)
    often = ask(events, lambda host: value(host, IndicatorType.EMA) if host.bar.ts_open > 30 * NS_PER_MINUTE else None)
    seldom = ask(
        events, lambda host: value(host, IndicatorType.EMA) if host.bar.ts_open // NS_PER_MINUTE in {40, 89} else None
    )
    assert often == seldom


def test_short_history_is_refused(ask: Any) -> None:
    assert isinstance(ask(wave(14), lambda host: value(host, IndicatorType.RSI)), InsufficientHistory)
    assert ask(wave(15), lambda host: value(host, IndicatorType.RSI))


@pytest.mark.parametrize(
    ("closes", "cutler", "expected"),
    [([100.0] * 20, False, 50.0), ([100.0] * 20, True, 100.0), ([float(n) for n in range(1, 21)], False, 100.0)],
    ids=["nothing moved", "nothing moved, argo's form", "no loss"],
)
def test_edges_of_the_rsi(
    load: Load, monkeypatch: pytest.MonkeyPatch, closes: list[float], cutler: bool, expected: float
) -> None:
    answers: list[Any] = []

    def play(host: Puppet) -> None:
        answers.append(value(host, IndicatorType.RSI))

    made = puppet(load, monkeypatch, play, rsi="cutler" if cutler else "wilder")
    run(engine(made), [bar(close, n) for n, close in enumerate(closes)])
    assert answers[-1] == {"rsi": expected}


def test_signals_and_reconfiguring_between_two_of_one_bar(ask: Any) -> None:
    falling = [bar(200.0 - n, n) for n in range(60)]

    def play(host: Puppet) -> Any:
        low = host("get_signal", IndicatorType.RSI).type
        host("configure_indicator", IndicatorType.MA, "[2.0]")
        two = value(host, IndicatorType.MA)
        host("configure_indicator", IndicatorType.MA, "[3]")
        return low, two, value(host, IndicatorType.MA)

    low, two, three = ask(falling, play)
    assert low == SignalType.BUY_LONG
    assert (two, three) == ({"ma": 141.5}, {"ma": 142.0})


@pytest.mark.parametrize(
    ("number_of", "config", "error"),
    [
        (IndicatorType.STOCHASTIC_OSCILLATOR, "", UnsupportedIndicator),
        (99, "", UnsupportedIndicator),
        (IndicatorType.RSI, "[1.5]", InvalidIndicatorConfig),
        (IndicatorType.RSI, "[0]", InvalidIndicatorConfig),
        (IndicatorType.RSI, "{}", InvalidIndicatorConfig),
        (IndicatorType.RSI, "[14, 30, 70, 1]", InvalidIndicatorConfig),
        (IndicatorType.RSI, "[", InvalidIndicatorConfig),
        (IndicatorType.MACD, "[26, 12]", InvalidIndicatorConfig),
        (IndicatorType.BOLLINGER_BANDS, '[20, 2, "soon"]', InvalidIndicatorConfig),
    ],
)
def test_what_cannot_be_configured(ask: Any, number_of: int, config: str, error: type[CallRefused]) -> None:
    assert isinstance(ask(BARS, lambda host: host("configure_indicator", number_of, config)), error)


@pytest.mark.parametrize(
    ("given", "text"),
    [(50.0, "50"), (0.1, "0.1"), (1e-6, "0.000001"), (1e-7, "1e-07"), (1e20, "100000000000000000000"), (1e21, "1e+21"),
     (-2.5e-9, "-2.5e-09"), (0.0, "0"), (123456.789, "123456.789")],
)  # fmt: skip
def test_numbers_are_written_as_go_writes_them(given: float, text: str) -> None:
    assert number(given) == text


# --- account -----------------------------------------------------------------------------------------


def test_positions_fills_and_account(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}

    def look(host: Puppet) -> None:
        for name in ("get_positions", "get_account_info", "get_trades"):
            seen[name] = host(name)
        seen["flat"] = host("get_position", "ETHUSDT")
        seen["one"] = host("get_trades", limit=1)
        seen["none"] = host("get_trades", start_time=minute(99))

    def buys(host: Puppet) -> None:
        host("place_order", symbol=S, quantity=2.0)

    def sells(host: Puppet) -> None:
        host("place_order", symbol=S, quantity=1.0, side=1)

    two = [instrument(), instrument("ETHUSDT")]
    made = engine(puppet(load, monkeypatch, buys, sells, look), start=started(USDT=1000), instruments=two)
    (buy,) = run(made, [bar(100.0)])[0].effects
    run(made, [filled(buy.order.id, 2, 100, fee=1, ts=made.view.now)])
    (sell,) = run(made, [bar(110.0, 1)])[0].effects
    run(made, [filled(sell.order.id, 1, 110, fee="0.5", ts=made.view.now, trade_id="x2")])
    run(made, [bar(120.0, 2)])
    (held,) = seen["get_positions"].positions
    assert (held.symbol, held.quantity, held.total_in_quantity, held.total_out_quantity) == (S, 1.0, 2.0, 1.0)
    assert (held.total_in_amount, held.total_out_amount, held.total_in_fee, held.total_out_fee) == (200, 110, 1, 0.5)
    assert held.open_timestamp == minute(1)
    assert (seen["flat"].quantity, seen["flat"].open_timestamp) == (0.0, None)
    info = seen["get_account_info"]
    assert (info.balance, info.equity, info.realized_pnl) == (908.5, 1028.5, 10.0)
    assert (info.unrealized_pnl, info.total_fees, info.margin_used) == (20.0, 1.5, 0.0)
    bought, sold = seen["get_trades"].trades
    assert (bought.side, bought.pnl, sold.side, sold.pnl, sold.cumulative_pnl) == (0, 0.0, 1, 10.0, 10.0)
    assert seen["one"].trades == [sold]
    assert seen["none"].trades == []


# --- cache, marks, lines -----------------------------------------------------------------------------


def test_the_cache(ask: Any) -> None:
    def play(host: Puppet) -> list[str]:
        before = host("get_cache", "k").text
        host("set_cache", "k", before + "x")
        return [before, host("get_cache", "k").text, host("get_cache", "nothing").text]

    assert ask(BARS[:3], play) == ["xx", "xxx", ""]


def test_the_cache_is_bounded(ask: Any) -> None:
    assert isinstance(ask(BARS[:1], lambda host: host("set_cache", "k", "x" * (16 << 20))), UnsupportedCall)


def test_marks_keep_all_that_a_guest_says(ask: Any) -> None:
    mark = GuestMark("#ff0000", 2, "T", "why", "mine", SignalType.CLOSE_POSITION, 1)
    markers = ask(BARS[:2], lambda host: (host("mark", None, mark), host("get_markers"))[1]).markers
    assert markers == [mark, mark]
    (notice,) = ask.steps[-1].notices
    assert isinstance(notice, Mark)
    assert (notice.color, notice.shape.value, notice.level.value, notice.signal, notice.price) == (
        "#ff0000", "triangle", "warning", "CLOSE_POSITION", BARS[1].close,
    )  # fmt: skip


def test_marks_and_lines_never_trap(ask: Any) -> None:
    """Whatever numbers and prices they come with; too many are counted."""
    odd = GuestMark("", 9, "t", signal_type=77, level=-1)

    def play(host: Puppet) -> None:
        host("mark", MarketData("NOPE", close=float("nan")), odd)
        host("mark")
        for n in range(1500):
            host("log", 9, f"{n}", {"a": "b"})

    ask(BARS[:1], play)
    notices = ask.steps[-1].notices
    lines = [notice for notice in notices if isinstance(notice, LogLine)]
    assert len(notices) == 1001
    assert (lines[0].message, lines[0].level.value, lines[0].fields) == ("0", "info", '{"a": "b"}')
    assert lines[-1].message == "501 log lines or marks of this call were too many"


def test_lesson_164_a_secret_is_masked_in_what_a_guest_says(ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the message of a line, in its fields, and in all texts of a mark."""
    secret = "planted-7f3a9c"
    monkeypatch.setattr(Context, "without_secrets", lambda _, text: text.replace(secret, "***"))

    def play(host: Puppet) -> None:
        host("log", 9, f"key {secret}", {"a": f'"{secret}"'})
        host(
            "mark",
            MarketData("BTCUSDT", close=1.0),
            GuestMark(title=f"t {secret}", message=f"m {secret}", category=secret),
        )

    ask(BARS[:1], play)
    told = [notice for notice in ask.steps[-1].notices if isinstance(notice, LogLine | Mark)]
    assert len(told) == 2
    assert secret not in repr(told)
    assert repr(told).count("***") == 5


def test_the_guests_time_is_the_open_of_its_bars() -> None:
    assert minute(1).seconds * NS_PER_SECOND == BARS[1].ts_open
