"""The table of docs/safety-matrix.md: which test shows which line of the safety contract, and in what sessions.

Made of the tests themselves: one that says `RP 1.3` in its docstring, or is named `test_rp_1_3_…`, shows that line. A
test that plays a session through `three_ways` shows it in a backtest, on paper and at an exchange; one that says so
itself, as in `RP 6.6 (live)`, there; any other in the core, which is the same code in all three.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
SAID = re.compile(r"RP (\d+\.\d+)(?: \(([a-z, ]+)\))?")
NAMED = re.compile(r"^test_rp_(\d+)_(\d+)(?!\d)")
WAYS = ("backtest", "paper", "live")
SECTIONS = {
    0: ("Conventions", 1), 1: ("Order of the checks", 5), 2: ("Risk parameters", 3), 3: ("Sizers", 6),
    4: ("Stops and targets at entry", 6), 5: ("Dynamic risk", 7), 6: ("Trailing stop and breakeven", 7),
    7: ("Partial exits and scale-ins", 6), 8: ("Time exits", 8), 9: ("Early cut", 2), 11: ("Correlation", 6),
    12: ("MFE and MAE", 6), 13: ("Exposure governor", 4), 14: ("Macro-event guard", 3), 15: ("Account breaker", 7),
    16: ("Max-drawdown guard", 7), 19: ("Sentiment", 5), 20: ("Account synchroniser", 5), 22: ("Structured events", 2),
    26: ("Commands", 7),
}  # fmt: skip
"""The sections of the contract that are about safety, each with the number of its acceptance lines."""


@dataclass(frozen=True)
class Shown:
    """A test that shows a line."""

    line: tuple[int, int]
    path: str
    test: str
    ways: tuple[str, ...]
    """Where it shows it; empty is the core."""


def shown() -> list[Shown]:
    """Return all tests that cite a line, in the order of the lines."""
    found = [each for path in sorted((ROOT / "tests").rglob("test_*.py")) for each in _of(path)]
    return sorted(found, key=lambda each: (each.line, each.path, each.test))


def table() -> str:
    """Print the table as Markdown."""
    by_line: dict[tuple[int, int], list[Shown]] = {}
    for each in shown():
        by_line.setdefault(each.line, []).append(each)
    rows = [f"| line | core | {' | '.join(WAYS)} | shown by |", "|---|---|---|---|---|---|"]
    for section, (title, count) in SECTIONS.items():
        rows.append(f"| **{section} {title}** | | | | | |")
        rows += [_row((section, number), by_line.get((section, number), [])) for number in range(1, count + 1)]
    return "\n".join(rows)


def _row(line: tuple[int, int], tests: list[Shown]) -> str:
    ways = {way for each in tests for way in each.ways}
    cells = ["✓" if any(not each.ways for each in tests) else "", *("✓" if way in ways else "" for way in WAYS)]
    names = dict.fromkeys(f"[{each.test.removeprefix('test_')}](../{each.path})" for each in tests)
    return f"| {line[0]}.{line[1]} | {' | '.join(cells)} | {', '.join(names) or '*not yet*'} |"


def _of(path: Path) -> Iterator[Shown]:
    text = path.read_text(encoding="utf-8")
    if "RP " not in text and "test_rp_" not in text:
        return
    module = ast.parse(text)
    functions = [node for node in ast.walk(module) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    played = _playing(functions)
    for node in functions:
        if node.name.startswith("test_"):
            for line, said in _cited(node).items():
                ways = said or (WAYS if node.name in played else ())
                yield Shown(line, path.relative_to(ROOT).as_posix(), node.name, ways)


def _playing(functions: list[ast.FunctionDef | ast.AsyncFunctionDef]) -> set[str]:
    """Return the functions that call `three_ways`, also through others of their file."""
    calls = {
        node.name: {n.func.id for n in ast.walk(node) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
        for node in functions
    }
    found = {"three_ways"}
    while more := {name for name, called in calls.items() if called & found} - found:
        found |= more
    return found


def _cited(node: ast.FunctionDef | ast.AsyncFunctionDef) -> dict[tuple[int, int], tuple[str, ...]]:
    """Return the lines that a test cites, each with the kinds of session that it names."""
    found: dict[tuple[int, int], tuple[str, ...]] = {}
    named = NAMED.match(node.name)
    if named:
        found[int(named[1]), int(named[2])] = ()
    for line, ways in SAID.findall(ast.get_docstring(node) or ""):
        section, number = map(int, line.split("."))
        found[section, number] = tuple(way for way in WAYS if way in ways)
    return found
