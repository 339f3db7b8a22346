"""When a session's state is written down, and what becomes of it when the disk does not take it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tests.unit.runtime.stage import bar
from tradewind.domain.checkpoint import EngineState
from tradewind.domain.money import money_context
from tradewind.domain.step import Step
from tradewind.record.checkpoint import Checkpoints
from tradewind.record.disk import Disk
from tradewind.runtime.callbacks import EngineStatus
from tradewind.runtime.checkpointer import Checkpointer
from tradewind.runtime.health import HealthLevel, Signs, health_of
from tradewind.testing import engine, script

if TYPE_CHECKING:
    from pathlib import Path


class Fallible(Disk):
    """A disk that can be full."""

    full = False

    def write(self, handle: int, content: memoryview) -> int:
        if self.full:
            raise OSError(28, "No space left on device")
        return super().write(handle, content)


class Setting:
    """A session as a checkpointer sees it: a state, a worth, and clocks that the test turns."""

    def __init__(self, folder: Path) -> None:
        self.seconds = 0.0
        self.seq = 0
        self.worth: Decimal | None = Decimal(1000)
        self.disk = Fallible()
        self.files = Checkpoints(folder, disk=self.disk)
        self.made = Checkpointer(
            self.files, "2025-10-01/run_1", state=self.state, equity=lambda: self.worth, clock=self,
            interval_seconds=60, seconds=lambda: self.seconds,
        )  # fmt: skip

    def state(self) -> EngineState:
        self.seq += 1
        return EngineState(seq=self.seq)

    def now(self) -> int:
        return int(self.seconds * 1e9)

    def pass_seconds(self, seconds: float) -> list[int]:
        """Let time pass, with a look each second; return the steps of what is on disk then, the newest first."""
        for _ in range(int(seconds)):
            self.seconds += 1.0
            self.made.look()
            self.made.wait()
        return [info.seq for info in self.files.listed()]


def test_each_interval_has_one(tmp_path: Path) -> None:
    setting = Setting(tmp_path)
    assert setting.pass_seconds(59) == []
    assert setting.pass_seconds(1) == [1]
    assert setting.pass_seconds(180) == [4, 3, 2, 1]
    assert (setting.made.written, setting.made.last_seq) == (4, 4)


def test_a_move_of_the_account_has_one_at_once(tmp_path: Path) -> None:
    setting = Setting(tmp_path)
    setting.pass_seconds(2)
    setting.worth = Decimal(1100)
    assert setting.pass_seconds(2) == [], "ten per cent, not more"
    setting.worth = Decimal("1100.01")
    assert setting.pass_seconds(1) == [1]
    setting.worth = None
    assert setting.pass_seconds(5) == [1], "what is not known has not moved"
    setting.worth = Decimal(991)
    assert setting.pass_seconds(1) == [1]
    setting.worth = Decimal(990)
    assert setting.pass_seconds(1) == [2, 1]


def test_sta_6_a_full_disk_is_told_of_and_tried_again(tmp_path: Path) -> None:
    setting = Setting(tmp_path)
    setting.pass_seconds(60)
    setting.disk.full = True
    assert setting.pass_seconds(60) == [1]
    assert "No space left on device" in setting.made.trouble
    setting.disk.full = False
    assert setting.pass_seconds(60) == [3, 1]
    assert setting.made.trouble == ""


def test_lesson_151_a_job_that_fails_at_its_first_step_is_told_by_its_last_success(tmp_path: Path) -> None:
    """The folder is there, and each minute there is an attempt: neither counts, but that nothing was ever written."""
    on = Setting(tmp_path)
    on.disk.full = True
    tmp_path.mkdir(exist_ok=True)
    assert on.pass_seconds(121) == []
    assert on.seq >= 2, "it was tried"
    assert on.made.age_seconds == 121.0
    assert "No space left" in on.made.trouble
    signs = Signs(checkpoint_seconds=on.made.age_seconds, missed=(f"checkpoints: {on.made.trouble}",))
    with money_context():
        told = health_of(engine(script()), EngineStatus.RUNNING, {}, signs)
    assert told.level is HealthLevel.DEGRADED
    assert told.reasons[0] == "the last checkpoint is 121 s old"
    on.disk.full = False
    on.pass_seconds(60)
    assert on.made.age_seconds < 60
    assert not on.made.trouble


def test_places_go_with_the_state(tmp_path: Path) -> None:
    setting = Setting(tmp_path)
    setting.made.observe([Step(1, bar(0)), Step(2, bar(1))])
    setting.made.write()
    setting.made.close()
    found = setting.files.newest([])
    assert found is not None
    (place,) = found.engine.places
    assert (place.kind, place.ts, place.count) == ("bar", bar(1).ts_open, 1)
