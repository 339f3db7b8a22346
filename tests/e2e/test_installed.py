"""The package as it is shipped: built, installed in an environment of its own, started by its command."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import sysconfig
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.e2e.program import ROOT, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

STRATEGY = """
from tradewind import Strategy


class Buyer(Strategy):
    def on_bar(self, ctx, bar):
        if ctx.position().is_flat and not ctx.open_orders():
            ctx.buy("0.01", stop_loss=bar.close * 0.9)
"""


def pip(*words: object, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run pip of this machine to its end."""
    return subprocess.run(
        [sys.executable, "-m", "pip", "--quiet", *map(str, words)],
        check=False, capture_output=True, text=True, env={**os.environ, **environ},
    )  # fmt: skip


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel; skip where what builds it cannot be had."""
    folder = tmp_path_factory.mktemp("wheel")
    builder = pip("install", "--target", folder / "builder", "hatchling")
    if builder.returncode:
        pytest.skip(f"hatchling cannot be had here: {builder.stderr.strip().splitlines()[-1]}")
    words = ("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, ROOT)
    built = pip(*words, PYTHONPATH=str(folder / "builder"))
    assert built.returncode == 0, built.stderr
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install it beside what is installed here; return the folder of its programs."""
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    found = pip("--python", folder / "bin" / "python", "install", "--no-deps", "--no-index", wheel)
    assert found.returncode == 0, found.stderr
    (packages,) = folder.glob("lib/python3*/site-packages")
    (packages / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin"


@contextlib.contextmanager
def running(program: Path, *words: object, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Start an installed program in a folder, without a path to this checkout; it is ended in order."""
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with subprocess.Popen(
        [program, *map(str, words)], cwd=folder, env=environ, text=True, process_group=0,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def told(program: Path, *words: object, folder: Path) -> tuple[int, str]:
    """Run an installed program to its end; return its exit code and what it said."""
    with running(program, *words, folder=folder) as process:
        said, _ = process.communicate()
        return process.returncode, said


def test_lesson_11_every_file_of_the_package_is_in_the_wheel(wheel: Path) -> None:
    source = ROOT / "src"
    there = {
        str(path.relative_to(source))
        for path in (source / "tradewind").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(wheel) as file:
        shipped = {name for name in file.namelist() if ".dist-info/" not in name}
    assert shipped == there


def test_lesson_11_the_installed_program_starts_a_paper_session_and_decides(installed: Path, tmp_path: Path) -> None:
    """Its own start path: the command, a configuration, the database's tables; then proof of life from outside."""
    (tmp_path / "buyer.py").write_text(STRATEGY)
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    mock: dict[str, Any] = {"seed": 7, "interval_ms": 1_000, "start": now}
    tree = {
        "engine": {"symbols": ["BTCUSDT"], "interval": "1s", "data_output_path": "sessions"},
        "market_data": {"provider_type": "mock", "config": mock},
        "trading": {"provider_type": "paper", "config": {"balances": {"USDT": "100000"}}},
        "strategy": {"path": "buyer.py:Buyer"},
        "database": {"enabled": True},
        "shutdown": {"cancel": "all"},
    }
    (tmp_path / "session.yaml").write_text(yaml.safe_dump(tree))
    tradewind = installed / "tradewind"
    _, place = told(installed / "python", "-c", "import tradewind; print(tradewind.__file__)", folder=tmp_path)
    assert Path(place.strip()).is_relative_to(installed.parent), "this is the checkout, and not what was installed"
    with running(tradewind, "live", "-c", "session.yaml", folder=tmp_path) as session:

        def decides() -> bool:
            words = ("session", "alive", "--data-output", "sessions", "--grace", 120, "--json")
            code, said = told(tradewind, *words, folder=tmp_path)
            return code == 0 and bool(json.loads(said)["alive"])

        wait_for(decides, session)
        session.send_signal(signal.SIGTERM)
        said, _ = session.communicate()
        assert session.returncode == 0, said
    code, said = told(tradewind, "db", "verify", "-c", "session.yaml", folder=tmp_path)
    assert code == 0, said
