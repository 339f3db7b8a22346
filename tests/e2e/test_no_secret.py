"""A planted key is nowhere: in no log, journal, file, traceback, list of processes or /proc arguments of a session."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.e2e.program import started, wait_for
from tests.e2e.test_control import said
from tradewind.app.control.address import door_of
from tradewind.app.control.client import Client
from tradewind.domain.step import StrategyFailed
from tradewind.record.journal.reader import read

if TYPE_CHECKING:
    from collections.abc import Iterator

PLANTED = "planted-key-7f3a9c51d2"
RAISES = """
from tradewind import Strategy

class Raises(Strategy):
    "Has a key among its parameters, and tells it wherever a strategy can tell something by mistake."
    api_key: str = ""

    def on_bar(self, ctx, bar):
        bars = ctx.state["bars"] = ctx.state.get("bars", 0) + 1
        ctx.log(f"bar {bars}, key {self.api_key}")
        if bars == 5:
            raise RuntimeError(f"401 for api_key={self.api_key}")
"""


def written(folder: Path, **blocks: Any) -> Path:
    """Write a session whose secrets come from the environment."""
    (folder / "raises.py").write_text(RAISES)
    tree = {
        "engine": {"symbols": ["BTCUSDT"], "interval": "1m", "data_output_path": str(folder / "sessions")},
        "market_data": {"provider_type": "mock", "config": {"interval_ms": 20}},
        "trading": {"provider_type": "paper"},
        "strategy": {"path": f"{folder / 'raises.py'}:Raises", "config": {"api_key": "${PLANTED}"}},
        "database": {"enabled": True, "url": "sqlite:///" + str(folder / "planted.sqlite")},
    }
    path = folder / "session.yaml"
    path.write_text(yaml.safe_dump(tree | blocks))
    return path


def of_processes() -> bytes:
    """Return what everybody on this machine can see of its processes."""
    readable = (path for path in Path("/proc").glob("[0-9]*/cmdline") if os.access(path, os.R_OK))
    return b"".join(map(content, readable)) + subprocess.run(["ps", "axww"], capture_output=True, check=False).stdout


def content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""  # it has ended


def files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


@pytest.mark.slow
def test_a_planted_key_is_nowhere_while_a_session_runs_fails_and_is_killed_lesson_164_and_165(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLANTED", PLANTED)
    path = written(tmp_path)
    key = PLANTED.encode()
    with started("-m", "tradewind", "live", "-c", path, "--json") as process:
        wait_for(lambda: bool(list(tmp_path.rglob("control.json"))), process)
        home = next(tmp_path.rglob("control.json")).parent
        client = Client(door_of(home))
        wait_for(lambda: bool(client.read("/status")["held_strategies"]), process)
        wait_for(lambda: bool(list(home.glob("events*.jsonl"))), process)
        token = door_of(home).token.encode()
        answers = json.dumps([client.read(f"/{name}") for name in ("status", "orders", "positions", "health")])
        shown = of_processes()
        assert key not in shown, "in a list of processes"
        assert token not in shown
        for word in (("status",), ("orders",), ("logs", "--json")):
            code, out, errors = said("control", *word, "-c", path)
            assert code == 0, errors
            answers += out + errors
        assert PLANTED not in answers
        process.kill()  # no orderly end: what is left behind is what a crash leaves
        out, errors = process.communicate(timeout=120)
    assert "strategy error" in errors, "the failure was told, with its traceback"
    assert PLANTED not in out + errors
    found = [path for path in files(tmp_path) if key in content(path)]
    assert not found, found
    assert len(list(files(home))) > 3
    assert not [path for path in files(tmp_path) if token in content(path) and path.name != "control.json"]
    (failed,) = [n for s in read(home / "journal.sqlite") for n in s.notices if isinstance(n, StrategyFailed)]
    assert failed.error == "RuntimeError: 401 for api_key=***"
    code, out, errors = said("session", "replay", home, "--verify")
    assert code == 0, out + errors


@pytest.mark.slow
@pytest.mark.parametrize("blocks", [
    {"alerts": {"urls": ["nonsense://${PLANTED}"]}},
    {"lease": {"url": "postgresql://ann:${PLANTED}@127.0.0.1:1/none"}},
    {"database": {"enabled": True, "url": "postgresql://ann:${PLANTED}@127.0.0.1:1/none", "close_seconds": 0.1}},
    {"strategy": {"path": "raises.py:Nobody", "config": {"api_key": "${PLANTED}"}}},
    {"risk": {"confirm": {"above": "${PLANTED}"}}},
], ids=["alerts", "lease", "database", "strategy", "number"])  # fmt: skip
def test_what_is_refused_is_refused_without_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, blocks: dict[str, Any]
) -> None:
    monkeypatch.setenv("PLANTED", PLANTED)
    path = written(tmp_path, **blocks)
    with started("-m", "tradewind", "live", "-c", path, "--json") as process:
        if "database" in blocks:
            wait_for(lambda: bool(list(tmp_path.rglob("control.json"))), process)
            process.send_signal(signal.SIGTERM)
        out, errors = process.communicate(timeout=120)
    assert PLANTED not in out + errors
    assert not [path for path in files(tmp_path) if PLANTED.encode() in content(path)]
