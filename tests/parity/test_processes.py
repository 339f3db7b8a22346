"""Other processes, hash seeds and time zones: the same bytes. Nothing may be ordered by a hash or by an address."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.parity.digest_program import SCENARIO
from tests.parity.worlds import run_backtest
from tradewind.record.journal.reader import digest_of

ROOT = Path(__file__).resolve().parents[2]


def test_lesson_29_hash_seeds_time_zones_and_processes_do_not_matter() -> None:
    expected = digest_of(run_backtest(SCENARIO).steps)
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.parity.digest_program"],
            cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone}, stdout=subprocess.PIPE, text=True,
        )
        for seed, zone in (("0", "UTC"), ("1", "UTC+8"), ("4242", "UTC-9"), ("random", "Asia/Kathmandu"))
    ]  # fmt: skip
    for process in running:
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        assert out.split() == [expected, expected]
