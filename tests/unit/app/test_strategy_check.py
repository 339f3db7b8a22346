"""The check catches who peeks, forgets where it began, or draws lots; and lets an honest strategy pass."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from tradewind import EMA, RSI, SMA, Strategy
from tradewind.app.cli import main
from tradewind.app.config import load_config
from tradewind.app.strategy_check.check import check
from tradewind.app.strategy_check.child import Answer, run_in_child
from tradewind.app.strategy_check.outside import Outside
from tradewind.app.strategy_check.part import Options
from tradewind.app.strategy_check.trial import mirrored, trial_of
from tradewind.domain.errors import StrategyError
from tradewind.domain.ids import StrategyId
from tradewind.domain.market import Bar
from tradewind.domain.money import money_context

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.app.strategy_check.part import Part
    from tradewind.app.strategy_check.trial import Trial

BARS = 1200


class Cross(Strategy):
    def on_start(self, ctx: Any) -> None:
        self.fast: Any = SMA(5)
        self.slow: Any = SMA(60)

    def on_bar(self, ctx: Any, bar: Any) -> None:
        fast, slow = self.fast.update(bar.close), self.slow.update(bar.close)
        if fast is not None and slow is not None:
            ctx.target_quantity(1 if fast > slow else 0)


class Averages(Cross):
    """Averages that never forget where they began; a mark says their figures."""

    def on_start(self, ctx: Any) -> None:
        self.fast, self.slow = EMA(10), EMA(100)

    def on_bar(self, ctx: Any, bar: Any) -> None:
        super().on_bar(ctx, bar)
        value = self.slow.update(bar.close)
        if value is not None:
            ctx.mark("slow", price=value)


class Wilder(Strategy):
    def on_start(self, ctx: Any) -> None:
        self.rsi = RSI(14)

    def on_bar(self, ctx: Any, bar: Any) -> None:
        value = self.rsi.update(bar.close)
        if value is not None:
            ctx.mark("rsi", price=value)


class Knows(Strategy):
    """Has all closes of the market in an array that nobody gave it."""

    closes: ClassVar[list[float]] = []

    def on_start(self, ctx: Any) -> None:
        self.at = -1

    def on_bar(self, ctx: Any, bar: Any) -> None:
        self.at += 1
        after = self.closes[min(self.at + 1, len(self.closes) - 1)]
        ctx.target_quantity(1 if after > bar.close else 0)


class KnowsTheEnd(Cross):
    """Knows how many bars there will be: cut elsewhere, it decides otherwise."""

    bars_in_all: ClassVar[int] = 0

    def on_bar(self, ctx: Any, bar: Any) -> None:
        super().on_bar(ctx, bar)
        ctx.mark("left", str(KnowsTheEnd.bars_in_all))


class Draws(Strategy):
    def on_bar(self, ctx: Any, bar: Any) -> None:
        if random.random() < 0.1:
            ctx.buy(1)


class Raises(Strategy):
    def on_bar(self, ctx: Any, bar: Any) -> None:
        raise ValueError("no")


@pytest.fixture
def trial() -> Callable[..., Trial]:
    def made(kind: type[Strategy], bars: int = BARS) -> Trial:
        config = load_config(
            None,
            {
                "engine": {"symbols": ["BTCUSDT"], "interval": "1m", "data_output_path": "out"},
                "market_data": {"provider_type": "mock", "config": {"bars": bars, "seed": 3, "pattern": "volatile"}},
                "trading.provider_type": "paper",
                "trading.config.balances": {"USDT": 10_000_000},
                "strategy.path": "given.py",
            },
        )
        return trial_of(config, Path("none"), bars, 0, lambda: {StrategyId("s"): kind()})

    return made


def parts_of(trial: Trial, **options: Any) -> dict[str, Part]:
    return {part.name: part for part in check(trial, Options(**{"cuts": 3, **options}), None)}


def test_an_honest_strategy_passes(trial: Callable[..., Trial]) -> None:
    told: list[str] = []
    parts = list(check(trial(Cross), Options(cuts=3), None, lambda name, share: told.append(name)))
    assert {part.name: part.verdict for part in parts} == {
        "runs": "ok", "future": "ok", "warm-up": "ok", "foresight": "ok", "repeat": "ok", "outside": "not checked",
    }  # fmt: skip
    assert "bars of warm-up" in next(part.text for part in parts if part.name == "warm-up")
    assert set(told) == {"run", "repeat", "future", "warm-up", "foresight"}


def test_who_has_the_future_in_an_array_is_caught(trial: Callable[..., Trial]) -> None:
    given = trial(Knows)
    Knows.closes[:] = [bar.close for bar in given.events if isinstance(bar, Bar)]
    part = parts_of(given)["foresight"]
    assert part.verdict == "found"
    assert "the next close went the way of 98% of" in part.text


def test_who_knows_the_end_is_caught_by_the_cuts(trial: Callable[..., Trial], monkeypatch: pytest.MonkeyPatch) -> None:
    given = trial(KnowsTheEnd, 200)
    run = type(given).run

    def knowing(self: Trial, begin: int = 0, end: int | None = None, *, trade_from: int | None = None) -> Any:
        KnowsTheEnd.bars_in_all = end or 200
        return run(self, begin, end, trade_from=trade_from)

    monkeypatch.setattr(type(given), "run", knowing)
    part = parts_of(given)["future"]
    assert (part.verdict, [row["differ"] for row in part.rows]) == ("found", [50, 100, 150])
    assert "2024-01-01T00:01:00Z: mark left 200" in part.text
    assert "became mark left 50" in part.text


def test_an_average_that_never_forgets_needs_warm_up(trial: Callable[..., Trial]) -> None:
    exact = parts_of(trial(Averages))["warm-up"]
    assert exact.verdict == "found"
    assert "240 bars do not settle it: with 120 bars" in exact.text
    rough = parts_of(trial(Averages), tolerance=1e-3)["warm-up"]
    assert rough.verdict == "ok"
    needed = [row["warm-up"] for row in rough.rows if not row["differ"]]
    assert needed
    assert f"needs {min(needed)} bars of warm-up" in rough.text


def test_wilders_average_forgets_slowly(trial: Callable[..., Trial]) -> None:
    enough = {}
    for tolerance in (1e-3, 1e-9):
        part = parts_of(trial(Wilder), tolerance=tolerance)["warm-up"]
        enough[tolerance] = min((row["warm-up"] for row in part.rows if not row["differ"]), default=BARS)
    assert 14 < enough[1e-3] < enough[1e-9]


def test_a_warm_up_that_is_meant_to_be_enough(trial: Callable[..., Trial]) -> None:
    assert parts_of(trial(Cross), warmup=200)["warm-up"].verdict == "ok"
    few = parts_of(trial(Cross), warmup=5)["warm-up"]
    assert few.verdict == "found"
    assert few.text.startswith("5 bars are too few, ")


def test_lots_are_caught_and_nothing_is_compared_with_them(trial: Callable[..., Trial]) -> None:
    parts = parts_of(trial(Draws))
    assert parts["repeat"].verdict == "found"
    assert (parts["future"].verdict, parts["warm-up"].verdict) == ("not checked", "not checked")


def test_what_it_raises_ends_the_check(trial: Callable[..., Trial]) -> None:
    (part,) = parts_of(trial(Raises)).values()
    assert part.verdict == "found"
    assert "s raised ValueError: no at test_strategy_check.py:" in part.text


def test_the_mirrored_market_rises_where_the_other_falls(trial: Callable[..., Trial]) -> None:
    given = trial(Cross, 50)
    with money_context():
        for bar, other in zip(given.events, mirrored(given), strict=True):
            assert isinstance(bar, Bar)
            assert isinstance(other, Bar)
            assert other.low <= min(other.open, other.close) <= max(other.open, other.close) <= other.high
            if abs(bar.close - bar.open) > 1:
                assert (bar.close > bar.open) == (other.close < other.open)


# --- as a command --------------------------------------------------------------------------------------

SINS = """
from pathlib import Path

from tradewind import Strategy


class Sins(Strategy):
    def on_start(self, ctx):
        import polars

        self.closes = [float(line.split(",")[4]) for line in Path("bars.csv").read_text().splitlines()[1:]]
        assert self.closes == polars.read_csv("bars.csv")["close"].to_list()
        self.at = -1

    def on_bar(self, ctx, bar):
        self.at += 1
        ctx.target_quantity(1 if self.closes[min(self.at + 1, len(self.closes) - 1)] > bar.close else 0)
        ctx.mark(next(iter({"one", "two", "three", "four", "five", "six"})))


class Honest(Strategy):
    def on_bar(self, ctx, bar):
        print("heard", bar.close)  # must not stand in the answer of a child
        ctx.target_quantity(1 if bar.close > bar.open else 0)
"""


@pytest.fixture
def words(trial: Callable[..., Trial], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Write strategies and bars; return the options of a check on them."""
    monkeypatch.chdir(tmp_path)
    rows = [
        f"{bar.ts_open // 1_000_000},{bar.open},{bar.high},{bar.low},{bar.close},{bar.volume}"
        for bar in trial(Cross, 400).events
        if isinstance(bar, Bar)
    ]
    Path("bars.csv").write_text("\n".join(("timestamp,open,high,low,close,volume", *rows)) + "\n")
    Path("sins.py").write_text(SINS)
    return ["--data", "bars.csv", "--symbols", "BTCUSDT", "--interval", "1m", "--cash", "10000000", "--cuts", "2"]


def test_who_opens_the_data_or_hangs_on_the_order_of_a_set_is_caught(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["strategy", "check", "sins.py:Sins", *words]) == 1
    lines = {line.split()[1]: line for line in capsys.readouterr().out.splitlines() if not line.startswith(" ")}
    assert lines["foresight"].startswith("found ")
    assert "in another process (PYTHONHASHSEED=" in lines["repeat"]
    assert lines["outside"].startswith("found ")
    assert "opens bars.csv at sins.py:11" in lines["outside"]
    assert lines["outside"].endswith("opens bars.csv, the market data")  # in native code: the kernel told


def test_an_honest_file_passes(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["strategy", "check", "sins.py:Honest", *words, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["passed"]
    assert {part["name"]: part["verdict"] for part in answer["checks"]} == dict.fromkeys(
        ("runs", "future", "warm-up", "foresight", "repeat", "outside"), "ok"
    )
    assert main(["strategy", "check", "sins.py:Gone", *words]) == 78


def test_who_decides_nothing_is_not_checked_and_the_command_says_so(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("idle.py").write_text("from tradewind import Strategy\n\n\nclass Idle(Strategy):\n    pass\n")
    assert main(["strategy", "check", "idle.py:Idle", *words]) == 1
    out = capsys.readouterr().out
    assert out.startswith("not checked  runs       0 decisions on 400 bars")
    assert "there is nothing to compare" in out
    assert main(["strategy", "check", "idle.py:Idle", *words, "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["passed"], [part["verdict"] for part in answer["checks"]]) == (False, ["not checked"])


def test_bars_are_counted_in_the_strategy_s_own(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """The market is minutes, the strategy's bars are of five: 20 of them are 100 minutes, the first one whole."""
    words[words.index("1m")] = "5m"
    words[words.index("bars.csv")] = "BTCUSDT_1m.csv"
    Path("bars.csv").rename("BTCUSDT_1m.csv")
    assert main(["strategy", "check", "sins.py:Honest", *words, "--bars", "20", "--json"]) == 0
    (runs, *_) = json.loads(capsys.readouterr().out)["checks"]
    assert runs["text"].endswith("on 20 bars, 2024-01-01T00:05:00Z to 2024-01-01T01:40:00Z")


def test_what_it_may_read_can_be_said(trial: Callable[..., Trial]) -> None:
    given = trial(Cross, 100)
    answer = Answer(given.run(), (Outside("opens", "/models/weights.json", "mine.py:3"),))
    for allow, verdict in (((), "found"), (("models/",), "ok"), (("other",), "found")):
        parts = {part.name: part for part in check(given, Options(cuts=1, allow=allow), lambda seed: answer)}
        assert parts["outside"].verdict == verdict
    assert parts["outside"].text.endswith("opens /models/weights.json at mine.py:3")


def test_a_child_that_fails_says_why(trial: Callable[..., Trial], tmp_path: Path) -> None:
    with pytest.raises(StrategyError, match=r"failed: .*given\.py: no such file"):
        run_in_child(trial(Cross, 100).config, tmp_path, 100, 1)
