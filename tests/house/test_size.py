"""Style 22: small. The lists of exceptions may only get shorter; a number in them may only fall."""

from __future__ import annotations

import statistics

from tests.house.source import Source, functions, package, report, sources

FUNCTION_LINES_MAX, FUNCTION_LINES_AIM = 70, 30
FILE_LINES_MAX, FILE_LINES_AIM = 400, 200
POSITIONAL_MAX = 5

LONG_FUNCTIONS: dict[str, int] = {}
"""`path::name` and its length, for those above the limit."""
LONG_FILES: dict[str, int] = {}
"""`path` and its length, for those above the limit."""


def everything() -> tuple[Source, ...]:
    return sources("src", "tests", "bench", "examples", "docs")


def function_lengths(files: tuple[Source, ...]) -> dict[str, int]:
    return {
        f"{source}::{name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for source in files
        for name, node in functions(source)
    }


def file_lengths(files: tuple[Source, ...]) -> dict[str, int]:
    return {str(source): len(source.text.splitlines()) for source in files}


def ratchet(lengths: dict[str, int], limit: int, allowed: dict[str, int]) -> list[str]:
    """Say what is above the limit and not allowed, and what of the allowed has shrunk or gone."""
    long = {name: length for name, length in lengths.items() if length > limit}
    grown = [f"{name}: {length} lines" for name, length in long.items() if length > allowed.get(name, limit)]
    stale = [
        f"{name}: lower its entry to {long.get(name, limit)}" for name in allowed if long.get(name) != allowed[name]
    ]
    return grown or stale


def test_no_function_is_above_70_lines() -> None:
    found = ratchet(function_lengths(everything()), FUNCTION_LINES_MAX, LONG_FUNCTIONS)
    assert not found, report(f"At most {FUNCTION_LINES_MAX} lines: split it where a comment would stand.", found)


def test_no_file_is_above_400_lines() -> None:
    found = ratchet(file_lengths(everything()), FILE_LINES_MAX, LONG_FILES)
    assert not found, report(f"At most {FILE_LINES_MAX} lines: find the second noun in it.", found)


def test_most_functions_and_files_are_small() -> None:
    """Of the package: median below 15 lines, and 19 functions of 20, 9 files of 10, meet the aim."""
    of_functions, of_files = function_lengths(package()), file_lengths(package())
    long_functions = [f"{n}: {x}" for n, x in of_functions.items() if x > FUNCTION_LINES_AIM]
    long_files = [f"{n}: {x}" for n, x in of_files.items() if x > FILE_LINES_AIM]
    assert statistics.median(of_functions.values()) < FUNCTION_LINES_AIM / 2
    assert len(long_functions) <= len(of_functions) / 20, report("Too many functions above 30 lines.", long_functions)
    assert len(long_files) <= max(1, len(of_files) / 10), report("Too many files above 200 lines.", long_files)


def test_five_positional_parameters_at_most() -> None:
    found = []
    for source in package():
        for name, node in functions(source):
            places = [a for a in (*node.args.posonlyargs, *node.args.args) if a.arg not in {"self", "cls"}]
            if len(places) > POSITIONAL_MAX:
                found.append(f"{source.at(node)} {name}: {len(places)}")
    assert not found, report("At most five positional parameters: put the rest behind `*`.", found)
