"""Signal keys at the local exchange: strategies and symbols on one account, as a backtest of the same bars has them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e import signals_venue as program
from tests.e2e.test_exchange import serving
from tradewind.signals import Backtest

if TYPE_CHECKING:
    from pathlib import Path

    from tradewind.app.signals.result import SignalResult

MOVES = ("opened", "closed")


def told(results: list[SignalResult]) -> list[tuple[Any, ...]]:
    return [(r.event_id, r.ts, r.close_reason, r.current_price, r.pnl) for r in results if r.action in MOVES]


def expected(strategy: str, symbol: str) -> list[tuple[Any, ...]]:
    async def collect() -> list[SignalResult]:
        names = {"strategy_name": strategy, "exchange_name": "local", "frame_name": "all"}
        return [result async for result in Backtest.run(symbol, names, events="signals")]

    return told(asyncio.run(collect()))


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.must_really_work
def test_keys_of_two_strategies_and_symbols_do_at_the_exchange_what_a_backtest_does(tmp_path: Path) -> None:
    socket = tmp_path / "x"
    program.define(tmp_path, socket)
    with serving(program.write_exchange(tmp_path), socket):
        results = asyncio.run(program.main(tmp_path))
    for key in program.KEYS:
        assert told(results[key]) == expected(*key)
        assert len(results[key]) > 10
