"""Pause, resume, status and metrics of a running engine, from a program."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from tests.unit.app.control.running import session

if TYPE_CHECKING:
    from pathlib import Path


def test_mw_13_pause_resume_get_status_and_get_metrics_exist_and_act(tmp_path: Path) -> None:
    with session(tmp_path) as running:
        engine, end = running.engine, time.monotonic() + 60
        while not engine.get_metrics()["orders_submitted"]:
            assert time.monotonic() < end
            time.sleep(0.01)
        asyncio.run(engine.pause("lunch", "ann", for_seconds=30 * 86_400))
        assert engine.get_status()["paused"] is True
        submitted, refused = engine.get_metrics()["orders_submitted"], 0
        while refused < 2:
            assert time.monotonic() < end
            time.sleep(0.01)
            refused = engine.get_metrics()["refusals"].get("paused", 0)
        assert engine.get_metrics()["orders_submitted"] == submitted
        asyncio.run(engine.resume("ann"))
        status = engine.get_status()
        assert (status["paused"], status["running"], status["strategies"]) == (False, True, ["Keyed"])
        while engine.get_metrics()["orders_submitted"] == submitted:
            assert time.monotonic() < end
            time.sleep(0.01)
        told = engine.get_metrics()
        assert told["total_pnl"] is not None
        assert told["win_rate"] is None, "no round trip has closed yet"
