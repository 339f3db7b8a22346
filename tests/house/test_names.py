"""Style 2 and 23: files are nouns, and each says what it is."""

from __future__ import annotations

import ast

from tests.house.source import PACKAGE, ROOT, Source, package, report, sources

BANNED = {"util", "utils", "helper", "helpers", "manager", "managers", "common", "misc", "shared", "stuff"}


def test_no_module_is_named_after_nothing() -> None:
    paths = {path for s in sources("src", "tests", "bench", "examples") for path in (s.path, *s.path.parents)}
    found = [str(path.relative_to(ROOT)) for path in paths if path.stem in BANNED and ROOT in path.parents]
    assert not found, report("Name a file after the thing in it (`rounding.py`, `backoff.py`), not for its use.", found)


def test_every_file_says_what_it_is() -> None:
    files = sources("src", "tests/house", "bench", "examples", "docs")
    found = [str(source) for source in files if not ast.get_docstring(source.tree)]
    assert not found, report("Begin with a docstring: what this file is, and what it must not know.", found)


def public(source: Source) -> set[str]:
    """Return what `__all__` ought to hold: functions and classes, and in a front what it imports of ours too."""
    defined = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    names = {node.name for node in source.tree.body if isinstance(node, defined)}
    for node in source.tree.body:
        if isinstance(node, ast.ImportFrom) and is_front(source) and (node.module or "").startswith("tradewind"):
            names |= {a.asname or a.name for a in node.names}
    return {name for name in names if not name.startswith("_")}


def is_front(source: Source) -> bool:
    return source.path.name == "__init__.py" or source.path in (PACKAGE / "live.py", PACKAGE / "signals.py")


def declared(source: Source) -> list[str] | None:
    """Return the names in `__all__`, None without one."""
    for node in source.tree.body:
        if isinstance(node, ast.Assign) and [t.id for t in node.targets if isinstance(t, ast.Name)] == ["__all__"]:
            return list(ast.literal_eval(node.value))
    return None


def test_all_is_complete() -> None:
    """Its order is ruff's business (RUF022), and that each name exists (F822)."""
    found = []
    for source in package():
        names = declared(source)
        missing = public(source) - set(names or ())
        if names is not None and missing:
            found.append(f"{source}: {sorted(missing)}")
        if names is not None and len(names) != len(set(names)):
            found.append(f"{source}: a name stands twice")
    assert not found, report("`__all__` holds all that is public here; add these, or give them an underscore.", found)


def test_the_package_lists_its_public_names() -> None:
    fronts = [s for s in package() if s.path in (PACKAGE / "__init__.py", PACKAGE / "live.py", PACKAGE / "signals.py")]
    found = [str(s) for s in fronts if declared(s) is None]
    assert not found, report("Write `__all__`: it is the list of what users may rely on.", found)
