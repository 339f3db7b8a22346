"""Lesson 19: a library raises; only `app/` may end the process."""

from __future__ import annotations

import ast

from tests.house.source import Source, package, report

ALLOWED = (
    "tradewind.app.", "tradewind.__main__", "tradewind.runtime.recorder_program", "tradewind.runtime.database_program",
    "tradewind.testing.simulate",
)  # fmt: skip
"""Programs of our own: what they end is theirs."""
ENDS = {"sys.exit", "os._exit", "os.abort", "os.kill", "exit", "quit"}


def ends(source: Source) -> list[str]:
    """Return where a module ends the process, or says that it ends."""
    found = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and source.full_name(node.func) in ENDS:
            found.append(source.at(node))
        elif isinstance(node, ast.Raise) and node.exc is not None:
            raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            if getattr(raised, "id", "") == "SystemExit":
                found.append(source.at(node))
    return found


def test_lesson_19_only_app_ends_the_process() -> None:
    found = [place for source in package() if not source.module.startswith(ALLOWED) for place in ends(source)]
    assert not found, report("Raise an error of domain/errors.py; app/ turns it into an exit code.", found)


def test_app_does_end_it() -> None:
    assert any(ends(source) for source in package() if source.module.startswith(ALLOWED)), "the search sees nothing"
