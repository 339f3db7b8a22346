"""Live signals as a real program: killed at any moment, on a full disk, without a folder, on damaged state.

What its journals say in the end is what a backtest of the same minutes says: nothing is lost, nothing opened twice.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e import signals_program as program
from tests.e2e.program import started
from tradewind.app.signals.history import SignalHistory
from tradewind.signals import Backtest, Live, configure

if TYPE_CHECKING:
    from tradewind.domain.trade_signal import SignalMoved

KILLS = int(os.environ.get("TRADEWIND_SIGNAL_KILLS", "3"))
PROGRAM = Path(program.__file__)
MINUTES = 250
STARTED = 1.0
"""Seconds that a program may take before it is killed, at the most after it has told its state."""


def history(folder: Path, symbol: str) -> SignalHistory:
    found = SignalHistory(folder / "journal" / "kill" / "made-up" / symbol)
    found.load()
    return found


def expected(symbol: str) -> list[tuple[object, ...]]:
    """Return what a backtest of the same candles does."""

    async def collect() -> list[tuple[object, ...]]:
        run = Backtest.run(symbol, {**program.NAMES, "frame_name": "kill"}, events="signals")
        return [(r.event_id, r.ts, r.close_reason, r.pnl) async for r in run if r.action in ("opened", "closed")]

    program.define(end=MINUTES)
    return asyncio.run(collect())


def verified(folder: Path, symbol: str) -> int:
    """Replay every journal of a key; return how many there were."""
    configure(root=folder / "persist")
    return len(asyncio.run(Live.verify(symbol, program.NAMES)))


def happened(moves: list[SignalMoved]) -> list[tuple[object, ...]]:
    return [(m.event_id, m.ts // 1_000_000, m.reason, m.profit) for m in moves if m.action in ("opened", "closed")]


def shows_what_a_backtest_shows(folder: Path, symbol: str) -> None:
    known = history(folder, symbol)
    assert happened(known.moves) == expected(symbol)
    given = (folder / f"{symbol}.given").read_text().split()
    opened = [name for name in given if name.endswith(":opened")]
    assert len(opened) == len(set(opened)), "an opening was handed over twice"
    closed = {m.event_id for m in known.moves if m.action == "closed"}
    assert closed == {name for name in given if name.endswith(":closed")}, "a close was not handed over"


@pytest.mark.must_really_work
def test_killed_at_any_moment_no_signal_is_lost_and_none_is_opened_twice(tmp_path: Path) -> None:
    draw = random.Random(os.environ.get("TRADEWIND_SIGNAL_KILL_SEED", "1"))
    for _ in range(KILLS):
        with started(PROGRAM, tmp_path, MINUTES, "tell") as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(draw.random() * STARTED)
            process.kill()
    with started(PROGRAM, tmp_path, MINUTES) as process:
        out, errors = process.communicate(timeout=240)
    assert out.endswith("orderly\n"), errors
    for symbol in program.SYMBOLS:
        assert len(list((tmp_path / "journal").rglob(f"{symbol}/*.db"))) > KILLS / 2
        shows_what_a_backtest_shows(tmp_path, symbol)
        assert verified(tmp_path, symbol) > KILLS / 2


def test_a_full_disk_ends_nothing_and_loses_nothing(tmp_path: Path) -> None:
    with started(PROGRAM, tmp_path, MINUTES, "full") as process:
        out, errors = process.communicate(timeout=240)
    assert out == "full\nfree\norderly\n", errors
    for symbol in program.SYMBOLS:
        shows_what_a_backtest_shows(tmp_path, symbol)
        journals = sorted(path.name for path in (tmp_path / "journal" / "kill" / "made-up" / symbol).glob("*"))
        assert len([name for name in journals if name.endswith(".db")]) == 2, journals


def test_a_folder_that_cannot_be_written_to_is_an_error_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "persist").write_text("in the way")
    with started(PROGRAM, tmp_path, MINUTES) as process:
        _, errors = process.communicate(timeout=240)
    assert process.returncode == 1
    assert str(tmp_path / "persist") in errors
    assert not list(tmp_path.rglob("*.db"))


@pytest.mark.parametrize("damage", ["torn", "empty", "foreign"])
def test_damaged_state_opens_nothing_and_keeps_what_is_open_protected(tmp_path: Path, damage: str) -> None:
    """Killed while a position is open, its file is damaged: the position ends where it should, no other is opened."""
    with started(PROGRAM, tmp_path, MINUTES) as process:
        path = tmp_path / "persist" / "kill" / "BTCUSDT.json"
        deadline = time.monotonic() + 60
        while not (path.exists() and '"state": "opened"' in path.read_text()):
            assert time.monotonic() < deadline
            time.sleep(0.001)
        process.kill()
    before = happened(history(tmp_path, "BTCUSDT").moves)
    text = path.read_text()
    path.write_text({"torn": text[: len(text) // 2], "empty": "", "foreign": text.replace('"kill"', '"other"')}[damage])
    with started(PROGRAM, tmp_path, MINUTES, "tell") as process:
        out, errors = process.communicate(timeout=240)
    after = happened(history(tmp_path, "BTCUSDT").moves)
    assert out.startswith("BTCUSDT quarantined"), errors
    assert out.endswith("orderly\n"), errors
    assert path.with_name("BTCUSDT.json.corrupt-1").exists()
    assert len(after) - len(before) <= 1, "something new was opened"
    assert after == expected("BTCUSDT")[: len(after)]
    assert str(after[-1][0]).endswith(":closed"), "what was open ended"
    shows_what_a_backtest_shows(tmp_path, "ETHUSDT")
