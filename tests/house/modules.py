"""The package's modules, imported; what a fresh interpreter does and loads when it imports them."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from functools import cache

from tests.house.source import ROOT, package


@cache
def import_everything() -> tuple[str, ...]:
    """Import every module of the package but `__main__`s, and return their names."""
    names = tuple(source.module for source in package() if source.path.name != "__main__.py")
    for name in names:
        importlib.import_module(name)
    return names


def descendants(base: type) -> list[type]:
    """Return all classes of ours below `base`, in the order of their names."""
    import_everything()
    found: set[type] = set()
    waiting = [base]
    while waiting:
        below: set[type] = set(waiting.pop().__subclasses__()) - found
        found |= below
        waiting.extend(below)
    return sorted(
        (c for c in found if c.__module__.startswith("tradewind")), key=lambda c: (c.__module__, c.__qualname__)
    )


def in_fresh_python(program: str, *arguments: str) -> list[str]:
    """Run a program in a new interpreter; what it prints last is a JSON list."""
    command = [sys.executable, "-B", "-c", program, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout.splitlines()[-1]))
