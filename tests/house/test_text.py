"""What must not stand in the text of the repository: secrets, addresses, debts."""

from __future__ import annotations

import ast
import re
import subprocess
from typing import TYPE_CHECKING

from tests.house.source import ROOT, Source, package, report

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRET = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY"
    r"|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_\w{30,}|\bsk-[\w-]{20,}|\bxox[bp]-[\w-]{10,}"
    r"|(?i:secret|passw(?:or)?d|api_?key|token)\w*[\"']?\s*[:=]\s*[\"'][\w+/=-]{20,}[\"']"
)
REGISTRY = re.compile(
    r"\bpy[p]i\b|python[h]osted|registry[.]npm|crates[.][i]o|proxy[.]golang|conda[.]anaconda", re.IGNORECASE
)
ADDRESS = re.compile(
    r"(?:https?|wss?)://(?!localhost\b|127\.0\.0\.1|\[::1\]|www\.w3\.org/|json-schema\.org/|[\"'{]|$)\S+"
)
DEBT = re.compile(r"\b(?:TO[D]O|FIX[M]E|X[X]X)\b|\bNotImplemented[E]rror\b")
ADDRESSES_ALLOWED = ("venues", "exchange")
"""Where the addresses of venues belong."""


def tracked() -> list[Path]:
    """Return the text files that git keeps."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = [ROOT / name for name in listed.split("\0") if name]
    return [path for path in paths if path.is_file() and b"\0" not in path.read_bytes()[:4096]]


def lines_with(pattern: re.Pattern[str], paths: list[Path]) -> Iterator[str]:
    for path in paths:
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
            if pattern.search(line):
                yield f"{path.relative_to(ROOT)}:{number}"


def test_no_secrets() -> None:
    """Documented test vectors of venues may stand in tests; nothing that looks like a key stands elsewhere."""
    found = list(lines_with(SECRET, [path for path in tracked() if "tests" not in path.parts]))
    assert not found, report("Name the environment variable instead, as `api_key_env`, or shorten the example.", found)


def test_no_package_registry_is_named() -> None:
    found = list(lines_with(REGISTRY, tracked()))
    assert not found, report("Say `pip install`; where it fetches from is the machine's business.", found)


def test_no_debts() -> None:
    found = list(lines_with(DEBT, [path for path in tracked() if path.suffix == ".py"]))
    assert not found, report("Do it, or open an issue; a method without a body belongs in a Protocol.", found)


def docstrings(source: Source) -> set[ast.expr]:
    """Return the constants that stand alone, as docstrings do."""
    return {node.value for node in source.nodes if isinstance(node, ast.Expr)}


def test_no_addresses_in_code() -> None:
    found = [
        source.at(node)
        for source in package()
        if source.parts[:1] not in {(name,) for name in ADDRESSES_ALLOWED}
        for node in set(source.nodes) - docstrings(source)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and ADDRESS.search(node.value)
    ]
    found += lines_with(ADDRESS, [ROOT / "pyproject.toml", ROOT / "constraints.txt"])
    assert not found, report(
        "Addresses of venues stand in venues/<name>/, others in the configuration; links in docstrings.", found
    )


def test_constraints_are_plain_pins() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    found = [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.!+-]+", line)]
    assert not found, report("Only `name==version`; CONTRIBUTING.md says how the file is made.", found)
    assert lines == sorted(lines, key=str.lower)


def test_skips_say_why() -> None:
    """A test that skips in silence is a test that nobody runs."""
    silent = re.compile(
        r"pytest\.skip\(\)|@pytest\.mark\.skip\s*$|@pytest\.mark\.skip\(\)|skipif\((?!.*reason)(?=.*\)\s*$)"
    )
    found = list(lines_with(silent, sorted((ROOT / "tests").rglob("test_*.py"))))
    assert not found, report("Give the reason, and what would make it run.", found)
