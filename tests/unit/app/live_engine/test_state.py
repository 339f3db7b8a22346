"""`StateManager` under its documented names: what it lists, loads, removes, and calls old."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest

from tradewind.app.cli.live import completed
from tradewind.domain.checkpoint import EngineState
from tradewind.domain.errors import CheckpointCorrupted, StateRestoreError
from tradewind.domain.time import NS_PER_SECOND
from tradewind.live import StateManager
from tradewind.record.checkpoint import Checkpoint

if TYPE_CHECKING:
    from pathlib import Path


def checkpoint(seq: int, age_seconds: int = 0) -> Checkpoint:
    saved = time.time_ns() - age_seconds * NS_PER_SECOND
    return Checkpoint(session="2025-10-01/run_1", seq=seq, ts=seq, saved_at=saved, engine=EngineState(seq))


def test_what_is_saved_is_listed_loaded_and_removed(tmp_path: Path) -> None:
    made = StateManager(tmp_path / "c", history=2)
    assert asyncio.run(made.load_latest_checkpoint()) is None
    names = [asyncio.run(made.save_checkpoint(checkpoint(seq))) for seq in (3, 7, 9)]
    assert [info.name for info in made.list_checkpoints()] == [names[2], names[1]]
    assert (made.get_checkpoint_info(names[1]).seq, made.load_checkpoint(names[1]).engine.seq) == (7, 7)
    made.delete_checkpoint(names[2])
    found = asyncio.run(made.load_latest_checkpoint())
    assert found is not None
    assert found.seq == 7
    for missing in (made.delete_checkpoint, made.get_checkpoint_info, made.load_checkpoint):
        with pytest.raises(StateRestoreError, match="there is no checkpoint"):
            missing(names[2])


def test_a_damaged_one_is_passed_over(tmp_path: Path) -> None:
    made = StateManager(tmp_path)
    asyncio.run(made.save_checkpoint(checkpoint(3)))
    name = asyncio.run(made.save_checkpoint(checkpoint(5)))
    (tmp_path / name).write_bytes(b"noise")
    with pytest.raises(CheckpointCorrupted):
        made.load_checkpoint(name)
    found = asyncio.run(made.load_latest_checkpoint())
    assert found is not None
    assert found.seq == 3


def test_older_than_the_threshold_is_stale(tmp_path: Path) -> None:
    made = StateManager(tmp_path, staleness_threshold_seconds=60)
    assert not made.is_stale(checkpoint(1))
    assert made.is_stale(checkpoint(1, age_seconds=90))
    assert 90 <= made.get_checkpoint_age(checkpoint(1, age_seconds=90)) < 100


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["my.py:Mine", "--resume"], ["my.py:Mine", "--resume=newest"]),
        (["--resume", "my.py:Mine"], ["--resume=newest", "my.py:Mine"]),
        (["--resume", "2025-10-01/run_3", "my.py:Mine"], ["--resume", "2025-10-01/run_3", "my.py:Mine"]),
        (["--resume", "data/sessions/2025-10-01/run_3"], ["--resume", "data/sessions/2025-10-01/run_3"]),
        (["--resume=latest", "--json"], ["--resume=latest", "--json"]),
        (["--resume", "--json"], ["--resume=newest", "--json"]),
    ],
)
def test_resume_stands_alone_or_before_a_session(words: list[str], meant: list[str]) -> None:
    assert completed(words) == meant
