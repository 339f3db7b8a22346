"""Many keys whose minute ends at once: the last of them must not wait for what the others decide (section 12)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from tests.unit.app.signals.clock import SimClock, at_work
from tests.unit.app.signals.market import Market, Script, define, minute, plan
from tradewind.app.signals.running import RUNNING
from tradewind.signals import Live

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

KEYS = ("AUSDT", "BUSDT", "CUSDT")


def test_all_are_asked_before_what_one_decided_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    happened: list[str] = []
    script = Script({10: plan()})

    def get_signal(symbol: str, when: int) -> Any:
        happened.append(f"asked {symbol}")
        return script(symbol, when)

    market, at_once = Market(), asyncio.Barrier(len(KEYS))

    class Together(Market):
        async def get_candles(self, *, since: int, **asked: Any) -> Any:  # type: ignore[override] # as exchanges may
            if since == minute(9):
                await at_once.wait()
            return market.get_candles(since=since, **asked)

    async def story(clock: SimClock) -> list[str]:
        cancels = [await Live.background(symbol, strategy_name="s", exchange_name="x") for symbol in KEYS]
        await clock.go_to(9.5)
        for (_, _, symbol), run in RUNNING.items():
            monkeypatch.setattr(run.keeper, "commit", noting(run.keeper.commit, happened, f"kept {symbol}"))
        happened.clear()
        await clock.go_to(10.5)
        told = list(happened)
        for cancel in cancels:
            cancel(close=True)
        await clock.go_to(13)
        for cancel in cancels:
            await cancel.wait()
        return told

    define(Together(), get_signal)
    told = at_work(tmp_path, 0.5, story)
    assert [word.split()[0] for word in told] == ["asked"] * 3 + ["kept"] * 3


def noting(commit: Any, happened: list[str], word: str) -> Any:
    def noted() -> None:
        happened.append(word)
        commit()

    return noted
