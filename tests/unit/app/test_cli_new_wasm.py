"""`tradewind new strategy --wasm`: what it writes is built by the command that it names, and trades."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.guests import toolchain
from tests.guests.driver import Driver, bar, message
from tradewind.app.cli import main
from tradewind.app.config import load_config

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCES = {"go": ("main.go", "go.mod"), "zig": ("my_cross.zig",)}
ENVIRONMENT = {"GOPROXY": "off", "GOTOOLCHAIN": "local", "GOENV": "off", "GOFLAGS": "", **toolchain.CACHES}


@pytest.fixture(scope="module", params=SOURCES)
def language(request: pytest.FixtureRequest) -> str:
    toolchain.needs(request.param)
    return str(request.param)


@pytest.fixture(scope="module")
def folder(language: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new strategy, built as its README says."""
    folder = tmp_path_factory.mktemp(language) / "my_cross"
    assert main(["new", "strategy", "MyCross", "--wasm", language, "--out", str(folder)]) == 0
    (build,) = re.findall(r"```bash\n((?:GOOS|python).*?)```", (folder / "README.md").read_text(), re.DOTALL)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, **ENVIRONMENT, "PATH": path}
    subprocess.run(["bash", "-e", "-c", build], cwd=folder, env=environment, check=True)
    return folder


def test_the_files_are_those_that_it_names(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["new", "strategy", "my-cross", "--wasm", language, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    there = {str(path.relative_to(tmp_path)) for path in Path("my_cross").absolute().rglob("*") if path.is_file()}
    assert there == set(told["files"])
    assert {f"my_cross/{name}" for name in (*SOURCES[language], "README.md", "config.yaml")} <= there
    assert f"my_cross/tradewind/tradewind.{language}" in there
    assert not [path for path in there if "$" in Path(path).read_text()], "no placeholder is left"
    assert told["build"] in Path("my_cross/README.md").read_text()
    assert load_config(Path("my_cross/config.yaml")).strategy[0].path == "my_cross.wasm"


def test_nothing_is_overwritten(language: str, tmp_path: Path) -> None:
    command = ["new", "strategy", "MyCross", "--wasm", language, "--out", str(tmp_path / "x")]
    assert main(command) == 0
    kit = tmp_path / "x" / "tradewind" / f"tradewind.{language}"
    kit.write_text("mine")
    assert main(command) == 1
    assert kit.read_text() == "mine"


def test_another_language_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["new", "strategy", "MyCross", "--wasm", "cobol"]) == 2
    assert not any(tmp_path.iterdir())


def test_it_is_built_by_its_command_and_trades(folder: Path) -> None:
    guest = Driver(folder / "my_cross.wasm")
    assert guest.call("get_identifier") == {1: [b"my_cross"]}
    assert guest.call("name") == {1: [b"My cross"]}
    guest.call("initialize", message((1, '{"fast": 1, "slow": 2, "quantity": 0.5}')))
    assert list(_ordered(guest, (10.0, 11.0, 12.0, 9.0))) == [(11.0, 0, 0.5), (9.0, 1, 0.5)]


def _ordered(guest: Driver, closes: tuple[float, ...]) -> Iterator[tuple[float, int, float]]:
    held = 0.0
    guest.serve["get_position"] = lambda _: message((1, "BTC"), (2, held)) if held else b""
    for close in closes:
        guest.calls.clear()
        guest.call("process_data", message((1, bar("BTC", close))))
        for name, order in guest.calls:
            if name == "place_order":
                held = 0.0 if 3 in order else order[8][0]
                yield close, order.get(3, [0])[0], order[8][0]
