"""Runs one guest on wasmtime's safe API and serves its imports from a table: a second opinion beside the host.

Slow, trusting, and short. It knows the contract of a call, not what the calls mean.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, Any

import wasmtime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Handler = Callable[[dict[int, list[Any]]], bytes]

Field = int | float | str | bytes


class Refused(Exception):
    """Raised by a handler: the import ends in a trap."""


class GuestError(Exception):
    """The guest answered with the error bit; this is its text."""


def fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """Yield (number, value) of each field: int, float, or bytes."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        if tag & 7 == 0:
            value, at = _varint(data, at)
            yield tag >> 3, value
        elif tag & 7 == 1:
            yield tag >> 3, struct.unpack_from("<d", data, at)[0]
            at += 8
        else:
            assert tag & 7 == 2, data
            size, at = _varint(data, at)
            yield tag >> 3, data[at : at + size]
            at += size


def decoded(data: bytes) -> dict[int, list[Any]]:
    """Return all values of each field."""
    found: dict[int, list[Any]] = defaultdict(list)
    for number, value in fields(data):
        found[number].append(value)
    return dict(found)


def message(*pairs: tuple[int, Field]) -> bytes:
    """Encode fields; what is an int becomes a varint, a float a double."""
    out = b""
    for number, value in pairs:
        if isinstance(value, float):
            out += _encoded(number << 3 | 1) + struct.pack("<d", value)
        elif isinstance(value, int):
            out += _encoded(number << 3) + _encoded(value % 2**64)
        else:
            data = value.encode() if isinstance(value, str) else value
            out += _encoded(number << 3 | 2) + _encoded(len(data)) + data
    return out


def timestamp(ns: int) -> bytes:
    """Encode a Timestamp."""
    return message(*((number, part) for number, part in ((1, ns // 10**9), (2, ns % 10**9)) if part))


def bar(symbol: str, close: float, ts: int = 1_700_000_000 * 10**9) -> bytes:
    """Encode a MarketData whose prices are all the close."""
    prices = [(number, close) for number in (2, 3, 4, 5)]
    return message((1, symbol), *prices, (6, 10.0), (7, timestamp(ts)))


@cache
def _engine() -> wasmtime.Engine:
    return wasmtime.Engine()


@cache
def _compiled(path: Path) -> wasmtime.Module:
    return wasmtime.Module.from_file(_engine(), str(path))


class Driver:
    """One instance of a guest. `serve[name]` or `answer` answers an import; what has no answer returns 0."""

    def __init__(self, path: Path) -> None:
        self.module = _compiled(path)
        self.store = wasmtime.Store(_engine())
        linker = wasmtime.Linker(_engine())
        self.calls: list[tuple[str, dict[int, list[Any]]]] = []
        self.raw: list[tuple[str, bytes]] = []
        self.answer: Callable[[str, bytes], bytes] = lambda name, request: (
            self.serve[name](decoded(request)) if name in self.serve else b""
        )
        self.serve: dict[str, Handler] = {}
        for wanted in self.module.imports:
            answer = self._host(wanted.name or "") if wanted.module == "env" else self._wasi(wanted)
            assert isinstance(wanted.type, wasmtime.FuncType), wanted.name
            linker.define(self.store, wanted.module, wanted.name or "", wasmtime.Func(self.store, wanted.type, answer))
        self.exports = linker.instantiate(self.store, self.module).exports(self.store)
        memory = self.exports["memory"]
        assert isinstance(memory, wasmtime.Memory)
        self.memory = memory
        self._responses: list[int] = []
        self._clock = 0
        if "_initialize" in {export.name for export in self.module.exports}:
            self.run("_initialize")

    def run(self, name: str, *arguments: int) -> int:
        """Call an export, all numbers unsigned."""
        function = self.exports[name]
        assert isinstance(function, wasmtime.Func)
        answer = function(self.store, *(a - 2**32 if a >= 2**31 else a for a in arguments))
        return (answer or 0) % 2**64

    def call(self, method: str, request: bytes = b"") -> dict[int, list[Any]]:
        """Call a method of the strategy as section 2 of the contract says."""
        at = self._place(request)
        answer = self.run(f"trading_strategy_{method}", at, len(request))
        pointer, size = answer >> 32, answer & 0x7FFFFFFF
        data = bytes(self.memory.read(self.store, pointer, pointer + size))
        for each in (at, pointer, *self._responses):
            if each:
                self.run("free", each)
        self._responses.clear()
        if answer & 0x80000000:
            raise GuestError(data.decode())
        return decoded(data)

    def _place(self, data: bytes) -> int:
        if not data:
            return 0
        at = self.run("malloc", len(data)) % 2**32
        self.memory.write(self.store, data, at)
        return at

    def _host(self, name: str) -> Callable[[int, int], int]:
        def answer(offset: int, size: int) -> int:
            at = offset % 2**32
            request = bytes(self.memory.read(self.store, at, at + size))
            self.raw.append((name, request))
            self.calls.append((name, decoded(request)))
            response = self.answer(name, request)
            if not response:
                return 0
            place = self._place(response)
            self._responses.append(place)
            packed = place << 32 | len(response)
            return packed - 2**64 if packed >= 2**63 else packed

        return answer

    def _wasi(self, wanted: wasmtime.ImportType) -> Callable[..., Any]:
        """Answer success and little else, enough for Go: no arguments, a clock that moves, output thrown away."""

        def sizes(*arguments: int) -> int:
            for at in arguments:
                self.memory.write(self.store, bytes(4), at)
            return 0

        def written(_fd: int, vectors: int, count: int, result: int) -> int:
            listed = bytes(self.memory.read(self.store, vectors, vectors + 8 * count))
            total = sum(struct.unpack(f"<{2 * count}I", listed)[1::2])
            self.memory.write(self.store, struct.pack("<I", total), result)
            return 0

        def clock(_id: int, _precision: int, result: int) -> int:
            self._clock += 1_000
            self.memory.write(self.store, struct.pack("<Q", self._clock), result)
            return 0

        def left(code: int) -> None:
            raise SystemExit(code)

        special: dict[str, Callable[..., Any]] = {
            "args_sizes_get": sizes, "environ_sizes_get": sizes, "clock_time_get": clock,
            "fd_write": written, "proc_exit": left,
        }  # fmt: skip
        return special.get(wanted.name or "", lambda *_: 0)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _encoded(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*out, value))
