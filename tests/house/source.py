"""The project's own Python files, parsed once, and names in them resolved to what was imported."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "tradewind"
CORE = ("domain", "ports", "data", "strategy", "risk", "execution", "portfolio", "engine")
"""The folders and modules that do no I/O."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One file of ours."""

    path: Path

    def __str__(self) -> str:
        return str(self.path.relative_to(ROOT))

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, filename=str(self))

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of the tree: many rules look at them all."""
        return tuple(ast.walk(self.tree))

    @cached_property
    def mistake(self) -> str:
        """Say why the file does not parse; '' if it does."""
        try:
            _ = self.tree
        except SyntaxError as error:
            return f"{self}:{error.lineno} {error.msg}"
        return ""

    @property
    def parts(self) -> tuple[str, ...]:
        """The path inside the package: `('venues', 'sim', 'match')`; `()` for its own `__init__`."""
        parts = self.path.relative_to(PACKAGE).with_suffix("").parts
        return parts[:-1] if parts[-1] == "__init__" else parts

    @property
    def module(self) -> str:
        return ".".join(("tradewind", *self.parts))

    @property
    def in_core(self) -> bool:
        return bool(self.parts) and self.parts[0] in CORE

    def at(self, node: ast.AST) -> str:
        """Say where a node stands, as `file:line`."""
        return f"{self}:{getattr(node, 'lineno', 1)}"

    @cached_property
    def imported(self) -> dict[str, str]:
        """Local names of what is imported anywhere in the file, with their full names."""
        names: dict[str, str] = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    top = alias.name.partition(".")[0]
                    names[alias.asname or top] = alias.name if alias.asname else top
            elif isinstance(node, ast.ImportFrom) and node.module:
                names |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
        return names

    def full_name(self, node: ast.expr) -> str:
        """Return `time.time` for `t.time` after `import time as t`; builtins as they are; '' for anything else."""
        if isinstance(node, ast.Name):
            return self.imported.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            base = self.full_name(node.value)
            return f"{base}.{node.attr}" if base else ""
        return ""


@cache
def sources(*folders: str) -> tuple[Source, ...]:
    """Return the Python files below these folders, in order; what does not parse is `test_every_file_parses`'s."""
    return tuple(source for source in files(*folders) if not source.mistake)


def files(*folders: str) -> Iterator[Source]:
    """Yield the Python files below these folders of the repository, in order; what is absent has none."""
    return (_source(path) for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))


@cache
def _source(path: Path) -> Source:
    """Return the one object of a file, so that it is parsed once whatever it is asked for as part of."""
    return Source(path)


def package() -> tuple[Source, ...]:
    """Return the files of the package itself."""
    return sources("src/tradewind")


@cache
def functions(source: Source) -> tuple[tuple[str, Function], ...]:
    """Return every function of a file with its dotted name, methods and inner functions too."""
    return tuple(_functions(source))


def _functions(source: Source) -> Iterator[tuple[str, Function]]:
    stack: list[tuple[str, ast.AST]] = [("", source.tree)]
    while stack:
        prefix, parent = stack.pop()
        for node in ast.iter_child_nodes(parent):
            inner = prefix
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                inner = f"{prefix}.{node.name}" if prefix else node.name
                if not isinstance(node, ast.ClassDef):
                    yield inner, node
            stack.append((inner, node))


def report(rule: str, found: list[str]) -> str:
    """Write a failure: the rule with what to do instead, then every place."""
    return "\n  ".join([rule, *sorted(found)])
