"""Slow advice on the clock, and a run that an invalid signal ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.app.signals.clock import NAMES, SimClock, at_work, settle, took
from tests.unit.app.signals.market import SYMBOL, Market, Script, define, minute, plan, told
from tradewind.domain.errors import TradewindError
from tradewind.signals import Live, add_strategy

if TYPE_CHECKING:
    from pathlib import Path


def test_slow_advice_does_not_hold_the_ticks_up(tmp_path: Path) -> None:
    market = Market(changes={14: (50000, 51500, 50000, 50000)})
    define(market, Script({}))

    async def story(clock: SimClock) -> Any:
        async def slow(symbol: str, when: int) -> Any:
            await clock.sleep(150)
            return plan() if when == minute(10) else None

        add_strategy(strategy_name="s", get_signal=slow, replace=True, get_signal_timeout=1e9)
        return await took(SYMBOL, clock, 60)

    opened = at_work(tmp_path, 9.5, story)[0]
    assert told([opened]) == [("opened", 13)]


def test_an_invalid_signal_may_end_the_run_and_the_key_can_be_started_again(tmp_path: Path) -> None:
    define(Market(), Script({10: 42}), on_invalid="stop")

    async def story(clock: SimClock) -> Any:
        cancel = await Live.background(SYMBOL, NAMES)
        await clock.go_to(12)
        with pytest.raises(TradewindError, match="V1"):
            await cancel.wait()
        again = await Live.background(SYMBOL, NAMES)
        again()
        await settle()
        await again.wait()

    at_work(tmp_path, 0.5, story)
