"""No broken and no dead files: every module is used by another, or is where users and tests come in."""

from __future__ import annotations

import ast

from tests.house.source import Source, files, package, report, sources

ENTRANCES = ("tradewind", "tradewind.live", "tradewind.signals", "tradewind.app.cli", "tradewind.testing")
"""What nothing of ours has to import; what is below `testing` is public."""
BY_NAME = ("tradewind.venues", "tradewind.record.sql.migrations")
"""Folders whose own folders are found by name: `venues/registry.py` imports the venue that is asked for, Alembic finds
revisions where they lie."""


def test_every_file_parses() -> None:
    found = [source.mistake for source in files("src", "tests", "bench", "examples", "docs") if source.mistake]
    assert not found, report("Write what the oldest Python of pyproject.toml, 3.11, can read.", found)


def imports(source: Source) -> set[str]:
    """Return all that a file may mean by its imports; `from a import b` may mean `a.b`."""
    found: set[str] = set()
    for node in source.nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Constant) and str(node.value).startswith("tradewind."):
            found.add(str(node.value).partition(":")[0])
    return found


def is_entrance(source: Source) -> bool:
    by_name = any(source.module.rpartition(".")[0].rpartition(".")[0] == folder for folder in BY_NAME)
    return source.module.startswith("tradewind.testing.") or source.module in ENTRANCES or by_name


def test_every_import_finds_its_module() -> None:
    """An import inside a function fails only when it is called, and mypy's cache can hide that a module has moved."""
    ours = {source.module for source in package()}
    homes = {source.module: source.text for source in package() if source.path.name == "__init__.py"}
    found = []
    for user in sources("src", "tests", "examples", "bench", "docs"):
        for node in ast.walk(user.tree):
            if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("tradewind"):
                continue
            module = node.module or ""
            names = [alias.name for alias in node.names if alias.name not in homes.get(module, alias.name)]
            wanted = (module, *(f"{module}.{name}" for name in names))
            found += [f"{user.at(node)} {name}" for name in wanted if name not in ours]
    assert not found, report("Import these from where they are now.", found)


def test_every_module_is_used() -> None:
    used = {name for user in (*package(), *sources("examples", "bench", "docs")) for name in imports(user)}
    found = [
        str(source)
        for source in package()
        if source.path.name not in {"__init__.py", "__main__.py"}
        and source.module not in used
        and not is_entrance(source)
    ]
    assert not found, report("Wire these in, or delete them: nothing but tests uses them.", found)
