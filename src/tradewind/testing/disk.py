"""The disk of a simulated process: a journal that fails, tears or is cut off where the plan says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.errors import JournalError
from tradewind.record import disk
from tradewind.record.checkpoint import FOLDER, Checkpoint, Checkpoints
from tradewind.record.journal.header import SessionHeader
from tradewind.record.journal.reader import read
from tradewind.record.journal.writer import MemoryJournal, SqliteJournal
from tradewind.testing.faults import FaultKind
from tradewind.testing.terms import settings_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tradewind.domain.checkpoint import EngineState
    from tradewind.domain.step import Step
    from tradewind.testing.process import Process

K = FaultKind


class PowerCut(BaseException):
    """The process is gone, here and now; it may catch nothing and close nothing."""

    def __init__(self, span: int) -> None:
        super().__init__("power cut")
        self.span = span
        """How long until it is started again, in nanoseconds."""


class Disk(MemoryJournal):
    """The journal of one process; `durable` of its steps outlive it."""

    def __init__(self, process: Process) -> None:
        super().__init__()
        self._process = process
        self._world = process.world
        self._struck = process.world.weather.strike
        self.checkpoint: bytes | None = None
        """The newest state that was kept, encoded; None where it is in a file."""
        self.checkpoints_kept = 0
        """How many were: whoever starts again begins at the newest, or else at the journal's first step."""

    def append(self, step: Step) -> None:
        """Take a step; it is not safe yet."""
        super().append(step)
        self._world.stepped(self._process, step)
        self.strike("append")

    def commit(self) -> None:
        """Make all that was appended durable, unless the plan says otherwise."""
        fault = self._struck("commit")
        if fault is not None:
            self._world.note("disk", fault.kind.value)
            if fault.kind is K.CRASH_COMMIT:
                raise PowerCut(fault.span)
            if fault.kind is K.CRASH_TORN:
                self._tear(fault.span)
                raise PowerCut(fault.span)
            if fault.kind is K.FSYNC_KEPT:
                self._save()
            raise JournalError("the disk says no", {})
        self._save()
        self.strike("committed")

    def _save(self) -> None:
        super().commit()

    def keep(self, state: EngineState) -> None:
        """Keep a checkpoint: the journal has everything up to it."""
        assert state.seq == self.durable, "a checkpoint is taken after a commit"
        self.checkpoint = msgspec.msgpack.encode(state)
        self.checkpoints_kept += 1

    def strike(self, channel: str) -> None:
        """Die here, if that is the plan."""
        fault = self._struck(channel)
        if fault is not None:
            self._world.note("crash", fault.kind.value)
            raise PowerCut(fault.span)

    def _tear(self, span: int) -> None:
        """Keep the first few steps of the turn: worse than SQLite does, and recovery must bear it."""
        self.durable += span % (len(self.steps) - self.durable + 1)

    def lose(self) -> None:
        """Forget what is only in memory."""

    @property
    def kept(self) -> Sequence[Step]:
        """The steps that are on the disk."""
        return self.steps[: self.durable]


class Unhurried(disk.Disk):
    """A disk that nobody waits for: no power is cut here, and what was written can be read."""

    def sync(self, handle: int) -> None:
        """Do not wait."""


class FileDisk(Disk):
    """The same on real files: the journal in SQLite, and the folder of checkpoints; a commit is there or it is not."""

    def __init__(self, process: Process) -> None:
        super().__init__(process)
        folder = self._world.folder / f"run_{process.number}"
        folder.mkdir()
        self.path = folder / "journal.sqlite"
        self.checkpoints = Checkpoints(folder / FOLDER, disk=Unhurried())
        plan, exchange = self._world.plan, self._world.exchange
        header = SessionHeader(
            session_id=folder.name, created="", mode="live", engine=settings_of(plan.terms), seed=plan.seed,
            instruments=exchange.instruments, strategies=(),
        )  # fmt: skip
        self._journal: SqliteJournal | None = SqliteJournal(self.path, header, durable=False)

    def append(self, step: Step) -> None:
        """Take a step; it is not safe yet."""
        assert self._journal is not None, "a dead process writes nothing"
        self._journal.append(step)
        super().append(step)

    def _save(self) -> None:
        assert self._journal is not None, "a dead process writes nothing"
        self._journal.commit()
        super()._save()

    def _tear(self, span: int) -> None:
        """Keep nothing of the turn: a transaction is whole or not there."""

    def keep(self, state: EngineState) -> None:
        """Write a checkpoint."""
        self.checkpoints_kept += 1
        self.checkpoints.write(
            Checkpoint(session=self.path.parent.name, seq=state.seq, ts=state.ts, saved_at=state.ts, engine=state)
        )

    def lose(self) -> None:
        """Let go of the file without a commit, as the system does for whoever dies."""
        self._journal = None

    @property
    def kept(self) -> Sequence[Step]:
        """The steps that are on the disk, as they are read from it."""
        steps = list(read(self.path))
        assert steps == self.steps[: self.durable], "the file has what was committed"
        return steps
