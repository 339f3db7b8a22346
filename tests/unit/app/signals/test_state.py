"""The file of a key and what a restart makes of it (must not 3, 14, 20, 23; spec/signals.md, section 10)."""

from __future__ import annotations

import json
import os
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tests.unit.app.signals.clock import NAMES, SimClock, at_work, live, settle
from tests.unit.app.signals.market import SYMBOL, Market, Script, define, plan, told
from tradewind.app.signals.keeper import SignalKeeper
from tradewind.app.signals.paper import PaperVenue
from tradewind.app.signals.report import report_of, write_report
from tradewind.app.signals.state import KeptState, StateFile, checksum
from tradewind.domain.commands import SubmitOrder
from tradewind.domain.errors import ReplayMismatch, SignalError, StateMismatch
from tradewind.domain.ids import InstrumentId, StrategyId
from tradewind.domain.trade_signal import SignalFill, SignalMoved, SignalProfit, SignalRow
from tradewind.record.journal.writer import SqliteJournal
from tradewind.signals import Live

if TYPE_CHECKING:
    from pathlib import Path

ROW = SignalRow(
    "a", "long", 50000.0, 51000.0, 49000.0, 60, "", "now", Decimal("0.002"), SYMBOL, "x", "s", 1, 2,
    (SignalFill(True, Decimal(50050), Decimal("0.002"), Decimal("0.1"), Decimal(50000), 3),), 50050.0,
)  # fmt: skip


def file_of(tmp_path: Path) -> StateFile:
    file = StateFile(tmp_path, "s", "x", SYMBOL)
    file.folder.mkdir(parents=True, exist_ok=True)
    return file


def test_what_is_written_is_read(tmp_path: Path) -> None:
    file = file_of(tmp_path)
    state = KeptState(row=ROW, seq=7, state="opened", last_slot=60, paused=True, counted=3, done=120)
    file.write(state)
    assert file.read() == state
    assert json.loads(file.path.read_text())["signalRow"]["priceOpen"] == 50000


def test_3_every_cut_and_every_flipped_byte_is_put_aside(tmp_path: Path) -> None:
    file = file_of(tmp_path)
    file.write(KeptState(row=ROW, seq=7))
    good = file.path.read_bytes()
    damaged = [good[:n] for n in range(0, len(good), 3)]
    damaged += [good[:n] + bytes([good[n] ^ 1]) + good[n + 1 :] for n in range(0, len(good), 2)]
    for number, data in enumerate(damaged):
        file.path.write_bytes(data)
        found = file.read()
        assert found is None or (found.row == ROW and _same(data, good)), number
        for aside in file.damaged:
            aside.unlink()


def _same(data: bytes, good: bytes) -> bool:
    """Tell whether two texts mean the same: a blank turned into another blank is no damage."""
    return bool(json.loads(data) == json.loads(good))


def test_a_file_without_a_signature_needs_permission_and_one_of_others_is_left_alone(tmp_path: Path) -> None:
    file = file_of(tmp_path)
    file.write(KeptState(row=ROW))
    content = json.loads(file.path.read_text())
    del content["checksum"]
    file.path.write_text(json.dumps(content))
    found = file.read(accept_unsigned=True)
    assert found is not None
    assert found.row == ROW
    content["tradewind"]["exchangeName"] = "y"
    content["checksum"] = checksum(content)
    file.path.write_text(json.dumps(content))
    with pytest.raises(StateMismatch):
        file.read()
    assert file.path.exists()


def test_no_name_leaves_the_folder(tmp_path: Path) -> None:
    for name in ("../evil", "..", "a/b", "x\0y", "é"):
        path = StateFile(tmp_path, name, "x", name).path
        assert path.parent.parent == tmp_path
        assert path.resolve().is_relative_to(tmp_path.resolve())


def test_3_damage_refuses_new_positions_and_keeps_the_old_one_protected(tmp_path: Path) -> None:
    script = Script({5: plan(), 30: plan(), 35: plan()})
    define(Market(changes={20: (50000, 51500, 50000, 50000)}), script)
    live(tmp_path, 0.5, 10)
    path = tmp_path / "persist" / "s" / "BTCUSDT.json"
    path.write_bytes(path.read_bytes()[:100])

    async def story(clock: SimClock) -> Any:
        cancel = await Live.background(SYMBOL, NAMES)
        before = await Live.status(SYMBOL, NAMES)
        await clock.go_to(32)
        after = await Live.status(SYMBOL, NAMES)
        with pytest.raises(SignalError, match="clear"):
            await Live.resume(SYMBOL, NAMES)
        cleared = await Live.clear(SYMBOL, NAMES)
        await clock.go_to(37)
        last = await Live.status(SYMBOL, NAMES)
        cancel(close=True)
        await clock.go_to(40)
        await cancel.wait()
        return before, after, cleared, last

    before, after, cleared, last = at_work(tmp_path, 10.5, story)
    assert (before.state, before.health) == ("opened", "quarantined")
    assert (after.state, cleared, last.state) == ("idle", 1, "opened")
    assert 30 not in script.asked
    assert 35 in script.asked
    assert list(path.parent.glob("*.cleared-1"))


def test_14_one_entry_whatever_becomes_of_the_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer is lost, the program crashes three times: each paper account has the entry once, and no more."""
    define(Market(), Script({5: plan(minute_estimated_time=40)}))
    sent: list[list[str]] = []
    execute = PaperVenue.execute

    def counts(self: PaperVenue, effect: Any, ts: int) -> None:
        if isinstance(effect, SubmitOrder) and not effect.order.reduce_only:
            sent[-1].append(effect.order.tag)
        execute(self, effect, ts)

    monkeypatch.setattr(PaperVenue, "execute", counts)
    results = []
    for start, end in ((0.5, 5.1), (5.2, 9), (9.5, 15), (15.5, 60)):
        sent.append([])
        results += live(tmp_path, start, end)
    assert sent == [["s-BTCUSDT-1"]] * 4
    assert told(results) == [("opened", 5), ("closed", 45, "time_expired", -0.3998)]


class Crash(BaseException):
    """The program ends here."""


def test_23_killed_between_any_two_steps_nothing_is_lost_or_done_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Crash at the n-th commit, write, fsync, rename or send, for every n, then run to the end."""
    left = 0

    def armed(function: Any) -> Any:
        def call(*arguments: Any, **terms: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                raise Crash
            return function(*arguments, **terms)

        return call

    for owner, name in (
        (SqliteJournal, "commit"), (StateFile, "write"), (os, "fsync"), (os, "replace"), (PaperVenue, "execute"),
    ):  # fmt: skip
        monkeypatch.setattr(owner, name, armed(getattr(owner, name)))
    reached = False
    for count in range(1, 400, int(os.environ.get("TRADEWIND_CRASH_STEP", "9"))):
        define(Market(length=40), Script({5: plan(minute_estimated_time=10)}))
        folder, left, results = tmp_path / str(count), count, []
        try:
            results += live(folder, 0.5, 20)
        except BaseExceptionGroup:
            reached = True
        except Crash:
            reached = True
        left = -1
        results += live(folder, 20.5, 30)
        closed = [r for r in told(results) if r[0] == "closed"]
        assert len([r for r in results if r.action == "opened"]) <= 1, count
        moves = SignalKeeperMoves(folder)
        assert moves in (
            [("scheduled",), ("opened",), ("closed", "time_expired")],
            [],  # the crash came before the signal, and the minute is over
        ), count
        assert len({r[1:] for r in closed}) <= 1, count
    assert reached


def SignalKeeperMoves(folder: Path) -> list[tuple[str, ...]]:  # noqa: N802 - reads like what it makes
    """Return what the journals of a folder say happened."""
    from tradewind.app.signals.setup import SETUP

    keeper = SignalKeeper(SETUP, "s", "x", SYMBOL)
    keeper.history.load()
    return [(m.action, m.reason) if m.reason else (m.action,) for m in keeper.history.moves]


def test_a_full_disk_lets_nothing_new_through_and_holds_no_exit_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    define(Market(changes={20: (50000, 51500, 50000, 50000)}), Script({5: plan(), 25: plan()}))
    write = StateFile.write
    full = False

    def writes(self: StateFile, state: KeptState) -> None:
        if full:
            raise OSError(28, "No space left on device")
        write(self, state)

    monkeypatch.setattr(StateFile, "write", writes)

    async def story(clock: SimClock) -> Any:
        nonlocal full
        cancel = await Live.background(SYMBOL, NAMES)
        await clock.go_to(10)
        full = True
        await clock.go_to(27)
        from tradewind.app.signals.running import RUNNING

        run = next(iter(RUNNING.values()))
        during = (run.world.key.state.value, run.keeper.trouble, [m.action for m in run.keeper.history.moves])
        full = False
        cancel()
        await clock.go_to(30)
        await settle()
        await cancel.wait()
        return during

    state, trouble, moves = at_work(tmp_path, 0.5, story)
    assert state == "idle"
    assert "No space left" in trouble
    assert moves == ["scheduled", "opened", "closed", "scheduled", "cancelled"]


def moved(number: int, percent: float) -> SignalMoved:
    row = msgspec.structs.replace(ROW, id=f"s-{number}", note="a|b\nc")
    profit = SignalProfit(percent, 50000.0, 51000.0, Decimal("0.5"), percent)
    return SignalMoved(
        StrategyId("s"), InstrumentId("x:BTCUSDT"), "closed", row, number * 10**9, 51000.0, "take_profit", profit
    )


def test_20_statistics_are_of_all_that_happened(tmp_path: Path) -> None:
    moves = [moved(n, 1.0 if n % 4 else -1.0) for n in range(10_000)]
    report = report_of("s", moves, now=0, live=True, costs="")
    assert "- Total events: 10000" in report
    assert "- Win rate: 75.00% (7500 wins, 2500 losses)" in report
    assert "- Average PNL: +0.50%" in report
    assert report.count("| s-") == 10_000
    assert "a\\|b<br>c" in report
    path = write_report(tmp_path, "../s", report)
    assert path.parent == tmp_path
    assert path.read_text() == report


def test_20_a_restart_in_the_middle_loses_no_history(tmp_path: Path) -> None:
    answers = {n: plan(minute_estimated_time=2, price_take_profit=50600.0) for n in range(0, 60, 5)}
    define(Market(), Script(answers))
    live(tmp_path, 0.5, 31)
    live(tmp_path, 31.5, 70)

    async def story(_: SimClock) -> str:
        return await Live.get_report("s")

    assert "- Closed signals: 11" in at_work(tmp_path, 80, story)


def test_a_report_says_where_orders_went() -> None:
    at = report_of("s", [], now=0, live=True, costs="", venues=["binance-live (exchange mine)"])
    assert "- Mode: live at binance-live (exchange mine), else paper;" in at
    assert "- Mode: paper, live candles;" in report_of("s", [], now=0, live=True, costs="")


def test_a_report_without_signals_says_so() -> None:
    report = report_of("s", [], now=0, live=False, costs="")
    assert "No signals yet." in report
    assert "- Average PNL: N/A" in report


def test_the_journals_of_a_key_are_replayed_and_a_changed_strategy_is_found_out(tmp_path: Path) -> None:
    """A crash while open, damage, an entry that rests over a restart: every journal comes out the same."""
    answers: dict[int, Any] = {5: plan(minute_estimated_time=12), 25: plan(id="mine"), 40: plan(price_open=49_000.0,
        price_stop_loss=48_000.0, price_take_profit=50_000.0), 60: plan()}  # fmt: skip
    market = Market(length=120, changes={30: (50000, 51500, 50000, 50000), 52: (50000, 50000, 48900, 49100)})
    define(market, Script(answers), interval="5m")
    path = tmp_path / "persist" / "s" / "BTCUSDT.json"
    live(tmp_path, 0.5, 10.5)
    live(tmp_path, 12.5, 27.5)
    path.write_bytes(b"")
    live(tmp_path, 28.5, 35.5)
    path.with_name("BTCUSDT.json.corrupt-1").unlink()
    live(tmp_path, 36.5, 45.5)
    live(tmp_path, 46.5, 80.5)

    async def story(_: SimClock) -> Any:
        return await Live.verify(SYMBOL, NAMES)

    replays = at_work(tmp_path, 90, story)
    assert len(replays) == 5
    assert sum(replay.decisions for replay in replays) > 10
    define(market, Script(answers | {60: None}), interval="5m")
    with pytest.raises(ReplayMismatch, match="comes out otherwise"):
        at_work(tmp_path, 90, story)
