"""Writes guests in the text format: a well-behaved one, of which each hostile guest changes one thing.

The well-behaved guest has a bump allocator that never frees and answers its identifier for all four names.
"""

from __future__ import annotations

import wasmtime

IDENTIFIER = 64
"""Where the guest keeps its NameResponse; the heap begins at HEAP."""
HEAP = 4096
METHODS = ("initialize", "process_data", "name", "get_config_schema", "get_description", "get_identifier")
MEMORY = '(memory (export "memory") 2)'
MALLOC = """
    (local.set $at (global.get $heap))
    (global.set $heap (i32.and (i32.add (i32.add (global.get $heap) (local.get $size)) (i32.const 15)) (i32.const -16)))
    (block $enough
      (br_if $enough (i32.le_u (global.get $heap) (i32.mul (memory.size) (i32.const 65536))))
      (drop (memory.grow (i32.add (i32.div_u (local.get $size) (i32.const 65536)) (i32.const 1)))))
    (local.get $at)"""
"""The body of malloc; `$size` is its parameter, `$at` a local."""


def guest(
    *,
    process_data: str = "",
    initialize: str = "",
    get_identifier: str = "",
    start: str = "",
    malloc: str = MALLOC,
    memory: str = MEMORY,
    api: str = "(i64.const 1)",
    without: str = "",
    more: str = "",
    imports: str = "",
    heap: str = str(HEAP),
) -> str:
    """Return the text of a guest.

    `process_data`, `initialize` and `get_identifier` are statements before the method answers; they may `return`
    another answer. They know `$at` and `$size` of the request, the locals `$i` (i32) and `$n` (i64), every import as
    `$<name>`, and `$deeper`, a function that recurses for ever. `start` makes an `_initialize`. `without` leaves an
    export out, `more` and `imports` stand where they are allowed to; memory is given out from `heap` on.
    """
    bodies = {"process_data": process_data, "initialize": initialize, "get_identifier": get_identifier}
    identifier = f"(i64.const {IDENTIFIER << 32 | 9})"
    functions = []
    for method in METHODS:
        silent = method in {"initialize", "process_data"}
        functions.append(
            f"(func {_export(f'trading_strategy_{method}', without)} (param $at i32) (param $size i32) (result i64)"
            f" (local $i i32) (local $n i64) {bodies.get(method, '')} {'(i64.const 0)' if silent else identifier})"
        )
    initializer = f'(func (export "_initialize") (local $i i32) (local $n i64) {start})' if start else ""
    return f"""(module
      {imports}
      {memory}
      (global $heap (mut i32) (i32.const {heap}))
      (data (i32.const {IDENTIFIER}) "\\0a\\07hostile")
      (func {_export("trading_strategy_api_version", without)} (result i64) {api})
      (func $malloc {_export("malloc", without)} (param $size i32) (result i32) (local $at i32) {malloc})
      (func {_export("free", without)} (param i32))
      (func $deeper (param $depth i32) (result i32)
        (i32.add (i32.const 1) (call $deeper (i32.add (local.get $depth) (i32.const 1)))))
      {initializer}
      {" ".join(functions)}
      {more}
    )"""


def calls(*names: str, module: str = "env", kind: str = "(param i32 i32) (result i64)") -> str:
    """Return imports of functions, each known as `$<name>`."""
    return "".join(f'(import "{module}" "{name}" (func ${name} {kind}))' for name in names)


def sends(name: str, request: bytes, *, times: str = "") -> dict[str, str]:
    """Return what makes a guest call a function of the host with these bytes on every bar."""
    text = "".join(f"\\{byte:02x}" for byte in request)
    call = f"(drop (call ${name} (i32.const 1024) (i32.const {len(request)})))"
    return {
        "imports": calls(name),
        "process_data": f"(loop $again {call} {times})",
        "more": f'(data (i32.const 1024) "{text}")',
    }


def answers(pointer: int, size: int) -> str:
    """Return the statement that answers this pointer and this size."""
    packed = pointer << 32 | size
    return f"(return (i64.const {packed - 2**64 if packed >= 2**63 else packed}))"


def assembled(text: str) -> bytes:
    """Return the binary module."""
    return bytes(wasmtime.wat2wasm(text))


def _export(name: str, without: str) -> str:
    return "" if name == without else f'(export "{name}")'
