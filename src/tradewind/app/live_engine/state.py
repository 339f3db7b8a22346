"""`StateManager`: the checkpoints of a session, for programs that look at them or carry them elsewhere.

A session writes its own and goes on from them by itself; nothing here is needed for that.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from tradewind.domain.time import NS_PER_SECOND
from tradewind.record.checkpoint import KEPT, Checkpoints, age_ns

if TYPE_CHECKING:
    from tradewind.record.checkpoint import Checkpoint, CheckpointInfo

FOLDER = "~/.tradewind/state"

log = structlog.get_logger(__name__)


class StateManager:
    """The checkpoints in a folder: that of a session, `{root}/{day}/run_N/checkpoints`, or one of your own."""

    def __init__(
        self,
        checkpoint_dir: Path | str | None = None,
        staleness_threshold_seconds: float = 3600,
        history: int = KEPT,
    ) -> None:
        self._folder = Path(FOLDER if checkpoint_dir is None else checkpoint_dir).expanduser()
        self._stale_ns = int(staleness_threshold_seconds * NS_PER_SECOND)
        self._files = Checkpoints(self._folder, kept=history)

    async def save_checkpoint(self, checkpoint: Checkpoint) -> str:
        """Write a checkpoint, for good when this returns; return its name. Raises `LocalError` if that fails."""
        return (await asyncio.to_thread(self._files.write, checkpoint)).name

    async def load_latest_checkpoint(self) -> Checkpoint | None:
        """Return the newest good one, None if there is none; a damaged one is set aside and told in the log."""
        notes: list[str] = []
        found = await asyncio.to_thread(self._files.newest, notes)
        for note in notes:
            log.warning(note)
        if found is not None and self.is_stale(found):
            log.warning("the newest checkpoint is old", seconds=self.get_checkpoint_age(found))
        return found

    def load_checkpoint(self, name: str) -> Checkpoint:
        """Return one by name; `CheckpointCorrupted` if it is damaged, `StateRestoreError` if it is not there."""
        return self._files.load(self._folder / name)

    def delete_checkpoint(self, name: str) -> None:
        """Remove one; raise `StateRestoreError` if it is not there."""
        self._files.remove(self._folder / name)

    def list_checkpoints(self) -> list[CheckpointInfo]:
        """Return what is there, the newest first; nothing is opened."""
        return self._files.listed()

    def get_checkpoint_info(self, name: str) -> CheckpointInfo:
        """Return what the folder tells of one; raise `StateRestoreError` if it is not there."""
        return self._files.info(self._folder / name)

    def get_checkpoint_age(self, checkpoint: Checkpoint) -> float:
        """Return how long ago it was written, in seconds."""
        return age_ns(checkpoint, time.time_ns()) / NS_PER_SECOND

    def is_stale(self, checkpoint: Checkpoint) -> bool:
        """Tell whether it is older than the threshold."""
        return age_ns(checkpoint, time.time_ns()) > self._stale_ns
