"""Take-over under load, again and again: a standby waits, the engine is killed, the standby goes on, another one waits.

What comes of all of them is what comes of one run that nobody disturbs: the same orders, the same executions, the same
money to the last digit.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
import time
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.e2e import test_kill_and_go_on as undisturbed
from tests.e2e.program import NURSERY as FORKING
from tests.e2e.program import ROOT, run, started, wait_for
from tradewind.record.journal.reader import read_header
from tradewind.record.sessions.find import sessions

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

TAKE_OVERS = int(os.environ.get("TRADEWIND_TAKE_OVERS", "5" if os.environ.get("CI") else "2"))
BARS_EACH = 400
"""Bars for each take-over: more than a busy machine needs for one. The last engine has them without a pause."""
PACE_MS = 20
SECONDS_MAX = 0.5
PLAIN, WITH_FLAGS = '["live", "-c", line.strip(), "--json"]', '["live", "--json", "-c", *line.split()]'
HEARD = [line for line in FORKING.replace(PLAIN, WITH_FLAGS).splitlines() if ".err" not in line]
NURSERY = "\n".join(HEARD)
"""What its children say is heard here, and not kept in a file."""


def config(folder: Path, interval_ms: float) -> Path:
    path = undisturbed.config(folder, f"{ROOT / 'tests/e2e/steady.py'}:Steady", interval_ms)
    tree = yaml.safe_load(path.read_text())
    tree["market_data"]["config"]["bars"] = BARS_EACH * (TAKE_OVERS + 1)
    path.write_text(yaml.safe_dump(tree))
    return path


class Place:
    """A process that starts engines, one at a time."""

    def __init__(self, nursery: subprocess.Popen[str]) -> None:
        self.nursery = nursery
        self.child = 0
        self.heard: list[str] = []
        threading.Thread(target=self._hear, daemon=True).start()

    def _hear(self) -> None:
        """Read what is said all the time, so that nobody waits for a full pipe."""
        assert self.nursery.stderr is not None
        with contextlib.suppress(ValueError):  # it is closed at the end
            self.heard.extend(self.nursery.stderr)

    def start(self, path: Path, *flags: str) -> None:
        assert self.nursery.stdin is not None
        assert self.nursery.stdout is not None
        self.heard.clear()
        self.nursery.stdin.write(f"{' '.join((str(path), *flags))}\n")
        self.nursery.stdin.flush()
        self.child = int(self.nursery.stdout.readline())

    def status(self) -> int:
        assert self.nursery.stdout is not None
        return int(self.nursery.stdout.readline())

    def says(self, words: str) -> None:
        """Wait until it says so."""
        try:
            wait_for(lambda: any(words in line for line in list(self.heard)), self.nursery)
        except AssertionError:
            raise AssertionError(f"it never said {words!r}: {self.heard}") from None


@pytest.mark.slow
@pytest.mark.timeout(300 + 60 * TAKE_OVERS)
@pytest.mark.must_really_work
def test_every_take_over_goes_on_where_the_engine_before_was_killed(tmp_path: Path) -> None:
    code, _, errors = run("live", "--json", "-c", config(tmp_path / "calm", 0))
    assert code in (0, 3), errors
    path, draw = config(tmp_path / "wild", PACE_MS), random.Random(17)
    root = path.parent / "sessions"
    with started("-c", NURSERY, stdin=-1) as one, started("-c", NURSERY, stdin=-1) as other:
        active, standby = Place(one), Place(other)
        active.start(path)
        wait_for(lambda: any(root.glob("*/run_*")), one)  # from here on it has the lease
        before = 0
        for number in range(TAKE_OVERS):
            if number == TAKE_OVERS - 1:
                undisturbed.at_full_speed(path)
            standby.start(path, "--standby")
            standby.says("waiting: ")
            if number % 3 != 2:  # the others are killed wherever they are, some while they take over
                wait_for(lambda before=before: undisturbed.begun(root) > before, one)  # type: ignore[misc]
            before = undisturbed.begun(root)
            time.sleep(draw.uniform(0.0, SECONDS_MAX))
            os.kill(active.child, signal.SIGKILL)
            assert active.status() == signal.SIGKILL
            standby.says("taking over")
            active, standby = standby, active
        assert os.waitstatus_to_exitcode(active.status()) in (0, 3)
    (calm,), wild = sessions(tmp_path / "calm/sessions"), undisturbed.chain(tmp_path / "wild/sessions")
    assert len(wild) > TAKE_OVERS / 2, "most had begun when they were killed"
    tokens = [read_header(entry.journal).lease_token for entry in wild]
    assert tokens == sorted(set(tokens))
    assert tokens[-1] == TAKE_OVERS + 1
    undisturbed.same(calm, wild)
