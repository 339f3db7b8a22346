"""Guests in text form, put together by the test: what a test sets is what it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import wasmtime

from tradewind.strategy.wasm import plans
from tradewind.strategy.wasm.contract import PREFIX
from tradewind.strategy.wasm.messages import LogRequest, MapEntry, Text
from tradewind.strategy.wasm.messages_trading import ExecuteOrder

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tradewind.engine.engine import Engine


def run(made: Engine, events: Iterable[Any]) -> list[Any]:
    """Take events through an engine; return its steps, whose parts the test knows."""
    return [made.process(event) for event in events]


Part = str | tuple[str, bytes]
"""WAT as it is, or a call of a host function with the bytes of its request."""
SYMBOL = "BTCUSDT"


def log(text: str = "hi", level: int = 1) -> Part:
    return "log", plans.LOG.encode(LogRequest(level, text))


def set_cache(key: str, value: str) -> Part:
    return "set_cache", plans.KEY_VALUE.encode(MapEntry(key, value))


def place(quantity: float = 1.0, **fields: Any) -> Part:
    return "place_order", plans.EXECUTE_ORDER.encode(ExecuteOrder(symbol=SYMBOL, quantity=quantity, **fields))


class Layout:
    """Lays bytes into the guest's memory and turns calls into text."""

    def __init__(self) -> None:
        self.at = 1024
        self.data: list[str] = []
        self.imports: dict[str, None] = {}

    def bytes(self, content: bytes) -> int:
        at, self.at = self.at, self.at + len(content) + (-len(content) % 8)
        escaped = "".join(f"\\{byte:02x}" for byte in content)
        self.data.append(f'(data (i32.const {at}) "{escaped}")')
        return at

    def body(self, parts: Sequence[Part]) -> str:
        out = []
        for part in parts:
            if isinstance(part, str):
                out.append(part)
            else:
                name, request = part
                self.imports[name] = None
                at = self.bytes(request) if request else 0
                out.append(f"(drop (call ${name} (i32.const {at}) (i32.const {len(request)})))")
        return "\n".join(out)

    def text(self, content: str) -> str:
        """Return the packed place of a message of one text."""
        encoded = plans.TEXT.encode(Text(content))
        return f"(i64.const {self.bytes(encoded) << 32 | len(encoded)})" if encoded else "(i64.const 0)"


MALLOC = """(func (export "malloc") (param $n i32) (result i32) (local $at i32)
  (if (i32.eqz (local.get $n)) (then (return (i32.const 0))))
  (local.set $at (global.get $top))
  (global.set $top (i32.and (i32.add (i32.add (global.get $top) (local.get $n)) (i32.const 7)) (i32.const -8)))
  (block $done (loop $more
    (br_if $done (i32.le_u (global.get $top) (i32.mul (memory.size) (i32.const 65536))))
    (br_if $done (i32.eq (memory.grow (i32.const 16)) (i32.const -1)))
    (br $more)))
  (local.get $at))"""


def wat(
    *process: Part,
    initialize: Sequence[Part] = (),
    start: Sequence[Part] = (),
    answer: str = "(i64.const 0)",
    identifier: str = "test",
    imports: Iterable[str] = (),
    memory: str = '(memory (export "memory") 4)',
    malloc: str = MALLOC,
    extra: str = "",
    api: str = "(i64.const 1)",
    locals: str = "(local $a i32) (local $b i32) (local $r i64)",  # noqa: A002 - of a function
    without: Sequence[str] = (),
) -> str:
    """Write a guest whose process_data does these parts and returns `answer`."""
    layout = Layout()
    bodies = {name: layout.body(parts) for name, parts in (
        ("process_data", process), ("initialize", initialize), ("start", start),
    )}  # fmt: skip
    kind = "(param i32 i32) (result i64)"
    functions = {
        f"{PREFIX}process_data": f"{kind} {locals} {bodies['process_data']} {answer}",
        f"{PREFIX}initialize": f"{kind} {locals} {bodies['initialize']} (i64.const 0)",
        f"{PREFIX}name": f"{kind} {layout.text('Test')}",
        f"{PREFIX}get_identifier": f"{kind} {layout.text(identifier)}",
        f"{PREFIX}get_description": f"{kind} {layout.text('for tests')}",
        f"{PREFIX}get_config_schema": f"{kind} {layout.text('{}')}",
        f"{PREFIX}api_version": f"(result i64) {api}",
        "_initialize": f"{locals} {bodies['start']}",
        "free": "(param i32)",
    }
    linked = "\n".join(
        f'(import "env" "{name}" (func ${name} (param i32 i32) (result i64)))' for name in (*layout.imports, *imports)
    )
    made = "\n".join(f'(func (export "{name}") {text})' for name, text in functions.items() if name not in without)
    top = "(global $top (mut i32) (i32.const 65536)) (global $n (mut i32) (i32.const 0))"
    parts = (linked, memory, top, *layout.data, "" if "malloc" in without else malloc, made, extra)
    return "(module\n" + "\n".join(parts) + ")"


def guest(*process: Part, **options: Any) -> bytes:
    """Return a guest as a module."""
    return bytes(wasmtime.wat2wasm(wat(*process, **options)))
