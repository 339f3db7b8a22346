"""Style 6: importing does nothing, and loads no more than it must."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

from tests.house.modules import in_fresh_python
from tests.house.source import CORE, ROOT, package, report

if TYPE_CHECKING:
    from pathlib import Path

WATCH = """
import importlib, json, sys, threading

names, found = sys.argv[1:], []
for name in names:                      # once, so that all that others load and do has happened
    importlib.import_module(name)
for name in names:
    del sys.modules[name]

DEEDS = ("socket.connect", "socket.bind", "socket.getaddrinfo", "subprocess.", "os.system", "os.mkdir", "os.remove",
         "os.rename", "sqlite3.connect", "tempfile.")

def watch(event, arguments):
    writes = event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+")
    if writes or event.startswith(DEEDS):
        found.append(f"{current}: {event} {arguments[:2]}")
        if event.startswith("socket."):
            raise OSError("no sockets at import")

def start(thread):                       # Python 3.11 has no audit event for it
    found.append(f"{current}: thread {thread.name}")

sys.addaudithook(watch)
threading.Thread.start = start
for current in names:
    importlib.import_module(current)
print(json.dumps(found))
"""

LOADED = """
import importlib, json, sys
importlib.import_module(sys.argv[1])
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""

ALWAYS_HEAVY = {"duckdb", "matplotlib", "onnxruntime", "plotly", "polars", "sqlalchemy", "talib", "wasmtime"}
HEAVY = {
    "tradewind": ALWAYS_HEAVY | {"asyncio", "httpx", "numpy", "pydantic", "rich", "structlog", "typer", "websockets"},
    "tradewind.live": ALWAYS_HEAVY,
    "tradewind.app.cli": ALWAYS_HEAVY,
    "tradewind.app.session.live_run": ALWAYS_HEAVY,
}


def test_importing_does_nothing() -> None:
    modules = [source.module for source in package() if source.path.name != "__main__.py"]
    found = in_fresh_python(WATCH, *modules)
    assert not found, report(
        "Do it in a function that app/bootstrap.py calls: importing does no I/O, starts nothing.", found
    )


@pytest.mark.parametrize("module", HEAVY)
def test_light_modules_stay_light(module: str) -> None:
    if not any(source.module == module for source in package()):
        pytest.skip(f"{module} is not there yet")
    found = HEAVY[module] & set(in_fresh_python(LOADED, module))
    assert not found, report(
        f"Import these inside the function that needs them, not on the way to {module}.", list(found)
    )


def test_the_contract_covers_the_whole_core() -> None:
    """import-linter refuses names that do not exist yet, so the list grows with the tree."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = {contract["name"]: contract for contract in project["tool"]["importlinter"]["contracts"]}
    listed = set(contracts["The core does no I/O"]["source_modules"])
    there = {f"tradewind.{name}" for name in CORE if any(s.parts[:1] == (name,) for s in package())}
    assert listed == there, report("List every part of the core under 'The core does no I/O'.", sorted(listed ^ there))


def test_the_watch_sees(tmp_path: Path) -> None:
    """A watch that sees nothing would pass for ever."""
    (tmp_path / "deeds.py").write_text(
        "import threading\nopen('x', 'w').close()\nthreading.Thread(target=int).start()\n"
    )
    found = in_fresh_python(f"import os, sys; os.chdir({str(tmp_path)!r}); sys.path.insert(0, '.')\n{WATCH}", "deeds")
    assert [deed.split()[1] for deed in found] == ["open", "thread"]
