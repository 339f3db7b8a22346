"""What docs/recovery-evidence.md names as shown is there."""

from __future__ import annotations

import re

from tests.house.source import ROOT, report

PAGE = ROOT / "docs" / "recovery-evidence.md"
PARTS = "unit|parity|property|e2e|simulation|contract|conformance|house"
NAMED = re.compile(rf"`((?:{PARTS})/[\w/]+\.py)(?:::(test_\w+))?`")


def test_every_test_that_is_named_is_there() -> None:
    named = NAMED.findall(PAGE.read_text(encoding="utf-8"))
    assert len(named) > 50
    gone = [f"{path}::{test}" for path, test in named if not _is_there(path, test)]
    assert not gone, report("These tests are not there any more: name what shows the line now.", gone)


def _is_there(path: str, test: str) -> bool:
    file = ROOT / "tests" / path
    return file.is_file() and (not test or f"def {test}(" in file.read_text(encoding="utf-8"))


def test_every_make_target_that_is_named_is_there() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"`make ([\w-]+)", PAGE.read_text(encoding="utf-8")))
    assert named
    assert named <= targets, report("The Makefile has no such targets any more.", sorted(named - targets))
