"""SIGINT and SIGTERM on the real program: an orderly end with code 0; a second signal ends it at once."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import polars as pl
import pytest
import yaml

from tests.e2e.program import config, is_under_way, journal_of, started, wait_for
from tradewind.domain.control import StopRequested
from tradewind.domain.market import Bar
from tradewind.record.journal.reader import check, read
from tradewind.record.recorder.tables import SPECS
from tradewind.record.sessions.find import is_running
from tradewind.record.sessions.rebuild import rebuild
from tradewind.runtime.replay import verify

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """
import asyncio, sys
from pathlib import Path
from tradewind.app.cli.output import logs_to_stderr
from tradewind.app.config import load_config
from tradewind.app.session.live_run import prepare
from tradewind.runtime.callbacks import Callbacks, EngineStatus

async def slow_stop(status):
    if status is EngineStatus.STOPPING:
        print("stopping", flush=True)
        await asyncio.sleep(60 if "slow" in sys.argv else 0)

def ended(error):
    print("ended", type(error).__name__, flush=True)

logs_to_stderr()
callbacks = Callbacks(on_engine_stop=ended, on_status_update=slow_stop)
asyncio.run(prepare(load_config(Path(sys.argv[1]), {}), Path("."), callbacks=callbacks).run())
print("orderly", flush=True)
"""


@pytest.mark.must_really_work
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_lesson_30_a_signal_ends_the_session_in_order(number: signal.Signals, tmp_path: Path) -> None:
    with started("-m", "tradewind", "live", "-c", config(tmp_path, interval_ms=1), "--json") as process:
        wait_for(lambda: is_under_way(tmp_path), process)
        process.send_signal(number)
        _, errors = process.communicate(timeout=240)
    assert process.returncode in (0, 3), errors  # 3: in order too, but protective orders still rest
    assert "Traceback" not in errors
    journal = journal_of(tmp_path)
    assert journal is not None
    steps = list(read(journal))
    assert any(isinstance(step.event, StopRequested) for step in steps[-200:])
    facts = yaml.safe_load(journal.with_name("session.yaml").read_text())
    assert facts["finished"]
    assert facts["steps"] == len(steps) == verify(journal).steps
    for spec in SPECS:
        pl.read_parquet(journal.with_name(f"{spec.name}.parquet"))
    assert not journal.with_name("journal.sqlite-wal").exists()


def test_on_engine_stop_is_called(tmp_path: Path) -> None:
    with started("-c", PROGRAM, config(tmp_path, interval_ms=1)) as process:
        wait_for(lambda: is_under_way(tmp_path), process)
        process.terminate()
        out, errors = process.communicate(timeout=240)
    assert out.split("\n") == ["stopping", "ended NoneType", "orderly", ""], errors
    assert process.returncode == 0


def test_lesson_30_and_shu_2_a_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    with started("-c", PROGRAM, config(tmp_path, interval_ms=1), "slow") as process:
        wait_for(lambda: is_under_way(tmp_path), process)
        process.terminate()
        assert process.stdout is not None
        assert process.stdout.readline() == "stopping\n"
        process.terminate()
        out, _ = process.communicate(timeout=240)
    assert out == "ended CancelledError\n"
    assert process.returncode == 1
    journal = journal_of(tmp_path)
    assert journal is not None
    assert verify(journal).steps > 20


def test_two_signals_at_once_end_the_command_with_130_and_one_line(tmp_path: Path) -> None:
    with started("-m", "tradewind", "live", "-c", config(tmp_path, interval_ms=1), "--json") as process:
        wait_for(lambda: is_under_way(tmp_path), process)
        process.send_signal(signal.SIGSTOP)  # so that both arrive together
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGCONT)
        _, errors = process.communicate(timeout=240)
    assert process.returncode == 130, errors
    assert "stopped at once by a second signal" in errors
    assert "Traceback" not in errors


SLOW_END = """
import os
from tests.parity.scripted import Scripted as Base

class Scripted(Base):
    bars = 0

    def on_bar(self, ctx, bar):
        super().on_bar(ctx, bar)
        Scripted.bars += bar.interval == "15m"
        if Scripted.bars == 1_503:  # in the middle of a batch
            os.kill(os.getpid(), 2)
"""


@pytest.mark.must_really_work
def test_a_backtest_that_is_interrupted_keeps_all_that_was_journaled(tmp_path: Path) -> None:
    strategy = tmp_path / "interrupts.py"
    strategy.write_text(SLOW_END)
    path = config(tmp_path, bars=20_000)
    tree = yaml.safe_load(path.read_text())
    tree["strategy"]["path"] = f"{strategy}:Scripted"
    path.write_text(yaml.safe_dump(tree))
    with started("-m", "tradewind", "backtest", "-c", path, "--json") as process:
        _, errors = process.communicate(timeout=240)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    journal = journal_of(tmp_path)
    assert journal is not None
    check(journal)
    steps = list(read(journal))
    assert sum(isinstance(step.event, Bar) for step in steps) == 1_502, "whole up to the interruption"
    assert not is_running(journal.parent)
    rebuild(journal)
