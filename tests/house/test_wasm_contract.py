"""Pages that say which test shows which line, of guests and of the styles, name no test that is not there."""

from __future__ import annotations

import ast
import re

from tests.house.source import ROOT, report

PAGE = ROOT / "docs" / "wasm-contract.md"
SECTIONS = {
    1: "1 2 3 exports order loader versions", 2: "1 2 3 4 5 6 7", 3: "1 2 3 4 5 6 7 flat",
    4: "1 2 3 4 5 6 7 outcomes rebuild planned quarantine marks last", 5: "clock sleep random output files 1 2 3",
    6: "wire largest numbers 1 2 3 4 5", 7: "1 3 4 5 6 7 budgets",
    8: (
        "1.ProcessData 1.GetRange 1.ReadLastData 1.Count 1.ExecuteSQL 2.ConfigureIndicator "
        "2.GetSignal 2.types 2.recursive 3.PlaceOrder 3.bad 3.PlaceMultipleOrders 3.several "
        "3.position_type 3.legs 3.quantity 3.GetPositions 3.GetOpenOrders 3.CancelOrder "
        "3.GetAccountInfo 3.GetTrades 4.cache 4.Mark 4.GetMarkers 4.Log 4.Initialize 4.history "
    ),
}  # fmt: skip
RULES = [f"{section}.{rule}" for section, rules in SECTIONS.items() for rule in rules.split()] + ["9", "10", "11", "12"]
"""Its rules; 7.2 is about how the host is written."""
UNSHOWN = {"7.budgets"}
"""The one that no test shows: figures of the benchmark. Those of 10 need guests that are built elsewhere."""


def rows() -> dict[str, list[str]]:
    """Return the tests that each rule is said to be shown by."""
    found = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 3 and re.match(r"\d", cells[0]):
            found[cells[0].split()[0]] = re.findall(r"`(test_\w+)`", cells[2])
    return found


def test_every_rule_has_a_row_and_every_row_a_test() -> None:
    found = rows()
    assert sorted(found) == sorted(RULES)
    assert {rule for rule, tests in found.items() if not tests} == UNSHOWN


def test_every_test_that_is_named_is_there() -> None:
    there = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        there |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    gone = [f"{rule}: {name}" for rule, tests in rows().items() for name in tests if name not in there]
    assert not gone, report("docs/wasm-contract.md names tests that are not there.", gone)


def test_every_test_that_the_page_of_the_styles_names_is_there() -> None:
    text = (ROOT / "docs" / "bring-your-strategy.md").read_text(encoding="utf-8")
    table = text[text.index("## What shows that it runs unchanged") :]
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    named = sorted(set(re.findall(r"`(test_[a-z]\w+|test_\d\w+)`", table)))
    assert len(named) > 50
    gone = [name for name in named if f"def {name}(" not in sources]
    assert not gone, report("docs/bring-your-strategy.md names tests that are not there.", gone)
