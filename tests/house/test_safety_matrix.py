"""The matrix of the safety contract tells the truth: what it names is there, and what is done stays shown."""

from __future__ import annotations

import re

from docs.safety_matrix import ROOT, SECTIONS, shown
from tests.house.source import report

PAGE = ROOT / "docs" / "safety-matrix.md"
DONE = {1: 5, 2: 3, 3: 5, 4: 6, 5: 7, 6: 7, 7: 6, 8: 8, 9: 2, 11: 5, 12: 6, 13: 4, 14: 2, 15: 7, 16: 7, 20: 5}
"""Sections of which so many lines, from the first on, are shown; a number may only grow."""


def test_no_test_cites_a_line_that_there_is_not() -> None:
    known = {(section, number) for section, (_, count) in SECTIONS.items() for number in range(1, count + 1)}
    of_ours = [each for each in shown() if each.line[0] in SECTIONS]
    wrong = [f"{each.path}::{each.test} RP {each.line}" for each in of_ours if each.line not in known]
    assert not wrong, report("There is no such line in the contract.", wrong)


def test_what_is_done_is_shown() -> None:
    lines = {each.line for each in shown()}
    missing = [f"{s}.{n}" for s, count in DONE.items() for n in range(1, count + 1) if (s, n) not in lines]
    assert not missing, report("Cite these lines in the tests that show them, as in `RP 1.3`.", missing)


def test_what_the_page_names_is_there() -> None:
    """It may lag behind tests that were added since: `python docs/build.py` brings it up to date."""
    there = {(each.path, each.test.removeprefix("test_")) for each in shown()}
    named = {(path, test) for test, path in re.findall(r"\[(\w+)\]\(\.\./(tests/[^)]+)\)", PAGE.read_text())}
    assert named
    gone = [f"{path}::test_{test}" for path, test in sorted(named - there)]
    assert not gone, report("Run `python docs/build.py`: these tests are not there any more.", gone)
