"""Live signals on a clock of their own: what they must not do (spec/signals.md, section 13), and stopping."""

from __future__ import annotations

import asyncio
import random
import socket
import subprocess
import sys
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.app.signals.clock import NAMES, SimClock, at_work, live, settle
from tests.unit.app.signals.market import BASE, MINUTE, SYMBOL, Market, Script, define, plan, told
from tradewind.app.signals.observers import DONE, ERROR
from tradewind.app.signals.paper import PaperVenue
from tradewind.domain.commands import SubmitOrder
from tradewind.domain.errors import AlreadyRunning
from tradewind.domain.events import OrderRejected
from tradewind.domain.order import OrderType
from tradewind.signals import Live, add_exchange, add_strategy

if TYPE_CHECKING:
    from pathlib import Path

    from tradewind.domain.commands import Effect


def test_10_live_is_the_backtest(tmp_path: Path) -> None:
    define(
        Market(price=lambda n: 50_000 + 2 * n), Script({10: plan(minute_estimated_time=30, price_take_profit=52000)})
    )
    results = live(tmp_path, 0.5, 60)
    assert told(results) == [("opened", 10), ("closed", 40, "time_expired", -0.280088)]
    assert [r.event_id for r in results] == ["s-BTCUSDT-1:opened", "s-BTCUSDT-1:closed"]


def test_4_5_7_9_wicks_and_gaps_live(tmp_path: Path) -> None:
    define(
        Market(changes={20: (50000, 50000, 47900, 48100)}), Script({10: plan(price_open=49500, price_stop_loss=48000)})
    )
    assert told(live(tmp_path, 0.5, 60)) == [("opened", 21), ("closed", 21, "stop_loss", -3.424049)]


def test_1_two_symbols_share_nothing(tmp_path: Path) -> None:
    btc, eth = Market(), Market(price=3000.0)
    both = {"BTCUSDT": btc, "ETHUSDT": eth}

    def get_candles(*, symbol: str, **terms: Any) -> Any:
        return both[symbol].get_candles(symbol=symbol, **terms)

    script = Script({10: lambda symbol: plan() if symbol == "BTCUSDT" else None})
    add_exchange(exchange_name="x", get_candles=get_candles, replace=True)
    add_strategy(strategy_name="s", get_signal=script, replace=True)

    async def story(clock: SimClock) -> Any:
        first = await Live.background("BTCUSDT", NAMES)
        second = await Live.background("ETHUSDT", NAMES)
        await clock.go_to(30)
        states = [(await Live.status(symbol, NAMES)).state for symbol in both]
        first(close=True)
        second()
        await clock.go_to(40)
        await first.wait()
        await second.wait()
        return states, await Live.get_report("s")

    states, report = at_work(tmp_path, 0.5, story)
    assert states == ["opened", "idle"]
    assert sorted(path.name for path in (tmp_path / "persist" / "s").glob("*.json")) == ["BTCUSDT.json", "ETHUSDT.json"]
    assert "| BTCUSDT |" in report
    assert "| ETHUSDT |" not in report


def test_6_an_exchange_that_hangs_delays_nobody_else(tmp_path: Path) -> None:
    market = Market()
    define(market, Script({}))
    ticks: list[float] = []

    async def hangs(**_: Any) -> None:
        await asyncio.Event().wait()

    add_exchange(exchange_name="y", get_candles=hangs, replace=True)
    script = Script({})

    async def story(clock: SimClock) -> None:
        def watch(symbol: str, when: int) -> None:
            ticks.append(clock.now() / 1e9 - when / 1000)

        add_strategy(strategy_name="s", get_signal=watch, replace=True)
        async with asyncio.TaskGroup() as tasks:
            stuck = tasks.create_task(Live.background("ETHUSDT", strategy_name="s", exchange_name="y"))
            await settle()
            cancel = await Live.background(SYMBOL, NAMES)
            await clock.go_to(20)
            cancel()
            await clock.go_to(22)
            await cancel.wait()
            stuck.cancel()

    at_work(tmp_path, 0.5, story)
    assert script.asked == []
    assert len(ticks) == 19
    assert max(ticks) < 0.1


def test_12_the_consumer_does_not_drive_the_clock(tmp_path: Path) -> None:
    define(Market(changes={12: (50000, 50000, 48000, 50000)}), Script({10: plan()}))

    async def story(clock: SimClock) -> Any:
        results = []

        async def consume() -> None:
            async with aclosing(Live.run(SYMBOL, NAMES)) as run:
                async for result in run:
                    results.append((result, clock.now()))
                    await clock.sleep(600)

        async with asyncio.TaskGroup() as tasks:
            consuming = tasks.create_task(consume())
            await clock.go_to(15)
            status = await Live.status(SYMBOL, NAMES)
            await clock.go_to(60)
            consuming.cancel()
        return results, status

    results, status = at_work(tmp_path, 0.5, story)
    assert status.state == "idle"
    assert told([results[1][0]]) == [("closed", 13, "stop_loss", -2.395804)]


def test_15_a_position_that_cannot_be_closed_is_never_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    define(Market(length=200), Script({10: plan(minute_estimated_time=1000)}))
    refused = 0
    execute = PaperVenue.execute

    def rejects(self: PaperVenue, effect: Effect, ts: int) -> None:
        nonlocal refused
        if isinstance(effect, SubmitOrder) and effect.order.reduce_only and effect.order.type is OrderType.MARKET:
            refused += 1
            if refused <= 100:
                self._timeline.push(OrderRejected(effect.order.id, "not now", ts, ts))
                return
        execute(self, effect, ts)

    monkeypatch.setattr(PaperVenue, "execute", rejects)

    async def story(clock: SimClock) -> Any:
        cancel = await Live.background(SYMBOL, NAMES)
        await clock.go_to(20)
        cancel(close=True)
        await clock.go_to(70)
        status = await Live.status(SYMBOL, NAMES)
        from tradewind.app.signals.running import RUNNING

        run = next(iter(RUNNING.values()))
        protects = [order.spec.type for order in run.world.engine.orders.open()]
        await clock.go_to(130)
        await cancel.wait()
        return status, protects, run.keeper.history.moves[-1]

    status, protects, last = at_work(tmp_path, 0.5, story)
    assert status.health == "needs_reconcile"
    assert status.counters["alarms"] > 40
    assert protects == [OrderType.STOP]
    assert refused == 101
    assert (last.action, last.reason) == ("closed", "closed")


def test_17_every_minute_is_taken_once_and_in_order(tmp_path: Path) -> None:
    random.seed(17)
    seen: list[int] = []
    market = Market(length=1010)

    async def story(clock: SimClock) -> None:
        async def works(*, symbol: str, interval: str, since: int, limit: int) -> Any:
            await clock.sleep(random.random() * 70)
            return market.get_candles(symbol=symbol, interval=interval, since=since, limit=limit)

        add_exchange(exchange_name="x", get_candles=works, replace=True)
        cancel = await begun(clock)
        await clock.go_to(1005)
        cancel()
        await clock.go_to(1010)
        await cancel.wait()

    async def begun(clock: SimClock) -> Any:
        async with asyncio.TaskGroup() as tasks:
            starting = tasks.create_task(Live.background(SYMBOL, NAMES))
            await clock.go_to(3)
        return starting.result()

    from tradewind.app.signals.live_run import SignalRun

    feed = SignalRun._feed

    async def watched(self: SignalRun, candle: Any, end: int) -> None:
        seen.append((candle.timestamp - BASE) // MINUTE)
        await feed(self, candle, end)

    define(market, Script({}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SignalRun, "_feed", watched)
        at_work(tmp_path, 0.5, story)
    assert seen == list(range(seen[0], seen[0] + len(seen)))
    assert len(seen) >= 1000


def test_18_cancel_when_idle_ends_at_once_and_opens_nothing(tmp_path: Path) -> None:
    ended: list[Any] = []
    remove = DONE.add(ended.append)
    script = Script({10: plan()})
    define(Market(), script)

    async def story(clock: SimClock) -> int:
        cancel = await Live.background(SYMBOL, NAMES)
        await clock.go_to(9.9)
        before = clock.now()
        cancel()
        cancel()
        await settle()
        await cancel.wait()
        return clock.now() - before

    assert at_work(tmp_path, 0.5, story) == 0
    remove()
    assert 10 not in script.asked
    assert len(ended) == 1


def test_cancel_while_open_waits_for_the_close(tmp_path: Path) -> None:
    define(Market(), Script({10: plan(minute_estimated_time=30)}))

    async def story(clock: SimClock) -> Any:
        results = []
        from tradewind.app.signals.running import RUNNING

        async def consume() -> None:
            async for result in Live.run(SYMBOL, NAMES):
                results.append(result)  # noqa: PERF401

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(consume())
            await clock.go_to(20)
            next(iter(RUNNING.values())).end()
            await clock.go_to(50)
        return results

    assert [r.action for r in at_work(tmp_path, 0.5, story)] == ["opened", "closed"]


def test_cancel_takes_a_resting_entry_back(tmp_path: Path) -> None:
    define(Market(), Script({10: plan(price_open=49500)}))

    async def story(clock: SimClock) -> Any:
        cancel = await Live.background(SYMBOL, NAMES)
        await clock.go_to(20)
        cancel()
        await settle()
        await cancel.wait()
        return await Live.get_report("s")

    assert "| cancelled |" in at_work(tmp_path, 0.5, story)


def test_19_a_key_runs_once_here_and_in_all_processes(tmp_path: Path) -> None:
    define(Market(), Script({}))

    async def story(clock: SimClock) -> Any:
        cancel = await Live.background(SYMBOL, NAMES)
        with pytest.raises(AlreadyRunning):
            await Live.background(SYMBOL, NAMES)
        program = (
            "import sys; from pathlib import Path; from tradewind.app.signals.state import StateFile\n"
            "StateFile(Path(sys.argv[1]), 's', 'x', 'BTCUSDT').lock()"
        )
        command = [sys.executable, "-c", program, str(tmp_path / "persist")]
        second = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
        cancel()
        await settle()
        await cancel.wait()
        return second.stderr

    assert "AlreadyRunning" in at_work(tmp_path, 0.5, story)


def test_21_the_network_ends_nothing(tmp_path: Path) -> None:
    market = Market(changes={40: (50000, 50000, 48000, 50000)})
    define(market, Script({10: plan()}))
    calls = 0
    heard: list[Any] = []
    remove = ERROR.add(heard.append)

    def flaky(**terms: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls % 3 == 0:
            raise ConnectionError("gone")
        return market.get_candles(**terms)

    add_exchange(exchange_name="x", get_candles=flaky, replace=True)
    results = live(tmp_path, 0.5, 60.5)
    remove()
    assert told(results) == [("opened", 10), ("closed", 41, "stop_loss", -2.395804)]
    assert len(heard) >= 20


def test_25_a_slot_survives_a_restart(tmp_path: Path) -> None:
    script = Script({})
    define(Market(), script, interval="15m")
    live(tmp_path, 0.5, 17)
    live(tmp_path, 17.5, 32)
    assert script.asked == [1, 15, 30]


def test_24_what_an_outage_hid_is_watched(tmp_path: Path) -> None:
    script = Script({5: plan(), 30: plan()})
    define(Market(changes={20: (50000, 51500, 50000, 50000)}), script)
    assert told(live(tmp_path, 0.5, 10)) == [("opened", 5)]
    assert told(live(tmp_path, 50.5, 55)) == [("closed", 21, "take_profit", 1.596204)]
    assert all(not 10 < n < 50 for n in script.asked), "missed minutes ask nothing"


def test_27_nothing_listens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listening: list[Any] = []
    monkeypatch.setattr(socket.socket, "listen", lambda *_: listening.append(1))
    define(Market(), Script({}))
    live(tmp_path, 0.5, 3)
    assert listening == []


def test_pause_survives_a_restart_and_leaves_what_is_open_alone(tmp_path: Path) -> None:
    script = Script({5: plan(minute_estimated_time=10), 25: plan(), 45: plan()})
    define(Market(), script)

    async def story(clock: SimClock) -> None:
        cancel = await Live.background(SYMBOL, NAMES)
        await clock.go_to(8)
        await Live.pause(SYMBOL, NAMES)
        await clock.go_to(20)
        cancel()
        await settle()
        await cancel.wait()

    at_work(tmp_path, 0.5, story)

    async def later(clock: SimClock) -> Any:
        cancel = await Live.background(SYMBOL, NAMES)
        await clock.go_to(30)
        await Live.resume(SYMBOL, NAMES)
        await clock.go_to(50)
        status = await Live.status(SYMBOL, NAMES)
        cancel(close=True)
        await clock.go_to(60)
        await cancel.wait()
        return status.state

    assert at_work(tmp_path, 20.5, later) == "opened"
    assert 25 not in script.asked
