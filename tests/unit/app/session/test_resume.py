"""Starts that go on from a session before: which one, from where, and what they refuse."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.app.sessions import config, strategy
from tradewind.app.cli.session_report import report_input
from tradewind.app.session.live_run import prepare
from tradewind.domain.control import Halted
from tradewind.domain.errors import StateRestoreError, TradewindError
from tradewind.domain.events import OrderFilled, SessionStarted, TimerFired, WarmupEnded
from tradewind.domain.market import Bar
from tradewind.record.checkpoint import FOLDER, Checkpoints
from tradewind.record.journal.reader import last_seq, read, read_header
from tradewind.record.sessions.find import entry_of
from tradewind.record.sessions.folders import read_session
from tradewind.record.sessions.rebuild import rebuild
from tradewind.runtime.callbacks import Callbacks
from tradewind.runtime.replay import verify

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tradewind.app.session.live_run import LiveRun

KEEPER = '''
from tradewind import Strategy

class Keeper(Strategy):
    """Keeps a count, rests an order, sets a timer far away, and forbids itself to sell short."""

    def on_start(self, ctx):
        ctx.state.setdefault("count", 0)
        ctx.set_timer("hourly", after=3_600_000_000_000)
        self.average = []

    def on_bar(self, ctx, bar):
        ctx.state["count"] += 1
        self.average = [*self.average, bar.close][-5:]
        if ctx.state["count"] == 10:
            ctx.buy("0.01", limit=bar.close * 0.5)
            ctx.buy("0.01")

    def on_timer(self, ctx, timer):
        ctx.log("an hour")
        ctx.set_timer("hourly", after=3_600_000_000_000)
'''

NEVER: Any = {"recovery.resume": "never"}


def keeper(folder: Path) -> str:
    path = folder / "keeper.py"
    path.write_text(KEEPER)
    return f"{path}:Keeper"


def begin(folder: Path, *, breaks_at: int = 0, resume: str = "", **changes: Any) -> LiveRun:
    """Prepare a session over 120 bars; it breaks when the callback has been told of that many."""
    seen: list[object] = []

    def count(event: object) -> None:
        seen.append(event)
        if len(seen) == breaks_at:
            raise RuntimeError

    paced = {"market_data.config.interval_ms": 1} if breaks_at else {}
    settings = {"strategy.path": keeper(folder), **paced, **changes}
    return prepare(config(folder, **settings), folder, callbacks=Callbacks(on_market_data=count), resume=resume)


def run(made: LiveRun) -> Path:
    return asyncio.run(made.run())


def broken_off(folder: Path, at: int = 30, **changes: Any) -> Path:
    made = begin(folder, breaks_at=at, **changes)
    with pytest.raises(TradewindError, match="on_market_data raised"):
        run(made)
    return made.files.folders.home


def opens(home: Path, *, live: bool = True) -> list[int]:
    """Return when the bars opened that a session traded on, or those that it went through before."""
    steps = list(read(home / "journal.sqlite"))
    ended = next((step.seq for step in steps if isinstance(step.event, WarmupEnded)), 0)
    return [s.event.ts_open for s in steps if isinstance(s.event, Bar) and (s.seq > ended) is live]


def state_of(made: LiveRun) -> Any:
    ((_, ctx),) = made.world.engine.roster.members.values()
    return ctx.state


def test_a_session_that_an_error_broke_off_is_gone_on_with_and_no_bar_comes_twice(tmp_path: Path) -> None:
    first = broken_off(tmp_path)
    assert read_session(first)["finished"] is None
    made = begin(tmp_path)
    second = run(made)
    assert read_header(second / "journal.sqlite").parent == "2024-01-01/run_1"
    assert read_session(second)["parent"] == "2024-01-01/run_1"
    before, after = opens(first), opens(second)
    assert len(before) >= 30
    assert opens(second, live=False) == before, "what was traded on warms up"
    assert before + after == sorted({*before, *after})
    assert len(before + after) == 120
    assert state_of(made)["count"] == 120, "the warm-up counts for nothing"
    verify(second / "journal.sqlite")


def test_sta_4_and_lesson_21_variables_halts_and_timers_survive_and_books_go_on(tmp_path: Path) -> None:
    made = begin(tmp_path, breaks_at=40)
    made.session.tell(Halted(0, "by hand"))
    with pytest.raises(TradewindError, match="on_market_data raised"):
        run(made)
    made = begin(tmp_path)
    home = run(made)
    engine = made.world.engine
    assert None in engine.risk.halted, "a halt is durable"
    fired = [s.event.ts_recv for s in read(home / "journal.sqlite") if isinstance(s.event, TimerFired)]
    start = read_header(home / "journal.sqlite")
    assert start.parent is not None
    assert [ts % 3_600_000_000_000 for ts in fired][-1:] == [0], "the timer of the first start goes on"
    begun = next(read(home / "journal.sqlite")).event
    assert isinstance(begun, SessionStarted)
    assert begun.restored is not None
    assert [timer.timer for timer in begun.restored.timers] == ["Keeper/hourly"]


def test_orders_go_on_and_ids_too(tmp_path: Path) -> None:
    broken_off(tmp_path)
    made = begin(tmp_path)
    assert made.before is not None
    told = made.before.summary()
    assert told.startswith("resumes 2024-01-01/run_1 (interrupted at 2024-01-01T00:")
    assert "1 open order, position 0.01 mock:BTCUSDT, equity " in told
    run(made)
    orders = made.world.engine.orders
    assert len(orders.by_id) == 2
    assert made.world.engine.ids.count >= 2


STOPPER = '''
from tradewind import Strategy

class Stopper(Strategy):
    """Buys once, with a stop a little below."""

    def on_bar(self, ctx, bar):
        if ctx.state.get("bought") is None:
            ctx.state["bought"] = True
            ctx.buy("0.01", stop_loss=bar.close * 0.94)
'''


def test_lesson_20_a_stop_that_was_reached_while_nobody_was_here_has_the_time_of_its_bar(tmp_path: Path) -> None:
    for folder in (tmp_path / "calm", tmp_path / "off"):
        folder.mkdir()
        (folder / "stopper.py").write_text(STOPPER)
    calm, off = (dict[str, Any]({"strategy.path": f"{tmp_path / name}/stopper.py:Stopper"}) for name in ("calm", "off"))
    whole = run(begin(tmp_path / "calm", **calm))
    first = broken_off(tmp_path / "off", at=8, **off)
    second = run(begin(tmp_path / "off", **off))
    was, is_ = ([fill for home in homes for fill in fills_of(home)] for homes in ((whole,), (first, second)))
    assert [(fill.price, fill.quantity, fill.ts_venue) for fill in is_] == [
        (fill.price, fill.quantity, fill.ts_venue) for fill in was
    ]
    assert len(fills_of(first)) == 1, "it was bought before"
    assert len(fills_of(second)) == 1, "and stopped out after"


def fills_of(home: Path) -> list[OrderFilled]:
    return [step.event for step in read(home / "journal.sqlite") if isinstance(step.event, OrderFilled)]


def test_lesson_23_after_a_start_that_failed_the_next_one_succeeds_in_the_same_process(tmp_path: Path) -> None:
    wrong: Any = {"strategy.config": {"no such": 1}}
    for _ in range(2):
        with pytest.raises(TradewindError):
            begin(tmp_path, resume="2024-01-01/run_9")
        with pytest.raises(TradewindError):
            begin(tmp_path, **wrong)
    home = run(begin(tmp_path))
    assert read_session(home)["finished"] is not None


def test_one_that_ended_in_order_is_not_gone_on_with_unless_asked(tmp_path: Path) -> None:
    run(begin(tmp_path))
    assert begin_and_leave(tmp_path).before is None
    further: Any = {"recovery.resume": "always", "market_data.config.bars": 150}
    again = begin(tmp_path, **further)
    assert again.before is not None
    home = run(again)
    assert len(opens(home)) == 30
    assert state_of(again)["count"] == 150


def begin_and_leave(folder: Path, **changes: Any) -> LiveRun:
    """Prepare a session, and let go of it before it begins."""
    made = begin(folder, **changes)
    made.lease.end()
    made.files.leave_journal()
    return made


def test_never_begins_anew(tmp_path: Path) -> None:
    broken_off(tmp_path)
    made = begin(tmp_path, **NEVER)
    assert made.before is None
    assert len(opens(run(made))) == 120


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"market_data.config.seed": 7}, "it ran on other market data"),
        ({"strategy.id": "other"}, "that was paper, account paper, strategies Keeper"),
        ({"lease.account": "second"}, "this is paper, account second"),
    ],
)
def test_a_named_session_must_have_run_the_same(tmp_path: Path, changes: dict[str, Any], why: str) -> None:
    broken_off(tmp_path)
    with pytest.raises(StateRestoreError, match=why):
        begin(tmp_path, resume="2024-01-01/run_1", **changes)
    assert begin_and_leave(tmp_path, **changes).before is None, "by itself it begins anew"


def test_a_session_is_gone_on_with_once(tmp_path: Path) -> None:
    broken_off(tmp_path)
    broken_off(tmp_path, at=20)
    with pytest.raises(StateRestoreError, match="2024-01-01/run_2 has resumed 2024-01-01/run_1 already"):
        begin(tmp_path, resume="2024-01-01/run_1")
    made = begin(tmp_path, resume="2024-01-01/run_2")
    run(made)
    assert state_of(made)["count"] == 120


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_a_damaged_checkpoint_costs_time_alone(tmp_path: Path) -> None:
    home = broken_off(tmp_path, at=60, **{"engine.checkpoint_interval_seconds": 0.01})
    there = Checkpoints(home / FOLDER).listed()
    assert there[0].seq == last_seq(home / "journal.sqlite"), "one was written as it broke"
    damage(home / FOLDER / f"{there[0].seq:012}.checkpoint")
    made = begin(tmp_path)
    assert made.before is not None
    (note,) = made.before.recovered.notes
    assert "its checksum is wrong; it is kept as" in note
    assert made.before.recovered.checkpoint == (there[1].seq if len(there) > 1 else None)
    run(made)
    assert state_of(made)["count"] == 120


def test_sta_7_with_a_checkpoint_only_the_tail_is_read_and_without_any_all_of_it(tmp_path: Path) -> None:
    home = broken_off(tmp_path)
    last = last_seq(home / "journal.sqlite")
    found = begin_and_leave(tmp_path).before
    assert found is not None
    assert (found.recovered.checkpoint, found.recovered.followed) == (last, 0)
    for each in (home / FOLDER).iterdir():
        each.unlink()
    other = begin_and_leave(tmp_path).before
    assert other is not None
    assert (other.recovered.checkpoint, other.recovered.followed) == (None, last)
    assert (other.state == found.state) is True, "not compared in words: they are long"


@pytest.mark.parametrize("harm", [damage, lambda path: path.write_bytes(b"")], ids=["flipped", "empty"])
def test_a_damaged_journal_is_never_a_start_from_nothing(tmp_path: Path, harm: Callable[[Path], None]) -> None:
    home = broken_off(tmp_path)
    for beside in home.glob("journal.sqlite-*"):
        beside.unlink()
    for each in (home / FOLDER).iterdir():
        each.unlink()
    harm(home / "journal.sqlite")
    with pytest.raises(StateRestoreError, match=r"2024-01-01/run_1"):
        begin(tmp_path)
    assert begin_and_leave(tmp_path, **NEVER).before is None


def test_a_journal_that_has_lost_its_end_is_not_believed(tmp_path: Path) -> None:
    import sqlite3

    home = broken_off(tmp_path)
    with sqlite3.connect(home / "journal.sqlite") as database:
        database.execute("DELETE FROM turn WHERE seq = (SELECT max(seq) FROM turn)")
    with pytest.raises(StateRestoreError, match="it has lost what came last"):
        begin(tmp_path)


def test_lesson_106_statistics_and_reports_go_on(tmp_path: Path) -> None:
    """A strategy that keeps nothing, but trades by what the history brings back."""
    turner: Any = {"strategy.path": strategy(tmp_path)}
    (tmp_path / "calm").mkdir()
    calm = begin(tmp_path / "calm", **turner)
    whole = run(calm)
    parent = broken_off(tmp_path, at=50, **turner)
    made = begin(tmp_path, **turner)
    home = run(made)
    assert made.stats.cumulative == calm.stats.cumulative
    assert made.stats.cumulative.number_of_trades > 5
    stats = (home / "stats.yaml").read_text()
    (parent / "statistics.json").unlink()  # as if its recorder had been killed too
    rebuild(home / "journal.sqlite")
    assert (home / "stats.yaml").read_text() == stats
    one, other = (report_input(entry_of(each)) for each in (whole, home))
    assert other.statistics == one.statistics
    assert other.facts["resumes"] == "2024-01-01/run_1"
    assert [fill.price for fill in other.fills] == [fill.price for fill in one.fills]
    assert other.bars == one.bars
