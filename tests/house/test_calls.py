"""Calls that are banned, where, and what to use instead (style 6 to 11 and 19)."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.house.source import Source, package, report

if TYPE_CHECKING:
    from collections.abc import Iterator

SWALLOWED = {"Exception", "BaseException", "AssertionError"}
GROUPS = {"group", "tasks", "task_group", "tg", "_group", "_tasks", "_task_group", "_tg"}
"""What a TaskGroup is called, so that the test and the reader know it."""
GUARDS = {
    "tradewind.strategy.load",
    "tradewind.strategy.load_python",
    "tradewind.strategy.roster",
    "tradewind.strategy.signals.calling",
}
"""Where strategies are loaded and called: what they raise, and assert, is their own failure."""


@dataclass(frozen=True)
class Ban:
    """Names (a trailing dot bans all below), what to write instead, and where they may stand all the same."""

    names: tuple[str, ...]
    instead: str
    core_only: bool = False
    allowed: tuple[str, ...] = ()

    def applies_to(self, source: Source) -> bool:
        inside = source.in_core or not self.core_only
        return inside and not source.module.startswith(tuple(f"tradewind.{name}" for name in self.allowed))

    def matches(self, name: str) -> bool:
        return any(name.startswith(banned) if banned.endswith(".") else name == banned for banned in self.names)


BANS = (
    Ban(
        ("time.", "datetime."),
        "take the time of the event, `ts_recv`; write it with `domain.time.iso`",
        core_only=True,
        allowed=("strategy.wasm.ticker", "domain.plain"),  # the latter writes dates down, and asks for none
    ),
    Ban(
        ("random.", "secrets.", "uuid.", "numpy.random."), "count ids; let noise come in with an event", core_only=True
    ),
    Ban(
        ("os.", "pathlib.", "open", "io.", "socket.", "sqlite3."),
        "no I/O here: what is read comes in as an event or an argument",
        core_only=True,
        allowed=("strategy.load", "strategy.wasm"),
    ),
    Ban(("logging.", "structlog.", "warnings."), "return a `Notice` in the step", core_only=True),
    Ban(
        ("asyncio.", "threading.", "concurrent.", "multiprocessing."),
        "the core is synchronous: let runtime drive it",
        core_only=True,
        allowed=("strategy.wasm.ticker",),
    ),
    Ban(("id", "hash"), "order and key by (ts_recv, rank, arrival) or by our own ids", core_only=True),
    Ban(("print",), "return the text or write a log event; app prints", allowed=("app",)),
    Ban(
        ("eval", "exec", "compile", "__import__"),
        "parse it with msgspec; strategy/load.py is where files become classes",
        allowed=("strategy.load",),
    ),
    Ban(
        ("pickle.", "marshal.", "shelve.", "dill.", "cloudpickle."),
        "encode a msgspec Struct: pickles run code when they are read",
    ),
    Ban(("asyncio.create_task", "asyncio.ensure_future"), "open an `asyncio.TaskGroup` and call `group.create_task`"),
    Ban(
        ("sys.exit", "exit", "quit", "os._exit", "os.abort"),
        "raise a TradewindError; app turns it into an exit code",
        allowed=("__main__", "app", "testing"),
    ),
    Ban(
        ("os.environ", "os.getenv"),
        "take it as an argument; app/config/variables.py reads the environment",
        allowed=("app",),
    ),
    Ban(
        ("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today"),
        "ask the `Clock` that you are given",
        allowed=("app",),
    ),
    Ban(("tempfile.mktemp", "os.system", "os.popen"), "use `tempfile.mkdtemp` or `subprocess.run` with a list"),
)


@cache
def names_used(source: Source) -> tuple[tuple[ast.expr, str], ...]:
    """Return names that are called, and dotted ones that are only mentioned, with their full names."""
    return tuple((node, name) for node, name in _names_used(source) if name)


def _names_used(source: Source) -> Iterator[tuple[ast.expr, str]]:
    for node in source.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func, source.full_name(node.func)
        elif isinstance(node, ast.Attribute):
            yield node, imported_name(source, node)
        elif isinstance(node, ast.Name) and "." in source.imported.get(node.id, ""):
            yield node, source.imported[node.id]


def imported_name(source: Source, node: ast.Attribute) -> str:
    """Return the full name of an attribute of something imported; a local `time.x` is no module."""
    root: ast.expr = node
    while isinstance(root, ast.Attribute):
        root = root.value
    return source.full_name(node) if isinstance(root, ast.Name) and root.id in source.imported else ""


@pytest.mark.parametrize("ban", BANS, ids=lambda ban: ban.names[0].rstrip("."))
def test_banned_names(ban: Ban) -> None:
    found = {
        f"{source.at(node)} {name}"
        for source in package()
        if ban.applies_to(source)
        for node, name in names_used(source)
        if ban.matches(name)
    }
    assert not found, report(f"Instead: {ban.instead}.", list(found))


def test_tasks_have_an_owner() -> None:
    found = [
        source.at(node)
        for source in package()
        for node in source.nodes
        if isinstance(node, ast.Attribute) and node.attr == "create_task" and name_of(node.value) not in GROUPS
    ]
    assert not found, report(f"Call it on a TaskGroup, which is named one of {sorted(GROUPS)}.", found)


def name_of(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def test_no_exception_is_swallowed() -> None:
    found = [source.at(node) for source in package() for node in source.nodes if swallows(source, node)]
    assert not found, report("Catch what you can handle, by name; record it or let it rise.", found)


def swallows(source: Source, node: ast.AST) -> bool:
    """Tell whether a node throws any exception away without a word."""
    if isinstance(node, ast.ExceptHandler):
        silent = all(isinstance(statement, ast.Pass | ast.Continue) for statement in node.body)
        return silent and (node.type is None or bool(caught(node.type) & SWALLOWED))
    if isinstance(node, ast.Call) and source.full_name(node.func) == "contextlib.suppress":
        return any(caught(argument) & SWALLOWED for argument in node.args)
    return False


def caught(node: ast.expr) -> set[str]:
    return {name_of(item) for item in (node.elts if isinstance(node, ast.Tuple) else [node])}


def test_bugs_are_not_caught_below_runtime() -> None:
    """Style 19: an assertion stops trading; whoever catches everything must let it through."""
    found = []
    for source in package():
        if not source.in_core or source.module in GUARDS:
            continue
        for node in source.nodes:
            if isinstance(node, ast.Try):
                handlers = [caught(h.type) if h.type else {"BaseException"} for h in node.handlers]
                wide = next((i for i, names in enumerate(handlers) if names & {"Exception", "BaseException"}), None)
                if wide is not None and not any("AssertionError" in names for names in handlers[:wide]):
                    found.append(source.at(node))
    assert not found, report(
        "A bug must get through: put `except AssertionError: raise` before `except Exception`.", found
    )
