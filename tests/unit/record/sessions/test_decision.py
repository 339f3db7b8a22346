"""Proof of life from outside: a session that runs, answers and writes, and decides nothing, is not alive."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tests.unit.record.session_steps import HEADER, INSTRUMENT, MOMENTUM, OCT_1, Script, bar
from tradewind.app.cli import main
from tradewind.domain import events as ev
from tradewind.domain.checkpoint import EngineState, StrategyState
from tradewind.domain.control import Resumed
from tradewind.domain.step import StrategyFailed
from tradewind.domain.swapping import StrategySwapped, StrategySwapRequested
from tradewind.domain.time import NS_PER_MINUTE, NS_PER_SECOND
from tradewind.record.checkpoint import FOLDER, Checkpoint, Checkpoints
from tradewind.record.journal.writer import SqliteJournal
from tradewind.record.sessions.decision import newest_decision
from tradewind.record.sessions.find import find
from tradewind.record.sessions.folders import SessionFolders

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GRACE = 5 * NS_PER_SECOND
FAILED = StrategyFailed(MOMENTUM, "ZeroDivisionError", "s.py:3", halted=False)
HELD = msgspec.structs.replace(FAILED, halted=True)


class Outside:
    """A session on disk as its process leaves it, and who looks at it from outside."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folders = SessionFolders.begin(root, OCT_1)
        self.folders.describe(HEADER)
        self._journal = SqliteJournal(self.folders.journal, HEADER)
        self._written = 0

    def write(self, script: Script) -> None:
        """Let the session commit what a script has taken since."""
        for step in script.steps[self._written :]:
            self._journal.append(step)
        self._journal.commit()
        self._written = len(script.steps)

    def fault(self, at: int) -> str:
        return newest_decision(find(self.root, "latest")).fault(at, GRACE)


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Outside]:
    made = Outside(tmp_path / "runs")
    yield made
    made.folders.release()


def asked(script: Script, count: int, start: int = OCT_1) -> int:
    """Let bars come; return when the last was received."""
    for number in range(count):
        script.bar(start + number * NS_PER_MINUTE, 100.0)
    return script.now


def test_lesson_4_the_check_fails_unless_a_decision_younger_than_a_bar_and_grace_is_found(outside: Outside) -> None:
    script = Script()
    outside.write(script)
    assert outside.fault(OCT_1) == "nothing has been decided yet"
    last = asked(script, 3)
    outside.write(script)
    assert outside.fault(last + NS_PER_MINUTE + GRACE) == ""
    assert outside.fault(last + NS_PER_MINUTE + GRACE + 1) == "the newest decision is 65 s old, and 65 s are allowed"
    for second in range(300):  # it lives, writes, and decides nothing
        script.take(ev.TimerFired("t", last + second * NS_PER_SECOND))  # type: ignore[arg-type] # a timer
    outside.write(script)
    assert "300 s old" in outside.fault(last + 300 * NS_PER_SECOND)
    assert "in the future" in outside.fault(last - GRACE - 1)
    outside.folders.release()
    assert outside.fault(last) == "nobody runs the session: it is crashed"


def test_lesson_4_history_is_no_decision(outside: Outside) -> None:
    script = Script()
    script.steps[0] = msgspec.structs.replace(
        script.steps[0], event=msgspec.structs.replace(script.steps[0].event, warming=True)
    )
    last = asked(script, 3)
    outside.write(script)
    assert "history is still coming in" in outside.fault(last)
    script.take(ev.WarmupEnded(last))
    outside.write(script)
    assert outside.fault(last) == "nothing has been decided yet"
    last = asked(script, 1, OCT_1 + 3 * NS_PER_MINUTE)
    outside.write(script)
    assert outside.fault(last) == ""


def test_lesson_4_a_strategy_that_fails_or_is_held_decides_nothing(outside: Outside) -> None:
    script = Script()
    last = asked(script, 1)
    for number in range(1, 4):
        script.take(bar(OCT_1 + number * NS_PER_MINUTE, 100.0), notices=(FAILED,))
    outside.write(script)
    assert "180 s old" in outside.fault(last + 3 * NS_PER_MINUTE)
    script.take(bar(OCT_1 + 4 * NS_PER_MINUTE, 100.0), notices=(HELD,))
    now = asked(script, 2, OCT_1 + 5 * NS_PER_MINUTE)
    outside.write(script)
    assert outside.fault(now) == "no strategy is asked: momentum held"
    script.take(Resumed(now))
    outside.write(script)
    assert "momentum held" in outside.fault(now), "a word to all leaves out who is held"
    script.take(StrategySwapRequested(now, MOMENTUM, "s.py:S"), notices=(StrategySwapped(MOMENTUM, "s.py:S"),))
    outside.write(script)
    assert outside.fault(now) == "", "another is asked in its place"
    script.take(bar(OCT_1 + 7 * NS_PER_MINUTE, 100.0), notices=(HELD,))
    now = asked(script, 1, OCT_1 + 8 * NS_PER_MINUTE)
    outside.write(script)
    assert "momentum held" in outside.fault(now)
    script.take(Resumed(now, strategy=MOMENTUM))
    outside.write(script)
    assert outside.fault(now) == ""


def test_what_was_held_before_the_newest_checkpoint_is_held(outside: Outside) -> None:
    script = Script()
    last = asked(script, 2)
    outside.write(script)
    files = Checkpoints(outside.folders.journal.parent / FOLDER)
    engine = EngineState(seq=3, ts=last, strategies=(StrategyState(MOMENTUM, held=True),))
    files.write(Checkpoint(session="x", seq=3, ts=last, saved_at=last, engine=engine))
    assert "momentum held" in outside.fault(last)
    (found,) = files.listed()
    (files.folder / found.name).write_bytes(b"torn")
    assert outside.fault(last) == ""
    assert [each.name for each in files.listed()] == [found.name], "who looks leaves it where it lies"


def test_the_command_ends_with_0_for_a_session_that_decides_and_with_1_for_any_other(
    outside: Outside, capsys: pytest.CaptureFixture[str]
) -> None:
    def alive(*words: str) -> tuple[int, Any]:
        code = main(["session", "alive", "--data-output", str(outside.root), "--json", *words])
        return code, json.loads(capsys.readouterr().out)

    script = Script(time.time_ns() - 20 * NS_PER_MINUTE)
    script.take(bar(script.now, 100.0))
    outside.write(script)
    code, told = alive()
    assert (code, told["alive"]) == (1, False)
    assert told["instrument"] == INSTRUMENT.id
    script.take(bar(time.time_ns() - NS_PER_MINUTE, 100.0, time.time_ns()))
    outside.write(script)
    code, told = alive("--grace", "600")
    assert (code, told["alive"], told["reason"]) == (0, True, "")
    assert told["bar_seconds"] == 60
    outside.folders.release()
    assert alive("--grace", "600")[0] == 1
