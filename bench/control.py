"""The hand on the switch: how long until an account with fifty orders and ten positions at an exchange is flat.

The sessions are those of tests/e2e, which show that it is flat; here the time is measured.
"""

from __future__ import annotations

import os
import signal
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench.figures import Figure, progress

if TYPE_CHECKING:
    from collections.abc import Iterator

PAUSES = 20


def figures() -> Iterator[Figure]:
    """Measure."""
    from tests.e2e.test_control import trading
    from tests.e2e.test_control_direct import is_flat, stopped_directly

    progress("an emergency stop through the engine")
    with tempfile.TemporaryDirectory() as folder, trading(Path(folder)) as place:
        waited = []
        for _ in range(PAUSES):
            began = time.monotonic()
            place.client.command("pause")
            waited.append(time.monotonic() - began)
            place.client.command("resume")
        began = time.monotonic()
        done = place.client.command("emergency-stop", operator="bench", reason="bench")
        took = time.monotonic() - began
        assert done["outcome"] == "done", done
        is_flat(place)
    progress("")
    yield Figure(
        name="pause, said and committed", value=sorted(waited)[PAUSES // 2] * 1_000, unit="ms",
        note="the median; effective with the step in which it is taken",
    )  # fmt: skip
    yield Figure(
        name="emergency stop through the engine", value=took, unit="s", at_most=2.0,
        note="50 orders taken back, 10 positions closed, seen in the journal",
    )  # fmt: skip
    progress("an emergency stop with an engine that hangs")
    with tempfile.TemporaryDirectory() as folder, trading(Path(folder)) as place:
        os.kill(place.process.pid, signal.SIGSTOP)
        try:
            _, took = stopped_directly(place.path)
            is_flat(place)
        finally:
            os.kill(place.process.pid, signal.SIGCONT)
    progress("")
    yield Figure(
        name="emergency stop --direct, engine stopped (SIGSTOP)", value=took, unit="s", at_most=10.0,
        note="a process of its own, from its start to the proof; the venue has said twice that it is flat",
    )  # fmt: skip
