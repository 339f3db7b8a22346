"""Signal keys at the local exchange: strategies and symbols on one account, as a backtest of the same bars has them."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e import signals_venue as program
from tests.e2e.program import started
from tests.e2e.test_exchange import serving, shown
from tests.e2e.test_exchange_kills import assert_books_are_the_venues
from tradewind.app.signals.venue.past import moves_of
from tradewind.domain.errors import AlreadyRunning, SignalError
from tradewind.record.sessions.find import sessions
from tradewind.signals import Backtest, Live, add_strategy, get_candles

if TYPE_CHECKING:
    from tradewind.app.signals.result import SignalResult
    from tradewind.record.sessions.find import SessionEntry

PROGRAM = Path(program.__file__)
MOVES = ("opened", "closed")


def told(results: list[SignalResult]) -> list[tuple[Any, ...]]:
    return [as_told(result) for result in results if result.action in MOVES]


def as_told(result: SignalResult) -> tuple[Any, ...]:
    return result.event_id, result.ts, result.close_reason, result.current_price, result.pnl


def expected(strategy: str, symbol: str) -> list[tuple[Any, ...]]:
    async def collect() -> list[SignalResult]:
        names = {"strategy_name": strategy, "exchange_name": "local", "frame_name": "all"}
        return [result async for result in Backtest.run(symbol, names, events="signals")]

    return told(asyncio.run(collect()))


def check_books(folder: Path, socket: Path) -> list[SessionEntry]:
    """Hold our books against the exchange's, and replay every session with the strategies as they are."""
    entries = sorted(sessions(folder / "logs" / "venue" / "local"), key=lambda entry: str(entry.facts.get("created")))
    assert_books_are_the_venues(entries[-1], socket)
    replays = asyncio.run(Live.verify("BTCUSDT", strategy_name="swing", exchange_name="local"))
    assert len(replays) == len(entries)
    return entries


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.must_really_work
def test_keys_of_two_strategies_and_symbols_do_at_the_exchange_what_a_backtest_does(tmp_path: Path) -> None:
    socket = tmp_path / "x"
    program.define(tmp_path, socket)
    with serving(program.write_exchange(tmp_path), socket):
        results = asyncio.run(program.main(tmp_path))
        check_books(tmp_path, socket)
    for key in program.KEYS:
        assert told(results[key]) == expected(*key)
        assert len(results[key]) > 10


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_key_that_is_cancelled_ends_alone_and_can_be_started_again(tmp_path: Path) -> None:
    """Beside it one that takes its time to answer: the market does not wait for it."""
    socket = tmp_path / "x"
    program.define(tmp_path, socket)
    add_strategy(strategy_name="slow", get_signal=slowly, symbols=("ETHUSDT",), min_take_profit_pct=None, replace=True)
    key = {"strategy_name": "swing", "exchange_name": "local"}

    async def main() -> tuple[list[SignalResult], list[SignalResult]]:
        async with asyncio.TaskGroup() as tasks:
            slow = tasks.create_task(program.consume("slow", "ETHUSDT", tmp_path / "given"))
            cancel = await Live.background("BTCUSDT", key)
            with pytest.raises(AlreadyRunning):
                await Live.background("BTCUSDT", key)
            with pytest.raises(SignalError, match="does not trade SOLUSDT"):
                await Live.background("SOLUSDT", key)
            cancel()
            await cancel.wait()
            assert not slow.done()
            with pytest.raises(SignalError, match="does not run"):
                await Live.status("BTCUSDT", key)
            again = tasks.create_task(program.consume("swing", "BTCUSDT", tmp_path / "given"))
        return slow.result(), again.result()

    with serving(program.write_exchange(tmp_path), socket):
        slow, again = asyncio.run(main())
        (_,) = check_books(tmp_path, socket)
    assert {result.action for result in slow} == {result.action for result in again} == set(MOVES)
    assert "| slow-ETHUSDT-1 |" in asyncio.run(Live.get_report("slow"))


async def slowly(symbol: str, when: int) -> dict[str, Any] | None:
    await asyncio.sleep(0.001)
    last = (await get_candles(limit=1))[-1].close
    return {"position": "short", "price_take_profit": last * 0.99, "price_stop_loss": last * 1.01,
            "minute_estimated_time": 2}  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.must_really_work
def test_killed_in_the_middle_they_go_on_with_what_is_open(tmp_path: Path) -> None:
    """Nothing is bought twice, nothing is forgotten, and each signal closes with its reason."""
    socket = tmp_path / "x"
    program.define(tmp_path, socket)
    with serving(program.write_exchange(tmp_path), socket):
        for minute in (60, 140):
            with started(PROGRAM, tmp_path, socket, minute) as process:
                assert process.wait() == -signal.SIGKILL, process.communicate()
        with started(PROGRAM, tmp_path, socket, "inf") as process:
            out, errors = process.communicate()
        assert out.endswith("orderly\n"), errors
        there = shown(socket)
        entries = check_books(tmp_path, socket)
    assert len(entries) == 3
    moves = moves_of(tmp_path / "logs" / "venue" / "local", "local")
    for key in program.KEYS:
        # The first tick of a session may be refused (the account has not been compared yet), so it is no backtest's.
        steps = [moved for moved in moves[key] if moved.action in MOVES]
        for opened, closed in zip(steps[::2], steps[1::2], strict=False):
            assert (opened.action, closed.action, opened.row.id) == ("opened", "closed", closed.row.id)
            assert closed.reason in ("take_profit", "stop_loss", "time_expired")
        assert len({moved.event_id for moved in steps}) == len(steps) > 10
    given = (tmp_path / "given").read_text().split()
    told_open = [name for name in given if name.endswith(":opened")]
    assert len(told_open) == len(set(told_open)), "an opening was handed over twice"
    done = [moved for each in moves.values() for moved in each if moved.action in MOVES]
    assert {moved.event_id for moved in done if moved.action == "closed"} <= set(given)
    assert there["duplicates_refused"] == 0
