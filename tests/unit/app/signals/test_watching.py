"""Who watches signals, and the documented names around runs (spec/signals.md, sections 1.1, 1.3, 1.4, 7.3 and 9)."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import aclosing
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.app.signals.clock import NAMES, SimClock, at_work, live, settle, took
from tests.unit.app.signals.market import MINUTE, MOVED, SYMBOL, Market, Script, backtest, define, minute, plan, told
from tradewind import signals
from tradewind.app.signals import telling
from tradewind.app.signals.observers import DONE, ERROR, SIGNAL, SIGNAL_BACKTEST, SIGNAL_LIVE
from tradewind.domain.errors import ConfigError, DataError, NoPrice
from tradewind.signals import (
    Backtest,
    Live,
    configure,
    format_price,
    format_quantity,
    get_average_price,
    get_candles,
    get_date,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def nobody_else() -> Iterator[None]:
    """Leave no listener behind."""
    yield
    for listeners in (SIGNAL, SIGNAL_LIVE, SIGNAL_BACKTEST, ERROR, DONE):
        listeners.clear()


def trades() -> Script:
    """One trade that ends by its time, then an entry that nothing reaches."""
    return Script({10: plan(minute_estimated_time=5), 30: plan(price_open=49500.0)})


def test_listeners_and_callbacks_hear_of_every_step_with_what_they_ask_for() -> None:
    heard: Counter[str] = Counter()
    given: dict[str, tuple[Any, ...]] = {}

    async def on_open(symbol: str, signal: Any, price: float, is_backtest: bool) -> None:
        given["open"] = symbol, signal.id, price, is_backtest

    callbacks = {
        "on_tick": lambda *given: heard.update({f"tick of {len(given)}": 1}),
        "on_open": on_open,
        "on_close": lambda symbol: given.update(close=(symbol, get_candles(limit=1)[0].timestamp)),
        **{name: partial(heard.update, {name: 1}) for name in ("on_idle", "on_active", "on_schedule", "on_cancel")},
    }
    define(Market(length=60), trades(), end=60, callbacks=callbacks, entry_timeout_minutes=10)
    signals.listen_signal(lambda result: heard.update({result.action: 1}))
    signals.listen_signal_backtest(lambda _: heard.update({"backtest": 1}))
    signals.listen_signal_live(lambda _: heard.update({"live": 1}))
    remove = signals.listen_signal(lambda _: heard.update({"removed": 1}))
    remove()
    results = Counter(result.action for result in backtest(events="all"))
    assert {name: heard[name] for name in results} == dict(results)
    assert set(results) == {*MOVED, "idle", "active", "waiting"}
    assert heard["backtest"] == heard["tick of 4"] == results.total()
    assert [heard[name] for name in ("live", "removed", "on_schedule", "on_cancel")] == [0, 0, 2, 1]
    assert [heard["on_idle"], heard["on_active"]] == [results["idle"], results["active"]]
    assert given == {"open": (SYMBOL, f"s-{SYMBOL}-1", 50050.0, True), "close": (SYMBOL, minute(14))}


@pytest.mark.parametrize("kind", ["", "_live", "_backtest"])
def test_a_listener_of_one_event_hears_the_first_that_it_wants(tmp_path: Path, kind: str) -> None:
    heard: list[Any] = []
    define(Market(), Script({n: plan(minute_estimated_time=3) for n in range(5, 50, 10)}))
    getattr(signals, f"listen_signal{kind}_once")(lambda result: result.action == "closed", heard.append)
    in_backtest = backtest()
    if kind != "_backtest":
        assert len(heard) == (kind == "")
        live(tmp_path, 0.5, 40)
    first = next(result for result in in_backtest if result.action == "closed")
    assert [result.event_id for result in heard] == [first.event_id]


def raising(*_: Any) -> None:
    raise ValueError("an observer's own")


def test_what_an_observer_raises_is_told_and_changes_nothing(tmp_path: Path) -> None:
    define(Market(), trades())
    before, before_live = backtest(), live(tmp_path / "a", 0.5, 40)
    errors: list[Any] = []
    define(Market(), trades(), callbacks={"on_open": raising})
    for listen in (signals.listen_signal, signals.listen_error, signals.listen_done):
        listen(raising)
    signals.listen_error(errors.append)
    assert backtest() == before
    assert len(errors) == len(before) + 1
    errors.clear()
    assert live(tmp_path / "b", 0.5, 40) == before_live
    assert len(errors) > len(before)
    assert {str(error) for error in errors} == {"an observer's own"}


def test_an_observer_that_never_returns_holds_up_nobody_and_no_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "PATIENCE_SECONDS", 0.0)
    heard: list[Any] = []
    define(Market(), trades(), callbacks={"on_tick": lambda: asyncio.Event().wait()})
    signals.listen_signal(lambda _: asyncio.Event().wait())
    signals.listen_signal(heard.append)

    async def story(clock: SimClock) -> str:
        cancel = await Live.background(SYMBOL, NAMES)
        await clock.go_to(25)
        state = (await Live.status(SYMBOL, NAMES)).state
        cancel()
        await cancel.wait()
        return state

    assert at_work(tmp_path, 0.5, story) == "idle"
    assert [result.action for result in heard if result.action in MOVED] == ["scheduled", "opened", "closed"]
    assert len(heard) >= 24


def test_the_end_is_told_once() -> None:
    ended: list[Any] = []
    signals.listen_done(ended.append)
    define(Market(), trades())
    backtest()
    assert ended == [{"strategy_name": "s", "exchange_name": "x", "frame_name": "f", "symbol": SYMBOL}]


def test_names_may_come_as_a_mapping_in_either_case(tmp_path: Path) -> None:
    define(Market(), trades())
    camel = {"strategyName": "s", "exchangeName": "x"}

    async def story(clock: SimClock) -> int:
        run = await Backtest.background(SYMBOL, camel | {"frameName": "f"})
        cancel = await Live.background(SYMBOL, camel)
        await clock.go_to(2)
        cancel()
        await cancel.wait()
        return len(run.moves)

    assert at_work(tmp_path, 0.5, story) == 4
    for names, why in (
        (camel | {"when": "x"}, "unknown names: when"),
        ({"strategyName": "s"}, "missing: exchange_name"),
    ):
        with pytest.raises(ConfigError, match=why):
            asyncio.run(Live.background(SYMBOL, names))


def test_reports_are_written_whole_and_say_where_or_why_not(tmp_path: Path) -> None:
    define(Market(), trades())
    backtest()
    live(tmp_path, 0.5, 40)
    (tmp_path / "file").write_text("")

    async def story(_: SimClock) -> None:
        for kind, folder in ((Backtest, "backtest"), (Live, "live")):
            path = await kind.dump("s", tmp_path / folder)
            assert path == tmp_path / folder / "s.md"
            assert path.read_text() == await kind.get_report("s")
            assert f"| s-{SYMBOL}-1 |" in path.read_text()
            assert [found.name for found in (tmp_path / folder).iterdir()] == ["s.md"]
            with pytest.raises(OSError, match="file"):
                await kind.dump("s", tmp_path / "file")

    at_work(tmp_path, 60, story)


@pytest.mark.parametrize(("late", "asks"), [(5, True), (15, False)])
def test_a_candle_that_comes_after_its_grace_is_watched_and_asks_nothing(tmp_path: Path, late: int, asks: bool) -> None:
    """Rule 3 of section 7: at the latest ten seconds after the minute, then without `get_signal`."""
    market, clock = Market(changes={20: (50000, 50000, 48000, 50000)}), SimClock(0.5)
    script = Script({10: plan()})

    def slow(**terms: Any) -> list[Any]:
        behind = clock.ns // 1_000_000 - late * 1000
        return [c for c in market.get_candles(**terms) if c.timestamp + MINUTE <= behind or c.timestamp < minute(12)]

    define(market, script)
    signals.add_exchange(exchange_name="x", get_candles=slow, replace=True)
    configure(root=tmp_path / "persist", clock=clock, durable=False)
    results = asyncio.run(took(SYMBOL, clock, 30))
    assert told(results) == [("opened", 10), ("closed", 21, "stop_loss", -2.395804)]
    assert (25 in script.asked) is asks
    assert 11 not in script.asked


@pytest.mark.parametrize(("cancels", "left"), [(False, "scheduled"), (True, "cancelled")])
def test_leaving_the_loop_keeps_a_resting_entry_or_cancels_it_as_configured(
    tmp_path: Path, cancels: bool, left: str
) -> None:
    define(Market(), Script({10: plan(price_open=49500.0)}))

    async def story(clock: SimClock) -> str:
        configure(cancel_entries_on_exit=cancels)

        async def consume() -> None:
            async with aclosing(Live.run(SYMBOL, NAMES)) as run:
                async for _ in run:
                    pass

        try:
            async with asyncio.TaskGroup() as tasks:
                consuming = tasks.create_task(consume())
                await clock.go_to(20)
                consuming.cancel()
                await settle()
        finally:
            configure(cancel_entries_on_exit=False)
        return await Live.get_report("s")

    assert f"| {left} |" in at_work(tmp_path, 0.5, story)


def test_functions_inside_a_call_say_what_is_missing_and_write_as_the_exchange_does() -> None:
    seen: dict[int, Any] = {}

    def look(symbol: str, when: int) -> None:
        number = (when - minute(0)) // MINUTE
        if number == 5:
            seen[number] = str(format_price(1.5)), str(format_quantity(0.25))
            with pytest.raises(DataError, match="35 candles of 36"):
                get_candles(limit=36, strict=True)
        seen[number + 1000] = candles_of(number)

    def candles_of(number: int) -> Any:
        """Another symbol by name: the same time, and no price where it stands still."""
        if number == 9:
            with pytest.raises(NoPrice, match="no candles of ETHUSDT of the last two minutes"):
                get_average_price("ETHUSDT")
            return None
        return get_average_price("ETHUSDT"), [c.timestamp for c in get_candles("ETHUSDT", limit=2)], get_date()

    other = Market(length=20, price=lambda n: 3000.0 + n, missing=(5, 6, 7, 8))
    here = Market(length=20)

    def both_of(*, symbol: str, **terms: Any) -> list[Any]:
        return (other if symbol == "ETHUSDT" else here).get_candles(symbol=symbol, **terms)

    define(here, look, end=20)
    signals.add_exchange(
        exchange_name="x", get_candles=both_of, replace=True, format_price=lambda _, price: f"{price:.2f}"
    )
    backtest()
    assert seen[5] == ("1.50", "0.25000000")
    assert seen[1003] == (3000.0, [minute(1), minute(2)], datetime(2024, 1, 1, 0, 3, tzinfo=UTC))
    assert len(seen) == 20  # at minute 8 the price was missing too, and nobody caught it


def test_the_name_of_the_tick_is_kept() -> None:
    assert signals.TICK_TTL == 60_001
