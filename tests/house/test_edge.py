"""Style 5, 7 and 23: the edge is where it should be, and venues show what they parse."""

from __future__ import annotations

import ast

from tests.house.source import Source, package, report

ASYNC = ("app", "exchange", "live", "ports", "runtime", "testing")
ASYNC_IN_VENUES = {"rest", "stream", "venue", "_net", "carry", "in_order", "private", "routed"}
PURE_IN_VENUES = {"wire", "parse", "sign"}
IMPURE = {"asyncio", "httpx", "os", "random", "socket", "ssl", "time", "websockets"}


def may_be_async(source: Source) -> bool:
    in_venue = source.parts[:1] == ("venues",) and bool(set(source.parts[1:]) & ASYNC_IN_VENUES)
    return in_venue or source.parts[:1] in {(name,) for name in ASYNC}


def test_async_stands_at_the_edge() -> None:
    kinds = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)
    found = [
        source.at(node)
        for source in package()
        if not may_be_async(source)
        for node in source.nodes
        if isinstance(node, kinds)
    ]
    assert not found, report("Make it synchronous, and let runtime or a venue's rest, stream or venue.py await.", found)


def test_pure_files_of_venues_are_pure() -> None:
    found = [
        f"{source}: {name}"
        for source in package()
        if source.parts[:1] == ("venues",) and source.parts[-1] in PURE_IN_VENUES
        for name in {full.partition(".")[0] for full in source.imported.values()} & IMPURE
    ]
    assert not found, report("wire, parse and sign are pure: take time and keys as arguments.", found)


def payloadless(source: Source) -> list[str]:
    """Return the structs of a wire file that show no payload; parts are shown by the struct that names them."""
    structs = [node for node in source.tree.body if isinstance(node, ast.ClassDef)]
    named = {
        n.id
        for s in structs
        for f in s.body
        if isinstance(f, ast.AnnAssign)
        for n in ast.walk(f)
        if isinstance(n, ast.Name)
    }
    whole = [s for s in structs if s.name not in named]
    return [f"{source.at(s)} {s.name}" for s in whole if not set("{[") & set(ast.get_docstring(s) or "")]


def test_wire_structs_show_a_payload() -> None:
    wires = [source for source in package() if source.parts[:1] == ("venues",) and source.parts[-1:] == ("wire",)]
    found = [place for source in wires for place in payloadless(source)]
    found += [f"{source}: no link" for source in wires if "https://" not in source.text]
    assert not found, report("Put the venue's link and one real payload into the docstring.", found)
