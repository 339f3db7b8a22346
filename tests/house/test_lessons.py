"""Each line of the list of lessons is cited by a test's name, or stands in the list of what is still owed.

The table in docs/lessons.md is made of the names; `python -m tests.house.test_lessons` writes it. It may lag behind
tests that were added since; it may name none that is not there, and leave out no lesson that is not owed.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from tests.house.source import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PAGE = ROOT / "docs" / "lessons.md"
LINES = 233
"""How many there are; a number is never used again."""
CITED = re.compile(r"_lesson_(\d+)((?:_and_\d+)*)(?!_?\d)")
MARKS = ("<!-- lessons:begin -->", "<!-- lessons:end -->")


def numbers(*parts: int | tuple[int, int]) -> frozenset[int]:
    """Return numbers, given one by one or from the first to the last."""
    pairs = ((part, part) if isinstance(part, int) else part for part in parts)
    return frozenset(number for first, last in pairs for number in range(first, last + 1))


OWED = {
    "Binance": numbers(),
    "Safety": numbers(),
    "Further venues, shadow trading, models": numbers(112, 113, 129, (170, 211)),
    "How we work: kept by CONTRIBUTING.md and the rules in tests/house": numbers((212, 233)),
}  # fmt: skip
"""What no test cites yet, by the part of the roadmap that it belongs to."""


def cited(name: str) -> list[int]:
    """Return the lessons that a test's name cites; what follows a point (RP 20.1) is no lesson."""
    found = [(int(first), rest) for first, rest in CITED.findall(name)]
    return [number for first, rest in found for number in (first, *map(int, re.findall(r"\d+", rest)))]


def citing_tests() -> dict[int, list[tuple[str, Path]]]:
    """Return the tests that cite each lesson, with their files."""
    found: dict[int, list[tuple[str, Path]]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                for number in cited(node.name):
                    found.setdefault(number, []).append((node.name, path))
    return found


def printed() -> str:
    """Print the table, and what is owed."""
    found = citing_tests()
    rows = [
        f"| {number} | {'<br>'.join(f'`{name}`' for name, _ in tests)} | {'<br>'.join(_short(p) for _, p in tests)} |"
        for number, tests in sorted(found.items())
    ]
    owed = [f"- **{issue}**: {_ranges(lines - found.keys())}" for issue, lines in OWED.items() if lines - found.keys()]
    table = ["| lesson | test | in `tests/` |", "|---|---|---|", *rows]
    return "\n".join([MARKS[0], *table, "", "Cited by no test yet:", "", *owed, MARKS[1]])


def _short(path: Path) -> str:
    return str(path.relative_to(ROOT / "tests"))


def _ranges(lines: frozenset[int]) -> str:
    told: list[list[int]] = []
    for number in sorted(lines):
        if told and told[-1][1] == number - 1:
            told[-1][1] = number
        else:
            told.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in told)


def test_citations_are_read_as_they_are_meant() -> None:
    assert cited("test_lesson_38_and_47_eleven_failed_looks") == [38, 47]
    assert cited("test_lesson_96_and_20_1_a_buy_that_was_missed") == [96]
    assert cited("test_sta_4_and_lesson_21_variables") == [21]
    assert cited("test_lesson_108_and_rec_1_each_mode") == [108]
    assert cited("test_a_lesson_in_words") == []


def test_every_lesson_has_a_test_or_is_owed_by_name() -> None:
    found, owed = set(citing_tests()), [number for lines in OWED.values() for number in lines]
    assert len(set(owed)) == len(owed), "a lesson is owed by one part of the roadmap"
    assert found | set(owed) == set(range(1, LINES + 1)), sorted(set(range(1, LINES + 1)) ^ (found | set(owed)))


def test_the_table_names_what_is_there() -> None:
    rows = re.findall(r"^\| (\d+) \| (.*?) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    told = {int(number): set(re.findall(r"`(\w+)`", names)) for number, names in rows}
    known = {number: {name for name, _ in tests} for number, tests in citing_tests().items()}
    wrong = {number: names - known.get(number, set()) for number, names in told.items()}
    assert not any(wrong.values()), f"run `python -m tests.house.test_lessons`: {wrong}"
    owed = {number for lines in OWED.values() for number in lines}
    assert told.keys() >= set(range(1, LINES + 1)) - owed


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    before, _, _rest = text.partition(MARKS[0])
    PAGE.write_text(before + printed() + _rest.partition(MARKS[1])[2], encoding="utf-8")
